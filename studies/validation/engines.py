"""The default engine against FiPy's assembly of the same cases."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from .. import load_case, solve
from .rows import Case, Row
from .stack import hottest

SOURCE = "FiPy's own assembly of the same case"
CHANNEL_GRIDS = (24, 48, 96)
"""Cells along the channels."""


def conduction_rows() -> list[Row]:
    """Whole cases without a coolant, solved by both engines on one grid.

    The slab, and the lidded test chip with k(T), grease, films on both faces and leakage. Both
    discretisations are then of the same kind, so the engines agree to their tolerances.
    """
    rows = []
    for name in ("slab", "test-chip"):
        case = load_case(name)
        reference = hottest(solve(case, engine="fipy"))
        found = hottest(solve(case))
        rows.append(Row(f"{name}, hottest point", reference, found, "degC", 1e-6, SOURCE))
    return rows


def coolant_rows() -> list[Row]:
    """The CS-3 without its power delivery, its coolant carried along by two kinds of convection.

    Ours is fitted to the exact solution in a cell, FiPy's is upwind; the difference falls with the
    first order of the latter. The energy balance alone decides the outlet, so it agrees closely.
    """
    differences = []
    for cells in CHANNEL_GRIDS:
        values = {"grid.along_x": cells, "grid.along_y": 3, "delivery": None, "loads": None}
        case = load_case("cs3", values | {"faces.bottom": None})
        ours, theirs = solve(case), solve(case, engine="fipy")
        differences.append(abs(hottest(ours) - hottest(theirs)))
    reference, found = (a.to_dict()["coolant_outlet_degC"] for a in (theirs, ours))
    order = float(np.log2(differences[-2] / differences[-1]))
    return [
        Row("cs3, hottest point, difference", 0.0, differences[-1], "K", 0.1, SOURCE,
            order=order, least_order=0.9),
        Row("cs3, coolant outlet", reference, found, "degC", 1e-3, SOURCE),
    ]  # fmt: skip


CASES = (
    [Case("Conduction by both engines", conduction_rows), Case("Coolant by both", coolant_rows)]
    if find_spec("fipy")
    else []
)
"""None where FiPy is not installed."""
