"""The rounds by which an engine comes to rest when the heat is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from geometry.errors import NoSolution
from geometry.grid import Array

if TYPE_CHECKING:
    from .engine import Engine


def come_to_rest(
    engine: Engine,
    heat: Mapping[int, Array],
    tolerance: float,
    most_rounds: int,
    smallest_target: float,
) -> None:
    """Correct until the engine's ``error`` is at most ``tolerance``.

    Parameters
    ----------
    engine : Engine
    heat : mapping of plane index to array, shape (ny, nx)
        Put into the stack [W].
    tolerance : float
    most_rounds : int
    smallest_target : float
        To what share of itself a round brings the residual at most: further, the next round's new
        coefficients would not let it stand, or the engine's precision does not reach.

    Raises
    ------
    NoSolution
        When it does not get there; the message names the residual reached.
    """
    for _ in range(most_rounds):
        residual = engine.residual(heat)
        error = engine.error(residual, heat)
        if error <= tolerance:
            return
        engine.correct(residual, max(smallest_target, 0.3 * tolerance / error))
        engine.renew()
    raise NoSolution(
        f"the temperature field by {engine.name} stays at a relative residual of {error:.1e}"
    )
