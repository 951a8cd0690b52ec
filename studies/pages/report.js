"use strict";

// rows of a table in the order of one column; a second click turns it round
function sortBy(button) {
  const head = button.closest("th"), body = button.closest("table").tBodies[0];
  const column = [...head.parentNode.children].indexOf(head);
  const rising = head.getAttribute("aria-sort") !== "ascending";
  for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", rising ? "ascending" : "descending");
  const key = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent;
  const rows = [...body.rows].map((row) => ({ row, key: key(row), number: Number(key(row)) }));
  const order = (a, b) => {
    // what is empty comes last, either way
    if (a.key === "" || b.key === "") return (a.key === "") - (b.key === "");
    const numbers = !Number.isNaN(a.number) && !Number.isNaN(b.number);
    const less = numbers ? a.number - b.number : a.key.localeCompare(b.key, "en", { numeric: true });
    return rising ? less : -less;
  };
  body.append(...rows.sort(order).map((one) => one.row));
}

function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function asCsv(table) {
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (cells, of) => [...cells].map((cell) => quoted(of(cell))).join(",");
  const head = line(table.tHead.rows[0].cells, (cell) => cell.textContent.trim());
  const rows = [...table.tBodies[0].rows].map((row) =>
    line(row.cells, (cell) => cell.dataset.v ?? cell.textContent));
  return [head, ...rows].join("\n") + "\n";
}

function saveFrom(button) {
  const text = document.getElementById(button.dataset.from).textContent;
  const isCase = button.dataset.from === "case-text";
  save(button.dataset.as, isCase ? "text/plain" : "application/json", isCase ? JSON.parse(text)[0] : text);
}

// where on a drawing the pointer is, in drawing units
function placeOn(svg, event) {
  const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
  return [(event.clientX - box.left) / box.width * view.width, (event.clientY - box.top) / box.height * view.height];
}

function fieldReader(field, box) {
  const bytes = Uint8Array.from(atob(field.numbers), (c) => c.charCodeAt(0));
  const numbers = new Uint16Array(bytes.buffer), [left, top, width, height] = box;
  return (x, y) => {
    const i = Math.floor((x - left) / width * field.nx);
    const j = Math.floor((1 - (y - top) / height) * field.ny);
    if (i < 0 || j < 0 || i >= field.nx || j >= field.ny) return null;
    const number = numbers[j * field.nx + i];
    return number === 65535 ? null : field.low + field.step * number;
  };
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// the next block in a direction: nearest of those that lie that way
function nextBlock(blocks, from, [dx, dy]) {
  const centre = (b) => [b.x + b.w / 2, b.y + b.h / 2];
  if (!from) return blocks[0];
  const [x, y] = centre(from);
  let best = from, least = Infinity;
  for (const block of blocks) {
    const [u, v] = centre(block), along = (u - x) * dx + (v - y) * dy;
    const off = Math.abs((u - x) * dy) + Math.abs((v - y) * dx);
    if (along > 0.1 && along + 3 * off < least) [best, least] = [block, along + 3 * off];
  }
  return best;
}

function bindMap(figure) {
  const svg = figure.querySelector("svg"), readout = figure.querySelector(".readout");
  const chosen = svg.querySelector(".chosen");
  const data = JSON.parse(figure.querySelector("script").textContent);
  const read = data.field ? fieldReader(data.field, data.box) : () => null;
  let current = null;
  const show = (block, here) => {
    current = block;
    chosen.dataset.on = "";
    for (const [name, value] of [["x", block.x], ["y", block.y], ["width", block.w], ["height", block.h]])
      chosen.setAttribute(name, value);
    const at = here === null ? "" : `; ${here.toFixed(2)} ${data.unit} under the pointer`;
    readout.textContent = `${block.name}: ${block.words}${at}`;
  };
  const point = (event) => {
    const [x, y] = placeOn(svg, event);
    const block = data.blocks.find((b) => x >= b.x && x < b.x + b.w && y >= b.y && y < b.y + b.h);
    if (block) show(block, read(x, y));
  };
  svg.addEventListener("pointermove", point);
  svg.addEventListener("pointerdown", point);
  svg.addEventListener("focus", () => { if (!current) show(data.blocks[0], null); });
  svg.addEventListener("keydown", (event) => {
    if (!STEPS[event.key]) return;
    event.preventDefault();
    show(nextBlock(data.blocks, current, STEPS[event.key]), null);
  });
}

function bindCurves(figure) {
  const svg = figure.querySelector("svg"), readout = figure.querySelector(".readout");
  const mark = svg.querySelector(".mark");
  const data = JSON.parse(figure.querySelector("script").textContent);
  const points = data.series.flatMap((s) => s.points.map(([u, v, x, y]) => ({ name: s.name, u, v, x, y })));
  let at = -1;
  const written = (value) => String(Number(value.toPrecision(data.digits)));
  const show = (index) => {
    const p = points[index];
    at = index;
    mark.dataset.on = "";
    mark.setAttribute("cx", p.u);
    mark.setAttribute("cy", p.v);
    readout.textContent = `${p.name}: ${data.y} ${written(p.y)} at ${data.x} ${written(p.x)}`;
  };
  const point = (event) => {
    const [u, v] = placeOn(svg, event);
    let best = -1, least = Infinity;
    points.forEach((p, index) => {
      const off = (p.u - u) ** 2 + (p.v - v) ** 2;
      if (off < least) [best, least] = [index, off];
    });
    if (best >= 0) show(best);
  };
  svg.addEventListener("pointermove", point);
  svg.addEventListener("pointerdown", point);
  svg.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || !points.length) return;
    event.preventDefault();
    show((at + step[0] + step[1] + points.length) % points.length);
  });
}

function bindDrawings(root) {
  root.querySelectorAll("[data-map]").forEach(bindMap);
  root.querySelectorAll("[data-curves]").forEach(bindCurves);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.classList.contains("sort")) sortBy(button);
  if (button.classList.contains("csv")) {
    const table = document.querySelector(`[data-table="${CSS.escape(button.dataset.for)}"]`);
    save(`${button.dataset.for}.csv`, "text/csv", asCsv(table));
  }
  if (button.classList.contains("save")) saveFrom(button);
});
bindDrawings(document);
