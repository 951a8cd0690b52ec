"""Time and memory of the steady CS-3 temperature field against the number of unknowns.

    python benchmarks/scaling.py [millions ...]

Each size runs in a process of its own, so that its peak memory is its own. Printed: CPU seconds of
the solution to a residual of 1e-10 (set-up included, start-up not), the same per million unknowns
and to 1e-8, peak memory per unknown, iterations, and the growth exponent from size to size. Then
the coupled CS-3 at its default grid, and the start-up.
"""

from __future__ import annotations

import csv
import json
import math
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import scipy.fft

SIZES = (0.25, 1.0, 4.0, 16.0)
PLANES = 23


def measure(millions: float) -> dict[str, float]:
    """Solve one size in this process."""
    from studies import load_case
    from studies.build import build
    from studies.coupled import solve_coupled

    # cells along x and y whose only factors are small primes: another 5 % of them can take thrice
    # the time, 417 = 3 x 139 for instance
    n = scipy.fft.next_fast_len(round(math.sqrt(millions * 1e6 / PLANES)), real=True)
    # fixed heat, no power delivery: the temperature field alone
    values = {"grid.along_x": n, "grid.along_y": n, "delivery": None, "loads": None}
    case = load_case("cs3", values)
    reached: dict[str, float] = {}

    def report(_: int, residual: float) -> None:
        if residual <= 1e-8:
            reached.setdefault("cpu_s_to_1e-8", time.process_time() - cpu)

    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    cpu, wall = time.process_time(), time.perf_counter()
    coupled = solve_coupled(build(case), report)
    unknowns = coupled.solver.rise.size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "unknowns": unknowns,
        "cpu_s": time.process_time() - cpu,
        **reached,
        "wall_s": time.perf_counter() - wall,
        "peak_bytes_per_unknown": peak / unknowns,
        "bytes_per_unknown_above_idle": (peak - idle) / unknowns,
        "iterations": coupled.solver.iterations,
        "hottest_K_above_inlet": float(
            coupled.solver.rise[coupled.machine.heated_planes[-1]].max()
        ),
        "residual": coupled.residual,
    }


def coupled_and_start_up() -> dict[str, float]:
    """The whole coupled case at its default grid, and what comes before it."""
    start = time.perf_counter()
    from studies import load_case, solve

    imported = time.perf_counter() - start
    answer = solve(load_case("cs3"))
    return {"import_s": imported, "coupled_wall_s": answer.solve_seconds}


def main(sizes: list[float]) -> None:
    """Run every size in its own process and print the table."""
    rows: list[dict[str, float]] = []
    here = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parent.parent),
        # memory that a freed field leaves stays with the program: where the system is slow to hand
        # out fresh pages, asking for them again each time is a third of the run
        "GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=4294967296:"
        "glibc.malloc.trim_threshold=8589934592",
    }
    for millions in sizes:
        command = [sys.executable, __file__, "--measure", str(millions)]
        run = subprocess.run(command, capture_output=True, text=True, check=True, env=here)
        rows.append(json.loads(run.stdout))
        row = rows[-1]
        growth = ""
        if len(rows) > 1:
            before = rows[-2]
            ratio = math.log(row["unknowns"] / before["unknowns"])
            growth = f"growth {math.log(row['cpu_s'] / before['cpu_s']) / ratio:.2f}"
        print(
            f"{row['unknowns'] / 1e6:7.2f} M"
            f"  cpu {row['cpu_s']:7.2f} s  wall {row['wall_s']:7.2f} s"
            f"  {row['cpu_s'] / row['unknowns'] * 1e6:5.2f} s/M"
            f" ({row['cpu_s_to_1e-8'] / row['unknowns'] * 1e6:5.2f} to 1e-8)"
            f"  {row['peak_bytes_per_unknown']:6.0f} B/unknown"
            f"  {row['iterations']:3.0f} iterations"
            f"  hottest +{row['hottest_K_above_inlet']:.4f} K  {growth}",
            flush=True,
        )
    run = subprocess.run(
        [sys.executable, __file__, "--coupled"],
        capture_output=True,
        text=True,
        check=True,
        env=here,
    )
    whole = json.loads(run.stdout)
    print(f"start-up {whole['import_s']:.2f} s, coupled CS-3 {whole['coupled_wall_s']:.2f} s wall")
    with (Path(__file__).parent / "scaling.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(float(sys.argv[2]))))
    elif sys.argv[1:2] == ["--coupled"]:
        print(json.dumps(coupled_and_start_up()))
    else:
        main([float(a) for a in sys.argv[1:]] or list(SIZES))
