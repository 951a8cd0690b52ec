"""The sample of an uncertainty and its indices by a response surface: many points, few solutions.

The nodes of the surface are scattered, not those of a sparse grid: they may leave out points that
cannot be, inputs that do nothing cost next to nothing, and kinks, as of the flow that turns
turbulent, only make it less near. It grows until points that are no part of it, those of the direct
sample, are foretold near enough, or it is given up. Every point that is solved is in the journal of
a sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from .build import build
from .case_file import CaseError, LoadedCase
from .design_points import Design
from .sampled_points import Run, design_of, lack_of, sample_of
from .sampled_surface import MEDIUM, SampledSurface, Solved
from .sobol_indices import Index, saltelli_shares, sobol_indices
from .surface_indices import put_right
from .uncertain_inputs import UncertainInput
from .uncertainty_answer import (
    CANNOT_BE,
    HOTTEST,
    RANKED,
    WANTED,
    WANTED_INTERVAL,
    Answered,
    BySurface,
    Sample,
)

Array = NDArray[np.float64]
Say = Callable[[str], None]
SETS = 4096
FEWEST_NODES, MOST_NODES = 32, 1024
NODES_PER_INPUT = 4
WORST = 0.2
"""Error over the scatter of a result beyond which a surface is not taken: 4 % of the variance are
then not explained."""
TO_FORETELL = 512
"""Sets of points by which it is reckoned how many a direct study would take."""


def answer_by_surface(
    run: Run,
    inputs: list[UncertainInput],
    groups: Sequence[str],
    *,
    count: int,
    sets: int,
    seed: int,
    say: Say,
) -> Answered:
    """Sample and indices of inputs by a surface, or the sample alone where there is none.

    Parameters
    ----------
    run : Run
    inputs : list of UncertainInput
    groups : sequence of str
        Of each input; see ``saltelli_shares``.
    count : int
        Points that are solved to check the surface.
    sets : int
        Of points that the surface answers; a power of two.
    seed : int
    say : callable
        Told in words how the surface comes on.
    """
    shares = saltelli_shares([""] * len(inputs), count // 2, seed)
    say(f"checks: {count} points, by which a surface is measured")
    design, place = design_of(inputs, shares, seed)
    told = run.solve("checks", design)
    checks = _solved(run.loaded, design, told, place, shares)
    surface, refused = _grown(run, inputs, checks, seed, say)
    if refused:
        drawn = saltelli_shares(groups, TO_FORETELL, seed + 1)
        sample = sample_of(run.loaded, design, told, place)
        by = BySurface(
            surface.nodes.possible,
            checks.possible,
            surface.errors(),
            [],
            refused,
            _sets_for(surface, groups, drawn, seed),
        )
        return Answered(sample, {name: [] for name in run.names}, 0, 0, by)
    drawn = saltelli_shares(groups, sets, seed + 1)
    say(f"surface: {drawn.shape[0] * drawn.shape[1]} points")
    surface.fit([name for name in (*run.names, *run.steps) if surface.has(name)])
    return _answered(run, surface, groups, drawn, seed)


def _grown(
    run: Run, inputs: list[UncertainInput], checks: Solved, seed: int, say: Say
) -> tuple[SampledSurface, str]:
    """A surface with nodes enough, and why it is refused, or nothing."""
    ranked = [name for name in RANKED if name in run.names]
    count = max(FEWEST_NODES, 1 << (NODES_PER_INPUT * len(inputs) - 1).bit_length())
    nodes = _nodes(run, inputs, count, seed, count)
    surface = SampledSurface(inputs, checks, nodes, run.steps if _adds_up(nodes, checks) else ())
    while True:
        without = surface.solved.without_solution()
        if not all(map(surface.has, ranked)):
            return surface, without or "too few of the points can be"
        surface.fit(ranked)
        off = max(surface.error(name).share for name in ranked)
        say(f"surface of {count} points: off by {off:.2g} of the scatter at points held out")
        if without:
            return surface, without
        if off <= WANTED or count >= MOST_NODES:
            return surface, _too_far_off(surface, count)
        surface.grow(_nodes(run, inputs, count, seed, 2 * count))
        count *= 2


def _adds_up(*solved: Solved) -> bool:
    """Whether every hottest point has a whole budget."""
    return all(len(each.of(MEDIUM).solved) == len(each.of(HOTTEST).solved) for each in solved)


def _too_far_off(surface: SampledSurface, nodes: int) -> str:
    share = surface.error(HOTTEST).share
    if share <= WORST:
        return ""
    return (
        f"the hottest point is off by {share:.2g} of its standard deviation after {nodes} solved "
        f"points; {WORST:g} is the most"
    )


def _nodes(run: Run, inputs: list[UncertainInput], count: int, seed: int, to: int) -> Solved:
    """So many more, up to a number in all: a Latin hypercube of their own."""
    from scipy.stats import qmc

    drawn = qmc.LatinHypercube(len(inputs), rng=np.random.default_rng([seed, to])).random(count)
    shares = drawn[:, None]
    design, place = design_of(inputs, shares, seed)
    return _solved(run.loaded, design, run.solve(f"nodes-{to}", design), place, shares)


def _solved(
    loaded: LoadedCase, design: Design, told: Sample, place: NDArray[np.intp], shares: Array
) -> Solved:
    at = place.ravel()
    medium = {MEDIUM: told.results[HOTTEST] - sum(told.budget.values())}
    return Solved(
        shares.reshape(-1, shares.shape[-1]),
        {name: values[at] for name, values in (told.results | told.budget | medium).items()},
        [lack_of(loaded, design, told, int(point)) for point in at],
        [told.reasons[point] for point in at],
    )


def _sets_for(
    surface: SampledSurface, groups: Sequence[str], drawn: Array, seed: int
) -> int | None:
    """Sets of points that a direct study would take, as far as the surface tells."""
    if HOTTEST not in surface.names:
        return None
    rows = drawn.reshape(-1, drawn.shape[-1])
    values = surface.of(HOTTEST)(rows).reshape(drawn.shape[:2])
    return direct_sets(sobol_indices(groups, values, seed), len(drawn), WANTED_INTERVAL)


def direct_sets(indices: Sequence[Index], sets: int, interval: float) -> int | None:
    """Sets of points that bring the widest interval of a sample down to one, a power of two.

    It falls with the root of their number.

    Examples
    --------
    >>> direct_sets([Index("fins", 0.5, 0.1, 0.6, 0.2)], 64, 0.05)
    1024
    """
    widest = _widest(indices)
    return 1 << int(np.ceil(np.log2(sets * (widest / interval) ** 2))) if widest else None


def _widest(indices: Sequence[Index]) -> float:
    return max((max(i.first_interval, i.total_interval) for i in indices), default=0.0)


def _answered(
    run: Run, surface: SampledSurface, groups: Sequence[str], drawn: Array, seed: int
) -> Answered:
    """All that the surface says of drawn sets of points."""
    can_be = _CanBe(run.loaded, surface)
    there = can_be(drawn)
    errors = surface.errors()
    direct = [name for name, error in errors.items() if error.share > WORST]
    given = {name: _possible(surface.of(name), can_be) for name in errors if name not in direct}
    values = {name: answer(drawn) for name, answer in given.items()}
    ends = {name: value[:, [0, -1]].ravel() for name, value in values.items()}
    ends |= {name: surface.checks.values[name] for name in direct}
    reasons = ["" if one else CANNOT_BE for one in there[:, [0, -1]].ravel()]
    sample = Sample(
        {name: value for name, value in ends.items() if name in run.names},
        {name: value for name, value in ends.items() if name in run.steps},
        reasons,
        reasons.count(CANNOT_BE),
    )
    of_surface = {n: sobol_indices(groups, v, seed) for n, v in values.items() if n in run.names}
    first = drawn[:, 0][there[:, 0]]
    indices: dict[str, list[Index]] = {name: [] for name in run.names} | {
        name: put_right(groups, found, given[name], first, surface.checks.of(name), seed)
        for name, found in of_surface.items()
    }
    widest = _widest(indices[HOTTEST])
    needed = direct_sets(of_surface[HOTTEST], len(drawn), widest) if widest else None
    nodes, checks = surface.nodes.possible, surface.checks.possible
    by = BySurface(nodes, checks, errors, direct, direct_sets=needed)
    return Answered(sample, indices, len(drawn), int(there.all(axis=1).sum()), by)


class _CanBe:
    """Whether the values of points go together.

    Looked up only where those of some solved point did not, since it takes a millisecond each.
    """

    def __init__(self, loaded: LoadedCase, surface: SampledSurface) -> None:
        self._loaded, self._inputs = loaded, surface.inputs
        self._always = CANNOT_BE not in surface.solved.lacks
        self._known: dict[bytes, NDArray[np.bool_]] = {}

    def __call__(self, shares: Array) -> NDArray[np.bool_]:
        """Of shares, shape (..., inputs); asked again for the same they are not looked up."""
        if self._always:
            return np.ones(shares.shape[:-1], dtype=bool)
        key = shares.tobytes()
        if key not in self._known:
            self._known[key] = self._look_up(shares.reshape(-1, shares.shape[-1]))
        return self._known[key].reshape(shares.shape[:-1])

    def _look_up(self, rows: Array) -> NDArray[np.bool_]:
        design, place = design_of(self._inputs, rows[:, None], 0)
        impossible: list[int] = []
        for point in range(len(design.points)):
            try:
                build(self._loaded.with_values(design.settings(point)))
            except CaseError:
                impossible.append(point)
        return ~np.isin(place.ravel(), impossible)


def _possible(surface: Callable[[Array], Array], can_be: _CanBe) -> Callable[[Array], Array]:
    """A surface that is NaN where points cannot be; of shares, shape (..., inputs)."""

    def answer(shares: Array) -> Array:
        there = can_be(shares)
        found = np.full(there.shape, np.nan)
        found[there] = surface(shares[there])
        return found

    return answer
