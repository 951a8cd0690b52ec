"""Impedance of the low-voltage network at any block, and from one block to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize_scalar
from scipy.signal import find_peaks
from scipy.sparse.linalg import splu

from .dynamic_network import DynamicNetwork

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

PROMINENCE = 0.02
"""Least height of a peak above the valleys beside it, in decades."""
LEAST_SHARE = 0.1
"""Of the stored energy that makes a part worth naming."""


class Peak(NamedTuple):
    """A resonance: where an inductance and a capacitance pass their energy to and fro."""

    frequency: float
    """[Hz]."""
    impedance: float
    """Its magnitude [ohm]."""
    inductances: dict[str, float]
    """Shares of the parts in the magnetic energy, largest first."""
    capacitances: dict[str, float]
    """Shares of the parts in the electric energy, largest first."""

    @property
    def words(self) -> str:
        """The parts that make it."""
        capacitances, inductances = _listed(self.capacitances), _listed(self.inductances)
        return f"capacitance of {capacitances}, inductance of {inductances}"


@dataclass(frozen=True)
class Impedance:
    """Small-signal impedance about a state at rest.

    Parameters
    ----------
    network : DynamicNetwork
    state : array (unknowns,)
        From ``DynamicNetwork.at_rest``.
    activity : array (blocks,)
        Of that state.
    """

    network: DynamicNetwork
    state: FloatArray
    activity: FloatArray

    @cached_property
    def _matrix(self) -> sparse.csc_array:
        """A with the loads' conductances."""
        network = self.network
        voltage = self.state[network.load_voltage]
        return network.with_loads(network.load_conductance(voltage, self.activity))

    def response(self, frequency: float, drawn: FloatArray) -> ComplexArray:
        """All unknowns when the blocks draw at a frequency.

        Solves ``(A + G + j w E) x = -drawn`` with G the loads' conductances.

        Parameters
        ----------
        frequency : float
            [Hz].
        drawn : array (blocks,) or (blocks, ways)
            Currents [A], each column another way to draw.

        Returns
        -------
        complex array (unknowns,) or (unknowns, ways)
        """
        network = self.network
        reactive = sparse.diags_array(2j * np.pi * frequency * network.storage, format="csc")
        right = np.zeros((network.size, *drawn.shape[1:]), dtype=complex)
        right[network.load_voltage] = -drawn
        return np.asarray(splu((self._matrix + reactive).tocsc()).solve(right))

    def at_blocks(
        self,
        frequencies: FloatArray,
        drawn: FloatArray,
        progress: Callable[[int, int], None] | None = None,
    ) -> ComplexArray:
        """Fall of every block's voltage [V], or impedance [ohm] where 1 A is drawn.

        Parameters
        ----------
        frequencies : array (points,)
            [Hz].
        drawn : array (blocks,) or (blocks, ways)
            1 for the block that draws, or 1 for all that draw together [A].
        progress : callable, optional
            Called with the number of frequencies done and of all.

        Returns
        -------
        complex array (points, blocks) or (points, blocks, ways)
            What the drawing block sees is its own impedance, the others transfer impedances.
        """
        load, falls = self.network.load_voltage, []
        for count, frequency in enumerate(frequencies.tolist(), start=1):
            falls.append(-self.response(frequency, drawn)[load])
            if progress is not None:
                progress(count, len(frequencies))
        return np.array(falls)

    def peaks(
        self, frequencies: FloatArray, magnitude: FloatArray, drawn: FloatArray, block: int
    ) -> list[Peak]:
        """Peaks of a magnitude that ``at_blocks`` gave for a block, their tops found exactly."""
        logarithm = np.log10(frequencies)
        tops, _ = find_peaks(np.log10(magnitude), prominence=PROMINENCE)
        load = self.network.load_voltage.start + block

        def lower(decade: float) -> float:
            return -abs(self.response(10**decade, drawn)[load])

        found = []
        for top in tops.tolist():
            between = (logarithm[top - 1], logarithm[top + 1])
            best = minimize_scalar(lower, bounds=between, method="bounded", options={"xatol": 1e-9})
            frequency = float(10**best.x)
            found.append(self._peak(frequency, self.response(frequency, drawn), load))
        return found

    def _peak(self, frequency: float, x: ComplexArray, load: int) -> Peak:
        energy = self.network.storage * np.abs(x) ** 2
        magnetic: dict[str, float] = {}
        electric: dict[str, float] = {}
        for name, kind, part in self.network.storing_parts():
            group = magnetic if kind == "inductance" else electric
            group[name] = float(np.sum(energy[part]))
        return Peak(frequency, float(abs(x[load])), _largest(magnetic), _largest(electric))


def _listed(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _largest(energy: dict[str, float]) -> dict[str, float]:
    whole = sum(energy.values()) or 1.0
    ranked = sorted(energy.items(), key=lambda item: -item[1])
    return {name: part / whole for name, part in ranked if part >= LEAST_SHARE * whole}
