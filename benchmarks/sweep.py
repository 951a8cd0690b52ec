"""Points per second of a sweep, and what reuse, processes and the journal do to it.

    python benchmarks/sweep.py [points]

The CS-3 at its default grid over inlet temperature and flow, and a slab so small that what is
around a solution shows. Ratios are of one run: reuse in CPU seconds, point by point in turn;
processes in wall time between the first and the last point, which means something on a machine with
nothing else to do, and in CPU seconds per point. Each process gets as many points, whatever their
number.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from studies import load_case, solve
from studies.case_file import LoadedCase
from studies.design_points import Design, sample
from studies.point_model import Answers, full_model
from studies.sweep import sweep

VARIED = ("coolant.inlet_temperature=5:45 degC", "coolant.flow=50:150 L/min")


def reuse(base: LoadedCase, design: Design) -> tuple[float, float]:
    """CPU seconds of a point solved by itself, and begun from the base case's solution."""
    answers, alone, begun = full_model(base), 0.0, 0.0
    for point in range(len(design.points)):
        case = base.with_values(design.settings(point))
        first = time.process_time()
        solve(case).to_dict()
        second = time.process_time()
        answers(case)
        alone += second - first
        begun += time.process_time() - second
    return alone / len(design.points), begun / len(design.points)


def timed(base: LoadedCase) -> Answers:
    """The full solution, with the CPU seconds that it took in its process."""
    answers = full_model(base)

    def answer(case: LoadedCase) -> dict[str, Any]:
        first = time.process_time()
        found = answers(case)
        return found | {"cpu_seconds": time.process_time() - first}

    return answer


def rate(base: LoadedCase, design: Design, workers: int, out: Path) -> tuple[float, float]:
    """Points per second of wall time between the first point and the last, and CPU seconds each."""
    times: list[float] = []
    found = sweep(
        base,
        design,
        out,
        workers=workers,
        model=timed,
        report=lambda _: times.append(time.perf_counter()),
    )
    return (len(times) - 2) / (times[-1] - times[1]), float(found.cpu_seconds.mean())


def around(base: LoadedCase, design: Design, out: Path) -> tuple[float, float]:
    """CPU seconds of a small point in a sweep with a journal, and of its solution alone."""
    first = time.process_time()
    sweep(base, design, out)
    second = time.process_time()
    answers = full_model(base)
    for point in range(len(design.points)):
        answers(base.with_values(design.settings(point)))
    alone = time.process_time() - second
    return (second - first) / len(design.points), alone / len(design.points)


def main(points: int) -> None:
    """Measure and print."""
    cs3 = load_case("cs3")
    alone, begun = reuse(cs3, sample("latin", VARIED, points, seed=1))
    print(f"cs3, CPU per point: {alone:.3f} s alone, {begun:.3f} s from the base case's solution, ")
    print(f"  {begun / alone:.2f} of it; {1 / alone:.2f} and {1 / begun:.2f} points/s of a core")
    with tempfile.TemporaryDirectory() as folder:
        counts = [n for n in (1, 2, 4, 8, 16) if n <= (os.cpu_count() or 1)]
        rates = {
            n: rate(cs3, sample("latin", VARIED, n * points, seed=1), n, Path(folder) / f"{n}.nc")
            for n in counts
        }
        for n, (per_second, cpu) in rates.items():
            print(
                f"cs3, {n} processes: {per_second:.2f} points/s, {per_second / rates[1][0]:.2f} x;"
            )
            print(f"  {cpu:.3f} s of CPU each: {n / cpu:.2f} points/s if {n} cores are free,")
            print(f"  {n * rates[1][1] / cpu:.2f} x")
        slab = load_case("slab", {"grid.along_x": 12, "grid.along_y": 7})
        small = sample("latin", ("heat.power=10:30 kW",), 300, seed=1)
        whole, solution = around(slab, small, Path(folder) / "slab.nc")
    print(f"slab of 336 cells: {1e3 * whole:.1f} ms of CPU per point, {whole / solution:.2f} of")
    print("  the solutions alone")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 16)
