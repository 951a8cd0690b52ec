"use strict";

// The map of a sweep: draws what the selectors ask for, as sweep_view.py draws the first view.

const SVG = "http://www.w3.org/2000/svg";
// values of a point that are read out; of more, those of the two axes
const MOST_READ = 6;

function fill(group, tag, all) {
  group.replaceChildren(...all.map(({ text, ...attributes }) => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== "") made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }));
}

function bindSweepMap(figure) {
  const svg = figure.querySelector("svg"), form = figure.querySelector("form");
  const readout = figure.querySelector(".readout"), chosen = svg.querySelector(".chosen");
  const data = JSON.parse(figure.querySelector("script").textContent);
  const [left, right, top, bottom] = data.box, shades = data.colours.length;
  const sizes = data.axes.map((axis) => axis.at.length);
  const two = (value) => Math.round(value * 100) / 100;
  const placeX = (share) => two(left + share * (right - left));
  const placeY = (share) => two(bottom - share * (bottom - top));
  const chosenIn = (name) => Number(form.elements[name].value);
  let marks = [], current = null, was = [chosenIn("across"), chosenIn("up")];

  const numbersOf = (result) => {
    const bytes = Uint8Array.from(atob(result.numbers), (c) => c.charCodeAt(0));
    return new DataView(bytes.buffer);
  };

  // which point of the grid: places along all axes, the last fastest
  const pointAt = (places) => places.reduce((at, place, axis) => at * sizes[axis] + place, 0);

  function cells(across, up) {
    const places = data.axes.map((_, i) => chosenIn(`at-${i}`)), found = [];
    data.axes[up].edges.forEach(([low, high], j) => data.axes[across].edges.forEach(([begin, end], i) => {
      const x = placeX(begin), y = placeY(high);
      places[across] = i;
      places[up] = j;
      found.push({ x, y, w: two(placeX(end) - x), h: two(placeY(low) - y), point: pointAt(places), places: [...places] });
    }));
    return found;
  }

  function points(across, up) {
    return data.axes[across].at.map((share, point) => ({
      x: placeX(share), y: placeY(data.axes[up].at[point]), w: 0, h: 0, point, places: data.axes.map(() => point),
    }));
  }

  // lines of the slice that the other axes are at
  function linesOf(result, across, up) {
    const [i, j] = [Math.min(across, up), Math.max(across, up)];
    const slices = result.lines[`${i},${j}`];
    if (!slices) return [];
    let slice = 0;
    sizes.forEach((size, axis) => { if (axis !== i && axis !== j) slice = slice * size + chosenIn(`at-${axis}`); });
    return slices[slice].map((line) => line.map(([a, b]) =>
      across > up ? `${placeX(b)},${placeY(a)}` : `${placeX(a)},${placeY(b)}`).join(" "));
  }

  function drawMarks(result) {
    const numbers = numbersOf(result), span = result.high - result.low;
    for (const mark of marks) {
      mark.value = numbers.getFloat64(8 * mark.point, true);
      const share = span > 0 ? (mark.value - result.low) / span : 0.5;
      mark.shade = Number.isFinite(mark.value) ? Math.min(shades - 1, Math.floor(share * shades)) : null;
    }
    const known = marks.filter((mark) => mark.shade !== null);
    const over = (value) => result.limit && (value - result.limit[0]) * result.limit[1] > 0;
    fill(svg.querySelector(".marks"), data.grid ? "rect" : "circle", known.map((m) => data.grid
      ? { x: m.x, y: m.y, width: m.w, height: m.h, fill: data.colours[m.shade] }
      : { cx: m.x, cy: m.y, r: data.radius, fill: data.colours[m.shade], class: over(m.value) ? "over" : "" }));
    fill(svg.querySelector(".crosses"), "path", marks.filter((m) => m.shade === null).map((m) =>
      ({ d: `M${two(m.x + m.w / 2)} ${two(m.y + m.h / 2)}m-3.5 -3.5l7 7m0 -7l-7 7` })));
    const [most, width, height] = data.written;
    const fit = result.digits !== null && marks.length <= most && marks.every((m) => m.w >= width && m.h >= height);
    fill(svg.querySelector(".texts"), "text", (fit ? known : []).map((m) => ({
      x: two(m.x + m.w / 2), y: two(m.y + m.h / 2 + 3), fill: data.inks[m.shade], stroke: data.colours[m.shade],
      class: "number", text: m.value.toFixed(result.digits),
    })));
  }

  function drawFrame(result, across, up) {
    const [x, y] = [data.axes[across], data.axes[up]];
    const lines = linesOf(result, across, up);
    fill(svg.querySelector(".lines"), "polyline", lines.flatMap((line) => [{ points: line, class: "halo" }, { points: line }]));
    fill(svg.querySelector(".x-ticks"), "text", x.ticks.map(([at, text]) => ({ x: placeX(at), y: 260, "text-anchor": "middle", text })));
    fill(svg.querySelector(".y-ticks"), "text", y.ticks.map(([at, text]) => ({ x: left - 4, y: placeY(at) + 3, "text-anchor": "end", text })));
    const others = data.grid ? data.axes.map((axis, i) => [axis, i]).filter(([, i]) => i !== across && i !== up) : [];
    const fixed = others.map(([axis, i]) => `, ${axis.words} ${axis.values[chosenIn(`at-${i}`)]}`).join("");
    const title = `${result.label} over ${x.words} and ${y.words}${fixed}`;
    const words = { ".x-label": x.label, ".y-label": y.label, ".bar-label": result.label,
      ".bar-low": `${result.ends[0]} ${result.unit}`, ".bar-high": `${result.ends[1]} ${result.unit}` };
    for (const [where, text] of Object.entries(words)) svg.querySelector(where).textContent = text;
    figure.querySelector("figcaption").textContent = title;
    figure.querySelector(".limit").textContent = result.caption;
    svg.setAttribute("aria-label", `${title}; arrow keys read the values`);
    const limit = result.limit && result.limit[0], bar = svg.querySelector(".bar-limit");
    if (limit !== null && limit > result.low && limit < result.high)
      bar.setAttribute("d", `M${two(left + (right - left) * (limit - result.low) / (result.high - result.low))} 287v16`);
    else bar.removeAttribute("d");
  }

  const view = () => [data.results[chosenIn("result")], chosenIn("across"), chosenIn("up")];

  function place() {
    const [, across, up] = view();
    marks = data.grid ? cells(across, up) : points(across, up);
  }

  function draw() {
    const [result, across, up] = view();
    place();
    drawMarks(result);
    drawFrame(result, across, up);
    if (current) show(marks.find((mark) => mark.point === current.point) ?? null);
  }

  function show(mark) {
    current = mark;
    if (!mark) {
      delete chosen.dataset.on;
      readout.textContent = "Point at the map.";
      return;
    }
    const [result] = view(), wide = data.grid ? 0 : data.radius + 2;
    chosen.dataset.on = "";
    for (const [name, value] of [["x", mark.x - wide], ["y", mark.y - wide], ["width", mark.w + 2 * wide], ["height", mark.h + 2 * wide]])
      chosen.setAttribute(name, value);
    const read = data.axes.map((_, i) => i).filter((i) => data.axes.length <= MOST_READ || was.includes(i));
    const at = read.map((i) => `${data.axes[i].words} ${data.axes[i].values[mark.places[i]]}`).join(", ");
    const value = numbersOf(result).getFloat64(8 * mark.point, true);
    const found = Number.isFinite(value) ? `${result.words} ${Number(value.toPrecision(6))} ${result.unit}`.trim()
      : data.reasons[mark.point] ? `no answer, ${data.reasons[mark.point]}` : `no ${result.words}`;
    readout.textContent = `${at}: ${found}`;
  }

  function point(event) {
    const [x, y] = placeOn(svg, event);
    if (x < left || x > right || y < top || y > bottom) return;
    const off = (m) => (m.x + m.w / 2 - x) ** 2 + (m.y + m.h / 2 - y) ** 2;
    show(data.grid ? marks.find((m) => x >= m.x && x <= m.x + m.w && y >= m.y && y <= m.y + m.h)
      : marks.reduce((best, m) => (off(m) < off(best) ? m : best)));
  }

  form.addEventListener("change", (event) => {
    const name = event.target.name;
    // the same on both sides: the other one takes what this one had
    if (chosenIn("across") === chosenIn("up")) {
      if (name === "across") form.elements.up.value = was[0];
      else form.elements.across.value = was[1];
    }
    was = [chosenIn("across"), chosenIn("up")];
    if (data.grid) data.axes.forEach((_, i) => { form.elements[`at-${i}`].parentNode.hidden = was.includes(i); });
    draw();
  });
  svg.addEventListener("pointermove", point);
  svg.addEventListener("pointerdown", point);
  svg.addEventListener("focus", () => { if (!current) show(marks[0]); });
  svg.addEventListener("keydown", (event) => {
    if (!STEPS[event.key]) return;
    event.preventDefault();
    show(nextBlock(marks, current, STEPS[event.key]));
  });
  place();
}

document.querySelectorAll("[data-sweep]").forEach(bindSweepMap);
