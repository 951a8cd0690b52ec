"""A boiling cold plate: the case's flow, the least flow that is safe, and what to be wary of."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from geometry.errors import DriedOut, NoSolution
from thermal.two_phase_plate import Film

from .case_file import CaseError, LoadedCase
from .two_phase_case import TwoPhase
from .two_phase_plate import Plate, TwoPhaseState

FLOW_DOUBLINGS = 12
"""Up and down from the case's flow, in search of the least."""
FLOW_PRECISION = 1e-4
"""Of the least flow, relative."""
OTHER_FILM: dict[Film, Film] = {
    "Kim and Mudawar 2013": "Li and Wu 2010",
    "Li and Wu 2010": "Kim and Mudawar 2013",
}


@dataclass(frozen=True)
class TwoPhaseAnswer:
    """A case's boiling plate.

    Attributes
    ----------
    loaded : LoadedCase
    state : TwoPhaseState
        At the case's flow.
    least : TwoPhaseState or None
        At the least flow that keeps margin, quality and a wet wall; None if there is none.
    bound : str
        What keeps the flow from being less.
    second_opinion : float
        Hottest junction with the other correlation of the film [K].
    warnings : list of str
    """

    loaded: LoadedCase
    state: TwoPhaseState
    least: TwoPhaseState | None
    bound: str
    second_opinion: float
    warnings: list[str]


def solve_two_phase(
    loaded: LoadedCase, progress: Callable[[str], None] = lambda words: None
) -> TwoPhaseAnswer:
    """Solve a case with a ``[two_phase]`` section.

    Raises
    ------
    CaseError
        When there is no such section, or a state is outside the refrigerant's table.
    NoSolution
        ``DriedOut`` or ``ChokedFlow`` where the case's flow cannot take the heat.
    """
    settings = loaded.case.two_phase
    if settings is None:
        raise CaseError(f"{loaded.name}: two_phase: missing; what boils is meant")
    plate = Plate(loaded)
    state = plate.at(settings)
    least, bound = _least_flow(plate, settings, progress)
    other = plate.at(replace(settings, film=OTHER_FILM[settings.film])).hottest
    return TwoPhaseAnswer(loaded, state, least, bound, other, _warnings(plate, state))


def _least_flow(
    plate: Plate, settings: TwoPhase, progress: Callable[[str], None]
) -> tuple[TwoPhaseState | None, str]:
    """State at the least flow that keeps all, and what binds it; bisection on the logarithm."""

    def passed(flow: float) -> list[str]:
        progress(f"least flow: trying {6e4 * flow:.4g} L/min")
        try:
            return plate.at(replace(settings, flow=flow)).passed
        except NoSolution as error:
            return ["dryout, all is vapour" if isinstance(error, DriedOut) else "choking"]

    low = high = settings.flow
    bound = passed(high)
    for _ in range(FLOW_DOUBLINGS):
        if not bound:
            break
        low, high = high, 2 * high
        found = passed(high)
        if not found:
            break
        bound = found
    else:
        return None, bound[0]
    for _ in range(FLOW_DOUBLINGS):
        if low < high:
            break
        if found := passed(high / 2):
            low, bound = high / 2, found
        else:
            high = low = high / 2
    while high / low > 1 + FLOW_PRECISION:
        middle = math.sqrt(low * high)
        if found := passed(middle):
            low, bound = middle, found
        else:
            high = middle
    return plate.at(replace(settings, flow=high)), " and ".join(bound)


def _warnings(plate: Plate, state: TwoPhaseState) -> list[str]:
    """What a reader must know before the numbers."""
    found = [f"{words} is not kept" for words in state.passed]
    if not state.is_wet:
        dry = next(path for path in state.paths if not path.boiling.wet.all()).boiling
        first = int(np.argmin(dry.wet))
        found.append(
            f"the walls dry {1e3 * dry.position[first]:.0f} mm into channels of "
            f"{1e3 * dry.position[-1]:.0f} mm; beyond, no temperature is known"
        )
    limit = plate.loaded.case.limits.junction_temperature
    if limit is not None and state.hottest > limit:
        found.append(f"the hottest junction passes {limit - 273.15:.4g} °C")
    if plate.peak_across > 1.001:
        found.append(
            f"across the channels the heat flux is up to {plate.peak_across:.3g} times the mean "
            "that is taken"
        )
    return found
