"""How much of the scatter of a result each input makes: Sobol's indices.

Inputs are taken in groups, each of one input or of several. The first-order index is the part of
the variance that knowing the group alone would take away, the total index the part that stays
while only the group is unknown; they differ by what it makes together with others.

I. M. Sobol', Mathematics and Computers in Simulation 55 (2001) 271; the estimators are those of
A. Saltelli et al., Computer Physics Communications 181 (2010) 259, as SALib has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .case_file import CaseError

Array = NDArray[np.float64]
RESAMPLES = 200
"""Of the bootstrap that gives the confidence intervals."""
FEWEST_SETS = 16
IN_SEQUENCE = 10
"""Inputs that follow the Sobol sequence, in twice as many of its dimensions."""
CONSTANT = 1e-9
"""Scatter over size of a result that does not depend on any input but for rounding."""


@dataclass(frozen=True)
class Index:
    """Of one group; the intervals are half the width of the 95 % confidence interval."""

    group: str
    first: float
    first_interval: float
    total: float
    total_interval: float


def check_library() -> None:
    """Refuse, before anything is solved, where SALib is missing.

    Raises
    ------
    CaseError
    """
    try:
        import SALib  # noqa: F401
    except ImportError:
        raise CaseError(
            "--indices: needs SALib; install waferflux[uncertainty], or --indices 0"
        ) from None


def saltelli_shares(groups: Sequence[str], sets: int, seed: int) -> Array:
    """Points for the estimators.

    The first inputs follow a scrambled Sobol sequence, those after them a Latin hypercube: in many
    dimensions a few points of the sequence leave some pairs of inputs correlated.

    Parameters
    ----------
    groups : sequence of str
        Of each input, the most important first; empty names make no rows of their own, those
        inputs are only varied.
    sets : int
        A power of two.
    seed : int

    Returns
    -------
    ndarray, shape (sets, number of groups + 2, number of inputs)
        Shares from 0 to below 1. The first and the last of a set are two points of their own; each
        between them is the first with one group's inputs of the last.

    Examples
    --------
    >>> saltelli_shares(["fins", "contact", "contact"], sets=4, seed=0).shape
    (4, 4, 3)
    """
    from scipy.stats import qmc

    random = np.random.default_rng(seed)
    leading = min(len(groups), IN_SEQUENCE)
    both = qmc.Sobol(2 * leading, rng=random).random(sets)
    if leading < len(groups):
        rest = qmc.LatinHypercube(2 * (len(groups) - leading), rng=random).random(sets)
        both = np.hstack([both, rest])
    first, last = both[:, ::2], both[:, 1::2]
    mixed = [np.where([g == name for g in groups], last, first) for name in _names(groups)]
    return np.stack([first, *mixed, last], axis=1)


def sobol_indices(groups: Sequence[str], results: Array, seed: int) -> list[Index]:
    """The indices of each group, in the order in which the groups come first.

    Parameters
    ----------
    groups : sequence of str
        As in ``saltelli_shares``.
    results : ndarray, shape (sets, number of groups + 2)
        At its points; a set in which one is NaN is left out.
    seed : int
        Of the bootstrap.

    Returns
    -------
    list of Index
        Empty where the result does not vary or too few sets are whole.
    """
    names = _names(groups)
    whole = results[np.isfinite(results).all(axis=1)]
    if not names or len(whole) < FEWEST_SETS:
        return []
    if np.ptp(whole) <= CONSTANT * np.abs(whole).max():
        return []
    from SALib.analyze import sobol

    found = sobol.analyze(
        {"num_vars": len(names), "names": names},
        whole.ravel(),
        calc_second_order=False,
        num_resamples=RESAMPLES,
        seed=seed + 1,  # nought would be none
    )
    columns = (found[key].tolist() for key in ("S1", "S1_conf", "ST", "ST_conf"))
    return [Index(*row) for row in zip(names, *columns, strict=True)]


def _names(groups: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name for name in groups if name))
