"""A case with pumps: the flow at which pumps and loop meet, found together with the temperatures.

The cold plate's drop depends on the coolant's temperatures, and these on the flow. But weakly: a
few turns of solving the case and then the loop bring both to rest.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from geometry.errors import NoSolution

from .build import build
from .case_file import CaseError, LoadedCase
from .coupled import Coupled, Progress, solve_coupled
from .loop_network import BRICKS, PLATE, operating_point

TOLERANCE = 1e-9
"""Relative change of flows and temperatures from turn to turn."""
MOST_TURNS = 40


def solve_with_loop(
    loaded: LoadedCase,
    progress: Progress | None = None,
    engine: str | None = None,
    start: Coupled | None = None,
) -> tuple[LoadedCase, Coupled]:
    """Solve a case; with pumps in its loop at the flow that they deliver.

    Parameters as ``solve_coupled``.

    Returns
    -------
    (LoadedCase, Coupled)
        The case with that flow put in, and its solution.

    Raises
    ------
    NoSolution
        ``NoCoolantFlow`` or ``BeyondPumpCurve`` when the pumps cannot, or as ``solve_coupled``.
    """
    loop = loaded.case.loop
    if loop is None or loop.pumps is None:
        return loaded, solve_coupled(build(loaded), progress, engine, start)
    _check_for_free_inlet(loaded)
    for _ in range(MOST_TURNS):
        coupled = solve_coupled(build(loaded), progress, engine, start)
        moved = _moved(loaded, coupled)
        if np.allclose(_found(moved), _found(loaded), rtol=TOLERANCE, atol=0.0):
            return loaded, coupled
        loaded = moved
    raise NoSolution(f"flow and temperatures did not come to rest in {MOST_TURNS} turns")


def with_found_flow(loaded: LoadedCase) -> LoadedCase:
    """The case with the flow that its pumps deliver; itself when it has none."""
    loop = loaded.case.loop
    return loaded if loop is None or loop.pumps is None else solve_with_loop(loaded)[0]


def _check_for_free_inlet(loaded: LoadedCase) -> None:
    case = loaded.case
    plates = None if case.loop is None else case.loop.brick_plates
    if plates is None or plates.arrangement == "parallel":
        return
    if getattr(case.faces, plates.face).temperature is not None:
        raise CaseError(
            f"{loaded.name}: faces.{plates.face}.temperature: found, but loop.brick_plates are in "
            "series: their coolant is as warm as the wafer's plate leaves it"
        )


def _moved(loaded: LoadedCase, coupled: Coupled) -> LoadedCase:
    """The case with the flows of its operating point at the solved temperatures."""
    case = loaded.case
    assert case.loop is not None
    assert case.loop.pumps is not None
    assert case.coolant is not None
    state, plates, faces = operating_point(coupled, case.loop.pumps), case.loop.brick_plates, {}
    if plates is not None:
        inlet = case.coolant.inlet_temperature
        if plates.arrangement == "series":
            inlet += coupled.solver.coolant_heat() / coupled.solver.coolant_capacity_rate()
        face = getattr(case.faces, plates.face)
        faces[plates.face] = dataclasses.replace(
            face,
            flow=state.flow[BRICKS],
            temperature=inlet if plates.arrangement == "series" else face.temperature,
        )
    moved = dataclasses.replace(
        case,
        coolant=dataclasses.replace(case.coolant, flow=state.flow[PLATE]),
        faces=dataclasses.replace(case.faces, **faces),
    )
    return dataclasses.replace(loaded, case=moved)


def _found(loaded: LoadedCase) -> list[float]:
    """What is found: flows, and the temperature at which the bricks' coolant comes."""
    case = loaded.case
    assert case.coolant is not None
    assert case.loop is not None
    found, plates = [case.coolant.flow], case.loop.brick_plates
    if plates is not None:
        face = getattr(case.faces, plates.face)
        found += [face.flow, face.temperature or 0.0]
    return found
