"""A load in time from a CSV file: one factor for all blocks, or one for each that is named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .case_file import CaseError
from .events import lines_of

Array = NDArray[np.float64]


def read_activity(path: Path, names: Sequence[str], held: bool) -> tuple[Array, Array]:
    """Times [s] and a factor per block from a CSV file.

    Its columns are ``time_s`` and either ``factor``, of all blocks, or names of blocks; a block
    that is not named stays at 1. Lines that begin with ``#`` are comments.

    Parameters
    ----------
    path : Path
    names : sequence of str
        Of all blocks.
    held : bool
        Each row holds until the next; else straight lines join them.

    Raises
    ------
    CaseError
        When the file cannot be read or a line is wrong; names file and line.
    """
    try:
        lines = lines_of(path)
    except ValueError as error:
        raise CaseError(f"--trace: {error}") from None
    if len(lines) < 2:
        raise CaseError(f"--trace: {path}: found no rows; a header and one row or more are meant")
    columns = _columns(lines[0], path, names)
    rows: list[list[float]] = []
    for number, cells in lines[1:]:
        row = _row(cells, len(columns), f"--trace: {path}, line {number}")
        if rows and row[0] <= rows[-1][0]:
            raise CaseError(
                f"--trace: {path}, line {number}: found {row[0]:g} s; a rising time is meant"
            )
        rows.append(row)
    table = np.array(rows)
    factors = np.ones((len(rows), len(names)))
    for place, chosen in enumerate(columns, start=1):
        factors[:, chosen] = table[:, place, None] if isinstance(chosen, slice) else table[:, place]
    times = table[:, 0]
    if held:
        # each row but the first begins with a jump from the one before
        return np.repeat(times, 2)[1:], np.repeat(factors, 2, axis=0)[:-1]
    return times, factors


def _columns(line: tuple[int, list[str]], path: Path, names: Sequence[str]) -> list[slice | int]:
    """Which blocks each column after the time is of."""
    number, cells = line
    place = f"--trace: {path}, line {number}"
    if cells[0] != "time_s" or len(cells) < 2:
        raise CaseError(
            f"{place}: found '{','.join(cells)}'; 'time_s,factor' or 'time_s' and names of blocks "
            "is meant"
        )
    if cells[1:] == ["factor"]:
        return [slice(None)]
    wrong = [cell for cell in cells[1:] if cell not in names]
    if wrong:
        raise CaseError(f"{place}: found '{wrong[0]}'; a block is meant, {names[0]} to {names[-1]}")
    if len(set(cells)) < len(cells):
        raise CaseError(f"{place}: found a block twice; each once is meant")
    return [names.index(cell) for cell in cells[1:]]


def _row(cells: list[str], count: int, place: str) -> list[float]:
    try:
        row = [float(cell) for cell in cells]
    except ValueError:
        row = []
    good = len(row) == count + 1 and all(map(math.isfinite, row)) and min(row[1:]) >= 0
    if not good:
        raise CaseError(
            f"{place}: found '{','.join(cells)}'; a time and {count} of 0 or more are meant"
        )
    return row
