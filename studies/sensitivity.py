"""What decides it: how every figure of the power delivery moves the numbers that matter.

For each number (worst drop, largest brick current, hottest point) one adjoint solution of chain and
temperature field together gives the derivative with every figure of every part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from power.delivery import Delivery
from power.linearised import QUANTITIES, LinearisedNetwork, Moved, difference
from thermal.steady import SteadySolver

from .answer import Answer
from .case_file import CaseError, LoadedCase
from .coupled import junction_rise, place
from .coupled_adjoint import Asked, CoupledAdjoint
from .failure_parts import lost_parts, parse_failure
from .input_units import as_given, in_si, input_unit
from .inputs import Path, leaves, with_leaf

Array = NDArray[np.float64]
Number = Literal["worst drop", "largest brick current", "hottest point"]
UNITS: dict[Number, str] = {"worst drop": "mV", "largest brick current": "A", "hottest point": "K"}
STEP = 1e-5
"""Of a figure's central difference, relative."""


@dataclass(frozen=True)
class Figure:
    """A figure of the power delivery and what it moves.

    Attributes
    ----------
    path : str
        Its key in the case file.
    value : str
        As the case file gives it; a default in SI units.
    step : str
        ``1 %``, or ``1 K`` where the figure is a temperature.
    per_step : float
        Change of the number when the figure grows by the step [mV, A or K].
    over_range : float or None
        Change from the least to the most of the figure's range in the case file, by the derivative.
    span : tuple of str
        That range; empty where the case gives none.
    """

    path: str
    value: str
    step: str
    per_step: float
    over_range: float | None
    span: tuple[str, ...]


@dataclass(frozen=True)
class Sensitivity:
    """One number and the figures that move it.

    Those with a range come first, in order of what they move over it; the others by their step.

    Attributes
    ----------
    number : str
    value : float
        [mV], [A] or [degC].
    place : str
        Where it is.
    figures : list of Figure
    """

    number: Number
    value: float
    place: str
    figures: list[Figure]

    @property
    def unit(self) -> str:
        """Of the changes."""
        return UNITS[self.number]


def with_lost(loaded: LoadedCase, parts: str | None) -> tuple[LoadedCase, str]:
    """The case with parts lost, named as for ``waferflux failures``, and the state in words.

    Its low-voltage side is per block, even where the case has sheets.

    Raises
    ------
    CaseError
        When the case has no such part.
    """
    how = ", low-voltage side per block" if loaded.has_sheets else ""
    loaded = loaded.per_block()
    if parts is None:
        already = lost_parts(loaded.case.delivery).name
        return loaded, loaded.name + (f" without {already}" if already else ", nothing lost") + how
    if loaded.case.delivery is None:
        raise CaseError(f"{loaded.name}: delivery: missing; --lost needs its parts")
    failure = parse_failure(parts, loaded, "--lost")
    if failure.is_thermal:
        raise CaseError(f"--lost: found '{parts}'; electrical parts are meant")
    outage = vars(failure.outage(loaded.case.delivery.outage))
    lost = {key: list(numbers) for key, numbers in outage.items() if isinstance(numbers, tuple)}
    values = {f"delivery.outage.{key}": numbers for key, numbers in lost.items() if numbers}
    return loaded.with_values(values), f"{loaded.name} without {failure.name}{how}"


def sensitivities(
    loaded: LoadedCase, answer: Answer, progress: Callable[[str], None] | None = None
) -> list[Sensitivity]:
    """Derivatives of the worst drop, the largest brick current and the hottest point.

    Parameters
    ----------
    loaded : LoadedCase
    answer : Answer
        Of that case, by the engine cosine or amg.
    progress : callable, optional
        Called with what is being done.

    Raises
    ------
    CaseError
        When the case has no power delivery or has it on sheets, or was solved by another engine.
    """
    coupled = answer.coupled
    if coupled.drawn.network is None:
        raise CaseError(f"{loaded.name}: delivery: missing; sensitivities are those of its figures")
    if coupled.drawn.sheets is not None:
        raise CaseError(
            f"{loaded.name}: delivery.sheets.solved: found 'on the grid'; 'per block' is meant for "
            "sensitivities"
        )
    if not isinstance(coupled.solver, SteadySolver):
        raise CaseError(f"engine: found '{coupled.solver.name}'; cosine or amg is meant")
    say = progress or (lambda _: None)
    with threadpool_limits(limits=1, user_api="blas"):
        say("derivatives of the chain")
        adjoint = CoupledAdjoint(coupled)
        assert adjoint.network is not None
        moved = list(_moved_figures(loaded, adjoint.network))
        found = []
        for number in UNITS:
            say(number)
            found.append(_sensitivity(loaded, answer, adjoint, number, moved))
    return found


def _sensitivity(
    loaded: LoadedCase,
    answer: Answer,
    adjoint: CoupledAdjoint,
    number: Number,
    moved: list[tuple[Path, float, Moved]],
) -> Sensitivity:
    asked, value, where, scale = _asked(answer, adjoint, number)
    found = adjoint.solve(asked)
    total = asked.quantities + found.heat
    figures = []
    for path, size, change in moved:
        slope = float(np.vdot(total, change.quantities) - np.vdot(found.chain, change.residual))
        slope, span, key = scale * slope, _range(loaded, path), ".".join(path)
        over = None if span is None else slope * (span[1] - span[0])
        words = loaded.provenance[key].range if span is not None else ()
        is_temperature = input_unit(loaded, path).is_temperature
        one, step = (1.0, "1 K") if is_temperature else (0.01 * size, "1 %")
        figures.append(Figure(key, _words(loaded, path, size), step, one * slope, over, words))
    figures.sort(key=lambda f: (f.over_range is None, -abs(f.over_range or f.per_step)))
    return Sensitivity(number, value, where, figures)


def _asked(
    answer: Answer, adjoint: CoupledAdjoint, number: Number
) -> tuple[Asked, float, str, float]:
    """The number by its derivatives, then its value, its place and its scale."""
    coupled, machine = adjoint.coupled, adjoint.machine
    network = coupled.drawn.network
    assert network is not None
    asked = adjoint.nothing_asked()
    if number == "worst drop":
        drop = answer.block_drop
        assert drop is not None
        block = int(np.argmax(drop))
        asked.quantities[QUANTITIES.index("worst drop"), block] = 1.0
        return asked, 1e3 * float(drop[block]), place(machine, block), 1e3
    if number == "largest brick current":
        block = int(np.argmax(network.brick_current))
        asked.quantities[QUANTITIES.index("brick current"), block] = 1.0
        where = place(machine, block).replace("block", "brick")
        return asked, float(network.brick_current[block]), where, 1.0
    rise = junction_rise(machine, coupled.solver, coupled.heat)
    plane, row, column = map(int, np.unravel_index(np.argmax(rise), rise.shape))
    asked.field[machine.heated_planes[plane], row, column] = 1.0
    kelvin = float(rise.max()) + machine.problem.reference_temperature
    block = int(np.argmax(machine.means[:, [row * rise.shape[2] + column]].toarray()))
    return asked, kelvin - 273.15, place(machine, block), 1.0


# figures of the parts


def _moved_figures(
    loaded: LoadedCase, network: LinearisedNetwork
) -> Iterator[tuple[Path, float, Moved]]:
    """Each figure: its key, its value, and what a unit of it moves."""
    delivery, loads = network.circuit.delivery, network.circuit.loads
    for root, part in (("delivery", delivery), ("loads", loads)):
        for path, value in leaves(part):
            if value == 0:
                continue
            step, ends = STEP * abs(value), []
            for sign in (1, -1):
                moved = with_leaf(part, path, value + sign * step)
                pair = (moved, loads) if isinstance(moved, Delivery) else (delivery, moved)
                ends.append(network.with_figures(*pair))
            yield (root, *path), value, difference(ends[0], ends[1], 2 * step)


def _range(loaded: LoadedCase, path: Path) -> tuple[float, float] | None:
    """Least and most of a figure by the case file [SI]; None where it says nothing."""
    known = loaded.provenance.get(".".join(path))
    if known is None or len(known.range) != 2:
        return None
    low, high = (in_si(loaded, path, text) for text in known.range)
    return low, high


def _words(loaded: LoadedCase, path: Path, value: float) -> str:
    given = as_given(loaded, path)
    return f"{value:.6g}" if given is None else str(given)
