"""The impedance of a case's power delivery at its blocks, held against a target."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from power.impedance import Impedance, Peak

from .case_file import CaseError, LoadedCase
from .frozen_network import FrozenNetwork, freeze

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
Progress = Callable[[int, int], None]
"""Called with the number of frequencies done and of all."""

LOWEST, HIGHEST = 1e3, 1e9
"""[Hz]."""
POINTS_PER_DECADE = 60


@dataclass(frozen=True)
class ImpedanceAnswer:
    """Impedances over frequency; made by ``solve_impedance``.

    Attributes
    ----------
    loaded : LoadedCase
    frozen : FrozenNetwork
    block : int
        Whose voltage is looked at while it draws.
    other : int or None
        Whose voltage is looked at too while ``block`` draws.
    target : float or None
        [ohm].
    frequency : array (points,)
        [Hz].
    alone : complex array (points,)
        Fall of the block's voltage over its current, nothing else changing [ohm].
    transfer : complex array (points,) or None
        Fall of the other block's voltage over that current [ohm].
    together : complex array (points,)
        Fall of the block's voltage over its current when all blocks draw alike [ohm].
    peaks, peaks_together : list of Peak
        Of ``alone`` and ``together``.
    solve_seconds : float
    """

    loaded: LoadedCase
    frozen: FrozenNetwork
    block: int
    other: int | None
    target: float | None
    frequency: Array
    alone: ComplexArray
    transfer: ComplexArray | None
    together: ComplexArray
    peaks: list[Peak]
    peaks_together: list[Peak]
    solve_seconds: float

    @property
    def names(self) -> tuple[str, ...]:
        """Of the blocks."""
        return self.frozen.machine.floorplan.names

    @cached_property
    def above_target(self) -> list[tuple[float, float]]:
        """Bands in which either curve of the block lies above the target [Hz]."""
        if self.target is None:
            return []
        over = np.maximum(np.abs(self.alone), np.abs(self.together)) > self.target
        edges = np.flatnonzero(np.diff(np.concatenate([[0], over.astype(int), [0]])))
        return [
            (float(self.frequency[begin]), float(self.frequency[end - 1]))
            for begin, end in edges.reshape(-1, 2).tolist()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Headline numbers and series; every key names its unit. JSON can hold them."""
        from .impedance_report import summary

        return summary(self)


def solve_impedance(
    case: LoadedCase,
    block: str | None = None,
    other: str | None = None,
    target: float | None = None,
    progress: Progress | None = None,
) -> ImpedanceAnswer:
    """Impedances from 1 kHz to 1 GHz about a case's steady state.

    Parameters
    ----------
    case : LoadedCase
        With ``delivery.dynamics``.
    block : str, optional
        A block's name; the one in the centre if left out.
    other : str, optional
        The block to which the transfer impedance is asked for.
    target : float, optional
        [ohm].
    progress : callable, optional

    Raises
    ------
    CaseError
        When the case cannot be used, or a block is not there.
    NoSolution
        When the case has no steady state.

    Examples
    --------
    >>> from studies import load_case
    >>> answer = solve_impedance(load_case("cs3"), "r3c5")  # doctest: +SKIP
    >>> [peak.words for peak in answer.peaks]  # doctest: +SKIP
    """
    started = clock.perf_counter()
    frozen = freeze(case)
    site = frozen.network.circuit.site
    centre = (site.rows // 2) * site.columns + site.columns // 2
    chosen = centre if block is None else frozen.block(block, "--block")
    seen = None if other is None else frozen.block(other, "--to")
    activity = np.full(site.blocks, frozen.activity)
    decades = np.log10(HIGHEST / LOWEST)
    frequency = np.geomspace(LOWEST, HIGHEST, round(decades * POINTS_PER_DECADE) + 1)
    try:
        with threadpool_limits(limits=1, user_api="blas"):
            solver = Impedance(frozen.network, frozen.network.at_rest(activity), activity)
            # the block alone, and all together
            ways = np.column_stack([np.eye(site.blocks)[chosen], np.ones(site.blocks)])
            falls = solver.at_blocks(frequency, ways, progress)
            peaks = [
                solver.peaks(frequency, np.abs(falls[:, chosen, way]), ways[:, way], chosen)
                for way in (0, 1)
            ]
    except ValueError as error:
        raise CaseError(f"{case.name}: {error}") from None
    return ImpedanceAnswer(
        loaded=case,
        frozen=frozen,
        block=chosen,
        other=seen,
        target=target,
        frequency=frequency,
        alone=falls[:, chosen, 0],
        transfer=None if seen is None else falls[:, seen, 0],
        together=falls[:, chosen, 1],
        peaks=peaks[0],
        peaks_together=peaks[1],
        solve_seconds=clock.perf_counter() - started,
    )
