"""10 000 points of coolant inlet, flow and power of the CS-3: solved one by one, and by a surface.

    python benchmarks/sweep_speed.py [workers]

For two boxes, one with laminar flow in the channels only and one in which it turns turbulent. The
direct solution is timed over a hundred random points, processes already started; the surface from
nothing to the last number of all points, the start of its processes included. The same hundred,
of which the surface knows nothing, measure its error.
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
from studies.surface_solves import solve_directly

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


def measure(name: str, workers: int) -> None:
    loaded, box = load_case("cs3"), box_of(BOXES[name])
    points = box.random(POINTS, np.random.default_rng(2026))
    started = time.perf_counter()
    surface = fit(loaded, box.inputs, workers=workers)
    fitted = time.perf_counter()
    if not surface.usable:
        print(f"{name}: no surface: {surface.reason}")
        return
    answers = surface(points)
    done = time.perf_counter()
    sample = [box.settings(point) for point in points[:SAMPLE]]
    begun = time.perf_counter()
    truth = solve_directly(loaded, sample, workers)
    each = (time.perf_counter() - begun) / SAMPLE
    hottest = np.array([answer["block_temperature_max_degC"] for answer in truth])
    off = np.abs(answers["block_temperature_max_degC"][:SAMPLE] - hottest)
    whole = done - started
    print(
        f"| {name} | {surface.solves} | {surface.parts} | {fitted - started:.1f} | "
        f"{done - fitted:.2f} | {POINTS / whole:.0f} | {1 / each:.1f} | "
        f"{POINTS * each / whole:.0f} | {surface.error['block_temperature_max_degC'].estimated:.3f}"
        f" | {off.max():.3f} | {worst(truth, surface, points[:SAMPLE])} |",
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
        "| box | solves | parts | fit, s | 10 000 points, s | points/s | points/s direct | ratio | "
        "estimated, K | measured, K | worst of all, in tolerances |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for box_name in BOXES:
        measure(box_name, count)
