"""The chain near a solved state: what each unknown, temperature and part's figure moves.

A state solves ``F(x, T, p) = 0`` in the unknowns x at block temperatures T and figures p of the
parts; what it says to the outside are quantities ``y(x, T, p)``: heat by layer, the worst drop of
each block, the current of each brick. For a weight s of the quantities one solution of
``(dF/dx)^T a = (dy/dx)^T s`` gives their weighted sum's derivative with everything at once,
``s . dy/dp - a . dF/dp`` (Director & Rohrer, IEEE Trans. Circuit Theory 16 (1969) 318). Derivatives
of F and y themselves are central differences of the functions that are solved with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from .circuit import Circuit, Pin, Site
from .delivery import Delivery
from .loads import Loads
from .network import losses_of

FloatArray = NDArray[np.float64]
Quantity = Literal["wafer", "bricks", "board", "contact", "worst drop", "brick current"]
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)
"""Heat of the wafer (its circuits and its grid), the bricks, the board (feeders and plane) and the
contact [W]; from each brick's output without load to its block's worst point [V]; the output of
each brick [A]."""
Temperatures = Literal["wafer", "board", "brick"]

STEP = 1e-6
"""Of a central difference, relative to what is moved; 1e-6 of a kelvin times 1000."""


def quantities(circuit: Circuit, x: FloatArray) -> FloatArray:
    """What a state says to the outside, shape (6, blocks), in the order of ``QUANTITIES``."""
    losses = losses_of(circuit, x)
    current = circuit.load_current(x)
    terminals = circuit.terminals(x)
    bricks = sum(loss for name, loss in losses.items() if name.startswith("brick"))
    return np.array(
        [
            circuit.load_power(x) + losses["wafer grid"],
            bricks,
            losses["feed"] + losses["board plane"],
            losses["contact"],
            circuit.no_load - terminals.output_voltage + circuit.worst_resistance * current,
            terminals.output_current,
        ]
    )


def residual(circuit: Circuit, x: FloatArray, pin: Pin) -> FloatArray:
    """By how much each equation of the chain is off."""
    linear = circuit.linear @ x - circuit.constant
    return np.asarray(linear + circuit.mixing @ circuit.nonlinear(x, pin))


@dataclass(frozen=True)
class Moved:
    """Change of the equations and of the quantities per unit of something, the unknowns held."""

    residual: FloatArray
    quantities: FloatArray


class LinearisedNetwork:
    """A solved state of the chain and its derivatives.

    Parameters
    ----------
    circuit : Circuit
        The chain at its temperatures, without the bricks that shut themselves off.
    unknowns : array
        That solve it.
    pin : Pin
    """

    def __init__(self, circuit: Circuit, unknowns: FloatArray, pin: Pin) -> None:
        self.circuit, self.x, self.pin = circuit, unknowns, pin
        jacobian = circuit.linear + circuit.mixing @ circuit.derivative(unknowns, pin)
        self.factors = splu(jacobian.tocsc())
        self.by_unknown = self._by_unknown()

    def _by_unknown(self) -> FloatArray:
        """Derivative of the quantities with every unknown, shape (6, blocks, unknowns)."""
        x, steps = self.x, STEP * (self.circuit.scale + np.abs(self.x))
        found = np.empty((len(QUANTITIES), self.circuit.site.blocks, x.size))
        for j, step in enumerate(steps):
            up, down = x.copy(), x.copy()
            up[j] += step
            down[j] -= step
            difference = quantities(self.circuit, up) - quantities(self.circuit, down)
            found[:, :, j] = difference / (2 * step)
        return found

    def adjoint(self, weight: FloatArray) -> FloatArray:
        """One number for each equation: what a unit in it does to the weighted sum, negative.

        ``weight`` has the shape of ``quantities``.
        """
        drive = np.einsum("qb,qbj->j", weight, self.by_unknown)
        return np.asarray(self.factors.solve(drive, trans="T"))

    def with_figures(self, delivery: Delivery, loads: Loads) -> Moved:
        """Equations and quantities of a chain of other figures at the same unknowns."""
        circuit = Circuit(delivery, loads, self.circuit.site, self.circuit.shut)
        return Moved(residual(circuit, self.x, self.pin), quantities(circuit, self.x))

    def by_temperature(self, which: Temperatures) -> list[Moved]:
        """Change per kelvin of each block's wafer, board or brick."""
        site = self.circuit.site
        name = f"{which}_temperature"
        present = getattr(site, name)
        if present is None:
            return []
        step, found = 1e3 * STEP, []
        for block in range(site.blocks):
            up, down = present.copy(), present.copy()
            up[block] += step
            down[block] -= step
            ends = [self._at(replace(site, **{name: moved})) for moved in (up, down)]
            found.append(difference(ends[0], ends[1], 2 * step))
        return found

    def _at(self, site: Site) -> Moved:
        circuit = Circuit(self.circuit.delivery, self.circuit.loads, site, self.circuit.shut)
        return Moved(residual(circuit, self.x, self.pin), quantities(circuit, self.x))


def difference(up: Moved, down: Moved, distance: float) -> Moved:
    """Change per unit between two states that are ``distance`` apart."""
    return Moved(
        (up.residual - down.residual) / distance, (up.quantities - down.quantities) / distance
    )
