"""What is handed over of sensitivities: tables, JSON, CSV and a picture."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .sensitivity import Figure, Number, Sensitivity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

SHOWN = 8
"""Figures of each number in the tables on the terminal and in the picture."""
MENTIONED = 3
"""Of each number in words."""
KEYS: dict[Number, tuple[str, str]] = {
    "worst drop": ("worst_drop_mV", "mV"),
    "largest brick current": ("largest_brick_current_A", "A"),
    "hottest point": ("hottest_point_degC", "K"),
}
NOTE = "over it: change over the range, by the derivative; a step: 1 %, or 1 K of a temperature."


def to_dict(case: str, scenario: str, found: list[Sensitivity]) -> dict[str, Any]:
    """As JSON can hold it; every key names its unit."""
    return {
        "case": case,
        "scenario": scenario,
        "numbers": {
            KEYS[each.number][0]: {
                "value": each.value,
                "place": each.place,
                "figures": [_row(each, figure) for figure in each.figures],
            }
            for each in found
        },
    }


def _row(each: Sensitivity, figure: Figure) -> dict[str, Any]:
    unit = KEYS[each.number][1]
    return {
        "figure": figure.path,
        "value": figure.value,
        "range": list(figure.span) or None,
        f"change_over_range_{unit}": figure.over_range,
        "step": figure.step,
        f"change_per_step_{unit}": figure.per_step,
    }


def write_csv(found: list[Sensitivity], path: Path) -> None:
    """All figures of all numbers, a row each."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(
            ["number", "unit", "figure", "value", "least", "most", "over_range", "step", "per_step"]
        )
        for each in found:
            for f in each.figures:
                low, high = f.span or ("", "")
                over = "" if f.over_range is None else f"{f.over_range:.6g}"
                step = f"{f.per_step:.6g}"
                table.writerow(
                    [each.number, each.unit, f.path, f.value, low, high, over, f.step, step]
                )


def deciding_lines(scenario: str, found: list[Sensitivity]) -> list[str]:
    """For each number its strongest figures with a range, in words."""
    lines = [f"what decides {scenario}, each figure over the range of the case file:"]
    for each in found:
        strongest = [
            f"{f.path.removeprefix('delivery.')} {f.over_range:+.3g} {each.unit}"
            for f in each.figures[:MENTIONED]
            if f.over_range is not None
        ]
        lines.append(f"  {each.number}: {', '.join(strongest)}")
    return lines


def print_sensitivities(scenario: str, found: list[Sensitivity], console: Console) -> None:
    """A table for each number, the strongest figures first."""
    console.print(Text(scenario, style="bold"))
    for each in found:
        console.print(Text(_headline(each), style="bold cyan"))
        table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", show_edge=False)
        table.add_column("", no_wrap=True)
        table.add_column("range, or now", no_wrap=True)
        for name in (f"over it, {each.unit}", "a step"):
            table.add_column(name, justify="right", no_wrap=True)
        for figure in each.figures[:SHOWN]:
            table.add_row(*_words(figure))
        console.print(table)
    console.print(Text(NOTE, style="dim"))


def _headline(each: Sensitivity) -> str:
    unit = "degC" if each.unit == "K" else each.unit
    return f"{each.number}: {each.value:.4g} {unit}, {each.place}"


def _words(figure: Figure) -> list[str]:
    over = "" if figure.over_range is None else f"{figure.over_range:+.3g}"
    name = figure.path.removeprefix("delivery.")
    return [name, _span(figure), over, f"{figure.per_step:+.1g}/{figure.step.replace(' ', '')}"]


def _span(figure: Figure) -> str:
    """Range of a figure, its unit once where both ends have the same; else its value."""
    if not figure.span:
        return figure.value
    (low, _, unit), (high, _, other) = (text.partition(" ") for text in figure.span)
    if unit != other:
        return " to ".join(figure.span)
    return f"{low} to {high} {unit}".rstrip()


def sensitivity_figure(scenario: str, found: list[Sensitivity]) -> Picture:
    """A bar for each figure with a range: what it moves over it, strongest on top."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Picture

    from .figures import INK, STYLE

    with mpl.rc_context(STYLE):
        picture = Picture(figsize=(9.5, 8.5), layout="constrained")
        for axes, each in zip(picture.subplots(len(found)), found, strict=True):
            _draw(axes, each)
        picture.suptitle(scenario, color=INK, fontsize=12)
    return picture


def _draw(axes: Axes, each: Sensitivity) -> None:
    from .figures import BLUE, VERMILION

    shown = [f for f in each.figures if f.over_range is not None][:SHOWN][::-1]
    changes = [f.over_range or 0.0 for f in shown]
    bars = axes.barh(
        [f"{f.path.removeprefix('delivery.')}, {_span(f)}" for f in shown],
        changes,
        color=[VERMILION if change > 0 else BLUE for change in changes],
    )
    axes.bar_label(bars, [f"{change:+.3g}" for change in changes], padding=3, fontsize=8)
    axes.axvline(0, color="black", lw=0.8)
    axes.margins(x=0.12)
    axes.tick_params(axis="y", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(_headline(each), loc="left")
    axes.set_xlabel(f"change over the figure's range, by the derivative [{each.unit}]")
