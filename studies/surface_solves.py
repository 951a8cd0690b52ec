"""Direct solutions of many points of one case, in their order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from thermal.fin_coefficients import channels_at, station_velocity

from .answer import Answer, solve
from .case_file import LoadedCase
from .point_model import Answers, Model, base_solution
from .sweep_workers import packed, solve_points

Values = dict[str, Any]
"""Values of the case by path."""
Solved = dict[str, Any] | str
"""Keys as those of ``Answer.to_dict``, or why there is no solution."""


def node_model(base: LoadedCase) -> Answers:
    """As ``full_model``; with the least and the largest Reynolds number along the channels."""
    start = base_solution(base)

    def answer(case: LoadedCase) -> dict[str, Any]:
        found = solve(case, start=start)
        return found.to_dict() | _reynolds_along(found)

    return answer


def _reynolds_along(answer: Answer) -> dict[str, float]:
    """At the coolant's coldest and warmest station."""
    problem, solver = answer.coupled.machine.problem, answer.coupled.solver
    flow = problem.coolant
    if flow is None:
        return {}
    bulk = solver.bulk_rise + flow.inlet_temperature
    velocity = station_velocity(flow, problem.grid, solver.pieces, solver.division)
    at = bulk.reshape(-1, *[1] * (velocity.ndim - 1))
    found = channels_at(flow, solver.pieces).reynolds(
        flow.height, velocity, flow.fluid.density(at), flow.fluid.viscosity(at)
    )
    return {
        "channel_reynolds_least": float(found.min()),
        "channel_reynolds_most": float(found.max()),
    }


def solve_directly(
    loaded: LoadedCase,
    points: Sequence[Values],
    workers: int = 1,
    scheduler: str | None = None,
    model: Model = node_model,
) -> list[Solved]:
    """Answers at points, in their order; solved where the points of a sweep are.

    Each is begun from the case's own solution, so that an answer depends neither on the order nor
    on who solves it.
    """
    setup, found = packed(loaded, model), dict[int, Solved]()
    workers = workers if len(points) > 1 else 1
    for text in solve_points(setup, enumerate(points), workers, scheduler):
        record = json.loads(text)
        found[record["point"]] = record["reason"] or record["found"]
    return [found[point] for point in range(len(points))]
