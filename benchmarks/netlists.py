"""Reading and solving netlists: time and memory against the number of elements.

    python benchmarks/netlists.py [millions of elements ...]

writes grids of the IBM power-grid kind to a temporary folder: two layers of wires joined by vias
of 0 V, pads behind 0.25 ohm, a current source at every fourth node of the lower layer. Each is
read and solved in a process of its own: lines a second, CPU seconds of the reading and of the
solution, and peak memory.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SIZES = (0.1, 1.0, 4.0)


def write_grid(path: Path, elements: float, seed: int = 1) -> None:
    """A netlist of about so many elements."""
    # wires of a square grid of n x n, a via at every third crossing, a source at every fourth
    n = round(math.sqrt(elements / 2.58))
    random = np.random.default_rng(seed)
    with path.open("w") as file:
        file.write("* grid of the IBM power-grid kind\n")
        k = 0
        for i in range(n):
            x = 100 * i
            resistances = random.uniform(0.1, 2.0, (n, 2))
            currents = random.uniform(0, 4e-5, n)
            lines = []
            for j in range(n):
                y = 100 * j
                k += 1
                if i + 1 < n:
                    lines.append(f"R{k}x n1_{x}_{y} n1_{x + 100}_{y} {resistances[j, 0]:.6e}")
                if j + 1 < n:
                    lines.append(f"R{k}y n3_{x}_{y} n3_{x}_{y + 100} {resistances[j, 1]:.6e}")
                if (i + j) % 3 == 0 or i + 1 == n or j + 1 == n:
                    lines.append(f"V{k} n1_{x}_{y} n3_{x}_{y} 0.0")
                if k % 4 == 0:
                    lines.append(f"iB{k}_v n1_{x}_{y} 0 {currents[j]:.6e}")
                if i % 50 == 25 and j % 50 == 25:
                    lines.append(f"rr{k} n3_{x}_{y} _X_n3_{x}_{y} 2.500000e-01")
                    lines.append(f"v{k}p _X_n3_{x}_{y} 0 1.8")
            file.write("\n".join(lines) + "\n")
        file.write(".op\n.end\n")


def measure(path: str) -> dict[str, float | str]:
    """Read and solve one netlist in this process."""
    from power.netlist_reader import read_netlist
    from power.netlist_solver import solve_netlist

    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    begun = time.process_time()
    netlist = read_netlist(path)
    read = time.process_time()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    state = solve_netlist(netlist)
    solved = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "lines": netlist.lines,
        "elements": netlist.elements,
        "nodes": len(netlist.nodes),
        "read_cpu_s": read - begun,
        "solve_cpu_s": solved - read,
        "idle_MB": idle / 1e6,
        "read_MB": after / 1e6,
        "peak_MB": peak / 1e6,
        "solver": state.solver,
        "residual_V": state.residual,
        "worst_drop_mV": 1e3 * float(np.max(np.abs(state.drop))),
        "balance": state.balance,
    }


def main(sizes: list[float]) -> None:
    """Run every size in its own process and print the table."""
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    with tempfile.TemporaryDirectory() as folder:
        for millions in sizes:
            path = Path(folder) / "grid.sp"
            write_grid(path, millions * 1e6)
            command = [sys.executable, __file__, "--measure", str(path)]
            run = subprocess.run(command, capture_output=True, text=True, check=True, env=here)
            row = json.loads(run.stdout)
            print(
                f"{row['elements'] / 1e6:6.2f} M elements  {row['nodes'] / 1e6:6.2f} M nodes"
                f"  read {row['read_cpu_s']:6.2f} s, {row['lines'] / row['read_cpu_s'] / 1e6:.2f} M"
                f" lines/s  solve {row['solve_cpu_s']:6.2f} s  {row['solver']}"
                f"  memory {row['read_MB']:.0f}, {row['peak_MB']:.0f} MB"
                f" (program {row['idle_MB']:.0f})"
                f"  worst {row['worst_drop_mV']:.4f} mV  residual {row['residual_V']:.0e} V"
                f"  balance {row['balance']:.0e}",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(sys.argv[2])))
    else:
        main([float(a) for a in sys.argv[1:]] or list(SIZES))
