"""What an answer means, in sentences, and its headline figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..words import watts_as_text

if TYPE_CHECKING:
    from ..answer import Answer

NAMED_INPUTS = 6
"""Of the values that a user set, how many a sentence names."""


@dataclass(frozen=True)
class Headline:
    """A figure: its key in the answer's JSON, what it is, the number whole and as written.

    ``change`` is against something else, in words.
    """

    key: str
    name: str
    value: float
    text: str
    unit: str
    change: str = ""


HEADLINES = (
    ("junction_temperature_max_degC", "hottest point", ".1f", "°C"),
    ("junction_temperature_mean_degC", "mean of the device", ".1f", "°C"),
    ("wafer_power_W", "heat of the device", ".4g", "W"),
    ("coolant_flow_L_min", "coolant flow", ".4g", "L/min"),
    ("coolant_flow_L_min_per_kW", "flow per kW of device heat", ".2f", "L/min/kW"),
    ("coolant_outlet_degC", "coolant outlet", ".1f", "°C"),
    ("cold_plate_pressure_drop_kPa", "drop over the cold plate", ".1f", "kPa"),
    ("pump_power_W", "pump", ".0f", "W"),
    ("input_power_W", "from the wall", ".4g", "W"),
    ("block_drop_mV", "worst voltage drop", ".1f", "mV"),
)
"""Key, name, form and unit; of a number per block the largest is meant."""


def headlines(found: dict[str, Any]) -> list[Headline]:
    """The headline figures that an answer's ``to_dict`` has."""
    figures = []
    for key, name, form, unit in HEADLINES:
        if key not in found:
            continue
        value = found[key] if isinstance(found[key], float) else max(found[key])
        watts = unit == "W" and value >= 1e3
        text = f"{value / 1e3:.2f}" if watts else format(value, form)
        figures.append(Headline(key, name, value, text, "kW" if watts else unit))
    return figures


def meaning(answer: Answer) -> list[str]:
    """A few sentences for a reader who has not seen the case."""
    found = answer.to_dict()
    return [
        words
        for words in (
            _hottest(answer, found),
            _steps(answer),
            _coolant(found),
            _power(answer, found),
            _trust(answer),
        )
        if words
    ]


def _hottest(answer: Answer, found: dict[str, Any]) -> str:
    top, limit = (
        found["junction_temperature_max_degC"],
        answer.loaded.case.limits.junction_temperature,
    )
    words = f"The hottest point is {top:.1f} °C, in block {found['hottest_block']}"
    if limit is None:
        return f"{words}; the case gives no limit to hold it against."
    margin = limit - 273.15 - top
    if margin < 0:
        return f"{words}: {-margin:.1f} K above the limit of {limit - 273.15:.0f} °C."
    return f"{words}: {margin:.1f} K below the limit of {limit - 273.15:.0f} °C."


def _steps(answer: Answer) -> str:
    steps = answer.temperature_budget
    largest = max(steps, key=lambda name: steps[name])
    start = "the coolant's inlet" if answer.coolant is not None else "what is outside"
    return (
        f"It is {sum(steps.values()):.1f} K above {start}. The largest step on the way is "
        f"{largest}, {steps[largest]:.2f} K: look there first."
    )


def _coolant(found: dict[str, Any]) -> str:
    if "coolant_flow_L_min" not in found:
        return ""
    return (
        f"{found['coolant_flow_L_min']:.4g} L/min of coolant take "
        f"{watts_as_text(found['coolant_heat_W'])} and warm from "
        f"{found['coolant_inlet_degC']:.1f} to {found['coolant_outlet_degC']:.1f} °C: "
        f"{found['coolant_flow_L_min_per_kW']:.2f} L/min per kW of device heat."
    )


def _power(answer: Answer, found: dict[str, Any]) -> str:
    if "input_power_W" not in found:
        return ""
    losses = {k: w for k, w in answer.power_budget.items() if k not in ("switching", "leakage")}
    largest = max(losses, key=lambda name: losses[name])
    share = 100 * found["wafer_power_W"] / found["input_power_W"]
    return (
        f"{watts_as_text(found['input_power_W'])} come from the wall and {share:.1f} % of it "
        f"reaches the device. The largest loss is {largest}, {watts_as_text(losses[largest])}. "
        f"From set-point to circuits at most {max(found['block_drop_mV']):.1f} mV are lost."
    )


def _trust(answer: Answer) -> str:
    letters = Counter(entry.trust for entry in answer.loaded.provenance.values())
    if not letters:
        return "The case does not say where its values come from."
    chosen = [path for path, entry in answer.loaded.provenance.items() if entry.trust == "set"]
    words = (
        f"Of {letters.total()} values of the case that say where they come from, {letters['D']} "
        "are assumed; the answer is no better than they are."
    )
    if chosen:
        more = ", …" if len(chosen) > NAMED_INPUTS else ""
        words += f" Set by the user: {', '.join(chosen[:NAMED_INPUTS])}{more}."
    return words
