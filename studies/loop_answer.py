"""What the coolant loop of a case does: pressure budget, flows, and curves of pumps and loop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry.errors import NoSolution
from thermal.flow_network import FlowNetwork
from thermal.pumps import Pumps

from .answer import LITRES_PER_MINUTE, Answer
from .case_file import CaseError
from .coolant_need import CoolantNeed
from .loop_network import (
    BRICKS,
    HEADERS,
    PLATE,
    RETURN,
    SUPPLY,
    bypass,
    headers_law,
    loop_of,
    operating_point,
    outside_laws,
    plate_law,
    system_drop,
)

Array = NDArray[np.float64]

CURVE_POINTS = 41
CURVE_BEYOND = 1.4
"""Of the flow, how far the curves go."""


@dataclass(frozen=True)
class LoopAnswer:
    """The loop of a solved case; SI.

    Attributes
    ----------
    answer : Answer
    need : CoolantNeed
    budget : dict of part to float
        Pressure along the way through the wafer's cold plate [Pa]; its sum is the whole loop's.
    flow : dict of part to float
        Through each pump and each cold plate [m3/s].
    one_out : float, NoSolution or None
        Flow of the pumps when one of them stops, at the same coolant temperatures [m3/s], or why
        there is none; None when not more than one runs.
    curve_flow : array, shape (n,)
        Of all pumps together [m3/s].
    system : array, shape (n,)
        Pressure over the loop [Pa].
    pumps : array, shape (n,), or None
        Pressure that the pumps make together [Pa].
    pumps_one_out : array, shape (n,), or None
    """

    answer: Answer
    need: CoolantNeed
    budget: dict[str, float]
    flow: dict[str, float]
    one_out: float | NoSolution | None
    curve_flow: Array
    system: Array
    pumps: Array | None
    pumps_one_out: Array | None

    def to_dict(self) -> dict[str, Any]:
        """Numbers; every key names its unit. JSON can hold them."""
        found: dict[str, Any] = {
            "case": self.answer.loaded.name,
            "title": self.answer.loaded.case.title,
            "flow_is": "given" if self.pumps is None else "found",
            "loop_flow_L_min": self.need.loop_flow * LITRES_PER_MINUTE,
            "loop_pressure_drop_kPa": (self.need.loop_pressure_drop or 0.0) / 1e3,
            "pump_power_W": self.need.pump_power,
            "pressure_budget_kPa": {name: p / 1e3 for name, p in self.budget.items()},
            "flow_L_min": {name: q * LITRES_PER_MINUTE for name, q in self.flow.items()},
            "coolant_outlet_degC": self.need.outlet_temperature - 273.15,
            "curve_flow_L_min": (self.curve_flow * LITRES_PER_MINUTE).tolist(),
            "system_curve_kPa": (self.system / 1e3).tolist(),
        }
        if self.pumps is not None:
            found["pump_curve_kPa"] = (self.pumps / 1e3).tolist()
        if isinstance(self.one_out, float):
            found["one_pump_out_flow_L_min"] = self.one_out * LITRES_PER_MINUTE
        elif self.one_out is not None:
            found["one_pump_out"] = str(self.one_out)
        return found


def loop_answer(answer: Answer) -> LoopAnswer:
    """The loop of a solved case.

    Raises
    ------
    CaseError
        When the case has no loop or no coolant.
    """
    case, need = answer.loaded.case, answer.coolant
    if case.loop is None or need is None:
        missing = "loop" if case.loop is None else "coolant"
        raise CaseError(f"{answer.loaded.name}: {missing}: missing; a coolant with a loop is meant")
    pumps, end = case.loop.pumps, CURVE_BEYOND * need.loop_flow
    # below the flow that goes past the cold plate there is nothing left for it
    least = bypass(answer.coupled) if pumps is not None else 0.0
    curve_flow = np.linspace(least, end, CURVE_POINTS)
    fewer = _one_fewer(pumps)
    return LoopAnswer(
        answer,
        need,
        pressure_budget(answer, need),
        _flows(answer, need),
        _one_out(answer, fewer),
        curve_flow,
        np.array([_system(answer, need, q) for q in curve_flow.tolist()]),
        None if pumps is None else _together(pumps, curve_flow),
        None if fewer is None else _together(fewer, curve_flow),
    )


def pressure_budget(answer: Answer, need: CoolantNeed) -> dict[str, float]:
    """Drops along the way through the wafer's cold plate, in the order of the flow [Pa]."""
    coupled, pumps = answer.coupled, loop_of(answer.coupled).pumps
    laws = outside_laws(coupled)
    if pumps is None:
        found = {name: law(need.flow) for name, law in laws.items()}
        found[PLATE] = need.cold_plate_pressure_drop
        if need.headers_pressure_drop is not None:
            found[HEADERS] = need.headers_pressure_drop
        return found
    state, plates = operating_point(coupled, pumps), loop_of(coupled).brick_plates
    names = [*laws, PLATE]
    if HEADERS in state.drop:
        names.append(HEADERS)
    if plates is not None and plates.arrangement == "series":
        names.append(BRICKS)
    return {name: state.drop[name] for name in names}


def _flows(answer: Answer, need: CoolantNeed) -> dict[str, float]:
    pumps = loop_of(answer.coupled).pumps
    if pumps is None:
        return {PLATE: need.flow}
    flow = operating_point(answer.coupled, pumps).flow
    return {n: q for n, q in flow.items() if n.startswith("pump ") or n in (PLATE, BRICKS)}


def _system(answer: Answer, need: CoolantNeed, flow: float) -> float:
    """Pressure over the loop at a flow of the pumps [Pa]."""
    if loop_of(answer.coupled).pumps is not None:
        return system_drop(answer.coupled, flow)
    # without pumps the flow along outer faces is in the same proportion as in the case
    plate = flow * need.flow / need.loop_flow
    outside = sum(law(plate) for law in outside_laws(answer.coupled).values())
    headers = headers_law(answer.coupled)
    within = 0.0 if headers is None else headers(plate)
    return outside + plate_law(answer.coupled)(plate) + within


def _one_fewer(pumps: Pumps | None) -> Pumps | None:
    if pumps is None or pumps.number_running < 2:
        return None
    return replace(pumps, running=pumps.number_running - 1)


def _one_out(answer: Answer, fewer: Pumps | None) -> float | NoSolution | None:
    if fewer is None:
        return None
    try:
        state = operating_point(answer.coupled, fewer)
    except NoSolution as error:
        return error
    return float(sum(q for name, q in state.flow.items() if name.startswith("pump ")))


def _together(pumps: Pumps, flows: Array) -> Array:
    """Pressure that all pumps make at flows that they deliver together [Pa].

    NaN beyond the end of a table.
    """
    branches, end = pumps.branches(RETURN, SUPPLY), np.inf
    if pumps.flows is not None:
        end = pumps.number_running * pumps.speed * pumps.flows[-1]
    found = np.array(
        [
            FlowNetwork(branches, {SUPPLY: -q, RETURN: q}).solve().pressure[SUPPLY]
            for q in flows.tolist()
        ]
    )
    return np.where(flows <= end, found, np.nan)
