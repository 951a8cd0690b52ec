"""Pumps of the coolant loop: their curve, their speed, and how many of them run."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass
from scipy.interpolate import PchipInterpolator

from geometry.errors import BeyondPumpCurve, NoCoolantFlow
from geometry.units import STRICT, Pressure, quantity

from .flow_network import Branch, FlowState

LinearTerm = Annotated[float, quantity("Pa*s/m**3", "0.092063 kPa*min/L")]
"""Pressure per flow."""
QuadraticTerm = Annotated[float, quantity("Pa*s**2/m**6", "-0.000234 kPa*min**2/L**2"), Field(lt=0)]
"""Pressure per flow squared."""
PointFlow = Annotated[float, quantity("m**3/s", "100 L/min"), Field(ge=0)]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Pumps:
    """Equal pumps in parallel, the ``[loop.pumps]`` section of a case file.

    The curve of one pump at full speed is a polynomial, or a table. At another speed `s` it follows
    the affinity laws: flows grow with `s`, pressures with `s` squared.

    Attributes
    ----------
    shutoff_pressure : float or None
        At no flow [Pa]: ``dP = quadratic Q^2 + linear Q + shutoff``.
    linear_term : float or None
        Of the flow, with ``shutoff_pressure``; nought if left out.
    quadratic_term : float or None
        Of the flow squared, with ``shutoff_pressure``.
    flows : tuple of float or None
        Of the table, rising [m3/s]; a smooth curve runs between its points.
    pressures : tuple of float or None
        Of the table, falling [Pa].
    count : int
        How many there are.
    running : int or None
        How many run; all if left out.
    speed : float
        Of those that run, over the speed of the curve [-].
    check_valves : bool
        Whether each has one, so that no flow runs back through a pump that stands.
    """

    shutoff_pressure: Annotated[Pressure, Field(gt=0)] | None = None
    linear_term: LinearTerm | None = None
    quadratic_term: QuadraticTerm | None = None
    flows: Annotated[tuple[PointFlow, ...], Field(min_length=2)] | None = None
    pressures: Annotated[tuple[Pressure, ...], Field(min_length=2)] | None = None
    count: Annotated[int, Field(ge=1, le=100)] = 1
    running: Annotated[int, Field(ge=0, le=100)] | None = None
    speed: Annotated[float, Field(gt=0, le=2)] = 1.0
    check_valves: bool = True

    @model_validator(mode="after")
    def _one_curve(self) -> Self:
        polynomial = (self.shutoff_pressure, self.linear_term, self.quadratic_term)
        table = (self.flows, self.pressures)
        said = [any(part is not None for part in way) for way in (polynomial, table)]
        if said == [True, True] or said == [False, False]:
            found = "both" if said[0] else "neither"
            raise ValueError(f"found {found}; a polynomial or a table is meant as the curve")
        if said[0] and (self.shutoff_pressure is None or self.quadratic_term is None):
            raise ValueError(
                "found half a polynomial; 'shutoff_pressure' and 'quadratic_term' are meant"
            )
        if said[1]:
            self._check_table()
        if self.running is not None and self.running > self.count:
            raise ValueError(f"running: found {self.running} of {self.count}; no more are meant")
        return self

    def _check_table(self) -> None:
        flows, pressures = self.flows or (), self.pressures or ()
        if len(flows) != len(pressures):
            raise ValueError(
                f"found {len(flows)} flows and {len(pressures)} pressures; as many are meant"
            )
        if any(b <= a for a, b in pairwise(flows)):
            raise ValueError("flows: found a flow that does not rise; rising ones are meant")
        if any(b >= a for a, b in pairwise(pressures)):
            raise ValueError("pressures: found one that does not fall; falling ones are meant")
        if self.running is not None and self.running < self.count and not self.check_valves:
            raise ValueError(
                "check_valves: found none with a pump that stands; a table does not say what "
                "runs back through it, a polynomial is meant"
            )

    @property
    def number_running(self) -> int:
        """How many run."""
        return self.count if self.running is None else self.running

    @cached_property
    def _between(self) -> Any:
        return PchipInterpolator(self.flows, self.pressures)

    def head(self, flow: float, speed: float | None = None) -> float:
        """Pressure that one pump makes [Pa] at its flow [m3/s]; at ``speed``, else its own.

        Formula: ``s^2 H(Q/s)`` with the curve H; of a polynomial ``a Q |Q| + b s Q + c s^2``, which
        goes on for flows that run back and for a pump that stands. A table goes on beyond its ends
        as a straight line.

        Source: affinity laws, Karassik et al., Pump Handbook, 4th ed. (2008), section 2.3.
        """
        s = self.speed if speed is None else speed
        if self.flows is None:
            assert self.quadratic_term is not None
            assert self.shutoff_pressure is not None
            linear = (self.linear_term or 0.0) * s * flow
            return self.quadratic_term * flow * abs(flow) + linear + self.shutoff_pressure * s**2
        at = min(max(flow / s, self.flows[0]), self.flows[-1])
        slope = float(self._between(at, 1)) * (flow / s - at)
        return s**2 * (float(self._between(at)) + slope)

    def branches(self, start: str, end: str) -> list[Branch]:
        """A branch for each pump that runs, and for each that stands and lets flow run back."""
        names = [f"pump {n}" for n in range(1, self.count + 1)]
        running = self.number_running
        found = [
            Branch(name, start, end, lambda q: -self.head(q), self.check_valves)
            for name in names[:running]
        ]
        if not self.check_valves:
            found += [
                Branch(name, start, end, lambda q: -self.head(q, 0.0)) for name in names[running:]
            ]
        return found

    def check_for_deliverable(self, state: FlowState) -> None:
        """Refuse a solved network that the pumps do not carry.

        Raises
        ------
        NoCoolantFlow
            When the pumps that run deliver nothing.
        BeyondPumpCurve
            When one runs at a flow above the last of its table.
        """
        running = [f"pump {n}" for n in range(1, self.number_running + 1)]
        flows = [state.flow[name] for name in running]
        if not running or max(flows) <= 0.0:
            raise NoCoolantFlow(f"{len(running)} of {self.count} pumps run and drive no flow")
        end = None if self.flows is None else self.speed * self.flows[-1]
        if end is not None and max(flows) > end:
            raise BeyondPumpCurve(
                f"a pump would run at {max(flows) * 6e4:.4g} L/min; its curve at this speed ends "
                f"at {end * 6e4:.4g} L/min"
            )
