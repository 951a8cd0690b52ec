"""Surfaces of a sample: one for each result, through solved points, and checked by others.

A surface is ``kriging`` over the shares of the inputs' values, each from 0 to 1, so that ranges,
distributions and lists are alike. That of the hottest point is the sum of those of the steps of its
budget, which are simpler each: so it is nearer, and the budget adds up at every point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .kriging import Kriging, krige
from .sobol_indices import CONSTANT
from .surface_indices import Checks
from .uncertain_inputs import UncertainInput
from .uncertainty_answer import CANNOT_BE, HOTTEST, NO_SOLUTION, SurfaceError

Array = NDArray[np.float64]
MEDIUM = "medium"
"""What the steps of the budget leave of the hottest point."""


@dataclass(frozen=True)
class Solved:
    """Points that are solved.

    Attributes
    ----------
    shares : ndarray, shape (points, inputs)
        See ``saltelli_shares``.
    values : dict of str to ndarray, shape (points,)
        By result and by step of the budget; NaN where there is none.
    lacks, reasons : list of str
        Why a point has none; see ``lack_of``.
    """

    shares: Array
    values: dict[str, Array]
    lacks: list[str]
    reasons: list[str]

    def of(self, name: str) -> Checks:
        """Those that have a result."""
        there = np.isfinite(self.values[name])
        return Checks(self.shares[there], self.values[name][there])

    def joined(self, other: Solved) -> Solved:
        """With more of them."""
        return Solved(
            np.concatenate([self.shares, other.shares]),
            {name: np.concatenate([v, other.values[name]]) for name, v in self.values.items()},
            self.lacks + other.lacks,
            self.reasons + other.reasons,
        )

    @property
    def possible(self) -> int:
        """Points whose values go together."""
        return len(self.lacks) - self.lacks.count(CANNOT_BE)

    def without_solution(self) -> str:
        """How many points that can be have no solution, in words; empty where all have."""
        pairs = zip(self.lacks, self.reasons, strict=True)
        reasons = [reason for lack, reason in pairs if lack == NO_SOLUTION]
        if not reasons:
            return ""
        return f"{len(reasons)} of {self.possible} solved points have no solution ({reasons[0]})"


@dataclass
class SampledSurface:
    """Surfaces that grow by nodes.

    Attributes
    ----------
    inputs : list of UncertainInput
    checks, nodes : Solved
        Points by which the error is measured, and those that the surfaces go through.
    steps : tuple of str
        Of the budget of the hottest point.
    parts : dict of str to Kriging
        Surfaces through the nodes as they are.
    names : list of str
        Results and steps that they give.
    """

    inputs: list[UncertainInput]
    checks: Solved
    nodes: Solved
    steps: tuple[str, ...]
    parts: dict[str, Kriging] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    @property
    def solved(self) -> Solved:
        """Nodes and checks."""
        return self.nodes.joined(self.checks)

    def grow(self, more: Solved) -> None:
        """Take more nodes; what was fitted is forgotten."""
        self.nodes = self.nodes.joined(more)
        self.parts, self.names = {}, []

    def has(self, name: str) -> bool:
        """Whether solved points have a result, so that there is something to fit and to check."""
        return min(len(each.of(name).solved) for each in (self.nodes, self.checks)) >= 2

    def fit(self, names: Sequence[str]) -> None:
        """Make what is not there yet of some results or steps."""
        for part in (part for name in names for part in self._parts_of(name)):
            if part not in self.parts:
                nodes = self.nodes.of(part)
                self.parts[part] = krige(places_of(self.inputs, nodes.shares), nodes.solved)
        self.names = list(dict.fromkeys([*self.names, *names]))

    def _parts_of(self, name: str) -> tuple[str, ...]:
        return (MEDIUM, *self.steps) if name == HOTTEST and self.steps else (name,)

    def of(self, name: str) -> Callable[[Array], Array]:
        """From shares, shape (n, inputs), to a result."""

        def answer(shares: Array) -> Array:
            places = places_of(self.inputs, shares)
            found: Array = np.sum([self.parts[p](places) for p in self._parts_of(name)], axis=0)
            return found

        return answer

    def error(self, name: str) -> SurfaceError:
        """At the checks."""
        checks = self.checks.of(name)
        off = checks.solved - self.of(name)(checks.shares)
        rms, scatter = float(np.sqrt(np.mean(off**2))), float(np.std(checks.solved))
        varies = np.ptp(checks.solved) > CONSTANT * max(1.0, np.abs(checks.solved).max())
        share = rms / scatter if varies else 0.0
        return SurfaceError(rms, float(np.abs(off).max()), float(off.mean()), share)

    def errors(self) -> dict[str, SurfaceError]:
        """Of every result that has been fitted."""
        return {name: self.error(name) for name in self.names}


def places_of(inputs: Sequence[UncertainInput], shares: Array) -> Array:
    """Where points are for a surface: ranges by their shares, each value of a list its own axis.

    Parameters
    ----------
    inputs : sequence of UncertainInput
    shares : ndarray, shape (n, inputs)

    Examples
    --------
    >>> from studies import load_case
    >>> from studies.uncertain_inputs import uncertain_inputs
    >>> inputs = uncertain_inputs(load_case("slab"), ["heat.power=20:30 kW", "heat.at=a,b"])
    >>> places_of(inputs, np.array([[0.25, 0.75]]))
    array([[0.25, 0.  , 1.  ]])
    """
    columns = []
    for each, share in zip(inputs, shares.T, strict=True):
        if each.axis.span is None:
            count = len(each.axis.values)
            columns.append((share[:, None] * count).astype(int) == np.arange(count))
        else:
            columns.append(share[:, None])
    return np.hstack(columns).astype(float)
