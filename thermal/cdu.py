"""Coolant distribution units: which of the catalogue, how many, and what limits them.

The exchanger inside is one of :mod:`thermal.heat_exchanger`: counterflow against facility water,
crossflow against room air.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from .weather import air_pressure

Kind = Literal["liquid-to-liquid", "liquid-to-air"]
LITRES_PER_MINUTE = 60_000.0


@dataclass(frozen=True)
class CduModel:
    """A unit as its maker rates it; None where that is not known. SI.

    Attributes
    ----------
    name, kind, source : str
    capacity : float
        [W] at ``approach``.
    approach : float or None
        Coolant supplied less facility water, or less room air [K].
    flow, pressure : float or None
        Of the coolant [m3/s], and what the unit's pumps leave for the racks at that flow [Pa].
    electric_power : float or None
        [W].
    filter_opening : float or None
        [m].
    """

    name: str
    kind: Kind
    capacity: float
    approach: float | None
    flow: float | None
    pressure: float | None
    electric_power: float | None
    filter_opening: float | None
    source: str

    def capacity_at(self, approach: float, altitude: float = 0.0) -> float:
        """Capacity at another approach [K] and altitude [m], at rated flows [W].

        At fixed flows heat is proportional to the approach: the effectiveness fixes heat over the
        difference of the inlets, and the coolant's own rise is proportional to the heat. Where the
        rated approach is not known, the capacity is taken as it is. Air thins out as the standard
        atmosphere does, and a liquid-to-air unit with it.
        """
        scale = 1.0 if self.approach is None else approach / self.approach
        if self.kind == "liquid-to-air":
            # density at one temperature follows the pressure
            scale *= air_pressure(altitude) / air_pressure(0.0)
        return self.capacity * scale


@dataclass(frozen=True)
class CduCount:
    """How many units, and why.

    Attributes
    ----------
    model : CduModel
    running, installed : int
        Without and with the spare ones; 0 where the model cannot serve at all.
    limited_by : str
        ``"heat"``, ``"flow"``, ``"pressure"`` or ``"filter"``: what decides ``running``.
    unknown : tuple of str
        What could not be checked, since the maker's figure is not known.
    """

    model: CduModel
    running: int
    installed: int
    limited_by: str
    unknown: tuple[str, ...]

    @property
    def serves(self) -> bool:
        """Whether any number of these units does."""
        return self.running > 0


@lru_cache(maxsize=1)
def cdus() -> dict[str, CduModel]:
    """The catalogue that comes with the program, by name."""
    text = (files(__package__) / "data" / "cdus.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {row["model"]: _model(row) for row in csv.DictReader(lines)}


def _model(row: dict[str, str]) -> CduModel:
    def known(key: str, factor: float) -> float | None:
        return float(row[key]) * factor if row[key] else None

    return CduModel(
        name=row["model"],
        kind="liquid-to-air" if row["kind"] == "liquid-to-air" else "liquid-to-liquid",
        capacity=float(row["capacity_kW"]) * 1e3,
        approach=known("approach_K", 1.0),
        flow=known("flow_L_min", 1 / LITRES_PER_MINUTE),
        pressure=known("external_pressure_kPa", 1e3),
        electric_power=known("electric_kW", 1e3),
        filter_opening=known("filter_um", 1e-6),
        source=row["source"],
    )


def cdu_named(name: str) -> CduModel:
    """A unit of the catalogue.

    Raises
    ------
    ValueError
        When there is none of that name.
    """
    if name not in cdus():
        raise ValueError(f"cdu: found '{name}'; one of {', '.join(cdus())} is meant")
    return cdus()[name]


def cdus_needed(
    heat_W: float,
    flow_m3_s: float,
    pressure_Pa: float,
    *,
    model: str | CduModel,
    approach_K: float | None = None,
    spare: int = 1,
    filter_m: float | None = None,
    altitude_m: float = 0.0,
) -> CduCount:
    """How many units of one model a rack or a row of racks needs.

    Parameters
    ----------
    heat_W, flow_m3_s, pressure_Pa : float
        Of all racks together; the pressure is that across one, as all see the same.
    model : str or CduModel
        A name of :func:`cdus`, or a unit of your own.
    approach_K : float, optional
        Coolant supplied less facility water, or air; the rated one if left out.
    spare : int
        Units beyond those that must run; 1 is N+1.
    filter_m : float, optional
        Coarsest filter that the racks allow.
    altitude_m : float
        Of the site; thins the air of liquid-to-air units.

    Examples
    --------
    >>> row = cdus_needed(250e3, 1000 / 60e3, 190e3, model="JetCool rack 160")
    >>> row.running, row.installed, row.limited_by
    (4, 5, 'flow')
    """
    unit = cdu_named(model) if isinstance(model, str) else model
    wanted = approach_K if approach_K is not None else unit.approach or 1.0
    # more units bring more heat and flow, but no more pressure and no finer filter
    needed = {"heat": math.ceil(heat_W / unit.capacity_at(wanted, altitude_m))}
    unknown = [] if approach_K is None or unit.approach is not None else ["approach"]
    if unit.flow is None:
        unknown.append("flow")
    else:
        needed["flow"] = math.ceil(flow_m3_s / unit.flow)
    limit, running = max(needed.items(), key=lambda item: item[1])
    if unit.pressure is None:
        unknown.append("pressure")
    elif unit.pressure < pressure_Pa:
        limit, running = "pressure", 0
    if filter_m is not None:
        if unit.filter_opening is None:
            unknown.append("filter")
        elif unit.filter_opening > filter_m:
            limit, running = "filter", 0
    return CduCount(unit, running, running + spare if running else 0, limit, tuple(unknown))


def cdu_choices(
    heat_W: float,
    flow_m3_s: float,
    pressure_Pa: float,
    *,
    approach_K: float,
    kind: Kind = "liquid-to-liquid",
    spare: int = 1,
    filter_m: float | None = None,
    altitude_m: float = 0.0,
) -> list[CduCount]:
    """Every model of one kind that serves, best first; arguments as of :func:`cdus_needed`.

    Best: everything that matters is known, then the least capacity installed.
    """
    counts = [
        cdus_needed(
            heat_W, flow_m3_s, pressure_Pa, model=unit, approach_K=approach_K, spare=spare,
            filter_m=filter_m, altitude_m=altitude_m,
        )
        for unit in cdus().values()
        if unit.kind == kind
    ]  # fmt: skip
    serving = [count for count in counts if count.serves]
    return sorted(serving, key=lambda c: (len(c.unknown), c.installed * c.model.capacity))
