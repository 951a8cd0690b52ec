"""Uncertainty of an answer: what the values that are not known make of it.

A tornado, each input alone at its ends, ranks the inputs. A sample of all inputs together gives the
scatter of the results and the chance that the limit is kept. More points of the same sample give
Sobol's indices of the inputs that the tornado ranks first, and of all others as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .case_file import CaseError, LoadedCase
from .coolant_need import FREEZING
from .design_points import Design
from .point_model import Model, full_model
from .sampled_points import BUDGET, Run, design_of, lack_of, sample_of
from .sobol_indices import FEWEST_SETS, check_library, saltelli_shares, sobol_indices
from .sweep import Report
from .uncertain_inputs import UncertainInput
from .uncertainty_answer import HOTTEST, RANKED, RESULTS, Answered, Swing, Uncertainty
from .uncertainty_surface import SETS, answer_by_surface

COUNT, INDICES = 128, 8
FEWEST_CHECKS = 16
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
    by_surface: bool = False,
    sets: int = SETS,
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
        call goes on; for a surface ``checks.nc`` and ``nodes-256.nc``, ... in place of the sample.
    workers, restart, model, report
        As of ``studies.sweep.sweep``.
    by_surface : bool
        Answer the sample and the points for the indices by a response surface, which the points of
        a sample of ``count`` check; see ``uncertainty_surface``.
    sets : int
        Of points that the surface answers, as many for each index; a power of two.
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
    check_counts(count, indices, by_surface)
    check_sets(sets)
    if indices:
        check_library()
    base, budget = _base(loaded, model)
    run = Run(loaded, folder, workers, restart, model, report, tuple(base), tuple(budget))
    say(f"tornado: {sum(len(each.ends) for each in inputs)} points")
    swings = _tornado(run, inputs, base)
    groups = _groups(swings, indices)
    ranked = [swing.uncertain for swing in swings]
    if by_surface:
        answered = answer_by_surface(
            run, ranked, groups, count=count, sets=sets, seed=seed, say=say
        )
    else:
        answered = _answer_directly(run, ranked, groups, count, seed, say)
    return Uncertainty(
        loaded,
        base,
        budget,
        swings,
        answered.sample,
        answered.indices,
        answered.sets,
        answered.whole_sets,
        _limit(loaded),
        seed,
        answered.surface,
    )


def _answer_directly(
    run: Run,
    inputs: list[UncertainInput],
    groups: list[str],
    count: int,
    seed: int,
    say: Callable[[str], None],
) -> Answered:
    """Every point of the sample and for the indices solved."""
    shares = saltelli_shares(groups, count // 2, seed)
    design, place = design_of(inputs, shares, seed)
    say(f"sample: {count} points, and {shares.shape[0] * (shares.shape[1] - 2)} for the indices")
    found = run.solve("sample", design)
    results = {name: found.results[name][place] for name in run.names}
    whole: NDArray[np.bool_] = np.all(np.isfinite(results[HOTTEST]), axis=1)
    return Answered(
        sample_of(run.loaded, design, found, place),
        {name: sobol_indices(groups, values, seed) for name, values in results.items()},
        len(whole),
        int(whole.sum()),
    )


def check_counts(count: int, indices: int, by_surface: bool = False) -> None:
    """Refuse a count that a Sobol sequence does not have, or too few for indices.

    Raises
    ------
    CaseError
    """
    if count < 4 or count & (count - 1):
        raise CaseError(f"--count: found {count}; a power of two from 4 is meant, as {COUNT}")
    if indices < 0:
        raise CaseError(f"--indices: found {indices}; 0 or more is meant")
    if by_surface and count < FEWEST_CHECKS:
        raise CaseError(
            f"--count: found {count}; with --surface {FEWEST_CHECKS} or more is meant, which check "
            "it"
        )
    if indices and count < 2 * FEWEST_SETS and not by_surface:
        raise CaseError(
            f"--count: found {count}; for indices {2 * FEWEST_SETS} or more, or --indices 0, is "
            "meant"
        )


def check_sets(sets: int) -> None:
    """Refuse a number of sets that a Sobol sequence does not have.

    Raises
    ------
    CaseError
    """
    if sets < FEWEST_SETS or sets & (sets - 1):
        raise CaseError(f"--sets: found {sets}; a power of two from {FEWEST_SETS} is meant")


def _base(loaded: LoadedCase, model: Model) -> tuple[dict[str, float], dict[str, float]]:
    told = model(loaded)(loaded)
    results = {name: float(np.max(told[name])) for name in RESULTS if name in told}
    return results, told.get(BUDGET, {})


def _tornado(run: Run, inputs: Sequence[UncertainInput], base: dict[str, float]) -> list[Swing]:
    middle = [each.base for each in inputs]
    points = [
        (*middle[:number], value, *middle[number + 1 :])
        for number, each in enumerate(inputs)
        for value in each.ends
    ]
    design = Design("points", tuple(each.axis for each in inputs), points)
    found = run.solve("tornado", design)
    lacks = [lack_of(run.loaded, design, found, point) for point in range(len(points))]
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


def _limit(loaded: LoadedCase) -> float | None:
    limit = loaded.case.limits.junction_temperature
    return None if limit is None else limit - FREEZING
