"""What answers a point of a sweep: the full solution, or a reduced model in its place.

A model is a function of the base case that gives a function of a point's case. What points share
is made once, when the model is made. An answer may depend on the base case and the point, never on
the points before it: so it is the same in whichever worker and order a point is solved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geometry.errors import NoSolution

from .answer import solve
from .case_file import CaseError, LoadedCase
from .coupled import Coupled

Answers = Callable[[LoadedCase], dict[str, Any]]
"""Keys as those of ``Answer.to_dict``; raises CaseError or NoSolution."""
Model = Callable[[LoadedCase], Answers]


def full_model(base: LoadedCase) -> Answers:
    """Every point solved in full, begun from the base case's solution.

    Examples
    --------
    >>> from studies import load_case
    >>> slab = load_case("slab")
    >>> answers = full_model(slab)
    >>> hotter = answers(slab.with_values({"heat.power": "30 kW"}))
    >>> round(hotter["junction_temperature_max_degC"], 2)
    70.09
    """
    start = base_solution(base)

    def answer(case: LoadedCase) -> dict[str, Any]:
        found = solve(case, start=start).to_dict()
        del found["solve_seconds"]
        return found

    return answer


def base_solution(base: LoadedCase) -> Coupled | None:
    """Of the base case, to begin from; None where it has none, which its points may."""
    try:
        return solve(base).coupled
    except (CaseError, NoSolution):
        return None
