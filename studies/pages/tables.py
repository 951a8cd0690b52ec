"""Tables of a page: sorted by a click, downloaded as CSV, numbers whole behind what is seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..case_file import TRUST, LoadedCase


@dataclass(frozen=True)
class Column:
    """Key of a value, heading, and how a number is written."""

    key: str
    heading: str
    form: str = ""


@dataclass(frozen=True)
class Cell:
    """What is seen, and what is sorted by and downloaded."""

    text: str
    value: str
    is_number: bool


@dataclass(frozen=True)
class Table:
    """Rows of cells; its name is that of the CSV file."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""


def table(
    name: str,
    columns: Iterable[Column],
    rows: Iterable[Mapping[str, Any]],
    caption: str = "",
) -> Table:
    """A table of the rows' values under the columns' keys; one that is not there is empty."""
    columns = tuple(columns)
    cells = tuple(tuple(_cell(row.get(c.key), c.form) for c in columns) for row in rows)
    return Table(name, columns, cells, caption)


def _cell(value: Any, form: str) -> Cell:
    if value is None or value != value:
        return Cell("", "", False)
    if isinstance(value, bool | str):
        return Cell(str(value), str(value), False)
    return Cell(format(value, form), str(value), True)


INPUTS = (
    Column("path", "input"),
    Column("value", "value"),
    Column("trust", "trust"),
    Column("source", "source"),
    Column("range", "range"),
)


def inputs_table(loaded: LoadedCase) -> Table:
    """Every value of a case with its letter, its source and the range it may have."""
    rows = [
        {
            "path": path,
            "value": _written(value),
            "trust": entry.trust if entry else "",
            "source": entry.source if entry else "",
            "range": " to ".join(entry.range) if entry else "",
        }
        for path, value, entry in (
            (path, value, loaded.provenance.get(path)) for path, value in _values(loaded.raw)
        )
        if path not in ("title", "description", "caveat")
    ]
    letters = "; ".join(f"{letter}: {words}" for letter, words in TRUST.items())
    return table(f"{loaded.name}-inputs", INPUTS, rows, f"Trust {letters}; none: not said.")


def _values(tree: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """Dotted path and value of each leaf."""
    found: list[tuple[str, Any]] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            found += _values(value, f"{above}{key}.")
        else:
            found.append((above + key, value))
    return found


def _written(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " x ".join(map(_written, value))
    return str(value)
