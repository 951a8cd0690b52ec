"""10 000 points of coolant inlet, flow and power of the CS-3: solved one by one, and by a surface.

    python benchmarks/sweep_speed.py [workers]

For two boxes, one with laminar flow in the channels only and one in which it turns turbulent. The
direct solution is timed over a hundred random points; the surface from nothing to the last number
of all points. The same hundred, of which the surface knows nothing, measure its error. CPU seconds
are those of all processes without their start; points/s are by CPU seconds on that many free
cores, and by the clock, which other work on the machine slows.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from studies import load_case
from studies.response_surface import fit
from studies.surface_inputs import Box, Input
from studies.surface_outputs import Layout, Tolerance
from studies.surface_solves import node_model, solve_directly

POINTS = 10_000
SAMPLE = 100
BOXES = {
    "laminar": ((10, 30), (50, 100), (15, 25)),
    "laminar to turbulent": ((10, 40), (50, 150), (15, 25)),
}


def box_of(ranges: tuple[tuple[float, float], ...]) -> Box:
    inlet, flow, power = ranges
    return Box(
        (
            Input("coolant.inlet_temperature", *inlet, "degC"),
            Input("coolant.flow", *flow, "L/min"),
            Input("heat.power", *power, "kW"),
        )
    )


class Timed:
    """Direct solutions in several processes, with the CPU seconds that they take."""

    def __init__(self, loaded, workers: int) -> None:
        self.loaded, self.workers, self.cpu = loaded, workers, 0.0

    def __call__(self, points: list) -> list:
        found = solve_directly(self.loaded, points, self.workers, model=timed)
        self.cpu += sum(answer.pop("cpu_seconds") for answer in found)
        return found


def timed(base):
    """As a surface's nodes are solved, with the CPU seconds of each in its process."""
    answers = node_model(base)

    def answer(case) -> dict:
        begun = time.process_time()
        found = answers(case)
        return found | {"cpu_seconds": time.process_time() - begun}

    return answer


def measure(name: str, workers: int) -> None:
    loaded, box = load_case("cs3"), box_of(BOXES[name])
    points = box.random(POINTS, np.random.default_rng(2026))
    direct, solver = Timed(loaded, workers), Timed(loaded, workers)
    wall = time.perf_counter()
    truth = direct([box.settings(point) for point in points[:SAMPLE]])
    each = (time.perf_counter() - wall) / SAMPLE
    wall, cpu = time.perf_counter(), time.process_time()
    surface = fit(loaded, box.inputs, solve=solver)
    own = time.process_time() - cpu
    if not surface.usable:
        print(f"{name}: no surface: {surface.reason}")
        return
    cpu = time.process_time()
    answers = surface(points)
    evaluation = time.process_time() - cpu
    wall = time.perf_counter() - wall
    # solutions share the cores, the rest is done by one
    free = solver.cpu / workers + own + evaluation
    hottest = np.array([answer["block_temperature_max_degC"] for answer in truth])
    off = np.abs(answers["block_temperature_max_degC"][:SAMPLE] - hottest)
    slow = direct.cpu / SAMPLE / workers
    print(
        f"| {name} | {surface.solves} | {surface.parts} | {solver.cpu:.1f} | {own:.1f} | "
        f"{evaluation:.2f} | {1 / slow:.1f} | {POINTS / free:.0f} | {POINTS * slow / free:.0f} | "
        f"{1 / each:.1f} | {POINTS / wall:.0f} | "
        f"{surface.error['block_temperature_max_degC'].estimated:.3f} | {off.max():.3f} | "
        f"{worst(truth, surface, points[:SAMPLE])} |",
        flush=True,
    )


def worst(truth: list, surface, points) -> str:
    """The number furthest from its tolerance, and how far, over the sample."""
    layout = Layout.of(truth[0])
    rows = np.array([layout.row(answer) for answer in truth])
    allowed = layout.tolerances(rows, Tolerance())
    found = surface(points)
    off = {}
    for (name, step), columns, many in zip(
        layout.names, layout.slices, layout.is_list, strict=True
    ):
        if name in surface.error:
            mine = found[name][step] if step else found[name]
            mine = mine if many else mine[:, None]
            off[name] = float((np.abs(mine - rows[:, columns]) / allowed[:, columns]).max())
    name = max(off, key=lambda key: off[key])
    return f"{off[name]:.2f} ({name})"


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    print(
        "| box | solves | parts | their CPU s | CPU s of the fit beside | CPU s of 10 000 points "
        "| points/s direct | points/s | ratio | direct by the clock | by the clock "
        "| estimated, K | measured, K | worst of all, in tolerances |"
    )
    print("|" + "---|" * 14)
    for box_name in BOXES:
        measure(box_name, count)
