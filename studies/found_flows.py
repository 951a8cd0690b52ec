"""Flows that pumps find, as numbers that follow the state and that the state follows.

At a solution each found flow q is what pumps and loop make of it, ``q = Q(q, p)`` with p an input.
With the derivatives of Q at the flows held, the flows' are ``dq/dp = (1 - dQ/dq)^-1 dQ/dp``.
"""

from __future__ import annotations

from .coupled_adjoint import Asked
from .gradient_numbers import ask_by_coolant
from .inputs import Path
from .loop_network import BRICKS, PLATE, operating_point
from .solved_state import SolvedState


class FoundFlow:
    """Flow that the pumps deliver through a branch of the loop [m3/s].

    Parameters
    ----------
    path : tuple of str
        Key of the case that holds it.
    branch : str
    """

    def __init__(self, path: Path, branch: str) -> None:
        self.path, self.branch = path, branch

    def value(self, state: SolvedState) -> float:
        """At a state."""
        loop = state.machine.case.loop
        assert loop is not None
        assert loop.pumps is not None
        return operating_point(state.as_coupled, loop.pumps).flow[self.branch]

    def ask(self, state: SolvedState, asked: Asked) -> Asked:
        """Its derivatives with the state, filled in where there was nought."""
        return ask_by_coolant(self.value, state, asked)


def found_flows(state: SolvedState) -> list[FoundFlow]:
    """Those of a case; none without pumps."""
    loop = state.machine.case.loop
    if loop is None or loop.pumps is None:
        return []
    found = [FoundFlow(("coolant", "flow"), PLATE)]
    if loop.brick_plates is not None:
        found.append(FoundFlow(("faces", loop.brick_plates.face, "flow"), BRICKS))
    return found
