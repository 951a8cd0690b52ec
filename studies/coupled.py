"""Heat and power solved together: losses heat the stack, temperature sets leakage and resistance.

Each round solves the power network at the present temperatures, puts what it dissipates into the
temperature field's equations and corrects the field. The residual is that of the coupled
equations, so that when it is small both sides agree. The growth of leakage with temperature is
part of the correction (Newton's method), so that rounds stay few close to thermal runaway.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from geometry.conduction import Face, half_cell
from geometry.errors import NoSolution, ThermalRunaway
from power.block_sheets import BlockSheets
from power.network import NetworkState, PinName, solve_network
from thermal.engine import Engine
from thermal.steady import Feedback, SteadySolver, ThermalProblem

from .build import Machine
from .coarser_grid import on_coarser_grid, refined
from .engines import make_engine
from .sheets import SheetState

Array = NDArray[np.float64]
Progress = Callable[[int, float], None]
"""Called each round with its number and the relative residual."""

TOLERANCE = 1e-10
"""Of the residual, relative to the heat put in."""
ENOUGH = 1e-8
"""Residual that will do after the last round, where rounding keeps it from falling on."""
MOST_ROUNDS = 80
FAR_FROM_RUNAWAY = 0.5
"""Bound of the leakage loop's gain up to which a coarser grid's answer is a guess."""
OF_FIELD = ("device", "grid", "layers", "faces", "coolant")
"""Sections of a case that the coefficients of its temperature field come from."""
FIRST_TURNS = 3
"""Of chain and sheets before there is anything to begin from."""
COLDEST = 40.0
"""Block temperature below which a round led nowhere [K]; no material's law is known there."""
NOT_FINITE = (
    "no finite temperature takes the heat away: a conductivity falls with temperature faster than "
    "the heat can leave, or a number of the case is beyond all measure"
)


@dataclass(frozen=True)
class Drawn:
    """What the device draws and loses at given temperatures, per block.

    Attributes
    ----------
    power : array, shape (n_blocks,)
        Of the circuits [W].
    leakage : array, shape (n_blocks,)
        Part of it that is leakage [W].
    per_kelvin : array, shape (n_blocks,)
        Growth of the power with temperature at fixed voltage [W/K].
    activity : float
        Factor on the switching power.
    network : NetworkState or None
        The power delivery, when the case has one.
    sheets : SheetState or None
        Its low-voltage side as fields, where they are asked for.
    """

    power: Array
    leakage: Array
    per_kelvin: Array
    activity: float
    network: NetworkState | None
    sheets: SheetState | None = None

    @property
    def unsettled(self) -> float:
        """How far the chain and its sheets are from agreeing, relative."""
        if self.network is None or self.sheets is None:
            return 0.0
        return self.sheets.off(self.network)


@dataclass(frozen=True)
class Coupled:
    """A solved case.

    Attributes
    ----------
    machine : Machine
    solver : Engine
        Holds the temperature field.
    heat : dict of plane index to array, shape (ny, nx)
        Heat put into the stack [W].
    drawn : Drawn
    rounds : int
        Rounds of the coupled iteration.
    residual : float
        Of the coupled equations, relative to the heat put in.
    leakage_gain : float
        Growth of leakage caused by a watt of leakage, at most; 1 is thermal runaway.
    """

    machine: Machine
    solver: Engine
    heat: dict[int, Array]
    drawn: Drawn
    rounds: int
    residual: float
    leakage_gain: float


def solve_coupled(
    machine: Machine,
    progress: Progress | None = None,
    engine: str | None = None,
    start: Coupled | None = None,
) -> Coupled:
    """The steady state of a case, by the engine named or else the one that suits it.

    Parameters
    ----------
    machine : Machine
    progress : callable, optional
        Called each round.
    engine : str, optional
    start : Coupled, optional
        A similar case to begin from: fewer rounds, the same state within the tolerance. It is left
        aside where its cells or blocks are others, and near thermal runaway.

    Raises
    ------
    ThermalRunaway, VoltageCollapse
        When there is none; the message names the block and the reason.
    NoSolution
        When the iteration does not come to rest.
    """
    # the arrays are too small for BLAS threads to gain time: they only spin
    # what overflows on the way to no solution is found below, as it is not finite
    quiet = np.errstate(over="ignore", divide="ignore", invalid="ignore")
    with threadpool_limits(limits=1, user_api="blas"), quiet:
        found = None if start is None else _from_start(machine, progress, engine, start)
        return found or _solve(machine, progress, engine)


def _from_start(
    machine: Machine, progress: Progress | None, engine: str | None, start: Coupled
) -> Coupled | None:
    """The state found from a similar one; None where only the way from below is sure."""
    alike = (
        start.leakage_gain < FAR_FROM_RUNAWAY
        and start.solver.rise.shape == machine.problem.grid.shape
        and start.machine.floorplan.n_blocks == machine.floorplan.n_blocks
        and (start.drawn.network is None) == (machine.case.delivery is None)
    )
    if not alike or engine == "fipy":
        return None
    try:
        found = _solve(machine, progress, engine, start)
    except NoSolution:
        return None
    network = found.drawn.network
    tripped = network is not None and bool(np.any(network.bricks_shut | network.bricks_held))
    return found if found.leakage_gain < FAR_FROM_RUNAWAY and not tripped else None


def _solve(
    machine: Machine,
    progress: Progress | None,
    engine: str | None,
    near: Coupled | None = None,
) -> Coupled:
    if near is None and engine != "fipy":
        near = _near(machine, engine)
    solver = _engine(machine, engine, near)
    drawn = None if near is None else replace(near.drawn, sheets=None)
    produced = None if near is None else near.drawn.power
    last = 1.0
    heat: dict[int, Array] = {}
    for count in range(1, MOST_ROUNDS + 1):
        temperature = block_temperature(machine, solver, heat)
        if not np.isfinite(temperature).all():
            raise NoSolution(NOT_FINITE)
        if temperature.min() < COLDEST:
            raise NoSolution(
                "heat and power found no state in common: what the blocks make grows with their "
                f"temperature faster than it is taken away; round {count} led beyond, to "
                f"{temperature.min():.0f} K"
            )
        drawn = draw(machine, solver, temperature, drawn)
        heat = heat_by_plane(machine, drawn)
        warm_the_faces(machine, solver)
        solver.renew()
        residual = solver.residual(heat)
        error = solver.error(residual, heat)
        if progress is not None:
            progress(count, error)
        if not np.isfinite(error):
            raise NoSolution(NOT_FINITE)
        gain = _gain_at_most(machine, temperature, drawn, produced)
        enough = TOLERANCE if count < MOST_ROUNDS else ENOUGH
        if max(error, drawn.unsettled) <= enough:
            return Coupled(machine, solver, heat, drawn, count, error, gain)
        # the first round finds where the cold device's power leads, the next what follows from it
        feedback = _feedback(machine, drawn) if produced is not None else None
        if feedback is not None and gain >= 1 and _is_free(machine):
            _refuse_runaway(machine, solver, feedback, drawn, temperature)
        # no further than the next round's new coefficients will let it stand: half of what the
        # last round gained, but not below what is needed to be done
        gained = 0.02 if count == 1 else error / last
        target = max(min(0.01, 0.5 * gained), 0.3 * TOLERANCE / error)
        last = error
        solver.correct(residual, target, feedback)
        produced = drawn.power
        if feedback is not None:
            grown = block_temperature(machine, solver, heat) - temperature
            produced = produced + feedback.slope * grown
    raise NoSolution(
        f"heat and power did not come to rest in {MOST_ROUNDS} rounds; residual {error:.1e}"
    )


def _engine(machine: Machine, engine: str | None, near: Coupled | None) -> Engine:
    """The engine, at rest or at another solution's field on this machine's cells."""
    problem = machine.problem
    if near is None:
        solver = make_engine(engine, problem, None)
        if problem.emissivity and isinstance(solver, SteadySolver):
            _warm_up(machine, solver)
        return solver
    solved, rise = near.solver, near.solver.rise
    is_alike = engine in (None, solved.name) and _is_same_field(machine, near)
    if is_alike and isinstance(solved, SteadySolver):
        return _taken_over(solved, problem)
    if rise.shape != problem.grid.shape:
        return make_engine(engine, problem, refined(rise, *problem.grid.shape[1:]))
    solver = make_engine(engine, problem, rise)
    solver.face_rise = dict(near.solver.face_rise)
    solver.renew()
    return solver


def _is_same_field(machine: Machine, near: Coupled) -> bool:
    """Whether all that the field's coefficients come from is that of a solved case."""
    if machine.problem.grid.shape != near.machine.problem.grid.shape:
        return False
    case, solved = machine.case, near.machine.case
    sheets = [(c.heat.at, *map(c.heat.sheet_in, c.layers)) for c in (case, solved)]
    alike = all(getattr(case, name) == getattr(solved, name) for name in OF_FIELD)
    return alike and sheets[0] == sheets[1]


def _taken_over(solved: SteadySolver, problem: ThermalProblem) -> SteadySolver:
    """A solver that goes on from a solved one, with its preconditioner."""
    solver = copy.copy(solved)
    solver.problem, solver.rise = problem, solved.rise.copy()
    solver.face_rise = dict(solved.face_rise)
    solver.iterations, solver.sizes = 0, []
    return solver


def _near(machine: Machine, engine: str | None) -> Coupled | None:
    """The answer on a coarser grid, where there is one and it is far from thermal runaway.

    Close to runaway the rounds must come from below, which a guess need not do.
    """
    coarse = on_coarser_grid(machine)
    if coarse is None:
        return None
    try:
        found = _solve(coarse, None, engine)
    except NoSolution:
        return None
    return found if found.leakage_gain < FAR_FROM_RUNAWAY else None


def _warm_up(machine: Machine, solver: SteadySolver) -> None:
    """Start radiating faces near where the cold device's power leads.

    A cold face takes so little that the first round would leap far above, where leakage is out of
    all proportion.
    """
    cold = block_temperature(machine, solver, {})
    heat = heat_by_plane(machine, draw(machine, solver, cold, None))
    solver.solve(heat, tolerance=1e-3, most_rounds=MOST_ROUNDS)


def junction_rise(machine: Machine, solver: Engine, heat: dict[int, Array]) -> Array:
    """Rise where the device makes its heat [K], shape (planes, ny, nx).

    Where the heat is put on an outer face it is that face's, half a cell beyond the plane.
    """
    planes = machine.heated_planes
    rise = solver.rise[planes[0] : planes[-1] + 1]
    if machine.case.heat.at not in ("top face", "bottom face") or planes[0] not in heat:
        return rise
    grid, k = machine.problem.grid, planes[0]
    half = half_cell(solver.conductivity[k][2], grid.dz[k], grid.cell_area)
    drop = heat[k] / half
    cover = solver.cover.get(k)
    if cover is not None:
        drop = np.divide(drop, cover, out=np.zeros_like(drop), where=cover > 0)
    return rise + drop


def block_temperature(machine: Machine, solver: Engine, heat: dict[int, Array]) -> Array:
    """Mean temperature of each block where it makes its heat [K]."""
    weight = machine.problem.grid.dz[list(machine.heated_planes)]
    rise = junction_rise(machine, solver, heat)
    mean = np.tensordot(weight / weight.sum(), rise, axes=1)
    return machine.means @ mean.ravel() + machine.problem.reference_temperature


def layer_temperature(machine: Machine, solver: Engine, name: str) -> Array:
    """Mean temperature of each block's part of a layer [K]."""
    mean = _mean_of_planes(machine, solver, machine.problem.stack.planes(name))
    return machine.means @ mean.ravel()


def _mean_of_planes(machine: Machine, solver: Engine, planes: range) -> Array:
    """Mean temperature through some planes of each column of cells [K], (ny, nx)."""
    weight = machine.problem.grid.dz[list(planes)]
    mean = np.tensordot(weight / weight.sum(), solver.rise[planes[0] : planes[-1] + 1], axes=1)
    return np.asarray(mean + machine.problem.reference_temperature)


def draw(
    machine: Machine,
    solver: Engine,
    temperature: Array,
    last: Drawn | None,
    factor: float = 1.0,
) -> Drawn:
    """What the device draws at its blocks' temperatures [K].

    ``last`` is a guess, by whose sheets, if there are any, the chain is corrected; ``factor``,
    above 0 where the case has loads, multiplies the nominal power of every block, leakage included.
    """
    case, nominal = machine.case, machine.power_map.block_power * factor
    zero = np.zeros_like(nominal)
    if case.loads is None:
        return Drawn(nominal, zero, zero, 1.0, None)
    if case.delivery is None:
        return _draw_without_delivery(machine, temperature, nominal)
    layers, board, bricks = case.loss_layers, temperature, None
    if layers.board is not None:
        board = layer_temperature(machine, solver, layers.board)
    if layers.bricks is not None:
        bricks = layer_temperature(machine, solver, layers.bricks)
    if machine.sheets is None:
        guess = None if last is None else last.network
        return _drawn(solve_delivery(machine, temperature, board, bricks, guess, factor))
    where = _temperatures_of_sheets(machine, solver)
    network, sheets = (None, None) if last is None else (last.network, last.sheets)
    for _ in range(FIRST_TURNS if sheets is None else 1):
        blocks = None if sheets is None else sheets.blocks
        network = solve_delivery(machine, temperature, board, bricks, network, factor, blocks)
        sheets = machine.sheets.solve(network, factor, (temperature, board), where, sheets)
    assert network is not None
    return _drawn(network, sheets)


def _drawn(network: NetworkState, sheets: SheetState | None = None) -> Drawn:
    return Drawn(
        network.block_power,
        network.block_leakage,
        network.block_power_per_kelvin,
        network.activity,
        network,
        sheets,
    )


def solve_delivery(
    machine: Machine,
    wafer: Array,
    board: Array,
    bricks: Array | None,
    guess: NetworkState | None,
    factor: float = 1.0,
    sheets: BlockSheets | None = None,
) -> NetworkState:
    """The power delivery at given temperatures per block [K]; as ``draw``.

    ``sheets`` corrects its low-voltage side to that of sheets on the grid.
    """
    case, nominal = machine.case, machine.power_map.block_power * factor
    assert case.delivery is not None
    assert case.loads is not None
    device = case.device
    pin, target = _pin(machine, float(nominal.sum()))
    return solve_network(
        case.delivery,
        case.loads,
        columns=device.columns,
        rows=device.rows,
        block_width=device.width / device.columns,
        block_height=device.height / device.rows,
        nominal_power=nominal,
        wafer_temperature=wafer,
        board_temperature=board,
        density_peak=machine.power_map.density_peak,
        density_mean_square=machine.power_map.density_mean_square,
        brick_temperature=bricks,
        rated_power=float(machine.power_map.block_power.mean()),
        pin=pin,
        target=target,
        guess=guess,
        sheets=sheets,
    )


def _pin(machine: Machine, total: float) -> tuple[PinName, float | None]:
    """What fixes the activity, and at which value."""
    if machine.activity is not None:
        return "activity", machine.activity
    pins: dict[str, tuple[PinName, float | None]] = {
        "heat in the silicon": ("wafer heat", total),
        "input to the boards": ("board input", total),
        "at nominal conditions": ("none", None),
    }
    return pins[machine.case.heat.power_is]


def _temperatures_of_sheets(machine: Machine, solver: Engine) -> tuple[Array, Array]:
    """Of the wafer's metal and contact, and of the board, in each column of cells [K], (ny, nx)."""
    wafer = _mean_of_planes(machine, solver, machine.heated_planes)
    name = machine.case.loss_layers.board
    if name is None:
        return wafer, wafer
    return wafer, _mean_of_planes(machine, solver, machine.problem.stack.planes(name))


def _draw_without_delivery(machine: Machine, temperature: Array, nominal: Array) -> Drawn:
    """At the nominal voltage; the activity solved for where the heat is pinned."""
    case = machine.case
    loads = case.loads
    assert loads is not None
    leakage = loads.leakage(nominal, temperature=temperature)
    activity = 1.0
    if case.heat.power_is == "heat in the silicon":
        activity = float((nominal.sum() - leakage.sum()) / loads.power_per_activity(nominal).sum())
        if activity < 0:
            worst = int(np.argmax(leakage))
            raise ThermalRunaway(
                f"leakage alone, {leakage.sum():.6g} W at up to {temperature.max() - 273.15:.1f} "
                f"degC, exceeds the {nominal.sum():.6g} W of the device; most of it in "
                f"{place(machine, worst)}"
            )
    power = loads.power(nominal, temperature=temperature, activity=activity)
    per_kelvin = loads.power_per_kelvin(nominal, temperature=temperature)
    return Drawn(power, leakage, per_kelvin, activity, None)


def heat_by_plane(machine: Machine, drawn: Drawn) -> dict[int, Array]:
    """Heat put into each plane [W]: the circuits', other layers', and each loss in its layer."""
    heat: dict[int, Array] = {}
    grid, network = machine.problem.grid, drawn.network
    area = machine.floorplan.areas
    for layer, own in machine.case.heat.layers.items():
        even = machine.even_shares @ (own.power * area / area.sum())
        spread_heat(heat, machine, machine.active_planes(layer), even)
    if network is None:
        spread_heat(heat, machine, machine.heated_planes, machine.shares @ drawn.power)
    else:
        cells = _heat_of_delivery(machine, drawn, network)
        layers = machine.case.loss_layers
        spread_heat(heat, machine, machine.heated_planes, cells["wafer"])
        for name, part in (
            (layers.bricks, machine.even_shares @ network.brick_losses),
            (layers.board, machine.even_shares @ network.losses["feed"] + cells["plane"]),
            (layers.contact, cells["contact"]),
        ):
            if name is not None:
                spread_heat(heat, machine, machine.problem.stack.planes(name), part)
    return {k: q.reshape(grid.ny, grid.nx) for k, q in heat.items()}


def _heat_of_delivery(machine: Machine, drawn: Drawn, network: NetworkState) -> dict[str, Array]:
    """Of the low-voltage side in each column of cells [W]: as its sheets have it, or by block."""
    if machine.sheets is not None and drawn.sheets is not None:
        by_cell = machine.sheets.heat(drawn.sheets, network)
        return {name: cells.ravel() for name, cells in by_cell.items()}
    losses = network.losses
    return {
        "wafer": machine.shares @ (drawn.power + losses["wafer grid"]),
        "contact": machine.even_shares @ losses["contact"],
        "plane": machine.even_shares @ losses["board plane"],
    }


def spread_heat(heat: dict[int, Array], machine: Machine, planes: range, cells: Array) -> None:
    """Add heat per cell of the plane, divided over ``planes`` by their thickness."""
    dz = machine.problem.grid.dz
    whole = sum(dz[k] for k in planes)
    for k in planes:
        heat[k] = heat.get(k, 0.0) + cells * (dz[k] / whole)


def warm_the_faces(machine: Machine, solver: Engine) -> None:
    """A coolant that flows along a face is on average warmer than it came by half its rise."""
    coolant = machine.problem.coolant
    for face in machine.problem.boundaries:
        outer = getattr(machine.case.faces, face)
        if outer.flow is not None and coolant is not None:
            solver.face_rise[face] = face_flow_rise(machine, solver, face) / 2


def face_flow_rise(machine: Machine, solver: Engine, face: Face) -> float:
    """Rise of the coolant that flows along a face, from its inlet to its outlet [K]."""
    outer, coolant = getattr(machine.case.faces, face), machine.problem.coolant
    assert coolant is not None
    inlet = machine.problem.boundaries[face].value
    capacity = float(coolant.fluid.density(inlet) * coolant.fluid.heat_capacity(inlet))
    return solver.heat_through_faces()[face] / (capacity * outer.flow)


def place(machine: Machine, block: int) -> str:
    """A block in words: its number and place, or its name in a floorplan of its own."""
    plan = machine.floorplan
    if plan.columns is None:
        return f"block {plan.names[block]}"
    row, column = divmod(block, plan.columns)
    return f"block {block} (column {column}, row {row})"


def _is_free(machine: Machine) -> bool:
    """Whether the total may grow with leakage, rather than being pinned."""
    return machine.activity is not None or machine.case.heat.power_is == "at nominal conditions"


def _feedback(machine: Machine, drawn: Drawn) -> Feedback | None:
    """Leakage's growth; where the total is pinned, less the switching power that makes way."""
    if not np.any(drawn.per_kelvin):
        return None
    switching = np.zeros_like(drawn.power) if _is_free(machine) else drawn.power - drawn.leakage
    back = switching / (float(switching.sum()) or 1.0)
    plane = machine.heated_planes[-1]
    return Feedback(plane, machine.shares, machine.means, drawn.per_kelvin, back)


def _gain_at_most(
    machine: Machine, temperature: Array, drawn: Drawn, produced: Array | None
) -> float:
    """Bound of the leakage loop's gain: a block's own part of its rise is at most all of it.

    ``produced`` is the power that brought the blocks to their temperature; None before the first
    round.
    """
    if produced is None or not np.any(drawn.per_kelvin):
        return 0.0
    rise = np.maximum(temperature - machine.problem.reference_temperature, 0)
    return float(np.max(rise * drawn.per_kelvin / np.maximum(produced, 1e-300)))


def _refuse_runaway(
    machine: Machine,
    solver: Engine,
    feedback: Feedback,
    drawn: Drawn,
    temperature: Array,
) -> None:
    """Raise when the leakage loop's gain is 1 or more.

    The gain is the largest eigenvalue of the map from leakage to temperature to leakage, by power
    iteration. The rounds approach a steady state from below, where leakage is convex in
    temperature: once the gain is 1 there is none above.
    """
    grown = np.ones(len(feedback.slope))
    for _ in range(5):
        source = np.zeros(solver.grid.shape)
        source[feedback.plane] = (feedback.shares @ (feedback.slope * grown)).reshape(
            solver.grid.ny, solver.grid.nx
        )
        response, _ = solver.respond(source, tolerance=0.01)
        new = feedback.means @ response[feedback.plane].ravel()
        gain = float(np.linalg.norm(new) / np.linalg.norm(grown))
        grown = new / np.linalg.norm(new)
    if gain < 1:
        return
    block = int(np.argmax(grown * feedback.slope))
    raise ThermalRunaway(
        f"{place(machine, block)}: at {temperature[block] - 273.15:.0f} degC its leakage "
        f"is {drawn.leakage[block]:.4g} W and each watt more of it brings {gain:.2f} W more; "
        "the coolant cannot take the heat away at any temperature"
    )
