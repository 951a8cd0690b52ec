"""Straight rectangular channels between fins: film, velocity profile, pressure drop, flow split.

The fin zone is a porous medium with two temperatures, solid and coolant at one place (Kim and
Kim, J. Heat Transfer 121 (1999) 639-645). This file gives its coefficients; the field solver
makes the balance. The fin zone's ``height`` is the thickness of its layer and is passed in.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import model_validator
from pydantic.dataclasses import dataclass
from scipy.optimize import brentq

from geometry.units import STRICT, Length

from .ducts import (
    LAMINAR_LIMIT,
    TURBULENT_LIMIT,
    blended_nusselt,
    developed_friction,
    friction_factor,
    mean_entry_ratio,
    nusselt_three_walls,
    turbulent_share,
)

Array = NDArray[np.float64]

VELOCITY_LIMIT = 1.5
"""Coolant velocity above which copper is at risk of erosion [m/s]: 5 ft/s, the limit that the
Copper Development Association's Copper Tube Handbook sets for hot water."""


Width = TypeVar("Width", float, NDArray[np.float64])


class ChannelShape(Generic[Width]):
    """What follows from the width of channels and their pitch, one pair of them or arrays."""

    channel_width: Width
    pitch: Width

    @property
    def wall_thickness(self) -> Width:
        """Thickness of one fin [m]."""
        return self.pitch - self.channel_width

    @property
    def open_fraction(self) -> Width:
        """Share of the fin zone that is coolant [-]."""
        return self.channel_width / self.pitch

    @property
    def solid_fraction(self) -> Width:
        """Share of the fin zone that is solid [-]."""
        return 1.0 - self.open_fraction

    @property
    def wetted_area_density(self) -> Width:
        """Side wall area per volume of fin zone [1/m]: two walls in each pitch."""
        return 2.0 / self.pitch

    def hydraulic_diameter(self, height: float) -> Width:
        """Four times area over perimeter of one channel [m]."""
        return 2.0 * self.channel_width * height / (self.channel_width + height)

    def aspect(self, height: float) -> Array:
        """Short side over long side of one channel [-]."""
        width = np.asarray(self.channel_width, dtype=float)
        return np.minimum(width, height) / np.maximum(width, height)

    def mean_velocity(self, height: float, flow: float, width: float) -> Width:
        """Velocity in the channels [m/s] of a volume flow [m3/s] over a width [m] of plate."""
        return flow / (width * height * self.open_fraction)

    def reynolds(
        self, height: float, velocity: ArrayLike, density: ArrayLike, viscosity: ArrayLike
    ) -> Array:
        """Reynolds number on the hydraulic diameter [-]."""
        inertia = np.asarray(velocity, dtype=float) * np.asarray(density, dtype=float)
        return inertia * self.hydraulic_diameter(height) / np.asarray(viscosity, dtype=float)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Channels(ChannelShape[float]):
    """Parallel channels between fins of equal thickness.

    Attributes
    ----------
    channel_width : float
        Clear width of one channel [m].
    pitch : float
        Channel plus fin [m].
    """

    channel_width: Length
    pitch: Length

    @model_validator(mode="after")
    def _channel_fits(self) -> Self:
        # a validator and not __post_init__, so that a class that extends this one keeps it
        if self.channel_width >= self.pitch:
            raise ValueError(
                f"channel_width: found {self.channel_width * 1e3:g} mm with a pitch of "
                f"{self.pitch * 1e3:g} mm; a channel narrower than the pitch is meant"
            )
        return self


@dataclasses.dataclass(frozen=True)
class ZoneChannels(ChannelShape[Array]):
    """Channels whose widths differ from zone to zone.

    Attributes
    ----------
    channel_width, pitch : arrays of one shape
        As of ``Channels`` [m].
    """

    channel_width: Array
    pitch: Array

    def __getitem__(self, index: Any) -> ZoneChannels:
        """Those of some of the zones."""
        return ZoneChannels(self.channel_width[index], self.pitch[index])


AnyChannels = Channels | ZoneChannels


# ------------------------------------------------------------------------- heat transfer


def developed_heat_transfer_coefficient(channels: AnyChannels, conductivity: ArrayLike) -> Array:
    """Wall-to-coolant coefficient of the two-temperature fin model, developed [W/(m2 K)].

    Formula: ``h = (70/17) k_f / w_c``, exchange between a wall and the coolant's mixed
    temperature at the same height: parallel plates, Nusselt number 8.235 on twice the width.

    Source: Kim and Kim, J. Heat Transfer 121 (1999) 639-645.
    """
    return 70.0 / 17.0 * np.asarray(conductivity, dtype=float) / channels.channel_width


def heat_transfer_coefficient(
    channels: AnyChannels,
    height: float,
    start: ArrayLike,
    stop: ArrayLike,
    velocity: ArrayLike,
    *,
    density: ArrayLike,
    viscosity: ArrayLike,
    heat_capacity: ArrayLike,
    conductivity: ArrayLike,
) -> Array:
    """Wall-to-coolant coefficient averaged over cells along the channel [W/(m2 K)].

    Laminar: :func:`developed_heat_transfer_coefficient` times the mean over the cell of local
    over developed Nusselt number (``ducts.mean_entry_ratio``, at least 1). From Re 2300 blended
    to Gnielinski's developed turbulent value at Re 4000 (``ducts.blended_nusselt``).

    Parameters
    ----------
    channels, height : Channels, float
        The fin zone; height in [m].
    start, stop : array_like
        Distances of the cells' faces from the channel inlet [m], ``0 <= start <= stop``.
    velocity : array_like
        Mean velocity in the channel [m/s], 0 or more; 0 gives the developed value.
    density, viscosity, heat_capacity, conductivity : array_like
        Of the coolant in each cell [SI].

    Returns
    -------
    ndarray
        Of the broadcast shape.
    """
    k = np.asarray(conductivity, dtype=float)
    prandtl = np.asarray(viscosity, dtype=float) * np.asarray(heat_capacity, dtype=float) / k
    diameter, aspect = channels.hydraulic_diameter(height), channels.aspect(height)
    reynolds = channels.reynolds(height, velocity, density, viscosity)
    # beyond Re 2300 the blend starts from the laminar value at 2300
    peclet = np.maximum(np.minimum(reynolds, LAMINAR_LIMIT) * prandtl, 1e-9)
    scale = diameter * peclet
    ratio = mean_entry_ratio(aspect, np.asarray(start) / scale, np.asarray(stop) / scale)
    laminar = developed_heat_transfer_coefficient(channels, k) * ratio * diameter / k
    return blended_nusselt(laminar, reynolds, prandtl, aspect) * k / diameter


def velocity_profile(channels: Channels, faces: ArrayLike) -> Array:
    """Velocity over mean velocity in each cell over the channel height.

    Formula: the mean over each cell of ``1 - cosh((y - H/2)/l) / cosh(H/2l)`` with
    ``l = w_c / sqrt(12)`` (Brinkman's equation of the developed laminar flow), scaled so that
    the thickness-weighted mean is 1.

    Parameters
    ----------
    channels : Channels
        The fin zone.
    faces : array_like, shape (n + 1,)
        Cell faces from one end of the channel height to the other, rising or falling [m]; the
        profile is symmetric, so either end may come first.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        When the faces turn back or meet.

    Source: Kim and Kim, J. Heat Transfer 121 (1999) 639-645.
    """
    y = np.asarray(faces, dtype=float)
    y = np.abs(y - y[0])
    thickness, height = np.diff(y), float(y[-1])
    if not np.all(thickness > 0.0):
        raise ValueError("faces: found faces that meet or turn back; rising or falling ones meant")
    length = channels.channel_width / np.sqrt(12.0)
    distance, half = (y - height / 2.0) / length, height / 2.0 / length
    # sinh(distance) / cosh(half), written so that tall channels do not overflow
    grown = np.exp(np.abs(distance) - half) - np.exp(-np.abs(distance) - half)
    ratio = np.sign(distance) * grown / (1.0 + np.exp(-2.0 * half))
    integral = np.diff(y - length * ratio)
    return integral / thickness * (np.sum(thickness) / np.sum(integral))


def base_resistance(
    channels: Channels, height: float, solid_conductivity: float, fluid_conductivity: float
) -> float:
    """Base-to-bulk areal resistance of developed channels by the plain fin formula [m2 K/W].

    Formula: ``pitch / [h (w_c + 2 eta H)]``, ``h = Nu k_f / Dh`` with the three-wall Nusselt
    number, fin efficiency ``eta = tanh(m H) / (m H)``, ``m = sqrt(2 h / (k_s w_fin))``. One film
    for base and fins, adiabatic lid: 2 to 9 % below a conjugate solution of the cross-section.
    An independent check of the two-temperature model, not used by it.

    Source: Incropera et al., Fundamentals of Heat and Mass Transfer, section 3.6, with Phillips'
    three-wall Nusselt number (``ducts.nusselt_three_walls``).
    """
    nusselt = float(nusselt_three_walls(channels.aspect(height)))
    film = nusselt * fluid_conductivity / channels.hydraulic_diameter(height)
    return float(fin_resistance(channels, height, solid_conductivity, film))


def fin_resistance(
    channels: Channels, height: float, solid_conductivity: float, film: ArrayLike
) -> Array:
    """Areal resistance from the fins' root to the coolant by the plain fin formula [m2 K/W].

    The formula of :func:`base_resistance` with any film coefficient, above 0 [W/(m2 K)].
    """
    h = np.asarray(film, dtype=float)
    grown = height * np.sqrt(2.0 * h / (solid_conductivity * channels.wall_thickness))
    efficiency = np.tanh(grown) / grown
    return channels.pitch / (h * (channels.channel_width + 2.0 * efficiency * height))


# ------------------------------------------------------------------------- pressure drop


_JET = 1.0 - np.linspace(1.0, 0.0, 2001)[:-1] ** 2
"""Width of the free jet over the wide channel, dense toward 1 where the relation is steep."""


def contraction_loss(area_ratio: ArrayLike) -> Array:
    """Loss number of a sharp contraction into parallel slots, in ``rho u^2 / 2`` of the slots.

    Formula: ``(1/C - 1)^2`` with the contraction C of a plane free jet of width ``r = C a`` out
    of a wide channel, ``1/C = 1 + (2/pi) (1/r - r) atan(r)``. The flow enters with a flat
    profile: its development is in the friction (``ducts.apparent_friction``).

    Range: slot width over pitch 0 to 1, sharp edges; 0.41 toward 0, 0 at 1.

    Source: Kays, Trans. ASME 72 (1950) 1067-1074 (momentum factor 1); jet: von Mises, Z. VDI 61
    (1917) 447-452.
    """
    ratio = np.asarray(area_ratio, dtype=float)
    jet = np.interp(ratio, np.append(_JET + _beside(_JET), 1.0), np.append(_JET, 1.0))
    # a table's corners would be corners of the pressure drop: Newton takes them away
    for _ in range(3):
        slope = 1.0 + 2.0 / np.pi * ((1.0 - jet**2) / (1.0 + jet**2) - 2.0 * jet * np.arctan(jet))
        off = jet + _beside(jet) - ratio
        jet = jet - np.divide(off, slope, out=np.zeros_like(off), where=slope > 1e-9)
    safe = np.maximum(jet, 1e-9)
    return (2.0 / np.pi * (1.0 / safe - safe) * np.arctan(safe)) ** 2


def _beside(jet: Array) -> Array:
    """Width ratio of the slot less that of the jet that is free in it."""
    return 2.0 / np.pi * (1.0 - jet**2) * np.arctan(jet)


def expansion_loss(area_ratio: ArrayLike, momentum_factor: ArrayLike) -> Array:
    """Loss number of an abrupt expansion out of the channels, in ``rho u^2 / 2`` there.

    Formula: ``1 - 2 K_d a + a^2`` with the momentum factor K_d of the profile that leaves:
    1.2 for developed laminar flow between plates, 1 for a flat profile.

    Source: Kays, Trans. ASME 72 (1950) 1067-1074.
    """
    ratio = np.asarray(area_ratio, dtype=float)
    return 1.0 - 2.0 * np.asarray(momentum_factor, dtype=float) * ratio + ratio**2


def header_loss(channels: AnyChannels, reynolds: ArrayLike, slenderness: ArrayLike) -> Array:
    """Contraction plus expansion between headers as high as the channels, in ``rho u^2 / 2``.

    The momentum factor of the leaving profile goes from 1 to 1.2 (laminar, plates) over the
    hydrodynamic entrance, linearly up to ``x+ = 0.05``, and back to 1 with the turbulent share.

    Parameters
    ----------
    channels : Channels
    reynolds : array_like
        Above 0 [-].
    slenderness : array_like
        Length over hydraulic diameter [-].
    """
    position = np.asarray(slenderness, dtype=float) / np.asarray(reynolds, dtype=float)
    grown = np.clip(position / 0.05, 0.0, 1.0) * (1.0 - turbulent_share(reynolds))
    ratio = channels.open_fraction
    return contraction_loss(ratio) + expansion_loss(ratio, 1.0 + 0.2 * grown)


def pressure_drop(
    channels: AnyChannels,
    height: float,
    length: ArrayLike,
    velocity: ArrayLike,
    density: ArrayLike,
    viscosity: ArrayLike,
) -> Array:
    """Pressure drop from header to header [Pa].

    ``(rho u^2 / 2) (4 f L / Dh + K_c + K_e)``: friction with its entrance
    (``ducts.friction_factor``), contraction and expansion (:func:`header_loss`). Not in it: the
    headers themselves, bends, ports.

    Range: from a length of 10 hydraulic diameters on it rises with velocity in every regime;
    shorter channels can lose that between Re 2300 and 4000, where the laminar entrance ends.

    Parameters
    ----------
    channels, height : Channels, float
        The fin zone; height in [m].
    length : array_like
        Flow length [m].
    velocity : array_like
        Mean velocity in the channels [m/s], above 0.
    density, viscosity : array_like
        Of the coolant, at its mean temperature along the path [kg/m3], [Pa s].

    Returns
    -------
    ndarray
        Of the broadcast shape.
    """
    u = np.asarray(velocity, dtype=float)
    slenderness = np.asarray(length, dtype=float) / channels.hydraulic_diameter(height)
    reynolds = channels.reynolds(height, u, density, viscosity)
    friction = 4.0 * slenderness * friction_factor(reynolds, channels.aspect(height), slenderness)
    head = np.asarray(density, dtype=float) * u**2 / 2.0
    return head * (friction + header_loss(channels, reynolds, slenderness))


def velocity_at_pressure_drop(
    channels: Channels,
    height: float,
    length: ArrayLike,
    drop: ArrayLike,
    density: ArrayLike,
    viscosity: ArrayLike,
) -> Array:
    """Mean velocity [m/s] that a pressure drop [Pa], above 0, drives.

    The inverse of :func:`pressure_drop`, within its range.

    Parameters and shapes as there; solved to a relative 1e-12 of the drop.
    """
    shape = np.broadcast_shapes(*map(np.shape, (length, drop, density, viscosity)))
    diameter = channels.hydraulic_diameter(height)
    friction = 2.0 * developed_friction(channels.aspect(height)) / diameter**2
    resistance = friction * np.asarray(viscosity, dtype=float) * np.asarray(length, dtype=float)
    developed = np.broadcast_to(np.log(np.asarray(drop, dtype=float) / resistance), shape)

    def law(velocity: Array) -> Array:
        return pressure_drop(channels, height, length, velocity, density, viscosity)

    return _at_drop(law, np.log(np.asarray(drop, dtype=float)), developed)


def _at_drop(law: Callable[[Array], Array], log_drop: Array | float, guess: Array) -> Array:
    """What a rising law of pressure drop makes of the logarithm of a drop, from a log guess."""
    return np.exp(_rising_root(lambda log: np.log(law(np.exp(log))) - log_drop, guess))[()]


def _rising_root(function: Callable[[Array], Array], guess: Array) -> Array:
    """Roots of rising functions, element by element: Newton held in a shrinking bracket."""
    low, high = guess, guess
    while np.any(above := function(low) > 0.0):
        low = np.where(above, low - 1.0, low)
    while np.any(below := function(high) < 0.0):
        high = np.where(below, high + 1.0, high)
    x = 0.5 * (low + high)
    for _ in range(100):
        value = function(x)
        low, high = np.where(value <= 0.0, x, low), np.where(value >= 0.0, x, high)
        if np.all((np.abs(value) < 1e-12) | (high - low < 1e-13)):
            return x
        newton = x - value * 1e-6 / (function(x + 1e-6) - value)
        # the kinks at Re 2300 and 4000 can throw Newton out of the bracket: halve it then
        x = np.where((newton > low) & (newton < high), newton, 0.5 * (low + high))
    raise RuntimeError("the velocity for a given pressure drop was not found in 100 steps")


def equal_pressure_velocities(
    channels: Channels,
    height: float,
    length: ArrayLike,
    mean_velocity: float,
    density: ArrayLike,
    viscosity: ArrayLike,
    shares: ArrayLike | None = None,
) -> Array:
    """Velocities in parallel segments that have one pressure drop in common [m/s].

    Parameters
    ----------
    channels, height : Channels, float
        The fin zone, the same in all segments; height in [m].
    length, density, viscosity : array_like, shape (n,) or scalar
        Of each segment [m], [kg/m3], [Pa s].
    mean_velocity : float
        Velocity averaged over all segments [m/s], above 0: the total volume flow over the open
        area.
    shares : array_like, shape (n,), optional
        Share of the open area in each segment; equal shares when not given. Scaled to sum 1.

    Returns
    -------
    ndarray, shape (n,)
        Their share-weighted mean is ``mean_velocity``.

    Raises
    ------
    ValueError
        When the mean velocity is not above 0.
    """
    if not mean_velocity > 0.0:
        raise ValueError(f"mean velocity: found {mean_velocity:g} m/s; above 0 is meant")
    arrays = (np.asarray(v, dtype=float) for v in (length, density, viscosity))
    lengths, densities, viscosities = np.broadcast_arrays(*map(np.atleast_1d, arrays))
    weights = np.ones(lengths.shape) if shares is None else np.asarray(shares, dtype=float)
    weights = weights / weights.sum()

    def law(velocity: Array) -> Array:
        return pressure_drop(channels, height, lengths, velocity, densities, viscosities)

    return equal_drop(law, float(mean_velocity), weights / weights.sum())


def equal_drop(law: Callable[[Array], Array], mean: float, weights: Array) -> Array:
    """Flows in parallel at which a rising law of pressure drop gives all of them the same.

    Parameters
    ----------
    law : callable
        Pressure drop of each [Pa] at an array of flows above 0, in any unit.
    mean : float
        Of the flows, weighted.
    weights : array
        1 in sum.

    Returns
    -------
    array of the shape of ``weights``
    """
    even = np.full(weights.shape, mean)
    drops = law(even)
    if np.ptp(drops) < 1e-12 * drops.max():
        return even
    found = _equal_by_newton(law, even, weights)
    if found is not None:
        return found

    def flows(log_drop: float) -> Array:
        return _at_drop(law, log_drop, np.log(even))

    # with one flow everywhere the drops enclose the common one
    low, high = np.log(drops.min()) - 1e-6, np.log(drops.max()) + 1e-6
    return flows(brentq(lambda d: np.sum(weights * flows(d)) / mean - 1.0, low, high, xtol=1e-13))


def _equal_by_newton(law: Callable[[Array], Array], even: Array, weights: Array) -> Array | None:
    """The same by Newton on the logarithms; None where kinks of the law keep it from resting."""
    logs, mean = np.log(even), float(np.sum(weights * even))
    for _ in range(12):
        flows = np.exp(logs)
        drop = np.log(law(flows))
        slope = (np.log(law(np.exp(logs + 1e-6))) - drop) / 1e-6
        share = weights * flows
        # the drop in common at which the linear laws carry the whole flow
        common = (mean - np.sum(share * (1 - drop / slope))) / np.sum(share / slope)
        step = (common - drop) / slope
        logs = logs + step
        if np.abs(step).max() < 1e-12:
            return np.exp(logs)
        if not np.all(np.isfinite(logs)):
            return None
    return None


# ----------------------------------------------------------------------------- warnings


def transition_warning(reynolds: ArrayLike) -> str | None:
    """One line when any Reynolds number lies between laminar and turbulent flow, else None."""
    re = np.atleast_1d(np.asarray(reynolds, dtype=float))
    between = re[(re > LAMINAR_LIMIT) & (re < TURBULENT_LIMIT)]
    if between.size == 0:
        return None
    return (
        f"channel Reynolds number {between.max():.0f} is in transition "
        f"({LAMINAR_LIMIT:.0f} to {TURBULENT_LIMIT:.0f}): film and pressure drop are uncertain"
    )
