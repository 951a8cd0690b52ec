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

    @property
    def under_limit(self) -> Chance | None:
        """Of the points that can be, those at or under the limit; one without a solution is not."""
        points = len(self.sample.reasons) - self.sample.impossible
        if self.limit is None or not points:
            return None
        return chance(int(np.sum(self.sample.results[HOTTEST] <= self.limit)), points)

    def ranked(self, name: str) -> list[Swing]:
        """Inputs that move a result, the strongest first."""
        base = self.base[name]
        moving = [s for s in self.swings if s.width(name, base) > SILENT * abs(base)]
        return sorted(moving, key=lambda swing: -swing.width(name, base))
