"""A case on air: where fans and sink meet, what the air takes, and what the limit would ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry.errors import NoSolution
from thermal.air import air_at
from thermal.air_heat_sink import AirSink, SinkState, cold_drop, flow_for, sink_at
from thermal.cold_plate import transition_warning
from thermal.coolant import FREEZING

from .case_file import CaseError, LoadedCase
from .computed_cooling import Cooled, solve_cooled

Array = NDArray[np.float64]

CUBIC_METRES_PER_HOUR = 3600.0
"""In a cubic metre per second."""
CUBIC_FEET_PER_MINUTE = 60.0 / 0.3048**3


@dataclass(frozen=True)
class AirAnswer:
    """What a case on air comes to.

    Attributes
    ----------
    cooled : Cooled
        The solved stack.
    sink : AirSink
    """

    cooled: Cooled
    sink: AirSink

    @property
    def state(self) -> SinkState:
        """The sink at its operating point."""
        assert self.cooled.sink is not None
        return self.cooled.sink

    @property
    def fan_power(self) -> float:
        """Of all fans, electrical [W]."""
        return self.sink.fan.power(self.state.flow, self.state.drop)

    @property
    def rise(self) -> float:
        """Of the hottest point above the air's inlet [K]."""
        return self.cooled.junction_temperature - self.sink.inlet_temperature

    @property
    def rise_at_limit(self) -> float | None:
        """Of the junction's limit above the air's inlet [K]; None without a limit."""
        limit = self.cooled.loaded.case.limits.junction_temperature
        return None if limit is None else limit - self.sink.inlet_temperature

    @property
    def resistance_at_limit(self) -> float | None:
        """Of the sink, at which the hottest point would be at its limit [K/W]; may be below 0."""
        allowed = self.rise_at_limit
        if allowed is None:
            return None
        return self.state.resistance + (allowed - self.rise) / self.state.heat

    @property
    def heat_at_limit(self) -> float | None:
        """That would bring the hottest point to its limit at this flow [W], by proportion."""
        allowed = self.rise_at_limit
        return None if allowed is None else max(allowed / self.rise, 0.0) * self.state.heat

    @property
    def least_flow(self) -> float | None:
        """That of a perfect sink, whose air leaves at the junction's limit [m3/s]."""
        allowed, inlet = self.rise_at_limit, self.sink.inlet_temperature
        if allowed is None or allowed <= 0:
            return None
        air = air_at(inlet, self.sink.altitude)
        rate = float(air.density(inlet) * air.heat_capacity(inlet))
        return self.state.heat / (rate * allowed)

    @cached_property
    def flow_at_limit(self) -> float | None:
        """At which the hottest point would be at its limit [m3/s].

        What lies between sink and hottest point is taken to stay. None without a limit, and where
        no flow below 100 m/s between the fins is enough.
        """
        wanted = self.resistance_at_limit
        try:
            found = wanted is not None and wanted > 0
            return flow_for(self.sink, self.state.heat, wanted or 0.0) if found else None
        except NoSolution:
            return None

    @property
    def at_limit(self) -> SinkState | None:
        """The sink at :attr:`flow_at_limit`."""
        flow = self.flow_at_limit
        return None if flow is None else sink_at(self.sink, flow, self.state.heat)

    @cached_property
    def curves(self) -> dict[str, Array]:
        """Flow [m3/s]; pressure of the fans and drop of the sink [Pa]; resistance [K/W]."""
        state, fan, inlet = self.state, self.sink.fan, self.sink.inlet_temperature
        density = float(air_at(inlet, self.sink.altitude).density(inlet))
        flow = np.linspace(0.02, 1.6, 80) * state.flow
        warm = state.drop / cold_drop(self.sink, state.flow)
        return {
            "flow": flow,
            "fans": np.array([fan.pressure(q, density) for q in flow]),
            "sink": np.array([warm * cold_drop(self.sink, q) for q in flow]),
        }

    @property
    def warnings(self) -> list[str]:
        """What to look at twice, a line each."""
        words = transition_warning(self.state.reynolds)
        return [*self.cooled.answer.warnings, *([words] if words else [])]

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it; every key names its unit."""
        state, kilowatts = self.state, self.cooled.power / 1e3
        found = {
            "case": self.cooled.loaded.name,
            "title": self.cooled.loaded.case.title,
            "heat_W": self.cooled.power,
            **_flow(state.flow, kilowatts),
            "pressure_Pa": state.drop,
            "velocity_m_s": state.velocity,
            "reynolds": state.reynolds,
            "film_coefficient_W_m2_K": state.film,
            "fin_efficiency": state.fin_efficiency,
            "sink_resistance_K_W": state.resistance,
            "air_inlet_degC": self.sink.inlet_temperature - FREEZING,
            "air_outlet_degC": state.outlet_temperature - FREEZING,
            "air_rise_K": state.outlet_temperature - self.sink.inlet_temperature,
            "fan_power_W": self.fan_power,
            "fan_power_W_per_kW": self.fan_power / kilowatts,
            "junction_temperature_degC": self.cooled.junction_temperature - FREEZING,
            "temperature_budget_K": self.cooled.answer.temperature_budget,
            "heat_balance_relative": self.cooled.answer.heat_balance,
            "heat_at_limit_W": self.heat_at_limit,
            "sink_resistance_at_limit_K_W": self.resistance_at_limit,
            "least_air_flow_m3_h": (
                None if self.least_flow is None else self.least_flow * CUBIC_METRES_PER_HOUR
            ),
            "at_the_limit": self._limit(kilowatts),
            "warnings": self.warnings,
        }
        return found | {"curves": {name: curve.tolist() for name, curve in self.curves.items()}}

    def _limit(self, kilowatts: float) -> dict[str, float] | None:
        state = self.at_limit
        if state is None:
            return None
        power = self.sink.fan.power(state.flow, state.drop)
        return {
            **_flow(state.flow, kilowatts),
            "pressure_Pa": state.drop,
            "velocity_m_s": state.velocity,
            "fan_power_W": power,
        }


def _flow(flow: float, kilowatts: float) -> dict[str, float]:
    hourly, feet = flow * CUBIC_METRES_PER_HOUR, flow * CUBIC_FEET_PER_MINUTE
    return {
        "air_flow_m3_h": hourly,
        "air_flow_CFM": feet,
        "air_flow_m3_h_per_kW": hourly / kilowatts,
        "air_flow_CFM_per_kW": feet / kilowatts,
    }


def air_answer(loaded: LoadedCase, progress: Callable[[str], None] = lambda _: None) -> AirAnswer:
    """Operating point, sink, airflow for a kilowatt and temperatures of a case with ``[air_sink]``.

    Raises
    ------
    CaseError
        When the case has none, or cannot be used.
    NoSolution
        As of ``solve_cooled``.
    """
    if loaded.case.air_sink is None:
        raise CaseError(f"{loaded.name}: air_sink: missing; this command needs the section")
    return AirAnswer(solve_cooled(loaded, progress), loaded.case.air_sink)
