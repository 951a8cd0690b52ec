"""The answer of a case: headline numbers, budgets and fields, from one solved state."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from geometry.floorplan import block_maximum
from thermal.coolant import OutOfFluidRange

from .budget import hottest_block, power_budget, temperature_budget
from .case_file import CaseError, LoadedCase
from .coolant_need import FREEZING, CoolantNeed, coolant_need, preload_force, warnings_of
from .coupled import (
    Array,
    Coupled,
    Progress,
    block_temperature,
    junction_rise,
)
from .current_limits import Place, limit_warnings, worst_places
from .failure_parts import lost_parts
from .flow_ceilings import ceilings
from .layer_windows import LayerWindow, layer_windows
from .operating_point import solve_with_loop

if TYPE_CHECKING:
    import xarray

LITRES_PER_MINUTE = 60_000.0
"""In a cubic metre per second."""


@dataclass(frozen=True)
class Answer:
    """What a case comes to; made by ``solve``.

    Attributes
    ----------
    loaded : LoadedCase
        The case as it was solved.
    coupled : Coupled
        The solved state.
    coolant : CoolantNeed or None
        Of the coolant, where there is one.
    solve_seconds : float
        Wall time of the solution, start-up left out.
    """

    loaded: LoadedCase
    coupled: Coupled
    coolant: CoolantNeed | None
    solve_seconds: float

    @cached_property
    def temperature_budget(self) -> dict[str, float]:
        """From the coolant's inlet to the hottest point [K], step by step."""
        return temperature_budget(self.coupled)

    @cached_property
    def power_budget(self) -> dict[str, float]:
        """From the wall to the silicon [W], loss by loss."""
        return power_budget(self.coupled)

    @cached_property
    def block_temperature_max(self) -> Array:
        """Hottest point of each block [K], from its own cells."""
        machine = self.coupled.machine
        rise = junction_rise(machine, self.coupled.solver, self.coupled.heat)
        by_plane = [block_maximum(machine.floorplan, plane).value for plane in rise]
        return np.max(by_plane, axis=0) + machine.problem.reference_temperature

    @cached_property
    def block_temperature_mean(self) -> Array:
        """Mean of each block where the heat is made [K]."""
        coupled = self.coupled
        return block_temperature(coupled.machine, coupled.solver, coupled.heat)

    @cached_property
    def block_drop(self) -> Array | None:
        """Set-point less the worst voltage in each block [V]; None without a power delivery."""
        network, delivery = self.coupled.drawn.network, self.coupled.machine.case.delivery
        if network is None or delivery is None:
            return None
        points = delivery.no_load_voltages(len(network.block_worst_voltage))
        return points - network.block_worst_voltage

    @cached_property
    def hottest_block(self) -> str:
        """Name of the block with the hottest point."""
        return self.coupled.machine.floorplan.names[hottest_block(self.coupled)[0]]

    @cached_property
    def silicon_power(self) -> float:
        """Heat made in the device [W], the loss in its own grid included."""
        network = self.coupled.drawn.network
        grid = 0.0 if network is None else float(np.sum(network.losses["wafer grid"]))
        return float(np.sum(self.coupled.drawn.power)) + grid

    @cached_property
    def heat_balance(self) -> float:
        """|heat in - heat out| relative to the larger of heat in and what passes the faces."""
        into = sum(float(np.sum(q)) for q in self.coupled.heat.values())
        faces = list(self.coupled.solver.heat_through_faces().values())
        carried = [self.coolant.heat] if self.coolant is not None else []
        return abs(into - sum(faces) - sum(carried)) / max(into, *map(abs, faces + carried))

    @cached_property
    def warnings(self) -> list[str]:
        """What to look at twice, a line each."""
        found = warnings_of(self.coupled, self.coolant, float(self.block_temperature_max.max()))
        if self.coolant is not None:
            held = ceilings(self.coupled.machine.case)
            found += [c.warning(self.coolant) for c in held if c.share(self.coolant) > 1]
        found += [each.warning for each in self.layer_windows if each.warning]
        return found + limit_warnings(self.worst_places)

    @cached_property
    def layer_windows(self) -> list[LayerWindow]:
        """Layers that have a temperature window of their own, and how they keep to it."""
        return layer_windows(self.coupled)

    @cached_property
    def worst_places(self) -> list[Place]:
        """Where each part of the low-voltage side carries most; none without sheets."""
        return worst_places(self.coupled)

    @cached_property
    def fields(self) -> xarray.Dataset:
        """The fields, labelled and with units; ``.sel(layer="wafer")`` picks a layer."""
        from .fields import dataset

        return dataset(self)

    def to_dict(self) -> dict[str, Any]:
        """Headline numbers; every key names its unit. JSON can hold them."""
        return _headline(self) | _power_side(self) | _coolant_side(self) | _bookkeeping(self)


def solve(
    case: LoadedCase,
    progress: Progress | None = None,
    engine: str | None = None,
    start: Coupled | None = None,
) -> Answer:
    """Solve a case: temperatures, voltages and coolant need together.

    Parameters
    ----------
    case : LoadedCase
        From ``load_case``.
    progress : callable, optional
        Called each round with its number and the relative residual.
    engine : {"cosine", "amg", "fipy"}, optional
        What solves the temperature field; the one that suits the case if left out. ``cosine`` and
        ``amg`` (needs PyAMG) give the same answer in different times; ``fipy`` is slow and
        independent: it checks the others.
    start : Coupled, optional
        A similar case's solution to begin from; see ``solve_coupled``.

    Returns
    -------
    Answer

    Raises
    ------
    CaseError
        When a file that the case names, or a temperature, cannot be used; one line per fault.
    NoSolution
        ``ThermalRunaway`` or ``VoltageCollapse`` where the physics has no steady state.

    Examples
    --------
    >>> answer = solve(load_case("cs3"))  # doctest: +SKIP
    >>> answer.to_dict()["coolant_flow_L_min_per_kW"]  # doctest: +SKIP
    4.0
    """
    started = time.perf_counter()
    try:
        case, coupled = solve_with_loop(case, progress, engine, start)
        need = coolant_need(coupled)
    except CaseError:
        raise
    except OutOfFluidRange as error:
        raise CaseError(
            f"{case.name}: coolant.flow: so little that the coolant leaves its range: {error}"
        ) from None
    except (ValueError, ArithmeticError) as error:
        raise CaseError(f"{case.name}: {error}") from None
    return Answer(case, coupled, need, time.perf_counter() - started)


def _rounded(values: Array, digits: int) -> list[float]:
    return [round(float(v), digits) for v in values]


def _headline(answer: Answer) -> dict[str, Any]:
    maximum, mean = answer.block_temperature_max, answer.block_temperature_mean
    area = answer.coupled.machine.floorplan.areas
    windows = {each.layer: each.to_dict() for each in answer.layer_windows}
    found = {
        "case": answer.loaded.name,
        "title": answer.loaded.case.title,
        "junction_temperature_max_degC": float(maximum.max()) - FREEZING,
        "junction_temperature_mean_degC": float(np.average(mean, weights=area)) - FREEZING,
        "hottest_block": answer.hottest_block,
        "block_names": list(answer.coupled.machine.floorplan.names),
        "block_temperature_max_degC": _rounded(maximum - FREEZING, 9),
        "block_temperature_mean_degC": _rounded(mean - FREEZING, 9),
        "block_power_W": _rounded(answer.coupled.drawn.power, 9),
        "wafer_power_W": answer.silicon_power,
        "temperature_budget_K": answer.temperature_budget,
        "power_budget_W": answer.power_budget,
    }
    return found | ({"layer_windows": windows} if windows else {})


def _power_side(answer: Answer) -> dict[str, Any]:
    network = answer.coupled.drawn.network
    if network is None or answer.block_drop is None:
        return {}
    lost = lost_parts(answer.loaded.case.delivery)
    return {
        "input_power_W": network.input_power,
        "board_input_power_W": network.board_input_power,
        "block_voltage_V": _rounded(network.block_voltage, 12),
        "block_drop_mV": _rounded(answer.block_drop * 1e3, 9),
        "brick_current_A": _rounded(network.brick_current, 9),
        "supply_current_A": _rounded(network.supply_current, 9),
        "supply_load_fraction": _rounded(network.supply_load_fraction, 12),
        "activity": answer.coupled.drawn.activity,
        "power_balance_relative": network.balance,
        "parts_lost": [f"{kind}:{number}" for kind, number in lost.parts],
        "bricks_at_their_limit": np.flatnonzero(network.bricks_held).tolist(),
        "bricks_shut_off": np.flatnonzero(network.bricks_shut).tolist(),
    } | _sheet_numbers(answer)


def _sheet_numbers(answer: Answer) -> dict[str, Any]:
    state = answer.coupled.drawn.sheets
    if state is None:
        return {}
    return {
        "load_voltage_min_V": float(state.worst_voltage.min()),
        "sheet_cells": int(state.worst_voltage.size),
        "sheet_error_V": state.field.error_volts,
        "current_density_worst": [place.to_dict() for place in answer.worst_places],
    }


def _coolant_side(answer: Answer) -> dict[str, Any]:
    need, network = answer.coolant, answer.coupled.drawn.network
    found: dict[str, Any] = {}
    if need is not None:
        litres = need.flow * LITRES_PER_MINUTE
        found = {
            "coolant_inlet_degC": need.inlet_temperature - FREEZING,
            "coolant_outlet_degC": need.outlet_temperature - FREEZING,
            "coolant_rise_K": need.outlet_temperature - need.inlet_temperature,
            "coolant_heat_W": need.heat,
            "coolant_flow_L_min": litres,
            "coolant_flow_L_min_per_kW": litres / (answer.silicon_power / 1e3),
            "loop_flow_L_min": need.loop_flow * LITRES_PER_MINUTE,
            "channel_velocity_m_s": need.velocity,
            "channel_reynolds": need.reynolds,
            "film_coefficient_W_m2_K": need.film_coefficient,
            "cold_plate_pressure_drop_kPa": need.cold_plate_pressure_drop / 1e3,
        }
        if need.channel_flow_share is not None and need.headers_pressure_drop is not None:
            found["channel_flow_share"] = _rounded(need.channel_flow_share, 9)
            found["channel_flow_share_min"] = float(need.channel_flow_share.min())
            found["channel_flow_share_max"] = float(need.channel_flow_share.max())
            found["plate_headers_pressure_drop_kPa"] = need.headers_pressure_drop / 1e3
        if network is not None:
            found["coolant_flow_L_min_per_input_kW"] = litres / (network.input_power / 1e3)
        if need.loop_pressure_drop is not None and need.pump_power is not None:
            found["loop_pressure_drop_kPa"] = need.loop_pressure_drop / 1e3
            found["pump_power_W"] = need.pump_power
    force = preload_force(answer.coupled)
    return found if force is None else found | {"preload_force_kN": force / 1e3}


def _bookkeeping(answer: Answer) -> dict[str, Any]:
    coupled = answer.coupled
    return {
        "leakage_loop_gain_at_most": coupled.leakage_gain,
        "heat_balance_relative": answer.heat_balance,
        "residual_relative": coupled.residual,
        "rounds": coupled.rounds,
        "unknowns": coupled.solver.unknowns,
        "solve_seconds": answer.solve_seconds,
        "engine": coupled.solver.name,
        "engine_reason": coupled.solver.reason,
        "warnings": answer.warnings,
    }
