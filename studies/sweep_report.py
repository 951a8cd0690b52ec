"""What a sweep came to, on the terminal and as JSON."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import Any

import numpy as np
import xarray
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .sweep_files import table

SHOWN = (
    "junction_temperature_max_degC",
    "block_drop_mV",
    "input_power_W",
    "coolant_rise_K",
    "cold_plate_pressure_drop_kPa",
    "pump_power_W",
)
"""Results told on the terminal, of what is per block the largest; all are in the file."""
MOST_REASONS = 5
MOST_NAMED = 6
"""Varied values told one by one; with more, points are told by their number, from 0."""
WIDEST = 96


def summary(found: xarray.Dataset) -> dict[str, Any]:
    """Points, how many are solved, why the others are not, and a row for each."""
    columns = table(found)
    return {
        "case": found.attrs["case_name"],
        "design": found.attrs["design"],
        "varied": found.attrs["varied"].splitlines(),
        "points": len(columns["reason"]),
        "solved": columns["reason"].count(""),
        "reasons": dict(Counter(reason for reason in columns["reason"] if reason)),
        "rows": [
            {name: values[i] for name, values in columns.items()}
            for i in range(len(columns["reason"]))
        ],
    }


def print_sweep(found: xarray.Dataset, console: Console) -> None:
    """Print what the results range over and where, and why points have none."""
    told = summary(found)
    console.print(
        f"{told['case']}: {told['solved']} of {told['points']} points solved, varied "
        f"{_varied(told['varied'])}",
        markup=False,
    )
    if "answered_by" in found:
        _print_how(found, console)
    if told["solved"]:
        _print_ranges(found, told, console)
    counts = sorted(told["reasons"].items(), key=lambda item: -item[1])
    for reason, count in counts[:MOST_REASONS]:
        console.print(f"{count} x {textwrap.shorten(reason, WIDEST)}", markup=False)
    if len(counts) > MOST_REASONS:
        console.print(f"{len(counts) - MOST_REASONS} more reasons are in the file")


def _varied(paths: list[str]) -> str:
    if len(paths) <= MOST_NAMED:
        return ", ".join(paths)
    return f"{paths[0]} to {paths[-1]}, {len(paths)} in all"


def _print_how(found: xarray.Dataset, console: Console) -> None:
    """By what points were answered that were not solved, and how near that is."""
    for by in sorted(set(found["answered_by"].values.ravel()) - {""}):
        count, name = int((found["answered_by"] == by).sum()), by.partition(" ")[0]
        solutions = int(found[f"{name}_solutions"].max())
        off = [float(found[f"{name}_error_{how}_K"].max()) for how in ("estimated", "measured")]
        words = "a response surface" if by == "surface" else f"an {by}"
        console.print(
            f"{count} of them by {words} from {solutions} solutions: hottest points "
            f"within {off[0]:.2g} K by its estimate, {off[1]:.2g} K where it was checked",
            markup=False,
        )


def _print_ranges(found: xarray.Dataset, told: dict[str, Any], console: Console) -> None:
    made = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("", "least", "most"):
        made.add_column(title, justify="right" if title else "left", no_wrap=True)
    points = found["reason"].dims
    for name in (name for name in SHOWN if name in found):
        results = found[name]
        values = results.max([dim for dim in results.dims if dim not in points]).values.ravel()
        words = f"{results.attrs['long_name']} [{results.attrs['units']}]"
        made.add_row(Text(words), f"{np.nanmin(values):.4g}", f"{np.nanmax(values):.4g}")
        if name == SHOWN[0]:
            ends = {"coolest": np.nanargmin(values), "hottest": np.nanargmax(values)}
    console.print(made)
    for word, at in ends.items():
        many = len(told["varied"]) > MOST_NAMED
        place = f"point {int(at)}" if many else _place(found, told["rows"][int(at)])
        console.print(f"{word} at {place}", markup=False)


def _place(found: xarray.Dataset, row: dict[str, Any]) -> str:
    """The varied values of a point, in words."""
    words = []
    for path in found.attrs["varied"].splitlines():
        axis = found.coords[path.replace(".", "_")]
        value, unit = row[str(axis.name)], axis.attrs.get("units", "1")
        number = value if isinstance(value, str) else f"{value:.4g}"
        words.append(number if unit == "1" else f"{number} {unit}")
    return ", ".join(words)
