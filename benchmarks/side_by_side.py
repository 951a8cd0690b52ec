"""The same linear problem by our engines, SciPy, PyAMG and FiPy: time, memory and error.

    python benchmarks/side_by_side.py [--sizes 0.05 0.2 1 4] [--limit 300] [--memory 12]
    python benchmarks/side_by_side.py --figure

The problem is that of linear_problem.py, the programs those of linear_programs.py. Each (program,
size) runs in a process of its own with one thread, a limit in CPU seconds and one in memory. At the
smallest size every variant of a program runs; what is within twice the fastest goes on to the next
size, the others only where that fails. A program that fails is not tried at larger sizes. Written:
side_by_side.csv beside this file, and from it docs/pictures/side_by_side.png and the tables in
docs/performance.md, which ``--figure`` makes anew.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# the numerical libraries are imported in the processes that measure: this one stays small

Row = dict[str, Any]

SIZES = (0.05, 0.2, 1.0, 4.0)
PLANES = 23
LIMIT_S, LIMIT_GB = 300.0, 12.0
GOES_ON = 2.0
"""Times the fastest variant's CPU seconds up to which another is tried at the next size."""
BYTES_PER_CELL = 5 * 8
"""What a solution must move at least: three conductances to neighbours (the matrix is symmetric in
the solids) and the heat are read once, the temperature is written once, in double precision. Of the
coolant nothing: its coefficients are the same across the channels, its temperatures need not be
kept."""
REFERENCE = ((208, 1), (416, 1), (832, 1))
"""Cells along a side, and refinement in height, of the grids from which the true answer is
extrapolated. All programs have the same planes, so that they tend to one answer."""
IN_HEIGHT = ((208, 2), (208, 4))
"""The same with more planes: what those leave, which is common to all programs."""
TABLE = Path(__file__).parent / "side_by_side.csv"
SOLVED = ("unknowns", "assembly_cpu_s", "solution_cpu_s", "cpu_s", "wall_s")
FOUND = ("hottest_K", "mean_K", "hottest_error_K", "mean_error_K", "residual", "iterations", "stop")
COLUMNS = (
    *("program", "variant", "cells", *SOLVED, "peak_MB", "above_idle_MB", *FOUND),
    *("bandwidth_GB_s", "bound_s", "times_bound"),
)
OUT_OF_MEMORY = "out of memory"


# ------------------------------------------------------------------- in a process of its own


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(family: str, variant: str, n: int, finer: int, limit_s: float, limit_gb: float) -> Row:
    """Solve one size in this process; small ones a few times, of which the fastest counts."""
    from linear_problem import linear_problem
    from linear_programs import solve

    solve(family, variant, linear_problem(8))  # imports and first plans
    problem = linear_problem(n, finer)
    idle = peak_megabytes()
    begin = time.process_time()
    most = math.ceil(begin + limit_s)
    resource.setrlimit(resource.RLIMIT_CPU, (most, most + 5))
    memory = int(limit_gb * 1e9)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    found = [solve(family, variant, problem)]
    peak = peak_megabytes()
    while time.process_time() - begin < 1.0 and len(found) < 5:
        found.append(solve(family, variant, problem))
    best = min(found, key=lambda one: one.assembly_cpu_s + one.solution_cpu_s)
    hottest, mean = problem.hottest_and_mean(best.rise)
    row = {key: value for key, value in vars(best).items() if key != "rise"}
    return row | {
        "cpu_s": best.assembly_cpu_s + best.solution_cpu_s,
        "cells": problem.cells,
        "hottest_K": hottest,
        "mean_K": mean,
        "peak_MB": peak,
        "above_idle_MB": peak - idle,
    }


def bandwidth() -> float:
    """What one thread moves [bytes/s]: y = a x + y, which reads two doubles and writes one."""
    import numpy as np
    from scipy.linalg.blas import daxpy

    x, y = np.ones(40_000_000), np.ones(40_000_000)
    fastest = math.inf
    for _ in range(10):
        begin = time.perf_counter()
        daxpy(x, y, a=0.5)
        fastest = min(fastest, time.perf_counter() - begin)
    return 24 * x.size / fastest


# --------------------------------------------------------------------------- from outside


def in_its_own_process(*asked: Any) -> tuple[Row | None, str, float]:
    """Its answer or None, why it has none, and its peak memory [MB]."""
    folder = Path(__file__).parent
    one_thread = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
    )
    here = {**os.environ, **one_thread, "PYTHONPATH": f"{folder.parent}{os.pathsep}{folder}"}
    run = subprocess.Popen(
        [sys.executable, __file__, "--alone", *map(str, asked)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=here,
    )
    assert run.stdout is not None
    with run.stdout as said:
        lines = said.read().splitlines()
    _, status, used = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode == 0:
        return json.loads(lines[-1]), "", used.ru_maxrss / 1024
    return None, failure(run.returncode, lines), used.ru_maxrss / 1024


def failure(code: int, lines: list[str]) -> str:
    if code == -signal.SIGXCPU:
        return "over the time limit"
    said = "\n".join(lines[-5:])
    # the last is SuperLU's: beyond 2 GB the bytes that it could not get turn negative in 32 bits
    short = (
        *("MemoryError", "Unable to allocate", "ot enough memory", "malloc fail"),
        "gstrf was called with invalid arguments",
    )
    if code == -signal.SIGKILL or any(words in said for words in short):
        return OUT_OF_MEMORY
    return f"failed: {lines[-1] if lines else f'exit code {code}'}"


def side_by_side(sizes: list[float], limit_s: float, limit_gb: float) -> None:
    """Every program at every size that it reaches; written row by row."""
    speed = in_its_own_process("bandwidth")[0]
    assert speed is not None
    print(f"memory bandwidth, one thread: {speed['bytes_per_s'] / 1e9:.1f} GB/s", flush=True)
    rows = reference_rows()
    true = rows[-1]
    for row in rows:
        compare(row, true, speed["bytes_per_s"])
    for family, variants in families().items():
        for row in climb(family, variants, sizes, limit_s, limit_gb):
            report(row)
            compare(row, true, speed["bytes_per_s"])
            rows.append(row)
            write(rows)


def climb(
    family: str, variants: list[str], sizes: list[float], limit_s: float, limit_gb: float
) -> Iterator[Row]:
    """A program from size to size, until none of its variants gets there."""
    slower: list[str] = []
    for millions in sizes:
        n = 2 * round(math.sqrt(millions * 1e6 / PLANES) / 2)
        done: dict[str, float] = {}
        # what was slower is asked only where all that was faster fails
        for group in (variants, slower):
            if done:
                break
            for variant in group:
                row = one(family, variant, n, limit_s, limit_gb)
                yield row
                if solved(row):
                    done[variant] = row["cpu_s"]
        else:
            slower = []
        if not done:
            return
        most = GOES_ON * min(done.values())
        variants = [variant for variant, cpu in done.items() if cpu <= most]
        slower += [variant for variant, cpu in done.items() if cpu > most]


def families() -> dict[str, list[str]]:
    found = in_its_own_process("families")[0]
    assert found is not None
    return found


def solved(row: Row) -> bool:
    return row["stop"] in ("residual reached", "direct")


def one(family: str, variant: str, n: int, limit_s: float, limit_gb: float) -> Row:
    row, why, peak = in_its_own_process("measure", family, variant, n, 1, limit_s, limit_gb)
    if row is None:
        if why == "over the time limit":
            why = f"over {limit_s:.0f} s"
        elif why == OUT_OF_MEMORY:
            why = f"out of memory at {limit_gb:.0f} GB"
        row = {"cells": n * n * PLANES, "peak_MB": peak, "stop": why}
    return {"program": family, "variant": variant} | row


def reference_rows() -> list[Row]:
    """Grids twice as fine along both sides from one to the next, and what they lead to."""
    rows = []
    for n, finer in (*IN_HEIGHT, *REFERENCE):
        asked = ("waferflux cosine", "cosine", n, finer, 3600, 64)
        row, why, _ = in_its_own_process("measure", *asked)
        if row is None:
            raise SystemExit(f"reference grid of {n} cells along a side: {why}")
        rows.append({"program": "reference", "variant": f"n = {n}, height x {finer}"} | row)
        report(rows[-1])
    last: Row = {"program": "reference", "variant": "extrapolated", "stop": "second order"}
    for key in ("hottest_K", "mean_K"):
        last[key] = rows[-1][key] + (rows[-1][key] - rows[-2][key]) / 3
    return [*rows, last]


def compare(row: Row, true: Row, per_second: float) -> None:
    """Add the errors, and the time against that of moving the least that must be moved."""
    row["bandwidth_GB_s"] = per_second / 1e9
    for key in ("hottest", "mean"):
        if f"{key}_K" in row:
            row[f"{key}_error_K"] = row[f"{key}_K"] - true[f"{key}_K"]
    if "cells" in row:
        row["bound_s"] = row["cells"] * BYTES_PER_CELL / per_second
    if "cpu_s" in row:
        row["times_bound"] = row["cpu_s"] / row["bound_s"]


def report(row: Row) -> None:
    words = f"{row['program']:22s} {row['variant']:32s} {row['cells'] / 1e6:5.2f} M"
    if "cpu_s" in row:
        words += f"  cpu {row['cpu_s']:7.2f} s  {row['iterations']:4d} iterations"
    print(f"{words}  {row['peak_MB']:6.0f} MB  {row['stop']}", flush=True)


def write(rows: list[Row]) -> None:
    with TABLE.open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        for row in rows:
            short = {k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()}
            table.writerow(short)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=float, nargs="+", default=SIZES, metavar="MILLIONS")
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="CPU seconds of each run")
    parser.add_argument("--memory", type=float, default=LIMIT_GB, help="gigabytes of each run")
    parser.add_argument("--figure", action="store_true", help="draw anew from the CSV, run nothing")
    options = parser.parse_args()
    if not options.figure:
        side_by_side(sorted(options.sizes), options.limit, options.memory)
    from side_by_side_report import publish

    publish(TABLE)


def alone(what: str, *asked: str) -> Row:
    if what == "bandwidth":
        return {"bytes_per_s": bandwidth()}
    if what == "families":
        from linear_programs import FAMILIES

        return {family: list(variants) for family, variants in FAMILIES.items()}
    family, variant, n, finer, limit_s, limit_gb = asked
    return measure(family, variant, int(n), int(finer), float(limit_s), float(limit_gb))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        print(json.dumps(alone(*sys.argv[2:])))
    else:
        main()
