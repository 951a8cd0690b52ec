"""The values of a case that a slider can move: inlet, flow, power, contacts, fins."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from geometry.units import parse_quantity
from thermal.contact import ContactLayer

from .case_file import CaseError, LoadedCase

STEPS = 200
"""Of a slider from end to end."""
WIDEST_CHANNEL = 0.95
"""Of the pitch; beyond, no fin is left."""
ROUNDING = 1e-6
"""Of a step, below which an end counts as whole."""
Unit = tuple[str, str, float, float]
"""As a case file spells it, as a page writes it, its size in SI and its zero in SI."""
CELSIUS: Unit = ("degC", "°C", 1.0, 273.15)
LITRES: Unit = ("L/min", "L/min", 1e-3 / 60, 0.0)
KILOWATTS: Unit = ("kW", "kW", 1e3, 0.0)
WATTS: Unit = ("W", "W", 1.0, 0.0)
MILLIMETRES: Unit = ("mm", "mm", 1e-3, 0.0)
CONTACT: Unit = ("mm**2*K/W", "mm²K/W", 1e-6, 0.0)


@dataclass(frozen=True)
class Slider:
    """One value of a case that can be moved; numbers in the slider's unit.

    Attributes
    ----------
    path : str
        Of the value in the case.
    name : str
    unit : str
        As a case file spells it.
    unit_shown : str
    low, high, value : float
        Ends, and where the case has it.
    step : float
    """

    path: str
    name: str
    unit: str
    unit_shown: str
    low: float
    high: float
    value: float
    step: float

    def text(self, value: float) -> str:
        """A value as a case file has it."""
        return f"{value!r} {self.unit}"


def sliders_of(loaded: LoadedCase) -> list[Slider]:
    """The sliders of a case; a range that the case gives is the slider's.

    Raises
    ------
    CaseError
        When nothing in the case can be moved.
    """
    case, found = loaded.case, []

    def add(path: str, name: str, unit: Unit, value: float, most: float = math.inf) -> None:
        found.append(_slider(loaded, path, name, unit, value, most))

    if case.coolant is not None:
        add("coolant.inlet_temperature", "coolant inlet", CELSIUS, case.coolant.inlet_temperature)
        if case.loop is None or case.loop.pumps is None:
            # with pumps the flow is an answer
            add("coolant.flow", "coolant flow", LITRES, case.coolant.flow)
    if case.heat.power is not None:
        unit = KILOWATTS if case.heat.power >= 1e3 else WATTS
        add("heat.power", "power", unit, case.heat.power)
    for name, layer in case.layers.items():
        if isinstance(layer, ContactLayer) and layer.resistance:
            words = "contact resistance" + ("" if name == "contact" else f", {name}")
            add(f"layers.{name}.resistance", words, CONTACT, layer.resistance)
    if case.fin_zone is not None:
        name, zone = case.fin_zone
        most = WIDEST_CHANNEL * zone.pitch
        path = f"layers.{name}.channel_width"
        add(path, "channel width", MILLIMETRES, zone.channel_width, most)
        add(f"layers.{name}.thickness", "fin height", MILLIMETRES, zone.thickness)
    if not found:
        raise CaseError(f"{loaded.name}: found nothing that a slider moves; a coolant is meant")
    return found


def _slider(
    loaded: LoadedCase, path: str, name: str, unit: Unit, value: float, most: float
) -> Slider:
    spelled, shown, size, zero = unit
    low, high = _range(loaded, path, unit, value)
    low, high, mine = ((v - zero) / size for v in (low, min(high, most), value))
    step = 10.0 ** math.floor(math.log10((high - low) / STEPS))
    # a slider begins and ends at whole steps; the value of the case itself is kept as it is
    low, high = math.ceil(low / step - ROUNDING) * step, math.floor(high / step + ROUNDING) * step
    low, high, mine = (round(v, 12) for v in (low, high, mine))
    return Slider(path, name, spelled, shown, min(low, mine), max(high, mine), mine, step)


def _range(loaded: LoadedCase, path: str, unit: Unit, value: float) -> tuple[float, float]:
    """Ends in SI: of the case, or by default some way about the value."""
    entry = loaded.provenance.get(path)
    if entry is not None and len(entry.range) == 2:
        try:
            ends = sorted(_in_si(text, unit) for text in entry.range)
            return ends[0], ends[1]
        except ValueError:
            pass  # a range is a remark: any text may stand there
    return (value - 15, value + 25) if unit == CELSIUS else (0.4 * value, 2 * value)


def _in_si(text: str, unit: Unit) -> float:
    si = {CELSIUS: "K", LITRES: "m**3/s", KILOWATTS: "W", WATTS: "W", MILLIMETRES: "m"}
    return parse_quantity(text, si.get(unit, "m**2*K/W"))


def read_positions(sliders: Iterable[Slider], given: Any) -> dict[str, str]:
    """Positions of sliders as values for a case; those that are not given stay.

    Raises
    ------
    CaseError
        For anything but a number between its slider's ends.
    """
    if not isinstance(given, dict):
        raise CaseError("values: an object of paths and numbers is meant")
    known = {slider.path: slider for slider in sliders}
    found = {}
    for path, value in given.items():
        if path not in known:
            raise CaseError(f"values: found '{path[:60]}'; one of {', '.join(known)} is meant")
        slider = known[path]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not slider.low <= value <= slider.high:
            raise CaseError(
                f"{path}: found {str(value)[:40]!r}; a number from {slider.low:g} to "
                f"{slider.high:g} {slider.unit} is meant"
            )
        if value != slider.value:
            found[path] = slider.text(float(value))
    return found
