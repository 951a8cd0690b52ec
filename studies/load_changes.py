"""How the load of the wafer changes, as the options of the command line say it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from geometry.units import parse_quantity
from power.activity import Activity, Order, stagger
from power.droops import Change

from .activity_trace import read_activity
from .case_file import CaseError, LoadedCase

Array = NDArray[np.float64]
ORDERS = ("column", "row", "random")


@dataclass(frozen=True)
class LoadChange:
    """A change of the blocks' load.

    Parameters
    ----------
    activity : Activity
        Factors on the case's own activity, or on its currents.
    constant_current : bool
        Whether the blocks draw currents whatever their voltage.
    until : float
        End of the run [s].
    tolerance : float
        Of a step's error [V].
    step : Change or None
        When the blocks change, where it is one step; None for a trace.
    words : str
        What happens, in a line.
    options : dict
        The same for JSON, units in the keys.
    """

    activity: Activity
    constant_current: bool
    until: float
    tolerance: float
    step: Change | None
    words: str
    options: dict[str, Any]


def load_change(
    loaded: LoadedCase,
    *,
    before: float | None = None,
    after: float | None = None,
    ramp: str | None = None,
    blocks: str | None = None,
    trace: Path | None = None,
    held: bool = False,
    gap: str | None = None,
    order: str = "column",
    seed: int = 0,
    load: str = "law",
    until: str = "200 us",
    tolerance: str = "0.05 mV",
) -> LoadChange:
    """The change that the options of ``waferflux droop`` describe.

    Raises
    ------
    CaseError
        One line that names the option, what was found and what is meant.
    """
    if load not in ("law", "current"):
        raise CaseError(f"--load: found '{load}'; law or current is meant")
    step_options = {"--from": before, "--to": after, "--ramp": ramp, "--blocks": blocks}
    given = [option for option, value in step_options.items() if value is not None]
    if trace is not None and given:
        raise CaseError(f"{given[0]}: found with --trace; one of the two is meant")
    device = loaded.case.device
    names = [f"r{row}c{column}" for row in range(device.rows) for column in range(device.columns)]
    delays, late, also = _stagger(gap, order, seed, device.columns, device.rows)
    if trace is None:
        activity, step, words, what = _step(before, after, ramp, blocks, delays, names)
    else:
        times, factors = read_activity(trace, names, held)
        activity, step = Activity(times, factors, delays), None
        words, what = f"load by {trace.name}", {"trace": str(trace), "held": held}
    return LoadChange(
        activity=activity,
        constant_current=load == "current",
        until=_above_nought("--until", until, "s", "200 us"),
        tolerance=_above_nought("--tolerance", tolerance, "V", "0.05 mV"),
        step=step,
        words=words + also,
        options={**what, "load": load, **late},
    )


def _stagger(
    gap: str | None, order: str, seed: int, columns: int, rows: int
) -> tuple[Array, dict[str, Any], str]:
    """Delay of each block [s], and the same for JSON and in words."""
    if order not in ORDERS:
        raise CaseError(f"--order: found '{order}'; column, row or random is meant")
    delay = 0.0 if gap is None else _time("--stagger", gap, "10 ns")
    delays = stagger(delay, cast(Order, order), columns, rows, seed)
    options = {"stagger_s": delay, "order": order, "seed": seed if order == "random" else None}
    who = "blocks in random order" if order == "random" else f"{order}s"
    return delays, options, f", {who} {gap} apart" if delay else ""


def _step(
    before: float | None,
    after: float | None,
    ramp: str | None,
    blocks: str | None,
    delays: Array,
    names: Sequence[str],
) -> tuple[Activity, Change, str, dict[str, Any]]:
    """One step of some or all blocks, in words and for JSON too."""
    low, high = _factor("--from", before, 0.5), _factor("--to", after, 1.0)
    lasts = _time("--ramp", ramp or "0 s", "10 ns")
    stepping = _stepping(blocks, names)
    factors = np.array([np.full(len(names), low), np.where(stepping, high, low)])
    activity = Activity(np.array([0.0, lasts]), factors, delays)
    change = Change(np.where(stepping, delays, np.inf), lasts, high < low)
    chosen = [name for name, steps in zip(names, stepping, strict=True) if steps]
    options = {"from": low, "to": high, "ramp_s": lasts, "blocks": blocks and chosen}
    who = f" in {len(chosen)} of {len(names)} blocks" if blocks else ""
    over = f" over {ramp}" if lasts else " at once"
    return activity, change, f"load from {low:g} to {high:g} of the case's{over}{who}", options


def _stepping(blocks: str | None, names: Sequence[str]) -> NDArray[np.bool_]:
    if blocks is None:
        return np.ones(len(names), dtype=bool)
    chosen = [name.strip() for name in blocks.split(",")]
    for name in chosen:
        if name not in names:
            raise CaseError(
                f"--blocks: found '{name}'; blocks are meant, {names[0]} to {names[-1]}, "
                "with commas between"
            )
    return np.isin(names, chosen)


def _factor(option: str, value: float | None, default: float) -> float:
    found = default if value is None else value
    if not (math.isfinite(found) and found >= 0):
        raise CaseError(f"{option}: found {found:g}; a factor of 0 or more is meant")
    return found


def _time(option: str, text: str, example: str) -> float:
    found = _quantity(option, text, "s", example)
    if found < 0:
        raise CaseError(f"{option}: found '{text}'; 0 s or more is meant")
    return found


def _above_nought(option: str, text: str, unit: str, example: str) -> float:
    found = _quantity(option, text, unit, example)
    if not found > 0:
        raise CaseError(f"{option}: found '{text}'; above 0 {unit} is meant")
    return found


def _quantity(option: str, text: str, unit: str, example: str) -> float:
    try:
        return parse_quantity(text, unit, example)
    except ValueError as error:
        raise CaseError(f"{option}: {error}") from None
