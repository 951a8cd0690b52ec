"""What decides it: how every figure of the power delivery moves the numbers that matter.

For each number (worst drop, largest brick current, hottest point) one adjoint solution of chain and
temperature field together gives the derivative with every figure of every part. The temperature
field is taken with its conductances, films and flows as they are at the solution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal, get_type_hints

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from threadpoolctl import threadpool_limits

from geometry.errors import NoSolution
from geometry.units import Temperature
from power.delivery import Delivery
from power.linearised import (
    QUANTITIES,
    LinearisedNetwork,
    Moved,
    Temperatures,
    difference,
)
from thermal.adjoint import adjoint_field
from thermal.steady import SteadySolver

from .answer import Answer
from .build import Machine
from .case_file import CaseError, LoadedCase
from .coupled import Coupled, junction_rise, place
from .failure_parts import lost_parts, parse_failure

Array = NDArray[np.float64]
Number = Literal["worst drop", "largest brick current", "hottest point"]
UNITS: dict[Number, str] = {"worst drop": "mV", "largest brick current": "A", "hottest point": "K"}
TOLERANCE = 1e-5
"""Of what a round of the coupled adjoint still changes."""
MOST_ROUNDS = 60
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
    moved: list[tuple[str, float, Moved]],
) -> Sensitivity:
    weight, at_cell, value, where, scale = _asked(answer, adjoint.coupled, number)
    per_unit = adjoint.derivative(weight, at_cell)
    figures = []
    for path, size, change in moved:
        slope = scale * per_unit(change)
        span = _range(loaded, path)
        over = None if span is None else slope * (span[1] - span[0])
        words = loaded.provenance[path].range if span is not None else ()
        one, step = (1.0, "1 K") if _is_temperature(loaded, path) else (0.01 * size, "1 %")
        figures.append(Figure(path, _as_given(loaded, path, size), step, one * slope, over, words))
    figures.sort(key=lambda f: (f.over_range is None, -abs(f.over_range or f.per_step)))
    return Sensitivity(number, value, where, figures)


def _asked(
    answer: Answer, coupled: Coupled, number: Number
) -> tuple[Array, tuple[int, int, int] | None, float, str, float]:
    """Weights of the quantities, the cell asked for, then the number, its place and its scale."""
    network, machine = coupled.drawn.network, coupled.machine
    assert network is not None
    weight = np.zeros((len(QUANTITIES), len(network.block_power)))
    if number == "worst drop":
        drop = answer.block_drop
        assert drop is not None
        block = int(np.argmax(drop))
        weight[QUANTITIES.index("worst drop"), block] = 1.0
        return weight, None, 1e3 * float(drop[block]), place(machine, block), 1e3
    if number == "largest brick current":
        block = int(np.argmax(network.brick_current))
        weight[QUANTITIES.index("brick current"), block] = 1.0
        where = place(machine, block).replace("block", "brick")
        return weight, None, float(network.brick_current[block]), where, 1.0
    rise = junction_rise(machine, coupled.solver, coupled.heat)
    plane, row, column = map(int, np.unravel_index(np.argmax(rise), rise.shape))
    cell = (machine.heated_planes[plane], row, column)
    kelvin = float(rise.max()) + machine.problem.reference_temperature
    block = int(np.argmax(machine.means[:, [row * rise.shape[2] + column]].toarray()))
    return weight, cell, kelvin - 273.15, place(machine, block), 1.0


class CoupledAdjoint:
    """Adjoint of chain and temperature field about a solved case.

    Parameters
    ----------
    coupled : Coupled
        With a power delivery, solved by a ``SteadySolver``.
    """

    def __init__(self, coupled: Coupled) -> None:
        network = coupled.drawn.network
        assert network is not None
        self.coupled = coupled
        self.network = LinearisedNetwork(network.circuit, network.unknowns, network.pin)
        self.by_temperature: dict[Temperatures, list[Moved]] = {
            "wafer": self.network.by_temperature("wafer"),
            "board": self.network.by_temperature("board"),
            "brick": self.network.by_temperature("brick"),
        }

    def derivative(
        self, weight: Array, cell: tuple[int, int, int] | None
    ) -> Callable[[Moved], float]:
        """Derivative of one number with whatever moves the chain's equations or quantities.

        Parameters
        ----------
        weight : array, shape (6, blocks)
            Of the chain's quantities in the number.
        cell : (plane, row, column) or None
            Whose temperature is part of it.
        """
        solver = self.coupled.solver
        assert isinstance(solver, SteadySolver)
        field_weight = np.zeros(solver.grid.shape)
        if cell is not None:
            field_weight[cell] = 1.0
        total, change, size = weight.copy(), weight, 0.0
        network = self.network.adjoint(total)
        last = np.zeros_like(network)
        for _ in range(MOST_ROUNDS):
            field_weight += self._felt(change, network - last)
            if not np.any(field_weight):
                break
            change = self._heat_weight(adjoint_field(solver, field_weight, 1e-4))
            total = total + change
            last, network = network, network + self.network.adjoint(change)
            size = max(size, float(np.abs(network).max()))
            if float(np.abs(network - last).max()) <= TOLERANCE * size:
                break
            field_weight[...] = 0.0
        else:
            raise NoSolution("the adjoint of chain and field does not come to rest")
        return lambda moved: float(
            np.vdot(total, moved.quantities) - np.vdot(network, moved.residual)
        )

    def _felt(self, weight: Array, network: Array) -> Array:
        """Weight of every cell's temperature through the chain, shape of the field."""
        machine = self.coupled.machine
        grid = machine.problem.grid
        found = np.zeros(grid.shape)
        layers = machine.case.loss_layers
        planes = {"wafer": machine.heated_planes}
        board = layers.board
        planes["board"] = machine.heated_planes if board is None else _planes(machine, board)
        if layers.bricks is not None:
            planes["brick"] = _planes(machine, layers.bricks)
        for which, moved in self.by_temperature.items():
            if not moved or which not in planes:
                continue
            per_kelvin = np.array(
                [np.vdot(weight, m.quantities) - np.vdot(network, m.residual) for m in moved]
            )
            by_cell = (machine.means.T @ per_kelvin).reshape(grid.ny, grid.nx)
            for k, share in _thickness_shares(machine, planes[which]):
                found[k] += share * by_cell
        return found

    def _heat_weight(self, field: Array) -> Array:
        """Weight of each block's heat in the number, from the adjoint field."""
        machine = self.coupled.machine
        layers = machine.case.loss_layers
        found = np.zeros((len(QUANTITIES), machine.means.shape[0]))
        for name, planes, shares in (
            ("wafer", machine.heated_planes, machine.shares),
            ("bricks", _planes(machine, layers.bricks), machine.even_shares),
            ("board", _planes(machine, layers.board), machine.even_shares),
            ("contact", _planes(machine, layers.contact), machine.even_shares),
        ):
            for k, share in _thickness_shares(machine, planes):
                found[QUANTITIES.index(name)] += share * (shares.T @ field[k].ravel())
        return found


def _planes(machine: Machine, layer: str | None) -> range:
    return range(0) if layer is None else machine.problem.stack.planes(layer)


def _thickness_shares(machine: Machine, planes: range) -> Iterator[tuple[int, float]]:
    """Each plane with its share of their thickness."""
    dz = machine.problem.grid.dz
    whole = sum(dz[k] for k in planes)
    for k in planes:
        yield k, float(dz[k] / whole)


# figures of the parts


def _moved_figures(
    loaded: LoadedCase, network: LinearisedNetwork
) -> Iterator[tuple[str, float, Moved]]:
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
            yield f"{root}.{'.'.join(path)}", value, difference(ends[0], ends[1], 2 * step)


def leaves(part: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], float]]:
    """Every float of a part and of its parts, with the names that lead to it."""
    for entry in fields(part):
        value = getattr(part, entry.name)
        if is_dataclass(value):
            yield from leaves(value, (*path, entry.name))
        elif isinstance(value, float):
            yield (*path, entry.name), value


def with_leaf(part: Any, path: tuple[str, ...], value: float) -> Any:
    """A copy of a part with one of its floats replaced."""
    first, *rest = path
    new = with_leaf(getattr(part, first), tuple(rest), value) if rest else value
    return replace(part, **{first: new})


def _range(loaded: LoadedCase, path: str) -> tuple[float, float] | None:
    """Least and most of a figure by the case file [SI]; None where it says nothing."""
    known = loaded.provenance.get(path)
    if known is None or len(known.range) != 2:
        return None
    parsed = TypeAdapter(_type_of(loaded, path))
    low, high = (parsed.validate_python(_plain(text)) for text in known.range)
    return float(low), float(high)


def _is_temperature(loaded: LoadedCase, path: str) -> bool:
    return _type_of(loaded, path) in (Temperature, Temperature | None)


def _type_of(loaded: LoadedCase, path: str) -> Any:
    """Type of a figure in the schema, unit and limits included."""
    *way, name = path.split(".")
    part: Any = loaded.case
    for step in way:
        part = getattr(part, step)
    return get_type_hints(type(part), include_extras=True)[name]


def _as_given(loaded: LoadedCase, path: str, value: float) -> str:
    given: Any = loaded.raw
    for name in path.split("."):
        given = given.get(name) if isinstance(given, dict) else None
    return f"{value:.6g}" if given is None else str(given)


def _plain(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text
