"""Faces that radiate: the law of Stefan and Boltzmann, made linear about the surface as it is.

A grey face of emissivity `eps` amid large surroundings at `Ta` sends out, per area,

    q = h (Ts - Ta) + eps sigma (Ts^4 - Ta^4)

with `Ts` its surface and `h` the film beside the radiation, if any. The radiation's own film is
``eps sigma (Ts^2 + Ta^2)(Ts + Ta)``; used as it stands, renewed round by round, it swings ever
wider where radiation is the main way out (its error grows threefold a round where Ts is far above
Ta). So each round takes the tangent to the law, Newton's method, which leaves the heat that flows
at the present field the same.
"""

from __future__ import annotations

import numpy as np

from geometry.conduction import Boundary
from geometry.grid import Array

STEFAN_BOLTZMANN = 5.670374419e-8
"""sigma [W/m2/K4], exact in the SI of 2019 (CODATA 2018)."""


def surface_temperature(
    cell: Array, half: Array | float, ambient: Array | float, film: Array | float, emissivity: float
) -> Array:
    """Temperature of a radiating surface, from the balance of what reaches it and what leaves it.

    Newton's method on ``half (Ts - cell) + film (Ts - Ta) + eps sigma (Ts^4 - Ta^4) = 0``, which
    rises and is convex: from the warmer of cell and surroundings it falls onto the root.

    Parameters
    ----------
    cell : array
        Temperature of the cells behind the face [K].
    half : array or float
        Conductance per area from their centres to the face [W/m2/K].
    ambient : array or float
        Of the surroundings [K].
    film : array or float
        Film beside the radiation [W/m2/K].
    emissivity : float

    Returns
    -------
    array
        [K], shaped like ``cell``.

    Examples
    --------
    A face that nothing but radiation cools passes on what reaches it:

    >>> surface = surface_temperature(np.array([400.0]), 50.0, 300.0, 0.0, 0.9)
    >>> sent = 0.9 * STEFAN_BOLTZMANN * (surface**4 - 300.0**4)
    >>> bool(np.isclose(sent, 50.0 * (400.0 - surface)).all())
    True
    """
    strength = emissivity * STEFAN_BOLTZMANN
    # a field on its way may be below absolute zero for a round
    cell = np.maximum(cell, 1.0)
    surface = np.maximum(cell, ambient)
    for _ in range(60):
        surplus = (
            half * (surface - cell)
            + film * (surface - ambient)
            + strength * (surface**4 - np.asarray(ambient) ** 4)
        )
        step = surplus / (half + film + 4 * strength * surface**3)
        surface = surface - step
        if not np.any(np.abs(step) > 1e-14 * surface):
            break
    return surface


def radiating_boundary(
    boundary: Boundary, emissivity: float, cell: Array, half: Array | float
) -> Boundary:
    """The film and the medium that take as much heat now, and change with it as the face does.

    Parameters
    ----------
    boundary : Boundary
        Surroundings [K] and the film beside the radiation.
    emissivity : float
    cell, half
        As in ``surface_temperature``.

    Returns
    -------
    Boundary
        Arrays shaped like ``cell``.
    """
    ambient, film = np.asarray(boundary.value), np.asarray(boundary.film)
    strength = emissivity * STEFAN_BOLTZMANN
    surface = surface_temperature(cell, half, ambient, film, emissivity)
    flux = film * (surface - ambient) + strength * (surface**4 - ambient**4)
    tangent = film + 4 * strength * surface**3
    return Boundary(surface - flux / tangent, tangent)
