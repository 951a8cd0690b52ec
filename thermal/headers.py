"""How unevenly headers feed the channels between them: Z- and U-type manifolds.

A dividing header loses flow to the channels and slows down, which raises its pressure; a combining
header gains flow and its pressure falls; friction lowers both along the flow. The channels take
what the pressures at their ends leave them. Discrete momentum model: one balance between
neighbouring groups of channels,

    dividing:   p falls by  friction - theta_d (rho/2) (U_before^2 - U_after^2)
    combining:  p falls by  friction + theta_c (rho/2) (U_after^2 - U_before^2)

after Bajura, J. Eng. Power 93 (1971) 7-12, and Bajura and Jones, J. Fluids Eng. 98 (1976) 654-666.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root

from geometry.errors import NoSolution

from .flow_laws import churchill_friction

Array = NDArray[np.float64]
ChannelLaw = Callable[[Array], Array]
"""From the volume flow through each group [m3/s] to its pressure drop [Pa]."""

ENOUGH = 1e-10
"""Of the channels' drop, by which the pressures may be off."""


@dataclass(frozen=True)
class Header:
    """One header, alike all along.

    Parameters
    ----------
    area : float
        Of its cross-section [m2].
    hydraulic_diameter : float
        Of its cross-section [m].
    length : float
        Along which the channels lie [m].
    momentum : float
        theta: how much pressure the change of ``rho U^2 / 2`` brings [-]; 1 is Bernoulli, 2 is the
        momentum balance of a flow that leaves or enters at right angles.
    roughness : float
        Of the wall [m].
    """

    area: float
    hydraulic_diameter: float
    length: float
    momentum: float
    roughness: float = 0.0

    def friction(self, flow: Array, length: float, density: float, viscosity: float) -> Array:
        """Pressure [Pa] that friction takes over a length [m], of flows [m3/s] of any sign."""
        velocity = flow / self.area
        reynolds = density * np.abs(velocity) * self.hydraulic_diameter / viscosity
        rough = self.roughness / self.hydraulic_diameter
        # f u = (f Re) u / Re, which stays finite as the flow ends
        times_reynolds = [churchill_friction(r, rough) * r if r > 1 else 64.0 for r in reynolds]
        wall = np.array(times_reynolds) * viscosity * velocity / self.hydraulic_diameter**2
        return wall * length / 2

    def regain(self, before: Array, after: Array, density: float) -> Array:
        """Pressure [Pa] that flows [m3/s] gain as they slow down from ``before`` to ``after``."""
        return self.momentum * density / 2 * (before**2 - after**2) / self.area**2


@dataclass(frozen=True)
class Manifold:
    """Channels in groups between a dividing and a combining header.

    Parameters
    ----------
    dividing, combining : Header
        Often quoted as measured by Bajura and Jones are momentum factors of 1.05 and 2.66.
    kind : {"Z", "U"}
        Z: the flow leaves at the end opposite to where it came; U: at the same end.
    groups : int
    """

    dividing: Header
    combining: Header
    kind: Literal["Z", "U"]
    groups: int


@dataclass(frozen=True)
class Distribution:
    """What each group gets, counted from where the flow comes.

    Attributes
    ----------
    share : array, shape (groups,)
        Flow over the mean flow; mean 1.
    dividing_pressure, combining_pressure : arrays, shape (groups,)
        At each group [Pa], above the combining header at the first group.
    pressure_drop : float
        Of the total pressure, ``p + rho U^2 / 2``, from before the first group to behind the last
        that the flow passes [Pa].
    even_drop : float
        Of the channels when all get the same [Pa].
    """

    share: Array
    dividing_pressure: Array
    combining_pressure: Array
    pressure_drop: float
    even_drop: float

    @property
    def unevenness(self) -> float:
        """Largest less smallest share [-]."""
        return float(np.ptp(self.share))

    @property
    def headers_drop(self) -> float:
        """Pressure that the headers and what they make uneven take beside even channels [Pa]."""
        return self.pressure_drop - self.even_drop

    def share_of_cells(self, cells: int) -> Array:
        """Share of each of ``cells`` equal cells across the channels, mean 1, shape (cells,)."""
        edges = np.arange(len(self.share) + 1) / len(self.share)
        carried = np.concatenate([[0.0], np.cumsum(self.share)]) / len(self.share)
        return np.diff(np.interp(np.arange(cells + 1) / cells, edges, carried)) * cells


def distribution(
    manifold: Manifold,
    channels: ChannelLaw,
    flow: float,
    density: float,
    viscosity: float,
    guess: Array | None = None,
) -> Distribution:
    """Flow of each group when the pressures of both headers meet the channels' law.

    Parameters
    ----------
    manifold : Manifold
    channels : ChannelLaw
        Rising with the flow.
    flow : float
        Of all groups together [m3/s].
    density, viscosity : float
        Of the coolant in the headers [kg/m3], [Pa s].
    guess : array, shape (groups,), optional
        Share to begin with; taken as it is where it is good enough.

    Raises
    ------
    NoSolution
        When no flow meets it, as where headers are so narrow that channels would run back.
    """
    mean = flow / manifold.groups
    scale = float(np.max(channels(np.full(manifold.groups, mean))))

    def off(share: Array) -> Array:
        rises = _pressures(manifold, share * mean, density, viscosity)
        over = (rises[0] - rises[1]) - channels(share * mean)
        # neighbours differ by what the headers say; all together carry the flow
        return np.append(np.diff(over) / scale, np.mean(share) - 1)

    share = np.ones(manifold.groups) if guess is None else guess
    if np.abs(off(share)).max() > ENOUGH:
        share = np.asarray(root(off, share, method="hybr", options={"xtol": 1e-13}).x)
    if not np.all(np.isfinite(share)) or np.abs(off(share)).max() > ENOUGH:
        raise NoSolution("headers: no flow was found that meets the law of the channels")
    if share.min() <= 0:
        raise NoSolution("headers: so narrow that coolant would run back through some channels")
    share = share / share.mean()
    dividing, combining = _pressures(manifold, share * mean, density, viscosity)
    dividing = dividing + float(channels(share * mean)[0])
    whole = _whole_drop(manifold, share * mean, dividing, combining, density, viscosity)
    return Distribution(share, dividing, combining, whole, scale)


def _whole_drop(
    manifold: Manifold,
    taken: Array,
    dividing_pressure: Array,
    combining_pressure: Array,
    density: float,
    viscosity: float,
) -> float:
    """Fall of the total pressure from before the first group to behind the last [Pa].

    Between a group and the end of its header lie half of its own change of momentum and the
    friction of half a pitch.
    """
    whole = np.array([np.sum(taken)])
    last = 0 if manifold.kind == "U" else -1
    fall = np.array([dividing_pressure[0] - combining_pressure[last]])
    for header, part, sign in (
        (manifold.dividing, taken[0], 1),
        (manifold.combining, taken[last], -1),
    ):
        half_pitch = header.length / manifold.groups / 2
        fall += header.friction(whole, half_pitch, density, viscosity)
        # the dividing header regains pressure, the combining one loses it
        fall -= sign * header.regain(whole, whole - part, density) / 2
        fall += sign * density / 2 * (whole / header.area) ** 2
    return float(fall[0])


def _pressures(
    manifold: Manifold, taken: Array, density: float, viscosity: float
) -> tuple[Array, Array]:
    """Pressure of both headers at each group above that at the first [Pa].

    At a group it is the mean of before and behind it; with friction over the pitch between groups
    this is second order in the pitch.
    """
    dividing, combining, groups = manifold.dividing, manifold.combining, manifold.groups
    pitch = dividing.length / groups
    reached = np.concatenate([[0.0], np.cumsum(taken)])
    left = reached[-1] - reached
    gained = dividing.regain(left[:-1], left[1:], density)
    lost = dividing.friction(left[1:-1], pitch, density, viscosity)
    falls = lost - (gained[:-1] + gained[1:]) / 2
    upper = -np.concatenate([[0.0], np.cumsum(falls)])
    # the combining header's flow towards its outlet, in the direction of the groups' count
    inside = reached if manifold.kind == "Z" else -left
    slowed = combining.regain(inside[:-1], inside[1:], density)
    lost = combining.friction(inside[1:-1], combining.length / groups, density, viscosity)
    lower = np.concatenate([[0.0], np.cumsum((slowed[:-1] + slowed[1:]) / 2 - lost)])
    return upper, lower


def slot_header(width: float, depth: float, length: float, momentum: float) -> Header:
    """A header of rectangular cross-section [m].

    Examples
    --------
    >>> slot_header(0.01, 0.01, 0.215, 1.05).hydraulic_diameter
    0.01
    """
    diameter = 2 * width * depth / (width + depth)
    return Header(width * depth, diameter, length, momentum)
