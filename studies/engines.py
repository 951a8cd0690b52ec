"""The engines that solve the temperature field, by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from thermal.engine import Engine
from thermal.preconditioning import preconditioning_for, preconditioning_named
from thermal.steady import SteadySolver, ThermalProblem


def make_engine(
    name: str | None, problem: ThermalProblem, guess: NDArray[np.float64] | None = None
) -> Engine:
    """The engine called ``name``, or the one that suits the problem if None.

    At rest at the reference temperature, or at a guess of the rise above it [K], shape
    (nz, ny, nx), which FiPy's has no use for.

    Raises
    ------
    ValueError
        When there is none of that name, what it needs is not installed, or it cannot solve the
        problem.
    """
    if name is None:
        return SteadySolver(problem, guess, preconditioning_for(problem))
    makers: dict[str, Callable[[ThermalProblem], Engine]] = {
        "cosine": lambda p: SteadySolver(p, guess, preconditioning_named("cosine")),
        "amg": lambda p: SteadySolver(p, guess, preconditioning_named("amg")),
        "fipy": _fipy,
    }
    if name not in makers:
        raise ValueError(f"engine: found '{name}'; one of {', '.join(makers)} is meant")
    return makers[name](problem)


def _fipy(problem: ThermalProblem) -> Engine:
    """FiPy's; it knows no radiation, no footprints, and one resistance for each contact."""
    found = {
        "a face that radiates": bool(problem.emissivity),
        "layers or contacts smaller than the stack": any(problem.stack.covers(problem.grid)),
        "a contact that varies over its face": any(
            np.ndim(r) > 0 for r in problem.stack.contacts.values()
        ),
    }
    for what, there in found.items():
        if there:
            raise ValueError(f"engine: found 'fipy' with {what}; 'cosine' or 'amg' is meant")
    from thermal.fipy_layers import FipySolver

    return FipySolver(problem)
