"""How densely current flows in contact, plane and wafer metal, and where most of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geometry.grid import Array

from .delivery import Delivery
from .sheet_solver import SheetField
from .sheets import CurrentLimits


@dataclass(frozen=True)
class CurrentDensity:
    """One part's current density over the device.

    Attributes
    ----------
    part : str
    quantity : str
        What the values are, in words.
    values : array (ny, nx)
        Magnitude, in the net that carries more [A/m2 or A/m].
    unit : str
        In which it is shown.
    per_unit : float
        How much of the SI unit that is.
    limit : float or None
        In SI.
    """

    part: str
    quantity: str
    values: Array
    unit: str
    per_unit: float
    limit: float | None = None


def current_densities(field: SheetField, delivery: Delivery) -> list[CurrentDensity]:
    """Current density of every part of the sheets.

    The contact's is that of the layer, its pads' current over the area of a pad's cell. In the
    wafer's metal two currents add up at worst: what crosses the sheet's cells, and what spreads
    from a pad, which is densest at the pad's rim: with the pad's radius a and its cell's b the
    current beyond the rim is ``q pi (b^2 - a^2)`` over ``2 pi a``.
    """
    sheets = delivery.sheets
    limits = CurrentLimits() if sheets is None else sheets.limits
    area = field.stack.grid.cell_area
    contact = np.max(np.abs(field.stack.contact_current(field.u)), axis=0) / area
    grid = delivery.wafer_grid
    a, b = grid.pad_diameter / 2, grid.cell_radius
    metal = _magnitude(field, "wafer") + contact * (b**2 - a**2) / (2 * a)
    plane = _magnitude(field, "board")
    found = [
        CurrentDensity("contact", "per area", contact, "A/mm²", 1e6, limits.contact),
        CurrentDensity("contact pad", "each pad", contact * grid.pad_pitch**2, "A", 1.0),
        CurrentDensity("board plane", "per width", plane, "A/mm", 1e3),
        CurrentDensity("wafer metal", "per width", metal, "mA/µm", 1e3, limits.wafer_metal),
    ]
    if sheets is not None and sheets.plane_thickness is not None:
        dense = plane / sheets.plane_thickness
        found[2:3] = [
            found[2],
            CurrentDensity("board plane copper", "per section", dense, "A/mm²", 1e6, limits.plane),
        ]
    if sheets is not None and sheets.wafer_thickness is not None:
        dense = metal / sheets.wafer_thickness
        found.append(CurrentDensity("wafer metal copper", "per section", dense, "A/mm²", 1e6))
    return found


def _magnitude(field: SheetField, where: str) -> Array:
    """Current per width of the sheets of a name, the larger of supply and return [A/m]."""
    sheets = [k for k, name in enumerate(field.stack.names) if name.startswith(where)]
    by_sheet = [np.hypot(*field.stack.sheet_current(field.u, k)) for k in sheets]
    return np.asarray(np.max(by_sheet, axis=0))
