"""Air between fins: the film's formula against a march of boundary-layer equations, and fans."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_banded

from geometry.grid import Array
from thermal.air_heat_sink import plate_nusselt
from thermal.fans import Fans
from thermal.pumps import Pumps

from .rows import Case, Row

PRANDTL = 0.71
PLATES_NUSSELT = 7.5407
"""Between plates of one temperature, developed, on twice the gap."""


class _HalfGap:
    """Cells from the wall at y = 0 to the axis at 1/2, thinner toward the wall."""

    def __init__(self, cells: int) -> None:
        faces = 0.5 * np.linspace(0.0, 1.0, cells + 1) ** 1.6
        middles = (faces[1:] + faces[:-1]) / 2
        self.dy = np.diff(faces)
        self.to_wall = 1.0 / np.diff(np.concatenate([[0.0], middles]))
        self.to_axis = np.append(self.to_wall[1:], 0.0)

    def advance(self, u: Array, v: Array, step: float, diffusion: float, source: Array) -> Array:
        """Implicit step of ``u f_x + v f_y = diffusion f_yy + source``, f nought at the wall.

        Upwind in v, which blows from the wall to the axis.
        """
        below = (-diffusion * self.to_wall - np.maximum(v[:-1], 0.0)) / self.dy
        above = (-diffusion * self.to_axis + np.minimum(v[1:], 0.0)) / self.dy
        bands = np.zeros((3, len(u)))
        bands[0, 1:], bands[2, :-1] = above[:-1], below[1:]
        bands[1] = u / step - below - above
        return np.asarray(solve_banded((1, 1), bands, source))


def march(cells: int = 100, steps: int = 1600, last: float = 10.0) -> tuple[Array, Array]:
    """Air that enters flat and cold between plates: stations, and mean temperature there.

    Prandtl's equations ``u u_x + v u_y = -p' + u_yy``, ``u T_x + v T_y = T_yy / Pr`` over half the
    gap, x in gaps times the Reynolds number, implicit in x; p' from the flow that stays.

    Returns
    -------
    x, excess : arrays
        Stations, and the mixed air's excess below the plates over that at the inlet [-].
    """
    half = _HalfGap(cells)
    dy = half.dy
    x = np.concatenate([[0.0], np.geomspace(1e-6, last, steps)])
    u, v, cold = np.ones(cells), np.zeros(cells + 1), np.ones(cells)
    mixed = [1.0]
    for step in np.diff(x):
        free = half.advance(u, v, step, 1.0, u * u / step)
        pressed = half.advance(u, v, step, 1.0, np.ones(cells))
        faster = free + pressed * (0.5 - free @ dy) / (pressed @ dy)
        cold = half.advance(u, v, step, 1.0 / PRANDTL, u * cold / step)
        v = -np.concatenate([[0.0], np.cumsum((faster - u) / step * dy)])
        u = faster
        mixed.append(float(u * cold @ dy / (u @ dy)))
    return x, np.array(mixed)


def march_nusselt(stars: Array, cells: int = 100, steps: int = 1600) -> Array:
    """Mean Nusselt number on gap and inlet excess, at ``Re* = gap Re / length``."""
    x, mixed = march(cells, steps)
    return np.asarray(stars * PRANDTL / 2.0 * (1.0 - np.interp(1.0 / stars, x, mixed)))


def developed_nusselt(steps: int) -> float:
    """Where the march has developed, from how fast the mixed excess dies away; on twice the gap."""
    x, mixed = march(60, steps, 0.5)
    ahead, behind = np.interp([0.2, 0.4], x, np.log(mixed))
    # d ln(excess) / dx = -2 Nu / Pr on the gap
    return float(PRANDTL * (ahead - behind) / 0.2)


def film_rows() -> list[Row]:
    """Mean film of laminar air that develops between plates of one temperature, by the formula of
    Teertstra, Yovanovich and Culham (2000), by which fins are computed, against an own march of
    the boundary-layer equations (Pr 0.71, flow and temperature flat at the inlet). On the gap and
    the plates' excess above the inlet; Re* is the gap's Reynolds number times gap over length. The
    march itself ends at the Nusselt number of developed flow.
    """
    stars = np.array([0.3, 1.0, 3.0, 10.0, 30.0, 100.0])
    source = "numerical march, made for this project"
    rows = [
        Row("march, developed", PLATES_NUSSELT, developed_nusselt(6000), "", 0.005,
            "Shah and London (1978)", True)
    ]  # fmt: skip
    for star, numeric in zip(stars, march_nusselt(stars), strict=True):
        found = plate_nusselt(float(star), PRANDTL)
        rows.append(Row(f"film, Re* {star:g}", float(numeric), found, "", 0.04, source, True))
    return rows


def fan_rows() -> list[Row]:
    """Two equal fans with ``dP = c - a Q^2`` each blow through ``dP = k Q^2`` in air of half the
    density of their rating: they meet at ``Q^2 = (c / 2) / (k + a / 8)``. Shaft power is flow times
    pressure over efficiency.
    """
    c, a, k = 1000.0, 2.0e5, 3.0e4
    fans = Fans(
        curve=Pumps(shutoff_pressure=c, quadratic_term=-a, count=2), efficiency=0.4,
        rated_density=1.2,
    )  # fmt: skip
    exact = ((c / 2) / (k + a / 8)) ** 0.5
    found = fans.flow_against(lambda q: k * q * q, 0.6)
    power = fans.power(found, k * found**2)
    return [
        Row("two fans, where they meet", exact, found, "m3/s", 1e-9, "by hand", True),
        Row("two fans, power", k * exact**3 / 0.4, power, "W", 1e-9, "by hand", True),
    ]


CASES = [
    Case("Air between fins", film_rows),
    Case("Fans against a sink", fan_rows),
]
