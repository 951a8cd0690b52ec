"""The default engine against FiPy's assembly of the same cases."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import numpy as np

from .. import load_case, solve
from ..answer import Answer
from .rows import Case, Row, observed_order
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
    differences, ours, theirs = _along_the_channels("cs3")
    reference, found = (a.to_dict()["coolant_outlet_degC"] for a in (theirs, ours))
    return [
        differences,
        Row("cs3, coolant outlet", reference, found, "degC", 1e-3, SOURCE),
    ]


def headers_rows() -> list[Row]:
    """The same with headers that feed three groups of channels unevenly.

    The spread is from the least fed channels, where the coolant enters the headers, to the best
    fed: means along the channels.
    """
    differences, ours, theirs = _along_the_channels("cs3-headers", {"coolant.headers.groups": 3})
    reference, found = (
        float(np.ptp(a.fields.junction_temperature.mean("x").values)) for a in (theirs, ours)
    )
    return [
        differences,
        Row("cs3-headers, spread across the channels", reference, found, "K", 0.02, SOURCE, True),
    ]


def zones_rows() -> list[Row]:
    """The same with fins closer downstream, and closer still in two of three bands.

    The spread is between the bands' means along the channels.
    """
    table = [[0.8, 1.2], [1.0, 1.4], [0.8, 1.2]]
    differences, ours, theirs = _along_the_channels("cs3", {"layers.fins.fin_density": table})
    reference, found = (
        float(np.ptp(a.fields.junction_temperature.mean("x").values)) for a in (theirs, ours)
    )
    return [
        replace(differences, name="cs3 with fins by zone, hottest point, difference"),
        Row("cs3 with fins by zone, spread across", reference, found, "K", 0.02, SOURCE, True),
    ]


def _along_the_channels(
    name: str, values: dict[str, object] | None = None
) -> tuple[Row, Answer, Answer]:
    """How the engines' hottest points come together as the channels' cells get shorter."""
    differences = []
    bare = {"grid.along_y": 3, "delivery": None, "loads": None, "faces.bottom": None}
    for cells in CHANNEL_GRIDS:
        case = load_case(name, {"grid.along_x": cells} | bare | (values or {}))
        ours, theirs = solve(case), solve(case, engine="fipy")
        differences.append(abs(hottest(ours) - hottest(theirs)))
    order = observed_order(differences)
    row = Row(f"{name}, hottest point, difference", 0.0, differences[-1], "K", 0.1, SOURCE,
              order=order, least_order=0.9)  # fmt: skip
    return row, ours, theirs


CASES = (
    [
        Case("Conduction by both engines", conduction_rows),
        Case("Coolant by both", coolant_rows),
        Case("Uneven flow by both", headers_rows),
        Case("Fins by zone by both", zones_rows),
    ]
    if find_spec("fipy")
    else []
)
"""None where FiPy is not installed."""
