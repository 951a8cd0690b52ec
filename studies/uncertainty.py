"""Uncertainty of an answer: what the values that are not known make of it.

A tornado, each input alone at its ends, ranks the inputs. A sample of all inputs together gives the
scatter of the results and the chance that the limit is kept. More points of the same sample give
Sobol's indices of the inputs that the tornado ranks first, and of all others as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .build import build
from .case_file import CaseError, LoadedCase
from .coolant_need import FREEZING
from .design_points import Design
from .point_model import Model, full_model
from .sobol_indices import FEWEST_SETS, check_library, saltelli_shares, sobol_indices
from .sweep import Report, sweep
from .uncertain_inputs import UncertainInput
from .uncertainty_answer import (
    CANNOT_BE,
    HOTTEST,
    NO_SOLUTION,
    RANKED,
    RESULTS,
    Sample,
    Swing,
    Uncertainty,
)

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]
BUDGET = "temperature_budget_K"
COUNT, INDICES = 128, 8
OTHERS = "all others"


def uncertainty(
    loaded: LoadedCase,
    inputs: Sequence[UncertainInput],
    *,
    count: int = COUNT,
    indices: int = INDICES,
    seed: int = 0,
    folder: Path | None = None,
    workers: int = 1,
    restart: bool = False,
    model: Model = full_model,
    report: Report | None = None,
    say: Callable[[str], None] = lambda words: None,
) -> Uncertainty:
    """Tornado, sample and Sobol indices of a case.

    Parameters
    ----------
    loaded : LoadedCase
    inputs : sequence of UncertainInput
        From ``uncertain_inputs``.
    count : int
        Points of the sample; a power of two from 4.
    indices : int
        Inputs with an index of their own. The indices take ``count / 2`` points more for each of
        them and for all others together; none with 0.
    seed : int
    folder : Path, optional
        Keeps every point, ``tornado.nc`` and ``sample.nc`` with their journals, from which the same
        call goes on.
    workers, restart, model, report
        As of ``studies.sweep.sweep``.
    say : callable, optional
        Told what is solved next, in words.

    Raises
    ------
    CaseError
        When an input cannot be or the count is no power of two.
    NoSolution
        When the case as it is has no solution.

    Examples
    --------
    >>> from studies import load_case
    >>> from studies.uncertain_inputs import uncertain_inputs
    >>> slab = load_case("slab")
    >>> inputs = uncertain_inputs(slab, ["heat.power=20:30 kW"])
    >>> found = uncertainty(slab, inputs, count=4, indices=0)
    >>> found.swings[0].results["junction_temperature_max_degC"].round(2)
    array([53.73, 70.09])
    """
    check_counts(count, indices)
    if indices:
        check_library()
    base, budget = _base(loaded, model)
    run = _Run(loaded, folder, workers, restart, model, report, tuple(base), tuple(budget))
    say(f"tornado: {sum(len(each.ends) for each in inputs)} points")
    swings = _tornado(run, inputs, base)
    groups = _groups(swings, indices)
    shares = saltelli_shares(groups, count // 2, seed)
    design, place = _design([swing.uncertain for swing in swings], shares, seed)
    say(f"sample: {count} points, and {shares.shape[0] * (shares.shape[1] - 2)} for the indices")
    found = run.solve("sample", design)
    results = {name: found.results[name][place] for name in base}
    whole: NDArray[np.bool_] = np.all(np.isfinite(results[HOTTEST]), axis=1)
    return Uncertainty(
        loaded,
        base,
        budget,
        swings,
        _sample(loaded, design, found, place),
        {name: sobol_indices(groups, values, seed) for name, values in results.items()},
        len(whole),
        int(whole.sum()),
        _limit(loaded),
        seed,
    )


def check_counts(count: int, indices: int) -> None:
    """Refuse a count that a Sobol sequence does not have, or too few for indices.

    Raises
    ------
    CaseError
    """
    if count < 4 or count & (count - 1):
        raise CaseError(f"--count: found {count}; a power of two from 4 is meant, as {COUNT}")
    if indices < 0:
        raise CaseError(f"--indices: found {indices}; 0 or more is meant")
    if indices and count < 2 * FEWEST_SETS:
        raise CaseError(
            f"--count: found {count}; for indices {2 * FEWEST_SETS} or more, or --indices 0, is "
            "meant"
        )


@dataclass(frozen=True)
class _Run:
    """How points are solved, and what is taken of them."""

    loaded: LoadedCase
    folder: Path | None
    workers: int
    restart: bool
    model: Model
    report: Report | None
    names: tuple[str, ...]
    steps: tuple[str, ...]

    def solve(self, name: str, design: Design) -> Sample:
        found = sweep(
            self.loaded,
            design,
            None if self.folder is None else self.folder / f"{name}.nc",
            workers=self.workers,
            restart=self.restart,
            model=self.model,
            report=self.report,
        )
        results = {name: _column(found, name) for name in self.names}
        return Sample(results, self._budget(found), found["reason"].values.tolist())

    def _budget(self, found: xarray.Dataset) -> dict[str, Array]:
        if BUDGET not in found:
            return {step: np.full(found.sizes["point"], np.nan) for step in self.steps}
        inner = found[BUDGET].dims[-1]
        steps = found[BUDGET].reindex({inner: list(self.steps)})
        return {step: steps.sel({inner: step}).values for step in self.steps}


def _column(found: xarray.Dataset, name: str) -> Array:
    """A result of every point, NaN where no point has it."""
    if name not in found:
        return np.full(found.sizes["point"], np.nan)
    values: Array = found[name].values
    return values if values.ndim == 1 else values.max(axis=1)


def _base(loaded: LoadedCase, model: Model) -> tuple[dict[str, float], dict[str, float]]:
    told = model(loaded)(loaded)
    results = {name: float(np.max(told[name])) for name in RESULTS if name in told}
    return results, told.get(BUDGET, {})


def _tornado(run: _Run, inputs: Sequence[UncertainInput], base: dict[str, float]) -> list[Swing]:
    middle = [each.base for each in inputs]
    points = [
        (*middle[:number], value, *middle[number + 1 :])
        for number, each in enumerate(inputs)
        for value in each.ends
    ]
    design = Design("points", tuple(each.axis for each in inputs), points)
    found = run.solve("tornado", design)
    lacks = [_lack(run.loaded, design, found, point) for point in range(len(points))]
    swings, at = [], 0
    for each in inputs:
        own = slice(at, at + len(each.ends))
        results = {name: values[own] for name, values in found.results.items()}
        swings.append(Swing(each, each.ends, results, tuple(lacks[own])))
        at = own.stop
    return sorted(swings, key=lambda swing: -_strength(swing, swings, base))


def _strength(swing: Swing, swings: list[Swing], base: dict[str, float]) -> float:
    """Largest share of the widest swing of a ranked result; infinite where it is not known."""
    if any(swing.lacks):
        return np.inf
    shares = [0.0]
    for name in (name for name in RANKED if name in base):
        widths = [other.width(name, base[name]) for other in swings]
        widest = max((width for width in widths if np.isfinite(width)), default=0.0)
        width = swing.width(name, base[name])
        shares.append(width / widest if widest else width)
    return max(shares)


def _groups(swings: list[Swing], indices: int) -> list[str]:
    """A group for each of the first inputs, one for all others; none of them without indices."""
    if not indices:
        return [""] * len(swings)
    own = [swing.uncertain.path for swing in swings[:indices]]
    return own + [OTHERS] * (len(swings) - len(own))


def _design(
    inputs: list[UncertainInput], shares: Array, seed: int
) -> tuple[Design, NDArray[np.intp]]:
    """The points, each once, and the number of the point at each place of the shares."""
    rows = shares.reshape(-1, len(inputs))
    points = [
        tuple(each.at(float(share)) for each, share in zip(inputs, row, strict=True))
        for row in rows
    ]
    number = {point: n for n, point in enumerate(dict.fromkeys(points))}
    design = Design("sobol", tuple(each.axis for each in inputs), list(number), seed)
    place = np.array([number[point] for point in points]).reshape(shares.shape[:2])
    return design, place


def _sample(loaded: LoadedCase, design: Design, found: Sample, place: NDArray[np.intp]) -> Sample:
    """The first and last point of every set, which are drawn by themselves."""
    ends = place[:, [0, -1]].ravel()
    return Sample(
        {name: values[ends] for name, values in found.results.items()},
        {step: values[ends] for step, values in found.budget.items()},
        [found.reasons[point] for point in ends],
        [_lack(loaded, design, found, int(point)) for point in ends].count(CANNOT_BE),
    )


def _lack(loaded: LoadedCase, design: Design, found: Sample, point: int) -> str:
    """Why a point has no results: no solution, or values that do not go together; or empty."""
    if not found.reasons[point]:
        return ""
    try:
        build(loaded.with_values(design.settings(point)))
    except CaseError:
        return CANNOT_BE
    return NO_SOLUTION


def _limit(loaded: LoadedCase) -> float | None:
    limit = loaded.case.limits.junction_temperature
    return None if limit is None else limit - FREEZING
