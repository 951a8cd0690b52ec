"""The sample of an uncertainty and its indices by a response surface: many points, few solutions.

The surface is ``kriging`` over the shares of the inputs' values, each from 0 to 1, so that ranges,
distributions and lists are alike. Its nodes are scattered, not those of a sparse grid: they may
leave out points that cannot be, inputs that do nothing cost nothing, and kinks, as of the flow that
turns turbulent, only make it less near. It grows until points that are no part of it, those of the
direct sample, are foretold near enough, or it is given up. Every point that is solved is in the
journal of a sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .build import build
from .case_file import CaseError, LoadedCase
from .design_points import Design
from .kriging import Kriging, krige
from .sampled_points import Run, design_of, lack_of, sample_of
from .sobol_indices import CONSTANT, Index, saltelli_shares, sobol_indices
from .surface_indices import Checks, put_right
from .uncertain_inputs import UncertainInput
from .uncertainty_answer import (
    CANNOT_BE,
    HOTTEST,
    NO_SOLUTION,
    RANKED,
    WANTED,
    WANTED_INTERVAL,
    Answered,
    BySurface,
    Sample,
    SurfaceError,
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


@dataclass
class _Solved:
    """Points that are solved: shares, results and steps by name, and why some have none."""

    shares: Array
    values: dict[str, Array]
    lacks: list[str]
    reasons: list[str]

    def of(self, name: str) -> Checks:
        """Those that have a result."""
        there = np.isfinite(self.values[name])
        return Checks(self.shares[there], self.values[name][there])

    def joined(self, other: _Solved) -> _Solved:
        """With more of them."""
        return _Solved(
            np.concatenate([self.shares, other.shares]),
            {name: np.concatenate([v, other.values[name]]) for name, v in self.values.items()},
            self.lacks + other.lacks,
            self.reasons + other.reasons,
        )


@dataclass
class _Surface:
    """A surface for each result, grown by nodes."""

    inputs: list[UncertainInput]
    checks: _Solved
    nodes: _Solved | None = None
    parts: dict[str, Kriging] = field(default_factory=dict)

    @property
    def solved(self) -> _Solved:
        """Checks and nodes."""
        return self.checks if self.nodes is None else self.checks.joined(self.nodes)

    def fit(self, names: Sequence[str]) -> None:
        """Anew, from all nodes."""
        assert self.nodes is not None
        for name in names:
            nodes = self.nodes.of(name)
            self.parts[name] = krige(places_of(self.inputs, nodes.shares), nodes.solved)

    def of(self, name: str) -> Callable[[Array], Array]:
        """From shares to a result."""
        return lambda shares: self.parts[name](places_of(self.inputs, shares))

    def error(self, name: str) -> SurfaceError:
        """At the checks."""
        checks = self.checks.of(name)
        off = checks.solved - self.of(name)(checks.shares)
        size, scatter = max(1.0, np.abs(checks.solved).max()), float(np.std(checks.solved))
        rms = float(np.sqrt(np.mean(off**2)))
        varies = np.ptp(checks.solved) > CONSTANT * size
        share = rms / scatter if varies else 0.0
        return SurfaceError(rms, float(np.abs(off).max()), float(off.mean()), share)


def places_of(inputs: Sequence[UncertainInput], shares: Array) -> Array:
    """Where points are for a surface: ranges by their shares, each value of a list its own axis.

    Parameters
    ----------
    inputs : sequence of UncertainInput
    shares : ndarray, shape (n, inputs)
    """
    columns = []
    for each, share in zip(inputs, shares.T, strict=True):
        if each.axis.span is None:
            count = len(each.axis.values)
            columns.append((share[:, None] * count).astype(int) == np.arange(count))
        else:
            columns.append(share[:, None])
    return np.hstack(columns).astype(float)


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
    """Sample and indices of inputs by a surface.

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
    say(f"sample: {count} points, by which a surface is checked")
    design, place = design_of(inputs, shares, seed)
    told = run.solve("sample", design)
    surface = _Surface(inputs, _solved(run.loaded, design, told, place, shares))
    refused = _grow(run, surface, seed, say)
    drawn = saltelli_shares(groups, TO_FORETELL if refused else sets, seed + 1)
    if refused:
        needed = _sets_for(surface, groups, drawn, seed)
        by = BySurface(*_counts(surface), _errors(surface), list(run.names), refused, needed)
        sample = sample_of(run.loaded, design, told, place)
        return Answered(sample, {name: [] for name in run.names}, 0, 0, by)
    say(f"surface: {drawn.shape[0] * drawn.shape[1]} points")
    surface.fit([name for name in (*run.names, *run.steps) if _has(surface, name)])
    return _answered(run, surface, groups, drawn, seed)


def _grow(run: Run, surface: _Surface, seed: int, say: Say) -> str:
    """Solve nodes until the surface is near enough; gives why it cannot be, or nothing."""
    ranked = [name for name in RANKED if name in run.names]
    fewest = NODES_PER_INPUT * len(surface.inputs)
    nodes = max(FEWEST_NODES, 1 << (fewest - 1).bit_length())
    have = 0
    while True:
        more = _nodes(run, surface.inputs, nodes - have, seed, nodes)
        surface.nodes = more if surface.nodes is None else surface.nodes.joined(more)
        have = nodes
        without = _without_solution(surface)
        if not all(_has(surface, name) for name in ranked):
            return without or "too few points can be"
        surface.fit(ranked)
        off = max(surface.error(name).share for name in ranked)
        say(f"surface of {have} points: off by {off:.2g} of the scatter at points held out")
        if without:
            return without
        if off <= WANTED or nodes >= MOST_NODES:
            hottest = surface.error(HOTTEST).share
            return _too_far_off(hottest, have) if hottest > WORST else ""
        nodes *= 2


def _too_far_off(share: float, nodes: int) -> str:
    return (
        f"the hottest point is off by {share:.2g} of its standard deviation after {nodes} solved "
        f"points; {WORST:g} is the most"
    )


def _without_solution(surface: _Surface) -> str:
    """Why some solved points have no solution, in words; a surface cannot follow that."""
    solved = surface.solved
    pairs = zip(solved.lacks, solved.reasons, strict=True)
    reasons = [reason for lack, reason in pairs if lack == NO_SOLUTION]
    if not reasons:
        return ""
    return f"{len(reasons)} of {len(solved.lacks)} solved points have no solution ({reasons[0]})"


def _nodes(run: Run, inputs: list[UncertainInput], count: int, seed: int, to: int) -> _Solved:
    """So many more, a Latin hypercube of their own."""
    from scipy.stats import qmc

    drawn = qmc.LatinHypercube(len(inputs), rng=np.random.default_rng([seed, to])).random(count)
    shares = drawn[:, None]
    design, place = design_of(inputs, shares, seed)
    return _solved(run.loaded, design, run.solve(f"nodes-{to}", design), place, shares)


def _solved(
    loaded: LoadedCase, design: Design, told: Sample, place: NDArray[np.intp], shares: Array
) -> _Solved:
    at = place.ravel()
    return _Solved(
        shares.reshape(-1, shares.shape[-1]),
        {name: values[at] for name, values in (told.results | told.budget).items()},
        [lack_of(loaded, design, told, int(point)) for point in at],
        [told.reasons[point] for point in at],
    )


def _has(surface: _Surface, name: str) -> bool:
    """Whether a result is there often enough."""
    assert surface.nodes is not None
    there = (len(each.of(name).solved) for each in (surface.nodes, surface.checks))
    return min(there) >= 2


def _counts(surface: _Surface) -> tuple[int, int]:
    """Nodes and checks that can be."""
    assert surface.nodes is not None
    each = (surface.nodes, surface.checks)
    nodes, checks = (len(solved.lacks) - solved.lacks.count(CANNOT_BE) for solved in each)
    return nodes, checks


def _errors(surface: _Surface) -> dict[str, SurfaceError]:
    return {name: surface.error(name) for name in surface.parts}


def _sets_for(surface: _Surface, groups: Sequence[str], drawn: Array, seed: int) -> int | None:
    """Sets of points that a direct study would take, as far as the surface tells."""
    if HOTTEST not in surface.parts:
        return None
    rows = drawn.reshape(-1, drawn.shape[-1])
    values = surface.of(HOTTEST)(rows).reshape(drawn.shape[:2])
    return _direct_sets(sobol_indices(groups, values, seed), len(drawn), WANTED_INTERVAL)


def _direct_sets(indices: Sequence[Index], sets: int, interval: float) -> int | None:
    """Sets that make the widest interval of a sample so narrow; it falls with their root."""
    widest = max((max(i.first_interval, i.total_interval) for i in indices), default=0.0)
    needed = sets * (widest / interval) ** 2
    return 1 << max(0, int(np.ceil(np.log2(needed)))) if needed > 0 else None


def _answered(
    run: Run, surface: _Surface, groups: Sequence[str], drawn: Array, seed: int
) -> Answered:
    """All that the surface says of drawn sets of points.

    Whether their values go together is looked up where those of a solved point did not.
    """
    can_be = np.ones(drawn.shape[:2], dtype=bool)
    if CANNOT_BE in surface.solved.lacks:
        can_be = _can_be(run.loaded, surface.inputs, drawn)
    errors = _errors(surface)
    direct = [name for name, error in errors.items() if error.share > WORST]
    results: dict[str, Array] = {}
    budget: dict[str, Array] = {}
    indices: dict[str, list[Index]] = {name: [] for name in run.names}
    needed = None
    for name in surface.parts:
        kept = results if name in run.names else budget
        if name in direct:
            kept[name] = surface.checks.values[name]
            continue
        wanted, there = (
            (drawn, can_be) if kept is results else (drawn[:, [0, -1]], can_be[:, [0, -1]])
        )
        values = np.full(there.shape, np.nan)
        values[there] = surface.of(name)(wanted[there])
        kept[name] = values[:, [0, -1]].ravel()
        if kept is results:
            of_surface = sobol_indices(groups, values, seed)
            independent = drawn[:, 0][can_be[:, 0]]
            found = put_right(
                groups, of_surface, surface.of(name), independent, surface.checks.of(name), seed
            )
            indices[name] = found
            if name == HOTTEST and found:
                widest = max(max(i.first_interval, i.total_interval) for i in found)
                needed = _direct_sets(of_surface, len(drawn), widest)
    ends = can_be[:, [0, -1]].ravel()
    reasons = ["" if there else CANNOT_BE for there in ends]
    by = BySurface(*_counts(surface), errors, direct, "", needed)
    sample = Sample(results, budget, reasons, int(np.sum(~ends)))
    return Answered(sample, indices, len(drawn), int(can_be.all(axis=1).sum()), by)


def _can_be(loaded: LoadedCase, inputs: list[UncertainInput], drawn: Array) -> NDArray[np.bool_]:
    """Which points have values that go together, shape (sets, points of a set)."""
    design, place = design_of(list(inputs), drawn, 0)
    found = np.ones(len(design.points), dtype=bool)
    for point in range(len(design.points)):
        try:
            build(loaded.with_values(design.settings(point)))
        except CaseError:
            found[point] = False
    return found[place]
