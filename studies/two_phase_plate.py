"""A case's boiling plate, solved at any flow: flow paths, channels, and the device above them.

One dimension: along the channels, with the mean of the power map across them. Heat does not spread
sideways, so a peak of the map is colder in reality than its own flux makes it and hotter than the
mean that is taken here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from thermal.contact import ContactLayer
from thermal.refrigerant import refrigerant
from thermal.two_phase_plate import Boiling, BoilingChannel, boil

from .build import device_power_map
from .case import Case, FinZone, SolidLayer
from .case_file import CaseError, LoadedCase
from .footprints import outer_size
from .two_phase_case import TwoPhase

Array = NDArray[np.float64]

STACK_ROUNDS = 50
"""Of conductivities that follow temperature; each takes away a digit or more."""


@dataclass(frozen=True)
class Path:
    """One flow path: its channel's state, and the device above it.

    Attributes
    ----------
    boiling : Boiling
    junction : array, shape (n,)
        Where the device makes its heat [K]; nan where the channel is dry.
    """

    boiling: Boiling
    junction: Array


@dataclass(frozen=True)
class TwoPhaseState:
    """The plate at one flow.

    Attributes
    ----------
    settings : TwoPhase
    power : float
        Heat of the device [W].
    liquid_density : float
        Of the refrigerant at the inlet [kg/m3].
    mass_flux : float
        [kg/(m2 s)].
    paths : list of Path
        From the side x = 0, or y = 0, on.
    """

    settings: TwoPhase
    power: float
    liquid_density: float
    mass_flux: float
    paths: list[Path]

    @property
    def mass_flow(self) -> float:
        """[kg/s]."""
        return self.settings.flow * self.liquid_density

    @cached_property
    def worst(self) -> Path:
        """The path with the least margin to the critical heat flux."""
        return min(self.paths, key=lambda path: float(path.boiling.margin.min()))

    @property
    def margin(self) -> float:
        """Least critical over wall heat flux."""
        return float(self.worst.boiling.margin.min())

    @property
    def outlet_quality(self) -> float:
        """Highest of all paths."""
        return max(float(path.boiling.quality[-1]) for path in self.paths)

    @property
    def is_wet(self) -> bool:
        """Whether no wall dries."""
        return all(bool(path.boiling.wet.all()) for path in self.paths)

    @property
    def hottest(self) -> float:
        """Of the junctions [K]; nan where a wall dries, which may be hotter than all others."""
        return max(float(p.junction.max()) for p in self.paths) if self.is_wet else math.nan

    @property
    def pressure_drop(self) -> float:
        """Largest of all paths [Pa]; headers are not in it."""
        return max(path.boiling.pressure_drop for path in self.paths)

    @property
    def pump_power(self) -> float:
        """That lifts the liquid by the channels' pressure drop [W]."""
        return self.pressure_drop * self.settings.flow / self.settings.pump_efficiency

    @property
    def passed(self) -> list[str]:
        """What is not kept, in words."""
        limits, found = self.settings, []
        if self.margin < limits.least_margin:
            found.append("the margin to the critical heat flux")
        if self.outlet_quality > limits.most_quality:
            found.append("the outlet's quality")
        if not self.is_wet:
            found.append("the film of liquid on the walls")
        return found


class Plate:
    """A case's plate, ready to be solved at any flow."""

    def __init__(self, loaded: LoadedCase) -> None:
        case = loaded.case
        if outer_size(case) != (case.device.width, case.device.height):
            raise CaseError(f"{loaded.name}: two_phase: layers as large as the device are meant")
        assert case.two_phase is not None
        self.loaded = loaded
        self.map = device_power_map(loaded)
        self.along_x = case.two_phase.direction.endswith("x")
        cells = self.map.shares(case.grid.along_x, case.grid.along_y) @ self.map.block_power
        self._heat = cells.reshape(case.grid.along_y, case.grid.along_x)
        if not self.along_x:
            self._heat = self._heat.T

    def at(self, settings: TwoPhase) -> TwoPhaseState:
        """The plate with other settings."""
        case = self.loaded.case
        try:
            channel, density = self._channel(settings)
        except ValueError as error:
            raise CaseError(f"{self.loaded.name}: two_phase: {error}") from None
        known: dict[bytes, Path] = {}
        paths = []
        fluxes = self._fluxes(settings)
        highest = max(float(flux.max()) for flux in fluxes)
        for flux in fluxes:
            # equal paths are solved once; rounding does not tell them apart
            key = np.round(flux / highest, 12).tobytes()
            if key not in known:
                edges = np.linspace(0.0, self._length / settings.segments, settings.stations + 1)
                boiling = boil(channel, edges, flux)
                known[key] = Path(boiling, _junction(case, boiling))
            paths.append(known[key])
        return TwoPhaseState(settings, self.map.total_power, density, channel.mass_flux, paths)

    @property
    def peak_across(self) -> float:
        """Largest heat flux over the mean across the channels at the same place."""
        mean = self._heat.mean(axis=0)
        return float(np.max(self._heat[:, mean > 0] / mean[mean > 0]))

    @property
    def _length(self) -> float:
        device = self.loaded.case.device
        return device.width if self.along_x else device.height

    def _channel(self, settings: TwoPhase) -> tuple[BoilingChannel, float]:
        """Any of the equal channels, and the liquid's density at its inlet [kg/m3]."""
        device, zone = self.loaded.case.device, _fin_zone(self.loaded.case)
        fluid = refrigerant(settings.refrigerant)
        begun = fluid.at_temperature(settings.saturation_temperature)
        liquid = fluid.at_temperature(settings.saturation_temperature - settings.inlet_subcooling)
        density = float(liquid.liquid_density)
        across = device.height if self.along_x else device.width
        section = across * zone.thickness * zone.open_fraction * settings.segments
        return BoilingChannel(
            channels=zone,
            height=zone.thickness,
            fin_conductivity=float(zone.law.at(np.array(settings.saturation_temperature))[2]),
            fluid=fluid,
            inlet_pressure=float(begun.pressure),
            inlet_enthalpy=float(liquid.liquid_enthalpy),
            mass_flux=settings.flow * density / section,
            film=settings.film,
        ), density

    def _fluxes(self, settings: TwoPhase) -> list[Array]:
        """Heat per area between the stations of each path, from its inlet on [W/m2]."""
        n, segments = settings.stations, settings.segments
        lines = self._heat.sum(axis=0)
        if settings.direction.startswith("-"):
            lines = lines[::-1]
        summed = np.concatenate([[0.0], np.cumsum(lines)])
        places = np.linspace(0, 1, n * segments + 1)
        heat = np.diff(np.interp(places, np.linspace(0, 1, len(summed)), summed))
        device = self.loaded.case.device
        flux = heat / (device.width * device.height / (n * segments))
        # of several paths the first begins inside, as those of a coolant do
        forward = [segments == 1 or i % 2 == 1 for i in range(segments)]
        parts = np.split(flux, segments)
        return [part if ahead else part[::-1] for part, ahead in zip(parts, forward, strict=True)]


def _fin_zone(case: Case) -> FinZone:
    found = case.fin_zone
    assert found is not None
    return found[1]


def _junction(case: Case, boiling: Boiling) -> Array:
    """Temperature where the heat is made [K], through the layers below the channels in series."""
    flux = boiling.footprint_flux
    names = list(case.layers)
    zone = case.fin_zone
    assert zone is not None
    top = boiling.root_temperature
    for name in names[names.index(zone[0]) + 1 :]:
        top = _through(case, name, top, flux)
        if name == case.heat.at:
            break
    return top


def _through(case: Case, name: str, top: Array, flux: Array) -> Array:
    """Temperature of a layer's lower face [K], from its upper face's."""
    layer = case.layers[name]
    if isinstance(layer, ContactLayer):
        return top + flux * layer.areal_resistance()
    assert isinstance(layer, SolidLayer)
    # a layer that makes its heat all through it is hotter below by half
    whole = name == case.heat.at and case.heat.active_thickness is None
    thickness = layer.thickness / 2 if whole else layer.thickness
    below = top
    for _ in range(STACK_ROUNDS):
        before = below
        below = top + flux * thickness / layer.law.at((top + below) / 2)[2]
        if np.nanmax(np.abs(below - before), initial=0.0) < 1e-9:
            break
    return below
