"""The loop of a solved case as a network: pumps, parts, and cold plates at their temperatures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geometry.errors import NoCoolantFlow
from thermal.coolant_march import segment_means
from thermal.flow_division import channel_drops
from thermal.flow_laws import FlowLaw, PowerLaw
from thermal.flow_network import Branch, FlowNetwork, FlowState
from thermal.loop import Loop
from thermal.pumps import Pumps

from .coupled import Coupled

Array = NDArray[np.float64]

SUPPLY, RETURN = "pump outlet", "pump inlet"
PLATE, HEADERS, BRICKS = "cold plate", "plate headers", "brick plates"


def path_means(coupled: Coupled) -> tuple[Array, Array]:
    """Length [m] and mean coolant temperature [K] of each flow path of the wafer's plate."""
    solver, coolant = coupled.solver, coupled.machine.problem.coolant
    assert coolant is not None
    length, rise = segment_means(solver.pieces, solver.bulk_rise)
    return length, coolant.inlet_temperature + rise


def plate_law(coupled: Coupled) -> FlowLaw:
    """The wafer's cold plate by its model, at the solved temperatures and split between paths."""
    coolant, grid = coupled.machine.problem.coolant, coupled.machine.problem.grid
    assert coolant is not None
    length, mean = path_means(coupled)
    # on the way to the operating point the coolant may pass beyond its tables
    mean = np.clip(mean, *coolant.fluid.range)
    density, viscosity = coolant.fluid.density(mean), coolant.fluid.viscosity(mean)
    share = coupled.solver.division.parallel_share

    def law(flow: float) -> float:
        if flow == 0.0:
            return 0.0
        drops = channel_drops(
            replace(coolant, flow=abs(flow)), grid, length, share, density, viscosity
        )
        return math.copysign(float(drops.max()), flow)

    return law


def headers_law(coupled: Coupled) -> FlowLaw | None:
    """What the headers take beside the channels; None without headers.

    Exact at the flow of the solution; from there with its square, as the heads in the headers go.
    """
    found, coolant = coupled.solver.division.distribution, coupled.machine.problem.coolant
    if found is None or coolant is None:
        return None
    return PowerLaw(found.headers_drop, coolant.flow)


def loop_of(coupled: Coupled) -> Loop:
    """The case's loop, which there must be."""
    loop = coupled.machine.case.loop
    assert loop is not None
    return loop


def outside_laws(coupled: Coupled) -> dict[str, FlowLaw]:
    """Parts outside the cold plates, by the coolant as it enters."""
    coolant = coupled.machine.problem.coolant
    assert coolant is not None
    inlet = coolant.inlet_temperature
    return loop_of(coupled).laws(
        float(coolant.fluid.density(inlet)), float(coolant.fluid.viscosity(inlet))
    )


def passive_branches(coupled: Coupled) -> list[Branch]:
    """All but the pumps, from the pumps' outlet round to their inlet."""
    laws, plates = outside_laws(coupled), loop_of(coupled).brick_plates
    nodes = [SUPPLY, *(f"after {name}" for name in laws)]
    found = [
        Branch(name, start, end, law)
        for (name, law), start, end in zip(laws.items(), nodes, nodes[1:], strict=False)
    ]
    behind = plates is not None and plates.arrangement == "series"
    end = "between plates" if behind else RETURN
    wafer, headers = plate_law(coupled), headers_law(coupled)
    if headers is None:
        found.append(Branch(PLATE, nodes[-1], end, wafer))
    else:
        found.append(Branch(PLATE, nodes[-1], "plate outlet", wafer))
        found.append(Branch(HEADERS, "plate outlet", end, headers))
    if plates is not None:
        found.append(Branch(BRICKS, end if behind else nodes[-1], RETURN, plates.law))
    return found


def bypass(coupled: Coupled) -> float:
    """Flow along outer faces that the case prescribes, beside the cold plate [m3/s]."""
    plates = loop_of(coupled).brick_plates
    faces: Mapping[str, object] = vars(coupled.machine.case.faces)
    given = {name: getattr(face, "flow", None) for name, face in faces.items()}
    if plates is not None:
        given.pop(plates.face)
    return float(sum(flow for flow in given.values() if flow is not None))


def system_drop(coupled: Coupled, flow: float) -> float:
    """Pressure over the whole loop but the pumps [Pa] at a flow of the pumps [m3/s]."""
    around = {SUPPLY: flow, RETURN: -flow}
    pressure = _network(coupled, passive_branches(coupled), around).solve().pressure
    return pressure[SUPPLY] - pressure[RETURN]


def operating_point(coupled: Coupled, pumps: Pumps) -> FlowState:
    """Where pumps and loop meet, with the coolant at the solved temperatures.

    Raises
    ------
    NoCoolantFlow
        When the pumps leave the wafer's plate without flow.
    BeyondPumpCurve
        When they would run beyond the end of their curve.
    """
    branches = [*pumps.branches(RETURN, SUPPLY), *passive_branches(coupled)]
    state = _network(coupled, branches).solve()
    pumps.check_for_deliverable(state)
    if state.flow[PLATE] <= 0.0:
        raise NoCoolantFlow(
            f"the flows along outer faces, {bypass(coupled) * 6e4:.4g} L/min, are more than the "
            "pumps deliver"
        )
    return state


def _network(
    coupled: Coupled, branches: list[Branch], outside: Mapping[str, float] | None = None
) -> FlowNetwork:
    """The branches, with the prescribed flow led past the cold plate."""
    coolant, past = coupled.machine.problem.coolant, bypass(coupled)
    assert coolant is not None
    inlet = next(b.start for b in branches if b.name == PLATE)
    injection: dict[str, float] = dict(outside or {})
    for node, flow in ((inlet, -past), (RETURN, past)):
        injection[node] = injection.get(node, 0.0) + flow
    return FlowNetwork(branches, injection, flow_scale=coolant.flow)
