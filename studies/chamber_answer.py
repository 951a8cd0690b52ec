"""A vapour chamber in a case: what it carries, what it is asked for, and what binds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal.chamber_paths import Feed, Place, feed_of, liquid_flow, paths_of
from thermal.coolant import FREEZING
from thermal.refrigerant import Saturation, saturated_water
from thermal.vapour_chamber import GRAVITY, LIMITS, Paths, VapourChamber, limits
from thermal.wick import DISK_FROM_RIM, disk_in_a_ring
from thermal.wick_flow import WickFlow

from .case_file import CaseError, LoadedCase
from .computed_cooling import Cooled, solve_cooled

Array = NDArray[np.float64]

TEMPERATURES = np.arange(20.0, 151.0, 2.0) + FREEZING
"""Of the vapour, for the curves [K]."""


@dataclass(frozen=True)
class ChamberAnswer:
    """What a chamber comes to.

    Attributes
    ----------
    cooled : Cooled
        The stack solved as if the wick carried the heat.
    chamber : VapourChamber
    place : Place
    paths : Paths
    """

    cooled: Cooled
    chamber: VapourChamber
    place: Place
    paths: Paths

    @property
    def water(self) -> Saturation:
        """In the chamber at the vapour's temperature."""
        assert self.cooled.water is not None
        return self.cooled.water

    @property
    def need(self) -> float:
        """Heat to be carried [W]."""
        return self.cooled.power

    @property
    def feed(self) -> Feed:
        """Where the evaporator's liquid comes from."""
        return feed_of(self.chamber, self.place)

    @cached_property
    def limits(self) -> dict[str, float]:
        """By name [W], at the vapour's temperature."""
        return limits(self.chamber, self.paths, self.water)

    @property
    def binding(self) -> str:
        """Name of the lowest limit."""
        return min(self.limits, key=lambda name: self.limits[name])

    @property
    def margin(self) -> float:
        """Lowest limit over the need; below 1 the chamber fails."""
        return self.limits[self.binding] / self.need

    @property
    def carries(self) -> bool:
        """Whether every limit is above the need."""
        return self.margin >= 1.0

    @cached_property
    def curves(self) -> dict[str, Array]:
        """Limits [W] at :data:`TEMPERATURES`."""
        found = [limits(self.chamber, self.paths, saturated_water(t)) for t in TEMPERATURES]
        return {name: np.array([at[name] for at in found]) for name in LIMITS}

    @cached_property
    def without_posts(self) -> float | None:
        """Capillary limit of the same chamber without its posts [W]; None where it has none."""
        if self.chamber.posts is None:
            return None
        bare = replace(self.chamber, posts=None)
        return limits(bare, paths_of(bare, self.place), self.water)["capillary"]

    @cached_property
    def by_disks(self) -> float | None:
        """Capillary limit by disks of the same areas in place of rectangles, liquid alone [W].

        None with posts.
        """
        if self.chamber.posts is not None:
            return None
        shape = DISK_FROM_RIM
        if not self.place.device_fills_it:
            whole = self.place.width * self.place.height
            shape = disk_in_a_ring(float(np.sqrt(whole / self.place.device_area)))
        return limits(self.chamber, replace(self.paths, liquid=shape, vapour=0.0), self.water)[
            "capillary"
        ]

    @property
    def through_both_wicks(self) -> float:
        """Capillary limit where the condensate runs as far in the condenser's wick, too [W]."""
        both = replace(self.paths, liquid=2.0 * self.paths.liquid)
        return limits(self.chamber, both, self.water)["capillary"]

    @cached_property
    def liquid(self) -> WickFlow | None:
        """Pressure of the liquid in the wick at the need; None with posts."""
        if self.chamber.posts is not None:
            return None
        return liquid_flow(self.place, self.need, self.chamber.wick.conductance(self.water))

    @property
    def dry_share(self) -> float | None:
        """Share of the device over which menisci would have to hold more than they can [-]."""
        if self.liquid is None:
            return None
        heated = self.liquid.heat > 0
        return float(np.mean(self.liquid_over_held[heated] > 1.0))

    @property
    def liquid_over_held(self) -> Array:
        """Drop of the liquid's pressure from its feed over what menisci hold, (ny, nx)."""
        assert self.liquid is not None
        head = self.water.liquid_density * GRAVITY * self.paths.height
        held = max(self.chamber.wick.capillary_pressure(self.water) - head, 1e-9)
        feed = 0.0 if self.liquid.through_rim else float(self.liquid.pressure.min())
        return np.asarray((self.liquid.pressure - feed) / held)

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it; every key names its unit."""
        budget = self.cooled.answer.temperature_budget
        junction = self.cooled.junction_temperature - FREEZING
        return {
            "case": self.cooled.loaded.name,
            "title": self.cooled.loaded.case.title,
            "heat_W": self.need,
            "feed": self.feed,
            "vapour_temperature_degC": self.water.temperature - FREEZING,
            "limits_W": self.limits,
            "binding": self.binding,
            "margin": self.margin,
            "carries": self.carries,
            "capillary_limit_by_disks_W": self.by_disks,
            "capillary_limit_both_wicks_W": self.through_both_wicks,
            "capillary_limit_without_posts_W": self.without_posts,
            "vapour_space_of_posts": 1.0 - self.chamber.open_share,
            "dry_share": self.dry_share,
            "liquid_balance_relative": None if self.liquid is None else self.liquid.balance,
            "junction_temperature_degC": junction if self.carries else None,
            "junction_temperature_if_wet_degC": junction,
            "temperature_budget_K": budget,
            "heat_balance_relative": self.cooled.answer.heat_balance,
            "curve_temperature_degC": (TEMPERATURES - FREEZING).tolist(),
            "curve_limits_W": {name: curve.tolist() for name, curve in self.curves.items()},
        }


def chamber_answer(
    loaded: LoadedCase, progress: Callable[[str], None] = lambda _: None
) -> ChamberAnswer:
    """Limits, margin and temperatures of a case with ``[vapour_chamber]``.

    Raises
    ------
    CaseError
        When the case has none, or cannot be used.
    NoSolution
        As of ``solve_cooled``.
    """
    case = loaded.case
    chamber = case.vapour_chamber
    if chamber is None:
        raise CaseError(f"{loaded.name}: vapour_chamber: missing; this command needs the section")
    place = Place(
        chamber.width or case.device.width,
        chamber.height or case.device.height,
        case.device.width,
        case.device.height,
    )
    if place.width < place.device_width or place.height < place.device_height:
        raise CaseError(
            f"{loaded.name}: vapour_chamber: found smaller than the device; one that covers it "
            "is meant"
        )
    return ChamberAnswer(solve_cooled(loaded, progress), chamber, place, paths_of(chamber, place))
