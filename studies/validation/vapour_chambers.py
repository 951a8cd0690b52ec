"""Vapour chambers: liquid in a wick on the grid, and limits of whole chambers."""

from __future__ import annotations

import csv
import math
from importlib.resources import files

import numpy as np

from thermal.coolant import FREEZING
from thermal.refrigerant import saturated_water
from thermal.vapour_chamber import GRAVITY, vapour_conductivity
from thermal.wick import (
    DISK_FROM_RIM,
    SQUARE_FROM_RIM,
    Wick,
    disk_in_a_ring,
    powder_permeability,
)
from thermal.wick_flow import flow_in_wick, pressure_round_post

from .rows import Case, Row, observed_order

WAFER, H100 = 462.25e-4, 814e-6
"""Heated areas [m2]."""
CHAMBER = 0.1**2
"""Of the chamber over the H100 [m2]."""
POSTS_SPREAD = math.log(2.0) / (4.0 * math.pi)
PLACES = {"wafer": (0.215, DISK_FROM_RIM), "h100": (0.1, disk_in_a_ring(math.sqrt(CHAMBER / H100)))}
"""Height of the chamber upright [m], and F."""
POWDER = "sintered 120 um powder"


def table() -> list[dict[str, str]]:
    """Rows of the published table."""
    text = files(__package__).joinpath("data/vapour_chamber.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def limit(row: dict[str, str], place: str, upright: bool) -> float:
    """Capillary limit of a row's wick [W]; the powder's permeability unrounded."""
    k = (
        powder_permeability(120e-6, 0.45)
        if row["wick"] == POWDER
        else float(row["permeability_m2"])
    )
    wick = Wick(
        permeability=k,
        pore_radius=float(row["pore_radius_um"]) * 1e-6,
        thickness=float(row["thickness_mm"]) * 1e-3,
        conductivity=40.0,
    )
    water = saturated_water(70.0 + FREEZING)
    height, shape = PLACES[place]
    head = water.liquid_density * GRAVITY * height if upright else 0.0
    return (wick.capillary_pressure(water) - head) * wick.conductance(water) / shape


def square_wick(cells: int) -> tuple[float, float]:
    """F of a square fed from its rim on n x n cells, and the liquid's relative balance."""
    flow = flow_in_wick(0.215, 0.215, np.full((cells, cells), 1 / cells**2), 1.0, True)
    return flow.drop, flow.balance


def strip_wick(cells: int) -> float:
    """F of a strip whose left half evaporates and whose right half condenses."""
    heat = np.repeat([1.0, -1.0], cells // 2)[None].repeat(2, 0) / cells
    return flow_in_wick(1.0, 1.0, heat, 1.0, False).drop


def round_posts() -> float:
    """Largest less mean pressure drop round thin posts on a square grid, F."""
    drop = pressure_round_post(0.03, 200)
    return float(drop.max() - drop.mean())


def wick_rows() -> list[Row]:
    """Liquid in a wick obeys the equation of conduction. A square that evaporates evenly and is fed
    from its rim has the largest drop F Q / G with F of the square plate; a strip, one half of which
    evaporates what condenses on the other, has F = 1/2. Round thin posts on a square grid the
    largest drop is above the mean by ln 2 / (4 pi), from the sum of (-1)^(m+n) / (m^2 + n^2).
    """
    grids = (30, 60, 120)
    found = [square_wick(n)[0] for n in grids]
    order = observed_order([abs(f - SQUARE_FROM_RIM) for f in found])
    return [
        Row("square wick, F", SQUARE_FROM_RIM, found[-1], "", 1e-4, "double sine series", True,
            order, 1.9),
        Row("square wick, liquid drawn less fed", 0.0, square_wick(120)[1], "", 1e-9, "balance"),
        Row("strip wick, F", 0.5, strip_wick(60), "", 1e-9, "by hand", True),
        Row("round thin posts, largest less mean F", POSTS_SPREAD, round_posts(), "", 3e-3,
            "double cosine series", True),
    ]  # fmt: skip


def limit_rows() -> list[Row]:
    """Capillary limits of three wicks over the wafer and over an H100, lying and upright, against
    estimates that this project began with. They take disks as large as the rectangles, the liquid's
    drop alone, and the condensate's way to the rim for nothing. The tabulated permeability of the
    powder is rounded; unrounded, every entry comes out to its last digit.
    """
    rows = []
    for row in table():
        for place in PLACES:
            for upright in (False, True):
                column = f"{place}{'_upright' if upright else ''}_W"
                name = f"{row['wick']}, {column.removesuffix('_W').replace('_', ' ')}"
                found = limit(row, place, upright)
                rows.append(Row(name, float(row[column]), found, "W", 0.5, "estimate, rounded"))
    return rows


def vapour_rows() -> list[Row]:
    """Conductivity along a 1 mm space of vapour at 70 degC: the drop of pressure between plates,
    turned into one of saturation temperature by the slope of the table itself instead of that of
    Clausius and Clapeyron, which leaves out the liquid's volume.
    """
    kelvin, gap = 70.0 + FREEZING, 1e-3
    water, step = saturated_water(kelvin), 0.5
    slope = saturated_water(kelvin + step).pressure - saturated_water(kelvin - step).pressure
    carried = water.vapour_density * water.latent_heat * gap**2 / (12 * water.vapour_viscosity)
    exact = carried * slope / (2 * step)
    found = vapour_conductivity(gap, water)
    return [Row("along 1 mm of vapour", exact, found, "W/m/K", 1e-3, "slope of IAPWS", True)]


CASES = [
    Case("Liquid in a wick", wick_rows),
    Case("Capillary limits of vapour chambers", limit_rows),
    Case("Vapour as a conductor", vapour_rows),
]
