"""What an uncertainty comes to: what each input moves, the sample of all together, the indices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .case_file import LoadedCase
from .design_points import Coordinate
from .scatter import Chance, chance
from .sobol_indices import Index
from .uncertain_inputs import UncertainInput

Array = NDArray[np.float64]
HOTTEST, DROP = "junction_temperature_max_degC", "block_drop_mV"
RANKED = (HOTTEST, DROP)
RESULTS = {
    HOTTEST: "hottest point",
    DROP: "worst drop",
    "coolant_flow_L_min_per_kW": "flow per wafer kW",
    "coolant_flow_L_min_per_input_kW": "flow per wall kW",
    "pump_power_W": "pump power",
    "input_power_W": "power from the wall",
}
"""Keys of ``solve --json`` with their words; of what is per block the largest."""
NO_SOLUTION, CANNOT_BE = "no solution", "cannot be with the rest"
SILENT = 1e-9
"""Share of a result below which an input moves nothing."""

WANTED = 0.1
"""Error of a surface over the scatter of a result from which it need not grow."""
WANTED_INTERVAL = 0.05
"""Of indices."""


@dataclass(frozen=True)
class Swing:
    """What one input alone moves.

    Attributes
    ----------
    uncertain : UncertainInput
    at : tuple of Coordinate
        The ends of its range, or the other values of its list.
    results : dict of str to ndarray
        By key, at each of them; NaN where there is none.
    lacks : tuple of {"", NO_SOLUTION, CANNOT_BE}
        Of each of them, why it has no results.
    """

    uncertain: UncertainInput
    at: tuple[Coordinate, ...]
    results: dict[str, Array]
    lacks: tuple[str, ...]

    def span(self, name: str, base: float) -> tuple[float, float]:
        """Least and most of a result, the base among them, of the ends with a solution."""
        values = np.append(self.results[name], base)
        return float(np.nanmin(values)), float(np.nanmax(values))

    def lack_lines(self) -> list[str]:
        """Ends without results, in words."""
        unit = f" {self.uncertain.axis.unit}" if self.uncertain.axis.unit else ""
        ends = zip(self.at, self.lacks, strict=True)
        return [f"at {at}{unit}: {lack}" for at, lack in ends if lack]

    def width(self, name: str, base: float) -> float:
        """From the least to the most of a result, infinite where an end has no solution."""
        least, most = self.span(name, base)
        return np.inf if NO_SOLUTION in self.lacks else most - least


@dataclass(frozen=True)
class Sample:
    """All inputs together; see ``saltelli_shares``.

    Attributes
    ----------
    results, budget : dict of str to ndarray, shape (points,)
        By key, and by step of the temperature budget; NaN where there is no solution.
    reasons : list of str
        Empty where a point is solved.
    impossible : int
        Points whose values cannot be together, as channels wider than their pitch.
    """

    results: dict[str, Array]
    budget: dict[str, Array]
    reasons: list[str]
    impossible: int = 0

    @property
    def without_solution(self) -> int:
        """Points that can be but have no solution, as of thermal runaway."""
        return sum(map(bool, self.reasons)) - self.impossible


@dataclass(frozen=True)
class SurfaceError:
    """How far off a surface is at points that were solved and are no part of it.

    Attributes
    ----------
    root_mean_square, largest : float
        In the unit of the result.
    mean : float
        Of the solved values less those of the surface.
    share : float
        The root mean square over the result's standard deviation.
    """

    root_mean_square: float
    largest: float
    mean: float
    share: float


@dataclass(frozen=True)
class BySurface:
    """How a response surface answered the sample, or why it did not.

    Attributes
    ----------
    nodes, checks : int
        Points that were solved for the surface, and others by which its error is measured.
    errors : dict of str to SurfaceError
        By result and by step of the budget, of the checks.
    direct : list of str
        Of those, the ones in which the surface is too far off: they are of the checks alone.
    refused : str
        Why there is no surface at all; all results are then of the checks. Empty where there is.
    direct_sets : int or None
        Sets of points that the same intervals of the indices of the hottest point would take
        without a surface, about; for an interval of 0.05 where it is refused.
    """

    nodes: int
    checks: int
    errors: dict[str, SurfaceError]
    direct: list[str]
    refused: str = ""
    direct_sets: int | None = None

    def under(self, limit: float, hottest: Array, points: int) -> Chance:
        """Chance that the limit is kept.

        Points as near to the limit as the surface has been off at most count both ways; and that
        all of the solved points have a solution leaves a chance that others have none.
        """
        off = self.errors[HOTTEST].largest
        fewest, found, most = (int(np.sum(hottest <= limit + by)) for by in (-off, 0.0, off))
        solved = self.nodes + self.checks
        low = chance(fewest, points).low * chance(solved, solved).low
        return Chance(found, points, found / points, low, chance(most, points).high)


@dataclass(frozen=True)
class Answered:
    """A sample and its indices, solved or answered by a surface.

    Attributes
    ----------
    sample : Sample
    indices : dict of str to list of Index
    sets, whole_sets : int
        Sets of points for the indices, and those of which every point has an answer.
    surface : BySurface or None
    """

    sample: Sample
    indices: dict[str, list[Index]]
    sets: int
    whole_sets: int
    surface: BySurface | None = None


@dataclass(frozen=True)
class Uncertainty:
    """What the unknown inputs make of a case.

    Attributes
    ----------
    loaded : LoadedCase
    base, base_budget : dict of str to float
        Results and temperature budget of the case as it is.
    swings : list of Swing
        The strongest first.
    sample : Sample
    indices : dict of str to list of Index
        By result; of those that do not vary, or without enough points, empty.
    sets, whole_sets : int
        Sets of points for the indices, and those of which every point has a solution.
    limit : float or None
        Of the hottest point [degC].
    seed : int
    surface : BySurface or None
        Where one was asked for.
    """

    loaded: LoadedCase
    base: dict[str, float]
    base_budget: dict[str, float]
    swings: list[Swing]
    sample: Sample
    indices: dict[str, list[Index]]
    sets: int
    whole_sets: int
    limit: float | None
    seed: int
    surface: BySurface | None = None

    @property
    def under_limit(self) -> Chance | None:
        """Of the points that can be, those at or under the limit; one without a solution is not."""
        points = len(self.sample.reasons) - self.sample.impossible
        if self.limit is None or not points:
            return None
        if self.surface is not None and not self.surface.refused:
            return self.surface.under(self.limit, self.sample.results[HOTTEST], points)
        return chance(int(np.sum(self.sample.results[HOTTEST] <= self.limit)), points)

    def ranked(self, name: str) -> list[Swing]:
        """Inputs that move a result, the strongest first."""
        base = self.base[name]
        moving = [s for s in self.swings if s.width(name, base) > SILENT * abs(base)]
        return sorted(moving, key=lambda swing: -swing.width(name, base))
