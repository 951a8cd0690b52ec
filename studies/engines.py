"""The engines that solve the temperature field, by name, and when each is used."""

from __future__ import annotations

from thermal.engine import Engine
from thermal.steady import SteadySolver, ThermalProblem

DEFAULT = "cosine"
REASONS = {
    "cosine": "the default: the fast solver of layered stacks",
    "fipy": "asked for: an independent discretisation of the same physics, to check the default",
}
"""Why each engine is used, in the words of an answer."""


def make_engine(name: str, problem: ThermalProblem) -> Engine:
    """The engine called ``name``, at rest at the reference temperature.

    Raises
    ------
    ValueError
        When there is none of that name, or what it needs is not installed.
    """
    if name not in REASONS:
        raise ValueError(f"engine: found '{name}'; one of {', '.join(REASONS)} is meant")
    if name == "fipy":
        if problem.emissivity:
            raise ValueError("engine: found 'fipy' with a face that radiates; 'cosine' is meant")
        from thermal.fipy_layers import FipySolver

        return FipySolver(problem)
    return SteadySolver(problem)
