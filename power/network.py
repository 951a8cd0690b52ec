"""The whole chain from the AC wall to the circuits: one value per block, solved at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .block_sheets import BlockSheets
from .board import feeder_losses
from .circuit import Circuit, Pin, Site
from .collapse import place
from .delivery import Delivery
from .loads import Loads
from .newton import Solution
from .protection import settle

FloatArray = NDArray[np.float64]
PinName = Literal["none", "activity", "wafer heat", "board input"]


@dataclass(frozen=True, kw_only=True)
class NetworkState:
    """What every part of the chain carries.

    Block arrays have one value per block, row * columns + column; a brick has its block's number.
    """

    block_voltage: FloatArray
    """Mean at the circuits [V]."""
    block_worst_voltage: FloatArray
    """At the worst point of each block [V]."""
    block_plane_voltage: FloatArray
    """Of the board's plane at each block, which is the brick's output [V]."""
    block_current: FloatArray
    """[A]."""
    block_power: FloatArray
    """Of the circuits, without the loss in the wafer's grid [W]."""
    block_power_per_kelvin: FloatArray
    """Derivative of the block's power with its temperature at fixed voltage [W/K]."""
    block_leakage: FloatArray
    """Part of the block's power that is leakage [W]."""
    activity: float
    """Factor on the switching power of the whole wafer; 1 unless a total is pinned."""
    brick_current: FloatArray
    """Output [A]."""
    brick_input_power: FloatArray
    """[W]."""
    brick_losses: FloatArray
    """All stages together [W]."""
    brick_temperature: FloatArray
    """[K]; follows the losses only where the case says how."""
    brick_limit: float
    """Output current that a brick is meant to stay below [A]."""
    bricks_held: NDArray[np.bool_]
    """Which bricks are held by their current limit."""
    bricks_shut: NDArray[np.bool_]
    """Which bricks have shut themselves off, beside those that are lost."""
    board_voltage: FloatArray
    """At each brick's input, 50 V side [V]."""
    supply_current: FloatArray
    """One per supply [A]."""
    supply_voltage: FloatArray
    """At each supply's output [V]."""
    supply_load_fraction: FloatArray
    """Output power over rating."""
    losses: dict[str, FloatArray]
    """By part [W]: ``supply`` per supply; per block ``feed``, ``brick fixed-ratio stage`` and
    ``brick regulated stage`` where there are such, ``board plane``, ``contact``, ``wafer grid``."""
    input_power: float
    """From the AC wall [W]."""
    board_input_power: float
    """From the supplies into the boards [W]."""
    balance: float
    """|input - loads - losses| / input."""
    iterations: int
    """Newton iterations."""
    warnings: list[str]
    """Limits that are exceeded, one line each."""
    unknowns: FloatArray = field(repr=False)
    """Newton's vector, for use as the next guess."""
    circuit: Circuit = field(repr=False)
    """The equations that it solves, with the bricks that shut themselves off."""
    pin: Pin
    """What fixed the activity."""


def solve_network(
    delivery: Delivery,
    loads: Loads,
    *,
    columns: int,
    rows: int,
    block_width: float,
    block_height: float,
    nominal_power: ArrayLike,
    wafer_temperature: ArrayLike,
    board_temperature: ArrayLike,
    density_peak: ArrayLike = 1.0,
    density_mean_square: ArrayLike = 1.0,
    brick_temperature: ArrayLike | None = None,
    rated_power: float | None = None,
    pin: PinName = "none",
    target: float | None = None,
    guess: NetworkState | None = None,
    sheets: BlockSheets | None = None,
) -> NetworkState:
    """Voltages, currents and losses of the whole chain.

    Columns are boards. The load line and the droop are control and dissipate nothing; what a
    converter takes in is what it gives out plus its loss.

    Parameters
    ----------
    delivery : Delivery
        The parts.
    loads : Loads
        What the blocks draw.
    columns, rows : int
        Blocks in x and y.
    block_width, block_height : float
        Of one block [m].
    nominal_power : array (blocks,)
        At nominal voltage, leakage temperature and activity 1 [W].
    wafer_temperature : array (blocks,) or float
        Of circuits, wafer grid and contact [K].
    board_temperature : array (blocks,) or float
        Of plane and feeder [K].
    density_peak : array (blocks,) or float
        Largest over mean current density within each block, 1 or more.
    density_mean_square : array (blocks,) or float
        Mean of (local over mean current density)^2 within each block, 1 or more.
    brick_temperature : array (blocks,) or float, optional
        Of the bricks [K]; from their own coolant and losses if left out.
    rated_power : float, optional
        Of a mean block, to which current limits refer [W]; the mean of ``nominal_power`` if left
        out.
    pin : str
        ``"none"``: the activity is 1. ``"activity"``: it is ``target``. ``"wafer heat"``: it is
        such that the loads and the wafer grid turn ``target`` into heat. ``"board input"``: such
        that the supplies give ``target`` to the boards.
    target : float, optional
        Pinned power [W], or activity.
    guess : NetworkState, optional
        A state to begin from, of the same machine.
    sheets : BlockSheets, optional
        Corrections by which the low-voltage side is that of sheets on a grid.

    Returns
    -------
    NetworkState

    Raises
    ------
    VoltageCollapse
        When the loads ask for more than can reach them; names the block or brick.
    ThermalRunaway
        When leakage alone exceeds the pinned power; names the block that leaks most.
    NoSolution
        When the converters alone exceed the pinned input.
    ValueError
        When an array has the wrong size or value, or nothing decides the sharing of current.
    """
    blocks = columns * rows

    def per_block(name: str, values: ArrayLike, least: float) -> FloatArray:
        return _per_block(name, values, blocks, least)

    nominal_power = np.asarray(nominal_power) * (1.0 if sheets is None else sheets.load_scale)
    site = Site(
        columns=columns,
        rows=rows,
        block_width=block_width,
        block_height=block_height,
        nominal_power=per_block("nominal_power", nominal_power, 0.0),
        wafer_temperature=per_block("wafer_temperature", wafer_temperature, 40.0),
        board_temperature=per_block("board_temperature", board_temperature, 40.0),
        density_peak=per_block("density_peak", density_peak, 1.0),
        density_mean_square=per_block("density_mean_square", density_mean_square, 1.0),
        brick_temperature=None
        if brick_temperature is None
        else per_block("brick_temperature", brick_temperature, 40.0),
        rated_power=rated_power,
        sheets=sheets,
    )
    wanted = _pin(pin, target)
    _check(delivery, loads, site, wanted)
    begin = None if guess is None else guess.unknowns
    return _state(*settle(delivery, loads, site, wanted, begin), wanted)


def _per_block(name: str, values: ArrayLike, blocks: int, least: float) -> FloatArray:
    array = np.asarray(values, dtype=float)
    if array.shape not in ((), (blocks,)):
        raise ValueError(f"{name}: found shape {array.shape}; one value per block, ({blocks},)")
    # a mean of squares that is 1 in exact arithmetic may fall short by a rounding error
    if not np.all(np.isfinite(array)) or np.any(array < least - 1e-9):
        raise ValueError(f"{name}: found {array.min():g}; finite values from {least:g} are meant")
    return np.broadcast_to(array, (blocks,))


def _check(delivery: Delivery, loads: Loads, site: Site, pin: Pin) -> None:
    delivery.check(site.columns, site.rows)
    bricks = delivery.bricks
    if bricks.is_stiff and delivery.boards.plane_sheet_resistance == 0 and site.blocks > 1:
        key = "regulated.load_line" if bricks.regulated_last else "fixed_ratio.output_resistance"
        raise ValueError(
            f"bricks.{key}: found 0 ohm with a plane of 0 ohm/sq; one of them above "
            "0 is meant, as nothing else decides how the bricks share"
        )
    warming = bricks.warming
    if warming is not None and site.brick_temperature is None and not warming.is_cooled:
        raise ValueError(
            "bricks.warming: found without 'coolant_temperature' or 'thermal_resistance'; both "
            "are meant where no layer gives the bricks' temperature"
        )
    if np.all(site.nominal_power == 0):
        raise ValueError("nominal_power: found 0 W in all blocks; at least one above 0 is meant")
    if pin.quantity != "activity" and loads.leakage_share == 1:
        raise ValueError(
            f"loads.leakage_fraction: found 1 with pin '{pin.quantity}'; less is meant, as there "
            "is no switching power left to adjust"
        )


def _pin(pin: PinName, target: float | None) -> Pin:
    if pin == "none":
        if target is not None:
            raise ValueError(f"target: found {target:g} W with pin 'none'; no target is meant")
        return Pin("activity", 1.0)
    if pin == "activity" and target is not None and target >= 0:
        return Pin("activity", target)
    if pin == "activity" or target is None or not target > 0:
        raise ValueError(f"target: found {target} with pin '{pin}'; a power above 0 W is meant")
    return Pin(pin, target)


# from a solution to what every part carries


def _state(circuit: Circuit, solution: Solution, pin: Pin) -> NetworkState:
    x, site, loads = solution.unknowns, circuit.site, circuit.loads
    conditions = (site.nominal_power, x[circuit.load_voltage], site.wafer_temperature)
    terminals = circuit.terminals(x)
    taken = circuit.brick_input(x)
    plane, brick_current = terminals.output_voltage, terminals.output_current
    current, power = circuit.load_current(x), circuit.load_power(x)
    losses = losses_of(circuit, x)
    bus, given = circuit.bus_voltage(x)
    of_one = given / np.maximum(circuit.supplies_on_bus, 1)
    supply_current = np.where(circuit.supply_works, of_one[circuit.bus_of_supply], 0.0)
    supply_voltage = np.where(circuit.supply_works, bus[circuit.bus_of_supply], 0.0)
    board_input = circuit.board_input(x)
    input_power = board_input + float(losses["supply"].sum())
    lost = sum(float(part.sum()) for part in losses.values())
    state = NetworkState(
        block_voltage=x[circuit.load_voltage],
        block_worst_voltage=plane - circuit.worst_resistance * current,
        block_plane_voltage=plane,
        block_current=current,
        block_power=power,
        block_power_per_kelvin=loads.power_per_kelvin(*conditions),
        block_leakage=loads.leakage(*conditions),
        activity=float(x[-1]),
        brick_current=brick_current,
        brick_input_power=x[circuit.brick_voltage] * taken.current.value,
        brick_losses=np.sum(list(taken.losses.values()), axis=0),
        brick_temperature=x[circuit.temperature],
        brick_limit=circuit.current_limit,
        bricks_held=circuit.limited(x),
        bricks_shut=circuit.shut,
        board_voltage=x[circuit.brick_voltage],
        supply_current=supply_current,
        supply_voltage=supply_voltage,
        supply_load_fraction=supply_current * supply_voltage / circuit.delivery.supplies.rating,
        losses=losses,
        input_power=input_power,
        board_input_power=board_input,
        balance=abs(input_power - float(power.sum()) - lost) / input_power,
        iterations=solution.iterations,
        warnings=[],
        unknowns=x,
        circuit=circuit,
        pin=pin,
    )
    state.warnings.extend(_warnings(circuit, state))
    return state


def losses_of(circuit: Circuit, x: FloatArray) -> dict[str, FloatArray]:
    """Dissipated power of every part [W]."""
    current = circuit.load_current(x)
    taken = circuit.brick_input(x)
    supplies, works = circuit.delivery.supplies, circuit.supply_works
    bus, given = circuit.bus_voltage(x)
    output = (bus * given / np.maximum(circuit.supplies_on_bus, 1))[circuit.bus_of_supply]
    return {
        "supply": np.where(works, supplies.loss(np.where(works, output, 0.0)), 0.0),
        "feed": _feed_losses(circuit, x, taken.current.value),
        **taken.losses,
        "board plane": _plane_losses(circuit, x[circuit.plane_voltage]),
        "contact": circuit.contact_resistance * current**2,
        "wafer grid": circuit.grid_resistance * current**2,
    }


def _feed_losses(circuit: Circuit, x: FloatArray, taken: FloatArray) -> FloatArray:
    """Of the feeders; that of a board's links to its buses is spread evenly over its bricks."""
    site = circuit.site
    bricks = site.brick_of_board
    fed_from = circuit.delivery.boards.fed_from
    links = circuit.feed_resistance * x[circuit.link_current] ** 2
    per_board = np.bincount(circuit.link_board, links)
    losses = np.empty(site.blocks)
    losses[bricks] = feeder_losses(circuit.feeder, taken[bricks], fed_from)
    losses[bricks] += per_board[:, None] / site.rows
    return losses


def _plane_losses(circuit: Circuit, voltage: FloatArray) -> FloatArray:
    """Of the plane, half of each link's loss to each of its two blocks."""
    if circuit.site.sheets is not None:
        return circuit.site.sheets.plane_loss
    blocks = circuit.site.blocks
    if circuit.plane_is_node:
        return np.zeros(blocks)
    first, second, conductance = circuit.plane
    half = conductance * (voltage[first] - voltage[second]) ** 2 / 2
    losses = np.bincount(first, half, blocks) + np.bincount(second, half, blocks)
    return losses.astype(float)


def _warnings(circuit: Circuit, state: NetworkState) -> list[str]:
    bricks, supplies, limit = circuit.delivery.bricks, circuit.delivery.supplies, state.brick_limit
    nominal = limit / bricks.current_limit
    of_what = f"its limit of {limit:.1f} A ({bricks.current_limit:g} x {nominal:.1f} A)"
    # what folds back is below the limit; a brick that holds it may be above by a rounding error
    over = (state.brick_current > limit) & ~state.bricks_held
    lines = [
        f"brick {place(circuit, brick)} carries {state.brick_current[brick]:.1f} A, over {of_what}"
        for brick in np.flatnonzero(over).tolist()
    ]
    lines += [
        f"brick {place(circuit, brick)} is held at {state.brick_current[brick]:.1f} A by {of_what}"
        for brick in np.flatnonzero(state.bricks_held).tolist()
    ]
    lines += [
        f"brick {place(circuit, brick)} has shut itself off"
        for brick in np.flatnonzero(state.bricks_shut).tolist()
    ]
    return lines + [
        f"supply {supply} gives {state.supply_load_fraction[supply] * supplies.rating:.0f} W, "
        f"over its rating of {supplies.rating:.0f} W"
        for supply in np.flatnonzero(state.supply_load_fraction > 1).tolist()
    ]
