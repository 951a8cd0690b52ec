"""The scenario that the options of the command line describe, refused in one line where wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from geometry.units import parse_quantity

from .build import build
from .case_file import CaseError, LoadedCase
from .events import CoastDown, Scenario, Trace, power_step, read_trace

LITRE_PER_MINUTE = 1e-3 / 60
"""[m3/s]."""


def scenario(
    loaded: LoadedCase,
    *,
    power_trace: Path | None = None,
    power_factor: float | None = None,
    held: bool = False,
    pump_trip: str | None = None,
    until: str = "20 s",
    tolerance: str = "0.05 K",
    start: str = "steady",
) -> Scenario:
    """A scenario from the options of ``waferflux transient``.

    Raises
    ------
    CaseError
        One line that names the option, what was found and what is meant.
    """
    if power_trace is not None and power_factor is not None:
        raise CaseError("--power-step: found with --power-trace; one of the two is meant")
    if start not in ("steady", "inlet"):
        raise CaseError(f"--start: found '{start}'; steady or inlet is meant")
    try:
        return Scenario(
            until=quantity_option("--until", until, "s", "20 s"),
            power=_power(loaded, power_trace, power_factor, held),
            flow=None if pump_trip is None else _flow(loaded, pump_trip, held),
            start=cast(Literal["steady", "inlet"], start),
            tolerance=quantity_option("--tolerance", tolerance, "K", "0.05 K"),
        )
    except CaseError:
        raise
    except ValueError as error:
        option, _, reason = str(error).partition(":")
        raise CaseError(f"--{option.replace(' ', '-')}:{reason}") from None


def quantity_option(option: str, text: str, unit: str, example: str) -> float:
    """What an option of the command line says, in ``unit``; refused by the option's name."""
    try:
        return parse_quantity(text, unit, example)
    except ValueError as error:
        raise CaseError(f"{option}: {error}") from None


def _power(loaded: LoadedCase, path: Path | None, factor: float | None, held: bool) -> Trace | None:
    if factor is not None:
        return power_step(factor)
    if path is None:
        return None
    whole = float(build(loaded).power_map.block_power.sum())
    try:
        return read_trace(path, {"power_W": 1 / whole, "factor": 1.0}, held)
    except ValueError as error:
        raise CaseError(f"--power-trace: {error}") from None


def _flow(loaded: LoadedCase, text: str, held: bool) -> Trace | CoastDown:
    coolant = loaded.case.coolant
    if coolant is None:
        raise CaseError("--pump-trip: found, but the case has no coolant")
    if not text.endswith(".csv"):
        return CoastDown(quantity_option("--pump-trip", text, "s", "2 s"))
    try:
        return read_trace(text, {"flow_L_min": LITRE_PER_MINUTE / coolant.flow}, held)
    except ValueError as error:
        raise CaseError(f"--pump-trip: {error}") from None
