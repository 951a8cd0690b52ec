"""Direct solutions of many points of one case, in several processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from geometry.errors import NoSolution
from thermal.fin_coefficients import channels_at, station_velocity

from .answer import Answer, solve
from .case_file import CaseError, LoadedCase

Values = dict[str, Any]
"""Values of the case by path."""
Solved = dict[str, Any] | str
"""Keys as those of ``Answer.to_dict``, or why there is no solution."""


def solve_point(loaded: LoadedCase, values: Values) -> Solved:
    """The answer of a case with some values replaced, or why it has none.

    With it the least and the largest Reynolds number along the channels, where there are any.
    """
    try:
        answer = solve(loaded.with_values(values))
        return answer.to_dict() | _reynolds_along(answer)
    except NoSolution as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    except CaseError as error:
        return "; ".join(str(error).splitlines())


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


def solve_directly(loaded: LoadedCase, points: Sequence[Values], workers: int = 1) -> list[Solved]:
    """Answers at points, in their order; in one process or several.

    Each is solved by itself, so that an answer depends neither on the order nor on ``workers``.
    """
    if workers == 1 or len(points) < 2:
        return [solve_point(loaded, values) for values in points]
    import joblib

    with joblib.parallel_config(backend="loky", n_jobs=workers, inner_max_num_threads=1):
        found: list[Solved] = joblib.Parallel()(
            joblib.delayed(solve_point)(loaded, values) for values in points
        )
    return found
