"""The default engine against FiPy's assembly of the same cases."""

from __future__ import annotations

from collections.abc import Callable
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
    pairs = _finer_channels("cs3")
    found, reference = (a.to_dict()["coolant_outlet_degC"] for a in pairs[-1])
    return [
        _difference("cs3, hottest point", pairs, hottest),
        Row("cs3, coolant outlet", reference, found, "degC", 1e-3, SOURCE),
    ]


def headers_rows() -> list[Row]:
    """The same with headers that feed three groups of channels unevenly.

    The spread is from the least fed channels, where the coolant enters the headers, to the best
    fed: means along the channels.
    """
    pairs = _finer_channels("cs3-headers", {"coolant.headers.groups": 3})
    found, reference = (_spread(a) for a in pairs[-1])
    return [
        _difference("cs3-headers, hottest point", pairs, hottest),
        Row("cs3-headers, spread across the channels", reference, found, "K", 0.02, SOURCE, True),
    ]


def zones_rows() -> list[Row]:
    """The same with fins closer downstream, and closer still in the middle one of three bands.

    The spread is between the bands' means along the channels. Every section has an entrance, whose
    steep film asks for finer cells.
    """
    table = [[0.8, 1.2], [1.0, 1.4], [0.8, 1.2]]
    pairs = _finer_channels("cs3", {"layers.fins.fin_density": table})
    name = "cs3 with fins by zone"
    return [
        _difference(f"{name}, hottest point", pairs, hottest),
        _difference(f"{name}, spread across", pairs, _spread),
    ]


def _spread(answer: Answer) -> float:
    """Of the means along the channels, which run along x [K]."""
    return float(np.ptp(answer.fields.junction_temperature.mean("x").values))


def _finer_channels(
    name: str, values: dict[str, object] | None = None
) -> list[tuple[Answer, Answer]]:
    """Both engines' answers as the channels' cells get shorter."""
    bare = {"grid.along_y": 3, "delivery": None, "loads": None, "faces.bottom": None}
    cases = (
        load_case(name, {"grid.along_x": cells} | bare | (values or {})) for cells in CHANNEL_GRIDS
    )
    return [(solve(case), solve(case, engine="fipy")) for case in cases]


def _difference(
    name: str, pairs: list[tuple[Answer, Answer]], number: Callable[[Answer], float]
) -> Row:
    """How the engines' numbers come together."""
    differences = [abs(number(ours) - number(theirs)) for ours, theirs in pairs]
    return Row(f"{name}, difference", 0.0, differences[-1], "K", 0.1, SOURCE,
               order=observed_order(differences), least_order=0.9)  # fmt: skip


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
