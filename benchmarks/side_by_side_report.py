"""The tables and the picture of the side-by-side benchmark, made from its CSV."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from side_by_side import BYTES_PER_CELL

from studies.figures import BLUE, DOTS_PER_INCH, INK, ORANGE, PALE, SKY, STYLE, VERMILION

Row = dict[str, Any]
End = tuple[float, float, str, str]
"""Of a line: its last point, its label and its colour."""

DOCS = Path(__file__).parent.parent / "docs"
PICTURE = DOCS / "pictures" / "side_by_side.png"
PAGE = DOCS / "performance.md"
BEGIN, END = "<!-- side by side: begin -->", "<!-- side by side: end -->"
OURS, OURS_TOO = "waferflux cosine", "waferflux amg"
FIPY, FIPY_BEST = "FiPy, default solver", ("FiPy, iterative", "FiPy with PyAMG")
BYTES_PER_ITERATION = 4 * (8 + 6 + 3 + 3 + 10 + 3 + 3)
"""Of the cosine engine, in single precision, if every pass over a field meets memory once: two
transforms of two passes that read and write; the sweep down and up with its pivots; the lowest
modes taken out and put back; the operator with its coolant; the new direction made orthogonal to
two others, made normal, and added to the answer."""
LINES = {
    OURS: (BLUE, "o", "-"),
    OURS_TOO: (SKY, "s", "-"),
    "PyAMG": ("#009E73", "^", "-"),
    "SciPy splu": (INK, "v", "--"),
    FIPY: (VERMILION, "X", "--"),
    "FiPy, iterative": (ORANGE, "D", "-"),
    "FiPy with PyAMG": ("#CC79A7", "P", "-"),
}
"""Colour of Okabe and Ito, marker and line of each program."""


def read(table: Path) -> list[Row]:
    with table.open(newline="") as file:
        return [{key: _number(value) for key, value in row.items()} for row in csv.DictReader(file)]


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text or None


def publish(table: Path) -> None:
    """Draw the picture, print the tables and put them into docs/performance.md."""
    rows = read(table)
    PICTURE.parent.mkdir(exist_ok=True)
    side_by_side_figure(rows).savefig(
        PICTURE, dpi=DOTS_PER_INCH, facecolor="white", bbox_inches="tight", pad_inches=0.12
    )
    parts = (results(rows), aims(rows), variants(rows), reference(rows))
    tables = "\n\n".join("\n".join(part) for part in parts)
    print(tables)
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}", encoding="utf-8")


def of_family(rows: list[Row], family: str) -> list[Row]:
    """The fastest variant of a family at each size, by size; where none got there, the first."""
    own = [row for row in rows if row["program"] == family]
    found = []
    for cells in sorted({row["cells"] for row in own}):
        at_size = [row for row in own if row["cells"] == cells]
        done = [row for row in at_size if solved(row)]
        found.append(min(done, key=lambda row: row["cpu_s"]) if done else at_size[0])
    return found


def solved(row: Row) -> bool:
    return row["stop"] in ("residual reached", "direct")


# ---------------------------------------------------------------------------------- the tables


def results(rows: list[Row]) -> list[str]:
    lines = [
        "| program | cells | unknowns | CPU s | of it assembly | wall s | peak MB | above idle, MB "
        "| hottest, K off | mean, K off | residual | iterations | end | times the bound |",
        "|---" * 14 + "|",
    ]
    sizes = sorted({row["cells"] for row in rows if row["program"] == OURS})
    for family in LINES:
        found = {row["cells"]: row for row in of_family(rows, family)}
        lines += [_result(family, cells, found.get(cells)) for cells in sizes]
    return lines


def _result(family: str, cells: float, row: Row | None) -> str:
    start = f"| {family}"
    if row is None:
        return f"{start} | {_millions(cells)} |" + " |" * 10 + " not tried: failed when smaller | |"
    title = f"{start}: {row['variant']}" if row["variant"] not in family else start
    if not row.get("cpu_s"):
        empty = " |" * 4 + f" {row['peak_MB']:.0f} |" + " |" * 5
        return f"{title} | {_millions(cells)} |{empty} {row['stop']} | |"
    return (
        f"{title} | {_millions(cells)} | {_millions(row['unknowns'])} "
        f"| {_short(row['cpu_s'])} | {_short(row['assembly_cpu_s'])} | {_short(row['wall_s'])} "
        f"| {row['peak_MB']:.0f} | {row['above_idle_MB']:.0f} "
        f"| {row['hottest_error_K']:+.4f} | {row['mean_error_K']:+.4f} | {row['residual']:.0e} "
        f"| {row['iterations']:.0f} | {row['stop']} | {_short(row['times_bound'])} |"
    )


def variants(rows: list[Row]) -> list[str]:
    """What was tried at the smallest size."""
    smallest = min(row["cells"] for row in rows if row["program"] == OURS)
    lines = [
        f"| program, at {_millions(smallest)} cells | variant | CPU s | iterations | end |",
        "|---" * 5 + "|",
    ]
    for row in rows:
        if row["program"] in LINES and row["cells"] == smallest:
            time = _short(row["cpu_s"]) if row["cpu_s"] else ""
            count = f"{row['iterations']:.0f}" if row["cpu_s"] else ""
            lines.append(
                f"| {row['program']} | {row['variant']} | {time} | {count} | {row['stop']} |"
            )
    return lines


def reference(rows: list[Row]) -> list[str]:
    lines = ["| grid | cells | hottest, K | mean, K |", "|---" * 4 + "|"]
    for row in rows:
        if row["program"] == "reference":
            cells = _millions(row["cells"]) if row["cells"] else ""
            lines.append(
                f"| {row['variant']} | {cells} | {row['hottest_K']:.4f} | {row['mean_K']:.4f} |"
            )
    return lines


def aims(rows: list[Row]) -> list[str]:
    ours = of_family(rows, OURS)
    small = ours[0]
    large = min(ours, key=lambda row: abs(math.log(row["cells"] / 1e6)))
    lines = ["| aim | measured | met |", "|---|---|---|"]
    lines.append(_against(small, of_family(rows, FIPY), 100, "FiPy's default solver"))
    best = [row for family in FIPY_BEST for row in of_family(rows, family)]
    lines.append(_against(large, best, 30, "FiPy's best solver"))
    for first in ours[-2:-1] + ours[:1]:
        growth = math.log(ours[-1]["cpu_s"] / first["cpu_s"]) / math.log(
            ours[-1]["cells"] / first["cells"]
        )
        span = f"{_millions(first['cells'])} to {_millions(ours[-1]['cells'])}"
        lines.append(
            f"| time grows with less than the power 1.1 of the cells | {growth:.2f} from {span} "
            f"| {_met(growth < 1.1)} |"
        )
    times = [row["times_bound"] for row in ours]
    lines.append(
        f"| within 30 times the bound, better 3 | {min(times):.0f} to {max(times):.0f} times "
        f"| {_met(max(times) <= 30)} |"
    )
    each = [row["times_bound"] / row["iterations"] for row in ours]
    for bytes_moved, what in (
        (BYTES_PER_CELL, "the bound of as many passes as it took iterations"),
        (BYTES_PER_ITERATION, "what the cosine engine's own iterations must move"),
    ):
        times = [ratio * BYTES_PER_CELL / bytes_moved for ratio in each]
        lines.append(
            f"| within 30 times {what} | {min(times):.0f} to {max(times):.0f} times "
            f"| {_met(max(times) <= 30)} |"
        )
    return lines


def _against(ours: Row, others: list[Row], aim: float, whom: str) -> str:
    """How many times faster than the fastest of others at the same size."""
    there = [row for row in others if row["cells"] == ours["cells"] and solved(row)]
    what = f"| {aim:.0f} times {whom} at {_millions(ours['cells'])} cells"
    if not there:
        return f"{what} | that did not get there | |"
    best = min(there, key=lambda row: row["cpu_s"])
    times = best["cpu_s"] / ours["cpu_s"]
    without = best["solution_cpu_s"] / ours["cpu_s"]
    return (
        f"{what} | {times:.0f} times ({best['variant']}; {without:.0f} with FiPy's assembly left "
        f"out and ours not) | {_met(without >= aim)} |"
    )


def _met(yes: bool) -> str:
    return "yes" if yes else "**no**"


def _millions(count: float) -> str:
    return f"{count / 1e6:.3g} M"


def _short(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


# --------------------------------------------------------------------------------- the picture


def side_by_side_figure(rows: list[Row]) -> Figure:
    """CPU seconds and memory against the number of cells, a line for each program."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(12, 5.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        _panel(left, rows, "cpu_s", "CPU time, one thread [s]", 1.0, bound=True)
        _panel(right, rows, "above_idle_MB", "peak memory above idle [GB]", 1e-3)
        left.set_title("One linear solution to a residual of 1e-8", loc="left")
        right.set_title("What it takes in memory", loc="left")
    return figure


def _panel(
    axes: Axes, rows: list[Row], key: str, label: str, unit: float, bound: bool = False
) -> None:
    axes.set(xscale="log", yscale="log", xlabel="cells [million]", ylabel=label)
    ends = [_line(axes, rows, family, key, unit) for family in LINES]
    ours = of_family(rows, OURS)
    if bound:
        x, y = [row["cells"] / 1e6 for row in ours], [row["bound_s"] for row in ours]
        axes.plot(x, y, color=PALE, lw=1.2, ls=":")
        ends.append((x[-1], y[-1], "moved once through memory", PALE))
    cells = [row["cells"] / 1e6 for row in ours]
    axes.set_xlim(cells[0] * 0.8, cells[-1] * 40)
    axes.set_xticks(cells, [f"{c:.2g}" for c in cells])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    _labels(axes, [end for end in ends if end is not None])


def _line(axes: Axes, rows: list[Row], family: str, key: str, unit: float) -> End | None:
    """A program's line; where it ends, and what is to be written there."""
    colour, marker, line = LINES[family]
    found = of_family(rows, family)
    x, y = ([row[k] * u for row in found if solved(row)] for k, u in (("cells", 1e-6), (key, unit)))
    if not x:
        return None
    axes.plot(x, y, color=colour, marker=marker, ls=line, lw=1.8, ms=6.5, mec="white", mew=0.6)
    failed = [row for row in found if not solved(row)]
    if not failed:
        return x[-1], y[-1], family, colour
    why = "out of memory" if "memory" in failed[0]["stop"] else failed[0]["stop"].split(":")[0]
    return x[-1], y[-1], f"{family}\n{why} at {_millions(failed[0]['cells'])}", colour


def _labels(axes: Axes, ends: list[End]) -> None:
    """The names in a column beside the lines, each led to the end of its own."""
    low, high = (math.log10(limit) for limit in axes.get_ylim())
    line = 0.021 * (high - low)  # half of a line of text
    column = 1.35 * max(x for x, *_ in ends)
    top = -math.inf
    for x, y, words, colour in sorted(ends, key=lambda end: end[1]):
        half = line * (1.3 + words.count("\n"))
        level = max(top + half, math.log10(y))
        top = level + half
        axes.plot([x, column], [y, 10**level], color=colour, lw=0.7, alpha=0.6, zorder=1)
        axes.annotate(
            words, (column, 10**level), xytext=(3, 0), textcoords="offset points", color=colour,
            va="center", fontsize=8.5, fontweight="bold", linespacing=1.1,
        )  # fmt: skip
    axes.set_ylim(10**low, 10 ** max(high, top))
