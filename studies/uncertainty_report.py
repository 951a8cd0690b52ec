"""What is handed over of an uncertainty: words, JSON and CSV."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .scatter import Scatter, scatter
from .sobol_indices import Index
from .sweep_dataset import unit_of
from .uncertain_inputs import published_paths
from .uncertainty_answer import (
    HOTTEST,
    RANKED,
    RESULTS,
    WANTED,
    WANTED_INTERVAL,
    BySurface,
    SurfaceError,
    Swing,
    Uncertainty,
)

SHOWN = 8
"""Inputs of each result on the terminal."""
MANY_IMPOSSIBLE = 0.02
"""Share of impossible points from which it is said that inputs are no longer independent."""


def scatters(found: Uncertainty) -> dict[str, Scatter]:
    """Of every result that a point of the sample has."""
    results = found.sample.results.items()
    return {name: scatter(values) for name, values in results if np.isfinite(values).any()}


def to_dict(found: Uncertainty) -> dict[str, Any]:
    """As JSON can hold it; every key of a result names its unit."""
    sample, chance = found.sample, found.under_limit
    budget = {step: values for step, values in sample.budget.items() if np.isfinite(values).any()}
    return {
        "case": found.loaded.name,
        "seed": found.seed,
        "points": len(sample.reasons),
        "points_without_solution": sample.without_solution,
        "points_that_cannot_be": sample.impossible,
        "reasons": dict(Counter(reason for reason in sample.reasons if reason)),
        "limit_degC": found.limit,
        "under_limit": None if chance is None else asdict(chance),
        "results": {
            name: {"as_in_the_case": found.base[name]} | asdict(each)
            for name, each in scatters(found).items()
        },
        "temperature_budget_K": {
            step: {"as_in_the_case": found.base_budget[step]} | asdict(scatter(values))
            for step, values in budget.items()
        },
        "surface": None if found.surface is None else asdict(found.surface),
        "inputs": [_input(swing) for swing in found.swings],
        "sets_for_indices": found.sets,
        "whole_sets_for_indices": found.whole_sets,
        "indices": {
            name: [asdict(index) for index in indices] for name, indices in found.indices.items()
        },
    }


def _input(swing: Swing) -> dict[str, Any]:
    each = swing.uncertain
    return {
        "path": each.path,
        "unit": each.axis.unit,
        "as_in_the_case": each.base,
        "distribution": each.distribution,
        "range": each.text(),
        "alone_at": list(swing.at),
        "alone_lacks": list(swing.lacks),
        "alone": {name: values.tolist() for name, values in swing.results.items()},
    }


def write_tables(found: Uncertainty, folder: Path) -> None:
    """``results.csv``, a row for each result, and ``inputs.csv``, one for each input and result."""
    with (folder / "results.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        statistics = ("points", "mean", "standard_deviation", "low", "median", "high")
        names = ("points", "mean", "standard_deviation", "5_percent", "median", "95_percent")
        off = ("root_mean_square", "largest") if _is_by_surface(found) else ()
        errors = [f"surface_error_{part}" for part in off]
        table.writerow(["result", "as_in_the_case", *names, *errors])
        for name, each in scatters(found).items():
            numbers = [getattr(each, part) for part in statistics]
            error = _error(found, name)
            numbers += ["" if error is None else getattr(error, part) for part in off]
            table.writerow([name, found.base[name], *numbers])
    with (folder / "inputs.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        columns = ("first", "first_interval", "total", "total_interval")
        table.writerow(["result", "input", "range", "least", "most", *columns])
        for name in found.base:
            table.writerows(_rows(found, name))


def _is_by_surface(found: Uncertainty) -> bool:
    """Whether a surface was asked for and answered."""
    return found.surface is not None and not found.surface.refused


def _error(found: Uncertainty, name: str) -> SurfaceError | None:
    """Of the surface that answered a result; None where the solved points did."""
    by = found.surface
    if by is None or by.refused or name in by.direct:
        return None
    return by.errors.get(name)


def _rows(found: Uncertainty, name: str) -> list[list[Any]]:
    indices = {index.group: index for index in found.indices[name]}
    rows = []
    for swing in found.ranked(name):
        least, most = swing.span(name, found.base[name])
        row = [name, swing.uncertain.path, swing.uncertain.text(), least, most]
        index = indices.pop(swing.uncertain.path, None)
        rows.append([*row, *_numbers(index)])
    return rows + [[name, group, "", "", "", *_numbers(i)] for group, i in indices.items()]


def _numbers(index: Index | None) -> list[Any]:
    return [""] * 4 if index is None else list(asdict(index).values())[1:]


def print_uncertainty(found: Uncertainty, console: Console) -> None:
    """Scatter, chance, what has no solution, tornado and indices."""
    say = lambda words, style="": console.print(Text(words, style=style))  # noqa: E731
    say(
        f"{found.loaded.name}, {len(found.sample.reasons)} points, values that are not known: "
        f"{len(found.swings)}",
        "bold",
    )
    console.print(_scatter_table(found))
    for line in sample_lines(found):
        say(line)
    if found.surface is not None and not found.surface.refused:
        say(
            f"\nthe surface at {found.surface.checks} solved points that it is not made of",
            "bold cyan",
        )
        console.print(_error_table(found))
    for name in (name for name in RANKED if name in found.base):
        say(f"\n{RESULTS[name]}, each value alone from end to end", "bold cyan")
        console.print(_tornado_table(found, name))
        for line in lack_lines(found, name):
            say(line)
        if found.indices[name]:
            say(f"{RESULTS[name]}, part of the variance (Sobol)", "bold cyan")
            console.print(_index_table(found.indices[name]))
    for line in note_lines(found):
        say(line, "dim")


def sample_lines(found: Uncertainty) -> list[str]:
    """The chance that the limit is kept, and the points that have no answer, in words."""
    sample, chance, lines = found.sample, found.under_limit, []
    if chance is not None:
        lines.append(
            f"at or under {found.limit:g} degC: {_percent(chance.share)} of {chance.points} points"
            f", 95 % confidence {100 * chance.low:.1f} to {_percent(chance.high)}"
        )
    count = len(sample.reasons)
    if _is_by_surface(found):
        lines += surface_lines(found)
    elif found.surface is not None:
        lines.append(f"no surface: {found.surface.refused}; these are the solved points alone")
        lines += _sets_lines(found.surface)
    if not _is_by_surface(found):
        lines.append(f"without a solution: {sample.without_solution} of {count} points")
    if sample.impossible:
        lines.append(
            f"left out, since their values cannot be together: {sample.impossible} of {count}"
        )
    return lines


def surface_lines(found: Uncertainty) -> list[str]:
    """What the surface is made of, how far off it is, and what it saves."""
    by = found.surface
    assert by is not None
    hottest = by.errors[HOTTEST]
    lines = [
        f"by a surface of {by.nodes} solved points; points as near to the limit as it is off at "
        "most count both ways in the confidence"
    ]
    if hottest.share > WANTED:
        lines.append(
            f"its error for the hottest point is {hottest.share:.3g} of the standard deviation, "
            f"{WANTED:g} is wanted; the intervals have it"
        )
    if by.direct:
        words = ", ".join(RESULTS.get(name, name) for name in by.direct)
        lines.append(f"too far off, so of the {by.checks} solved points alone: {words}")
    return lines + _sets_lines(by)


def _sets_lines(by: BySurface) -> list[str]:
    if by.direct_sets is None:
        return []
    wanted = f"intervals of {WANTED_INTERVAL:g}" if by.refused else "the same intervals"
    return [f"without a surface {wanted} of the indices take about {by.direct_sets} sets of points"]


def note_lines(found: Uncertainty) -> list[str]:
    """What to know about the numbers."""
    lines = []
    if any(found.indices.values()):
        lines.append("first order: alone; total: also together with others; +-: 95 % confidence.")
    if found.sets > found.whole_sets and any(found.indices.values()):
        lines.append(
            f"The indices are of {found.whole_sets} of {found.sets} sets of points, those that "
            "are whole."
        )
    if found.sample.impossible > MANY_IMPOSSIBLE * len(found.sample.reasons):
        lines.append(
            "So many points cannot be that the values left are not independent: ranges that go "
            "together give better indices."
        )
    varied = {swing.uncertain.path for swing in found.swings}
    held = [path for path in published_paths(found.loaded) if path not in varied]
    if held:
        lines.append(f"Published, so held: {', '.join(held)}; --vary PATH varies one.")
    return lines


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _plain(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 9999.5 else f"{value:.0f}"


def _table(*columns: str, words: int = 1) -> Table:
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for number, name in enumerate(columns):
        made.add_column(name, justify="left" if number < words else "right", no_wrap=True)
    return made


def _scatter_table(found: Uncertainty) -> Table:
    made = _table("", "case", "mean", "s.d.", "5 %", "median", "95 %")
    for name, each in scatters(found).items():
        numbers = (each.mean, each.standard_deviation, each.low, each.median, each.high)
        words = f"{RESULTS[name]} [{unit_of(name)}]"
        made.add_row(Text(words), *map(_plain, (found.base[name], *numbers)))
    return made


def _error_table(found: Uncertainty) -> Table:
    """How far off the surface of each result is, in its unit and over its standard deviation."""
    made = _table("", "off by", "at most", "over s.d.")
    for name in found.sample.results:
        error = _error(found, name)
        if error is not None and error.share:
            words = f"{RESULTS[name]} [{unit_of(name)}]"
            numbers = (error.root_mean_square, error.largest, error.share)
            made.add_row(Text(words), *(f"{number:.2g}" for number in numbers))
    return made


def _tornado_table(found: Uncertainty, name: str) -> Table:
    made = _table("", "range", "least", "most", words=2)
    for swing in found.ranked(name)[:SHOWN]:
        ends = map(_plain, swing.span(name, found.base[name]))
        made.add_row(short(swing.uncertain.path), swing.uncertain.text(), *ends)
    return made


def lack_lines(found: Uncertainty, name: str) -> list[str]:
    """Ends without a result, of the inputs in a table."""
    return [
        f"{short(swing.uncertain.path)} {line}"
        for swing in found.ranked(name)[:SHOWN]
        for line in swing.lack_lines()
    ]


def _index_table(indices: list[Index]) -> Table:
    made = _table("", "first order", "+-", "total", "+-")
    for index in sorted(indices, key=lambda index: -index.total):
        numbers = (index.first, index.first_interval, index.total, index.total_interval)
        made.add_row(short(index.group), *(f"{round(value, 2) + 0.0:.2f}" for value in numbers))
    return made


def short(path: str) -> str:
    """A key without its first section, where that is the layers or the delivery."""
    return path.removeprefix("delivery.").removeprefix("layers.")
