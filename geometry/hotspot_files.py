"""Floorplans and power traces of the HotSpot thermal simulator.

A floorplan (.flp) has a line per block: name, width, height, left x and bottom y in metres. More
columns (specific heat, resistivity) and lines of wiring between two named blocks may follow;
neither is used here. A power trace (.ptrace) has the block names in its first line and rows of
watts below. Columns are separated by tabs or spaces, lines that begin with ``#`` are comments.
Format: Huang et al., HotSpot, IEEE Trans. VLSI Systems 14(5), 2006,
doi:10.1109/TVLSI.2006.876103, and the files shipped with HotSpot.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from .floorplan import Floats, Floorplan
from .power_maps import PowerMap, parse_number, read_lines, uniform_map


def read_hotspot(
    floorplan_path: str | Path,
    trace_path: str | Path,
    width: float,
    height: float,
    row: int | None = None,
) -> PowerMap:
    """Power map of a HotSpot floorplan and power trace, uniform inside each rectangle.

    Where rectangles overlap their power adds; a gap has none.

    Parameters
    ----------
    floorplan_path, trace_path : str or Path
        The .flp and the .ptrace file; the order of names may differ.
    width, height : float
        Size of the device. [m]
    row : int, optional
        Row of the trace, 0 the first; the mean over all rows when left out.

    Raises
    ------
    ValueError
        In one line that names the file and what is meant: names that only one file has, a
        rectangle outside the device, a bad number.
    """
    floorplan = read_hotspot_floorplan(floorplan_path, width, height)
    trace = read_power_trace(trace_path, row)
    _check_same_names(floorplan_path, floorplan.names, trace_path, trace)
    power = np.array([trace[name] for name in floorplan.names])
    if not power.any():
        raise ValueError(f"{trace_path}: sums to nothing; a number above zero is meant")
    return uniform_map(floorplan, power)


def read_hotspot_floorplan(path: str | Path, width: float, height: float) -> Floorplan:
    """Named rectangles of a .flp file on a device of ``width`` x ``height`` [m].

    Coordinates are taken as they stand: HotSpot itself moves the whole plan to the origin.

    Raises
    ------
    ValueError
        In one line that names the file, the line, what was found and what is meant.
    """
    names: list[str] = []
    numbers: list[list[float]] = []
    for n, line in read_lines(path):
        name, *columns = line.split()
        if _is_wiring(columns):
            continue
        if len(columns) < 4:
            raise ValueError(
                f"{path} line {n}: found {len(columns) + 1} columns; name, width, height, left x "
                "and bottom y are meant"
            )
        names.append(name)
        numbers.append([parse_number(text, f"{path} line {n}") for text in columns[:4]])
    wide, tall, left, bottom = np.array(numbers).reshape(-1, 4).T
    try:
        return Floorplan(
            width, height, left, left + wide, bottom, bottom + tall, names=tuple(names)
        )
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _is_wiring(columns: list[str]) -> bool:
    """Whether a line says how densely two named blocks are wired (name, name, density)."""
    if len(columns) != 2:
        return False
    try:
        float(columns[0])
    except ValueError:
        return True
    return False


def read_power_trace(path: str | Path, row: int | None = None) -> dict[str, float]:
    """Power of each named block in a .ptrace file [W].

    Parameters
    ----------
    path : str or Path
    row : int, optional
        Row of watts, 0 the first; the mean over all rows when left out.

    Raises
    ------
    ValueError
        In one line that names the file, the line, what was found and what is meant.
    """
    (_, header), *rows = read_lines(path)
    names = header.split()
    for position, name in enumerate(names):
        if name in names[:position]:
            raise ValueError(f"{path}: '{name}' appears twice; a column for each block is meant")
    if not rows:
        raise ValueError(f"{path}: found names only; a row of watts or more below is meant")
    watts = np.array([_trace_row(path, n, line, len(names)) for n, line in rows])
    if row is not None and not 0 <= row < len(watts):
        raise ValueError(f"{path}: found no row {row}; 0 to {len(watts) - 1} is meant")
    chosen = watts.mean(axis=0) if row is None else watts[row]
    return dict(zip(names, chosen.tolist(), strict=True))


def _trace_row(path: str | Path, n: int, line: str, width: int) -> Floats:
    columns = line.split()
    if len(columns) != width:
        raise ValueError(
            f"{path} line {n}: found {len(columns)} numbers; {width}, one per name, are meant"
        )
    return np.array([parse_number(text, f"{path} line {n}", least=0) for text in columns])


def _check_same_names(
    floorplan_path: str | Path,
    blocks: Iterable[str],
    trace_path: str | Path,
    columns: Iterable[str],
) -> None:
    in_plan, in_trace = dict.fromkeys(blocks), dict.fromkeys(columns)
    for lacking, there, where, other in (
        (trace_path, in_trace, in_plan, floorplan_path),
        (floorplan_path, in_plan, in_trace, trace_path),
    ):
        missing = [name for name in where if name not in there]
        if missing:
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            listed = ", ".join(f"'{name}'" for name in missing[:3]) + more
            raise ValueError(f"{lacking}: has no {listed}; every block of {other} is meant")
