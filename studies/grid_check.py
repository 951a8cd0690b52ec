"""How far the headline numbers may be from those of an endless grid.

The case is solved again with half as many cells again in every direction, the planes of every layer
included, once or twice. From the values follows an extrapolation (Richardson) and the grid
convergence index of Roache, J. Fluids Eng. 116 (1994) 405, doi:10.1115/1.2910291: the distance of
the case's own value from the extrapolated one times a safety factor. With two grids the order is
assumed and the factor is 3; with three the order is observed and the factor is 1.25.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .answer import Answer, solve
from .case_file import LoadedCase

if TYPE_CHECKING:
    from rich.console import Console

RATIO = 1.5
"""Of cells in each direction from grid to grid, rounded up."""
ASSUMED_ORDER = 2.0
"""Of the scheme, see docs/validation.md."""
LEAST_ORDER = 0.5
"""A lower one seen on three grids is not trusted: the grids are too coarse to tell."""
ASSUMED_FACTOR, OBSERVED_FACTOR = 3.0, 1.25
ROUNDING = 1e-9
"""Differences below it, relative to the value, say nothing of the grid."""

HEADLINES = {
    "junction_temperature_max_degC": ("hottest point", "°C"),
    "junction_temperature_mean_degC": ("mean", "°C"),
    "coolant_outlet_degC": ("coolant outlet", "°C"),
    "worst_drop_mV": ("worst voltage drop", "mV"),
    "cold_plate_pressure_drop_kPa": ("cold plate's drop", "kPa"),
}
"""What is looked at: key of the number, name and unit."""


@dataclass(frozen=True)
class GridEstimate:
    """A number on grids that get finer, and where it leads.

    Attributes
    ----------
    value : float
        On the case's own grid.
    finer : tuple of float
        On each finer grid.
    extrapolated : float
        To cells of no size.
    order : float
        With which the error falls.
    order_observed : bool
        Whether the order was seen on three grids or is assumed.
    uncertainty : float
        Grid convergence index of ``value``, in its unit.
    """

    value: float
    finer: tuple[float, ...]
    extrapolated: float
    order: float
    order_observed: bool
    uncertainty: float


@dataclass(frozen=True)
class GridCheck:
    """Headline numbers with their uncertainty from the grid.

    Attributes
    ----------
    unknowns : tuple of int
        Of each grid, the case's own first.
    numbers : dict of key to GridEstimate
    """

    unknowns: tuple[int, ...]
    numbers: dict[str, GridEstimate]

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        numbers = {key: asdict(found) for key, found in self.numbers.items()}
        return {
            "refinement_ratio": RATIO,
            "unknowns": list(self.unknowns),
            "numbers": {key: n | {"finer": list(n["finer"])} for key, n in numbers.items()},
        }


def estimate(
    values: Sequence[float], ratio: float = RATIO, assumed_order: float = ASSUMED_ORDER
) -> GridEstimate:
    """Extrapolate a number from two or three grids.

    With `e1`, `e2` the changes from grid to grid the observed order is ``p = ln(e1/e2) / ln r``, at
    most the assumed one; where it cannot be told (the values swing, or p is below 0.5) the larger
    change is taken with the assumed order and the larger safety factor.

    Parameters
    ----------
    values : two or three numbers
        From the coarsest grid to the finest.
    ratio : float
        Refinement ratio r.
    assumed_order : float

    Returns
    -------
    GridEstimate

    Examples
    --------
    The error falls as h^2 from 0.9: 4/9 of it is left on the second grid.

    >>> found = estimate([10.9, 10.4])
    >>> round(found.extrapolated, 9), round(found.uncertainty, 9)
    (10.0, 2.7)
    >>> found = estimate([10.9, 10.4, 10.4 - 0.5 / 2.25])
    >>> round(found.order, 9), round(found.extrapolated, 9), round(found.uncertainty, 9)
    (2.0, 10.0, 1.125)
    """
    value, *finer = (float(v) for v in values)
    if len(finer) not in (1, 2):
        raise ValueError(f"values: found {len(values)}; those of two or three grids are meant")
    changes = [b - a for a, b in zip([value, *finer], finer, strict=False)]
    order = _observed_order(changes, ratio, abs(value) * ROUNDING) if len(finer) == 2 else None
    if order is None:
        gain = ratio**assumed_order
        change = max(changes, key=abs)
        off = abs(change) * gain / (gain - 1)
        extrapolated = finer[-1] + changes[-1] / (gain - 1)
        return GridEstimate(
            value, tuple(finer), extrapolated, assumed_order, False, ASSUMED_FACTOR * off
        )
    order = min(order, assumed_order)
    extrapolated = finer[-1] + changes[-1] / (ratio**order - 1)
    return GridEstimate(
        value, tuple(finer), extrapolated, order, True, OBSERVED_FACTOR * abs(value - extrapolated)
    )


def _observed_order(changes: Sequence[float], ratio: float, rounding: float) -> float | None:
    first, second = changes
    if min(abs(first), abs(second)) <= rounding or first * second < 0:
        return None
    order = math.log(first / second) / math.log(ratio)
    return order if order >= LEAST_ORDER else None


def refined(case: LoadedCase, times: int = 1) -> LoadedCase:
    """The case with half as many cells again in every direction, so many times.

    A thin sheet in which heat is made stays one plane: its thickness is the device's.
    """
    values: dict[str, int] = {
        "grid.along_x": case.case.grid.along_x,
        "grid.along_y": case.case.grid.along_y,
    }
    for name, layer in case.case.layers.items():
        cells = getattr(layer, "cells", None)
        if cells is not None:
            values[f"layers.{name}.cells"] = cells
    for _ in range(times):
        values = {key: math.ceil(RATIO * cells) for key, cells in values.items()}
    return case.with_values(values)


def check_grid(
    answer: Answer, grids: int = 2, progress: Callable[[int, float], None] | None = None
) -> GridCheck:
    """Solve an answer's case again on finer grids.

    Parameters
    ----------
    answer : Answer
        On the case's own grid.
    grids : int
        2 or 3, the case's own among them; the third has eleven times its unknowns.
    progress : callable, optional
        As of ``solve``.

    Raises
    ------
    CaseError
        When a finer grid is larger than a grid may be.
    """
    if grids not in (2, 3):
        raise ValueError(f"grids: found {grids}; 2 or 3 is meant")
    named = answer.coupled.solver.name
    finer = (solve(refined(answer.loaded, n), progress, named) for n in range(1, grids))
    answers = [answer, *finer]
    found = [headlines(a) for a in answers]
    numbers = {key: estimate([f[key] for f in found]) for key in found[0]}
    return GridCheck(tuple(a.coupled.solver.rise.size for a in answers), numbers)


def headlines(answer: Answer) -> dict[str, float]:
    """The numbers that are looked at, where the case has them."""
    found: Mapping[str, Any] = answer.to_dict()
    if answer.block_drop is not None:
        found = {**found, "worst_drop_mV": 1e3 * float(answer.block_drop.max())}
    return {key: float(found[key]) for key in HEADLINES if key in found}


def print_grid_check(check: GridCheck, console: Console) -> None:
    """Print the check as a table, a number per row."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    finer = ["finer", "finest"][: len(check.unknowns) - 1]
    for name in ("number", "this grid", *finer, "endless grid", "uncertainty", "order"):
        table.add_column(justify="left" if name == "number" else "right", no_wrap=True)
    titles = ("", "this grid", *finer, "endless grid", "uncertainty", "order")
    table.add_row(*(Text(title, style="dim") for title in titles))
    for key, found in check.numbers.items():
        name, unit = HEADLINES[key]
        digits = _digits(found.uncertainty)
        values = [found.value, *found.finer, found.extrapolated]
        order = f"{found.order:.2f}" if found.order_observed else f"{found.order:g} assumed"
        table.add_row(
            Text(f"  {name}, {unit}", style="dim"),
            *(f"{v:.{digits}f}" for v in values),
            f"± {found.uncertainty:.1g}",
            order,
        )
    sizes = ", ".join(f"{n:_}".replace("_", " ") for n in check.unknowns)
    console.print(Text(f"Grids of {sizes} unknowns", style="bold cyan"))
    console.print(table)


def _digits(uncertainty: float) -> int:
    """Decimals that show the uncertainty's first digit; two to four."""
    if uncertainty <= 0:
        return 2
    return min(max(2, 1 - math.floor(math.log10(uncertainty))), 4)
