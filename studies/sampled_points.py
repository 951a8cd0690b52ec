"""Points of an uncertainty, solved as those of a sweep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .build import build
from .case_file import CaseError, LoadedCase
from .design_points import Design
from .point_model import Model
from .sweep import Report, sweep
from .uncertain_inputs import UncertainInput
from .uncertainty_answer import CANNOT_BE, NO_SOLUTION, Sample

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]
BUDGET = "temperature_budget_K"


@dataclass(frozen=True)
class Run:
    """How points are solved, and what is taken of them.

    Attributes
    ----------
    loaded, folder, workers, restart, model, report
        As of ``studies.uncertainty.uncertainty``.
    names, steps : tuple of str
        Results of the case, and steps of its temperature budget.
    """

    loaded: LoadedCase
    folder: Path | None
    workers: int
    restart: bool
    model: Model
    report: Report | None
    names: tuple[str, ...]
    steps: tuple[str, ...]

    def solve(self, name: str, design: Design) -> Sample:
        """The points of a design, in its order, kept in the folder under a name."""
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


def design_of(
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


def sample_of(loaded: LoadedCase, design: Design, found: Sample, place: NDArray[np.intp]) -> Sample:
    """The first and last point of every set, which are drawn by themselves."""
    ends = place[:, [0, -1]].ravel()
    return Sample(
        {name: values[ends] for name, values in found.results.items()},
        {step: values[ends] for step, values in found.budget.items()},
        [found.reasons[point] for point in ends],
        [lack_of(loaded, design, found, int(point)) for point in ends].count(CANNOT_BE),
    )


def lack_of(loaded: LoadedCase, design: Design, found: Sample, point: int) -> str:
    """Why a point has no results: no solution, or values that do not go together; or empty."""
    if not found.reasons[point]:
        return ""
    try:
        build(loaded.with_values(design.settings(point)))
    except CaseError:
        return CANNOT_BE
    return NO_SOLUTION
