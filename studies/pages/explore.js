"use strict";

const REST = 350; // milliseconds without a move, after which the whole grid is asked for
const form = document.querySelector(".sliders"), part = document.getElementById("answer");
const statusLine = form.querySelector(".status"), inputs = [...form.querySelectorAll("input")];
let busy = false, again = false, latest = 0, resting = 0;

// a slider's number at whole steps, but for where the case itself has it
function position(input) {
  const value = Number(input.value), step = Number(input.dataset.step), base = Number(input.dataset.base);
  if (Math.abs(value - base) < step / 2) return base;
  const rounded = Number((Math.round(value / step) * step).toPrecision(12));
  return Math.min(Math.max(rounded, Number(input.min)), Number(input.max));
}

function positions() {
  return Object.fromEntries(inputs.map((input) => [input.name, position(input)]));
}

function showNumbers() {
  for (const input of inputs)
    input.closest("label").querySelector("output").textContent = String(Number(position(input).toPrecision(6)));
}

function say(words, kind) {
  statusLine.textContent = words;
  statusLine.dataset.kind = kind;
  part.classList.toggle("old", kind !== "answer");
}

function send(whole) {
  return fetch("/solve", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ values: positions(), whole }),
  });
}

// one quick answer at a time; the whole grid is waited for beside it, and given up for anything newer
async function ask(whole) {
  if (!whole && busy) { again = true; return; }
  if (!whole) busy = true;
  const mine = ++latest, started = performance.now();
  try {
    const reply = await send(whole), found = reply.ok ? await reply.json() : await reply.text();
    if (mine === latest && reply.ok) show(found, performance.now() - started);
    else if (mine === latest) say(found, "refused");
  } catch {
    say("No answer: waferflux explore no longer runs.", "refused");
  }
  if (whole) return;
  busy = false;
  if (again) { again = false; ask(false); }
}

function show(found, milliseconds) {
  if (found.superseded) { rest(); return; }
  if (found.no_solution) { say(found.no_solution, "refused"); return; }
  part.innerHTML = found.html;
  bindDrawings(part);
  document.getElementById("command").textContent = found.command;
  const grid = found.whole ? "the case's own grid" : "a coarser grid";
  const hottest = found.numbers.junction_temperature_max_degC.toFixed(1);
  say(`Hottest point ${hottest} °C. Answered in ${(milliseconds / 1000).toFixed(2)} s on ${grid} of ${found.grid} cells.`, "answer");
  statusLine.dataset.whole = found.whole;
  if (!found.whole) rest();
}

function rest() {
  clearTimeout(resting);
  resting = setTimeout(() => ask(true), REST);
}

form.addEventListener("input", () => {
  clearTimeout(resting);
  showNumbers();
  ask(false);
});
form.addEventListener("reset", () => setTimeout(() => { showNumbers(); ask(false); }));
form.addEventListener("submit", (event) => event.preventDefault());
showNumbers();
