"""Random power maps of the CS-3: each solved, and all by the influence matrix of the coupled case.

    python benchmarks/power_map_sweep.py [maps ...]

Every block's power is drawn evenly within 30 % of its mean. Twenty other maps are solved one by
one, of which the matrix knows nothing: they give the direct rate and measure the error. Everything
is solved in this process; seconds are its CPU seconds, from the design to the last number of the
last map. The matrix of held coefficients (``studies/influence.py``) is measured on the same twenty,
given the heat that their blocks make.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from studies import load_case, solve
from studies.build import device_power_map
from studies.case_file import LoadedCase
from studies.design_points import Design, sample
from studies.heat_design import heat_design
from studies.heat_fitting import fit_heat
from studies.heat_response import cell_model
from studies.influence import influence, solved_heat
from studies.point_model import base_solution
from studies.surface_solves import solve_directly

SPREAD = 0.3
CHECKED = 20
FREEZING = 273.15


def design_of(base: LoadedCase, count: int) -> Design:
    """Maps of the case's blocks."""
    found = device_power_map(base)
    ranges = [
        f"heat.blocks.{name}={(1 - SPREAD) * watts:.6g}:{(1 + SPREAD) * watts:.6g} W"
        for name, watts in zip(found.floorplan.names, found.block_power, strict=True)
    ]
    return sample("latin", ranges, count, seed=1)


def solver(case: LoadedCase, points: list) -> list:
    return solve_directly(case, points, model=cell_model)


def main(counts: list[int]) -> None:
    """Measure and print."""
    base = load_case("cs3")
    start = base_solution(base)
    others = design_of(base, 997)
    begun = time.process_time()
    truth = [solve(base.with_values(others.settings(i)), start=start) for i in range(CHECKED)]
    each = (time.process_time() - begun) / CHECKED
    warm = np.array([answer.to_dict()["block_temperature_max_degC"] for answer in truth])
    drop = np.array([answer.to_dict()["block_drop_mV"] for answer in truth])
    watts = heat_design(base, others).watts[:CHECKED]
    begun = time.process_time()
    held = influence(base)
    seconds = time.process_time() - begun
    heat = np.array([solved_heat(answer.coupled) for answer in truth])
    off_held = np.abs(held.hottest(heat) - FREEZING - warm).max()
    print(f"direct: {each:.2f} s for each map, {1 / each:.2f} maps/s")
    print(f"held coefficients: {seconds:.1f} s, off by {off_held:.3f} K")
    print(
        "| maps | solutions | CPU s | maps/s | ratio | estimated, K | measured, K | off at the "
        "twenty, K | off, mV |"
    )
    print("|" + "---|" * 9)
    for count in counts:
        begun = time.process_time()
        design = heat_design(base, design_of(base, count))
        response = fit_heat(design, solver)
        response(design.watts)
        seconds = time.process_time() - begun
        found, error = response(watts), response.error["block_temperature_max_degC"]
        off = np.abs(found["block_temperature_max_degC"] - warm).max()
        off_mv = np.abs(found["block_drop_mV"] - drop).max()
        print(
            f"| {count} | {response.solves} | {seconds:.1f} | {count / seconds:.1f} | "
            f"{each * count / seconds:.1f} | {error.estimated:.3f} | {error.measured:.3f} | "
            f"{off:.3f} | {off_mv:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or [300, 1000, 10_000])
