"""The plant around the machine as a case file says it."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import (
    STRICT,
    FlowRate,
    Fraction,
    Length,
    Pressure,
    Temperature,
    Time,
    Volume,
    quantity,
)
from thermal.cdu import cdu_named
from thermal.chiller import DEFAULT, chiller_named

Kelvins = Annotated[float, quantity("K", "4 K"), Field(gt=0, le=60)]
"""A difference of temperatures, in K."""
Share = Annotated[float, Field(ge=0, le=10)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Spares = Annotated[int, Field(ge=0, le=100)]
Money = Annotated[float, Field(ge=0)]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Cost:
    """What power, space and the machine cost; the defaults are published for the CS-3's site."""

    electricity_USD_per_kWh: Money = 0.087
    """Published for the site of the CS-3."""
    use: Fraction = 0.80
    """Mean power drawn over the power paid for."""
    pue: Annotated[float, Field(ge=1)] | None = None
    """Power of the site over that of the machines; the computed one if left out."""
    space_USD_per_kW_month: Money = 165.0
    """Published for the site of the CS-3."""
    capital_USD: Money | None = None
    """For one system; no instalments if left out. Published for the CS-3: 478 178."""
    interest_per_year: Annotated[float, Field(gt=0, lt=1)] = 0.09375
    """On the capital."""
    months: Count = 60
    """Over which the capital is paid back."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class PlantOutage:
    """The ``[plant.outage]`` section: what the waters hold, and what comes back when."""

    loop_volume: Volume = 40e-3
    """Coolant of one system in hoses, manifold and distribution unit [m3]."""
    buffer_volume: Volume = 200e-3
    """Facility water of one system in pipes and buffer tank [m3]."""
    coast_down: Time = 2.0
    """Time constant of the flow when pumps lose their drive [s]."""
    chillers: Annotated[int, Field(ge=1, le=1000)] = 4
    """Equal ones, which together run at ``part_load`` with all the heat."""
    restart_time: Time = 300.0
    """Until chillers cool again after their power is back [s]."""
    outdoor_temperature: Temperature | None = None
    """Of the air, or the wet bulb for a tower [K]; the year's highest if left out."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Plant:
    """The ``[plant]`` section of a case file; every default but those of the cost is assumed."""

    weather: str = "oklahoma-city"
    """A shipped name or the path of an .epw file."""
    systems: Count = 1
    """Machines on one row of coolant distribution units."""
    chilled_water: Temperature | None = None
    """Of the facility water supplied [K]; the coolant's inlet less the approach if left out."""
    facility_flow: FlowRate | None = None
    """Of one system [m3/s]; the coolant's capacity rate if left out."""
    approach: Kelvins = 4.0
    """Coolant supplied less facility water [K]."""
    outdoors: Literal["dry cooler", "tower"] = "dry cooler"
    """What gives the heat to the air."""
    outdoor_approach: Kelvins = 6.0
    """Water less the dry bulb (dry cooler) or the wet bulb (tower) [K]; a tower's is often 4 K."""
    fan_share: Share = 0.02
    """Fans outdoors at full speed over the heat [W/W]."""
    facility_pressure_drop: Pressure = 150e3
    """Of the facility loop, and of the condenser loop [Pa]."""
    chiller: str = DEFAULT
    """A name of thermal/data/chillers.csv."""
    part_load: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Of each chiller that runs."""
    room_cooling: Share = 0.3
    """Power that cools the room, per heat that the machine leaves in its air [W/W]."""
    other_losses: Share = 0.06
    """Distribution, light and the like, over the machine's power [W/W]."""
    cdu: str | None = None
    """A liquid-to-liquid model of thermal/data/cdus.csv; the best that serves if left out."""
    spare_cdus: Spares = 1
    """Units beyond those that must run."""
    coarsest_filter: Length | None = None
    """Of the units' filters [m]; a third of the channels' width if left out."""
    cost: Cost = field(default_factory=Cost)
    """What it costs."""
    outage: PlantOutage = field(default_factory=PlantOutage)
    """For ``waferflux outage``."""

    def __post_init__(self) -> None:
        """Refuse names that are not known."""
        chiller_named(self.chiller)
        if self.cdu is not None and cdu_named(self.cdu).kind != "liquid-to-liquid":
            raise ValueError(f"cdu: found '{self.cdu}', of air; a liquid-to-liquid unit is meant")
