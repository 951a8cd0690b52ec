"""The equations of the whole chain.

Unknowns, and at the same place in the vector the equation that goes with each:

==============  ====================================  ==========================================
unknown         one per                               equation
==============  ====================================  ==========================================
load voltage    block                                 drop through contact and wafer grid
plane voltage   block (one in all on a perfect        currents sum to nought on the plane
                plane)
brick current   brick (output)                        set-point less the load line, or input
                                                      voltage by the ratio; its limit; nought
brick voltage   brick (50 V input)                    drop along the board's feeder
feed voltage    board                                 currents sum to nought at the feed point
link current    connection of a bus to a board        supply's droop and feed resistance
temperature     brick                                 its coolant's, and warmed by its own loss
activity        wafer                                 the pin: a given activity, heat or input
==============  ====================================  ==========================================

All of it is linear but the load currents, the bricks' input currents, control and losses, and the
pin. With g for those five, the residual is ``A x + M g(x) - b`` and its Jacobian ``A + M dg/dx``.

The control of a brick that keeps to a limit is ``max(a, c b) = 0``: a is by how much its voltage
is above what it gives, b by how much its current is above what the limit lets through. One of the
two is nought and the other below, whatever c > 0 is.

A part that is lost keeps its unknowns: a brick's current, a link's current, and the voltage of a
board that no bus reaches are then nought.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .block_sheets import BlockSheets
from .board import (
    REFERENCE_TEMPERATURE,
    copper_factor,
    feeder_resistances,
    feeder_segments,
    plane_links,
)
from .brick_laws import Sloped, Slopes, Taken, Terminals, over_current, over_voltage, taken
from .loads import Loads

if TYPE_CHECKING:
    from .network import Delivery

FloatArray = NDArray[np.float64]
Entries = list[tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]]


class Pin(NamedTuple):
    """What fixes the activity, and at which value [1 or W]."""

    quantity: Literal["activity", "wafer heat", "board input"]
    target: float

    @property
    def scale(self) -> float:
        """What the excess over the target is divided by."""
        return 1.0 if self.quantity == "activity" else self.target


@dataclass(frozen=True)
class Site:
    """The wafer as the circuit meets it: its blocks, their power and temperatures.

    Arrays have one value per block, block = row * columns + column. With ``sheets`` the resistances
    between brick and circuits are theirs.
    """

    columns: int
    rows: int
    block_width: float
    block_height: float
    nominal_power: FloatArray
    wafer_temperature: FloatArray
    board_temperature: FloatArray
    density_peak: FloatArray
    density_mean_square: FloatArray
    brick_temperature: FloatArray | None = None
    """Of each brick [K]; from its own coolant if left out."""
    rated_power: float | None = None
    """Of a mean block, to which current limits refer [W]; the nominal power's mean if left out."""
    sheets: BlockSheets | None = None

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return self.columns * self.rows

    @property
    def brick_of_board(self) -> NDArray[np.int64]:
        """Bricks of each board in order along y, shape (boards, bricks)."""
        return np.arange(self.blocks).reshape(self.rows, self.columns).T


class Circuit:
    """The chain as equations.

    Parameters
    ----------
    delivery : Delivery
        The parts, and which of them are lost.
    loads : Loads
        What the blocks draw.
    site : Site
        Blocks, power and temperatures.
    shut : array (blocks,), optional
        Which bricks have shut themselves off, beside those that are lost.
    """

    def __init__(
        self,
        delivery: Delivery,
        loads: Loads,
        site: Site,
        shut: NDArray[np.bool_] | None = None,
    ) -> None:
        self.delivery, self.loads, self.site = delivery, loads, site
        n, boards = site.blocks, site.columns
        self.no_load = delivery.no_load_voltages(n)
        has_set_points = delivery.bricks.regulated is not None
        self.set_points = delivery.bricks.set_points(n) if has_set_points else self.no_load
        self.plane_is_node = delivery.boards.plane_sheet_resistance == 0 or n == 1
        self.node = np.zeros(n, dtype=np.int64) if self.plane_is_node else np.arange(n)
        self._find_what_works(shut)
        sizes = [n, int(self.node[-1]) + 1, n, n, boards, len(self.link_bus), n, 1]
        ends = np.cumsum(sizes).tolist()
        parts = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        self.load_voltage, self.plane_voltage, self.brick_current = parts[:3]
        self.brick_voltage, self.feed_voltage, self.link_current, self.temperature = parts[3:7]
        self.size = ends[-1]
        self.linear = _collect(self._linear_entries(), (self.size, self.size))
        self.mixing = _collect(self._mixing_entries(), (self.size, 4 * n + 1))
        self.constant = self._constant()

    def _find_what_works(self, shut: NDArray[np.bool_] | None) -> None:
        """Supplies, links, boards and bricks that are neither lost nor cut off."""
        supplies, outage, site = self.delivery.supplies, self.delivery.outage, self.site
        self.bus_of_supply = supplies.bus_of_supply(site.columns)
        self.supply_works = ~np.isin(self.bus_of_supply, outage.feeds)
        self.supply_works[list(outage.supplies)] = False
        buses = int(self.bus_of_supply[-1]) + 1
        self.supplies_on_bus = np.bincount(self.bus_of_supply[self.supply_works], minlength=buses)
        self.link_bus, self.link_board = supplies.links(site.columns)
        self.link_works = self.supplies_on_bus[self.link_bus] > 0
        self.link_works &= ~np.isin(self.link_board, outage.boards)
        self.board_works = np.bincount(self.link_board, self.link_works) > 0
        works = ~outage.lost_bricks(site.columns, site.rows)
        works &= np.tile(self.board_works, site.rows)
        self.shut = np.zeros(site.blocks, dtype=bool) if shut is None else shut
        self.brick_works = works & ~self.shut

    # resistances at their temperatures

    @cached_property
    def contact_resistance(self) -> FloatArray:
        """Of each block's contact, by loss over its current squared [ohm]."""
        if self.site.sheets is not None:
            return self.site.sheets.contact_resistance
        return self._contact_areal_resistance * self._per_area_hot

    @property
    def _contact_areal_resistance(self) -> FloatArray:
        """Of each block's contact, lost or not [ohm m2]."""
        factors = self.delivery.outage.contact_factors(self.site.blocks)
        return factors * self.delivery.contact.areal_resistance

    @cached_property
    def grid_resistance(self) -> FloatArray:
        """Of each block's wafer grid, by loss over its current squared [ohm]."""
        if self.site.sheets is not None:
            return self.site.sheets.grid_resistance
        return self.delivery.wafer_grid.mean_areal_resistance * self._per_area_hot

    @cached_property
    def worst_resistance(self) -> FloatArray:
        """From the plane to the worst point of each block, drop over block current [ohm]."""
        if self.site.sheets is not None:
            return self.site.sheets.worst_resistance
        parts = self._contact_areal_resistance
        parts += self.delivery.wafer_grid.worst_areal_resistance
        site = self.site
        area = site.block_width * site.block_height
        return parts / area * copper_factor(site.wafer_temperature) * site.density_peak

    @property
    def _per_area_hot(self) -> FloatArray:
        site = self.site
        area = site.block_width * site.block_height
        return copper_factor(site.wafer_temperature) * site.density_mean_square / area

    @cached_property
    def feeder(self) -> FloatArray:
        """Resistance of each feeder segment, by board [ohm]."""
        boards = self.delivery.boards
        temperature = self.site.board_temperature[self.site.brick_of_board]
        return feeder_segments(boards.segment_resistance, temperature, boards.fed_from)

    @cached_property
    def feed_resistance(self) -> FloatArray:
        """Of each link from a bus to a board, at the board's mean temperature [ohm]."""
        temperature = self.site.board_temperature[self.site.brick_of_board].mean(axis=1)
        return self.delivery.boards.feed_resistance * copper_factor(temperature)[self.link_board]

    @cached_property
    def droop(self) -> FloatArray:
        """Fall of each bus per ampere that it gives [ohm]."""
        return self.delivery.supplies.droop / np.maximum(self.supplies_on_bus, 1)

    @cached_property
    def current_limit(self) -> float:
        """Output current that a brick is meant to stay below [A]."""
        rated, site = self.site.rated_power, self.site
        power = float(site.nominal_power.mean()) if rated is None else rated
        return self.delivery.bricks.current_limit * power / self.loads.nominal_voltage

    @cached_property
    def plane(self) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
        """Links of the low-voltage plane: the two blocks and the conductance [S] of each."""
        site = self.site
        sheet = self.delivery.boards.plane_sheet_resistance * copper_factor(site.board_temperature)
        return plane_links(sheet, site.columns, site.rows, site.block_width, site.block_height)

    # the linear part

    def _linear_entries(self) -> Entries:
        block = np.arange(self.site.blocks)
        one = np.ones(self.site.blocks)
        load, inlet = self.load_voltage.start + block, self.brick_voltage.start + block
        brick = self.brick_current.start + block
        plane = self.plane_voltage.start + self.node
        feed = self.feed_voltage.start + block % self.site.columns
        warm, off = self.temperature.start + block, brick[~self.brick_works]
        return [
            (load, plane, one),
            (load, load, -one),
            (plane, brick, one),
            *self._plane_entries(),
            (off, off, np.ones(off.size)),
            (inlet, feed, one),
            (inlet, inlet, -one),
            (warm, warm, one),
            *self._supply_entries(),
        ]

    def _plane_entries(self) -> Entries:
        """Minus the conductances of the plane."""
        if self.plane_is_node:
            return []
        first, second, g = self.plane
        i, j = self.plane_voltage.start + first, self.plane_voltage.start + second
        return [(i, i, -g), (j, j, -g), (i, j, g), (j, i, g)]

    def _supply_entries(self) -> Entries:
        """Feed points, and each link's way from its bus to its board."""
        link = self.link_current.start + np.arange(len(self.link_bus))
        feed = self.feed_voltage.start + self.link_board
        works = self.link_works
        same_bus = self.link_bus[:, None] == self.link_bus
        i, j = np.nonzero(same_bus & works & works[:, None])
        dark = self.feed_voltage.start + np.flatnonzero(~self.board_works)
        return [
            (feed, link, np.ones(len(link))),
            (dark, dark, np.ones(dark.size)),
            (link[works], feed[works], -np.ones(int(works.sum()))),
            (link, link, np.where(works, -self.feed_resistance, 1.0)),
            (link[i], link[j], -self.droop[self.link_bus[i]]),
        ]

    def _mixing_entries(self) -> Entries:
        """Where g acts.

        Its n load currents, n brick input currents, n controls, n brick losses, and the pin.
        """
        site, n = self.site, self.site.blocks
        block, one = np.arange(n), np.ones(n)
        series = self.contact_resistance + self.grid_resistance
        bricks = site.brick_of_board
        r = feeder_resistances(self.feeder, self.delivery.boards.fed_from)
        i = np.broadcast_to(bricks[:, :, None], r.shape).ravel()
        j = np.broadcast_to(bricks[:, None, :], r.shape).ravel()
        return [
            (self.load_voltage.start + block, block, -series),
            (self.plane_voltage.start + self.node, block, -one),
            (self.brick_voltage.start + i, n + j, -r.ravel()),
            (self.feed_voltage.start + block % site.columns, n + block, -one),
            (self.brick_current.start + block, 2 * n + block, one),
            (self.temperature.start + block, 3 * n + block, -self.own_warming * one),
            (np.array([self.size - 1]), np.array([4 * n]), np.ones(1)),
        ]

    @property
    def own_warming(self) -> float:
        """Rise of a brick's temperature per watt that it loses, where that is for us to say."""
        warming = self.delivery.bricks.warming
        if warming is None or self.site.brick_temperature is not None:
            return 0.0
        return warming.thermal_resistance or 0.0

    @cached_property
    def idle_temperature(self) -> FloatArray:
        """Of each brick without its own warming [K]."""
        warming, given = self.delivery.bricks.warming, self.site.brick_temperature
        if given is not None:
            return given
        known = None if warming is None else warming.coolant_temperature
        return np.full(self.site.blocks, REFERENCE_TEMPERATURE if known is None else known)

    def _constant(self) -> FloatArray:
        b = np.zeros(self.size)
        b[self.link_current] = np.where(self.link_works, -self.delivery.supplies.voltage, 0.0)
        b[self.temperature] = self.idle_temperature
        sheets = self.site.sheets
        if sheets is not None:
            b[self.load_voltage] = sheets.drop
            np.add.at(b, self.plane_voltage.start + self.node, sheets.plane_current)
        return b

    def start(self) -> FloatArray:
        """Unknowns without load: from here Newton's method comes down the upper branch."""
        x = np.zeros(self.size)
        x[self.load_voltage] = x[self.plane_voltage] = self.no_load.max()
        x[self.brick_voltage] = x[self.feed_voltage] = self.delivery.supplies.voltage
        x[self.temperature] = self.idle_temperature
        x[-1] = 1.0
        return x

    def voltages(self, x: FloatArray) -> FloatArray:
        """Those of all loads and of the inputs of all bricks that work [V]."""
        return np.concatenate([x[self.load_voltage], x[self.brick_voltage][self.brick_works]])

    @cached_property
    def scale(self) -> FloatArray:
        """Size of each unknown, to judge a step by."""
        x = np.abs(self.start())
        supplies = self.delivery.supplies
        power = self.site.nominal_power.mean()
        x[self.brick_current] = power / self.loads.nominal_voltage
        x[self.link_current] = power * self.site.rows / supplies.voltage
        return x

    # the part that is not linear

    def terminals(self, x: FloatArray) -> Terminals:
        """State of each brick; of one that does not work what keeps its laws finite."""
        works, supply = self.brick_works, self.delivery.supplies.voltage
        return Terminals(
            np.where(works, x[self.brick_voltage], supply),
            x[self.plane_voltage][self.node],
            x[self.brick_current],
            x[self.temperature],
        )

    def brick_input(self, x: FloatArray) -> Taken:
        """What each brick draws from its board and loses; nought of one that does not work."""
        found, works = taken(self.delivery.bricks, self.terminals(x)), self.brick_works
        return Taken(
            _masked(found.current, works),
            {name: np.where(works, loss, 0.0) for name, loss in found.losses.items()},
            found.left,
        )

    def brick_loss(self, x: FloatArray) -> Sloped:
        """Of each brick, ``E I_in - V I`` [W]."""
        current, at = self.brick_input(x).current, self.terminals(x)
        given = at.output_voltage * at.output_current
        slopes = current.slopes.times(at.input_voltage).plus(
            Slopes(current.value, -at.output_current, -at.output_voltage)
        )
        return _masked(Sloped(at.input_voltage * current.value - given, slopes), self.brick_works)

    def limited(self, x: FloatArray) -> NDArray[np.bool_]:
        """Which bricks are held by their current limit rather than by their voltage."""
        above, over = self._above_voltage(x), self._above_limit(x)
        return self.brick_works & (over.value > above.value)

    def _above_limit(self, x: FloatArray) -> Sloped:
        """C b of the module's docstring [V]."""
        ohms = self.no_load / self.current_limit
        bricks, at = self.delivery.bricks, self.terminals(x)
        over = over_current(bricks, self.current_limit, self.no_load, at)
        return Sloped(ohms * over.value, over.slopes.times(ohms))

    @cached_property
    def sensed(self) -> NDArray[np.int64]:
        """Unknown that each brick's control adds to what it gives."""
        block = np.arange(self.site.blocks)
        at_wafer = self.delivery.bricks.sense == "wafer"
        return self.load_voltage.start + block if at_wafer else self.plane_voltage.start + self.node

    def _above_voltage(self, x: FloatArray) -> Sloped:
        """A of the module's docstring [V], its derivative with the sensed voltage left out."""
        own = over_voltage(self.delivery.bricks, self.set_points, self.terminals(x))
        return Sloped(own.value + x[self.sensed], own.slopes)

    def control(self, x: FloatArray) -> tuple[Sloped, FloatArray]:
        """max(a, c b) of each brick [V], and its derivative with the sensed voltage."""
        above, over = self._above_voltage(x), self._above_limit(x)
        held = over.value > above.value
        slopes = Slopes(
            *(np.where(held, b, a) for a, b in zip(above.slopes, over.slopes, strict=True))
        )
        value = np.maximum(above.value, over.value)
        per_sensed = np.where(self.brick_works & ~held, 1.0, 0.0)
        return _masked(Sloped(value, slopes), self.brick_works), per_sensed

    def load_power(self, x: FloatArray) -> FloatArray:
        """Power of each block's circuits [W]."""
        site = self.site
        return self.loads.power(
            site.nominal_power, x[self.load_voltage], site.wafer_temperature, float(x[-1])
        )

    def load_current(self, x: FloatArray) -> FloatArray:
        """Current of each block's circuits [A]."""
        return self.load_power(x) / x[self.load_voltage]

    def bus_voltage(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Voltage of each bus, and the current that it gives [V, A]."""
        current = np.bincount(self.link_bus, x[self.link_current]).astype(float)
        voltage = self.delivery.supplies.voltage - self.droop * current
        return np.where(self.supplies_on_bus > 0, voltage, 0.0), current

    def wafer_heat(self, x: FloatArray) -> float:
        """Power of all loads and loss of the wafer grid [W]."""
        current = self.load_current(x)
        return float(np.sum(self.load_power(x) + self.grid_resistance * current**2))

    def board_input(self, x: FloatArray) -> float:
        """Power that the supplies give to the boards [W]."""
        voltage, current = self.bus_voltage(x)
        return float(voltage @ current)

    def pinned(self, quantity: str, x: FloatArray) -> float:
        """The quantity that a pin holds [1 or W]."""
        if quantity == "activity":
            return float(x[-1])
        return self.wafer_heat(x) if quantity == "wafer heat" else self.board_input(x)

    def nonlinear(self, x: FloatArray, pin: Pin) -> FloatArray:
        """g: load currents, brick input currents, controls and losses, the pin's excess."""
        excess = (self.pinned(pin.quantity, x) - pin.target) / pin.scale
        bricks = [self.brick_input(x).current, self.control(x)[0], self.brick_loss(x)]
        return np.concatenate([self.load_current(x), *(part.value for part in bricks), [excess]])

    def derivative(self, x: FloatArray, pin: Pin) -> sparse.csr_array:
        """Derivative of ``nonlinear`` with every unknown."""
        n, block = self.site.blocks, np.arange(self.site.blocks)
        per_volt, per_activity = self._load_derivatives(x)
        control, per_sensed = self.control(x)
        gradient = self._pin_gradient(x, pin)
        held = np.flatnonzero(gradient)
        entries = [
            (block, self.load_voltage.start + block, per_volt),
            (block, np.full(n, self.size - 1), per_activity),
            *self._with_terminals(n + block, self.brick_input(x).current.slopes),
            *self._with_terminals(2 * n + block, control.slopes),
            (2 * n + block, self.sensed, per_sensed),
            *self._with_terminals(3 * n + block, self.brick_loss(x).slopes),
            (np.full(held.size, 4 * n), held, gradient[held] / pin.scale),
        ]
        return _collect(entries, (4 * n + 1, self.size))

    def _with_terminals(self, row: NDArray[np.int64], slopes: Slopes) -> Entries:
        """Entries of a quantity of the bricks that depends on their terminals."""
        block = np.arange(self.site.blocks)
        unknowns = (
            self.brick_voltage.start + block,
            self.plane_voltage.start + self.node,
            self.brick_current.start + block,
            self.temperature.start + block,
        )
        return [
            (row, unknown, np.broadcast_to(slope, row.shape))
            for unknown, slope in zip(unknowns, slopes, strict=True)
        ]

    def _load_derivatives(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Derivatives of the load currents with their voltage and with the activity."""
        site, v = self.site, x[self.load_voltage]
        power_per_volt = self.loads.power_per_volt(
            site.nominal_power, v, site.wafer_temperature, float(x[-1])
        )
        per_activity = self.loads.power_per_activity(site.nominal_power, v)
        return (power_per_volt - self.load_current(x)) / v, per_activity / v

    def _pin_gradient(self, x: FloatArray, pin: Pin) -> FloatArray:
        """Derivative of the pinned quantity with every unknown."""
        gradient = np.zeros(self.size)
        if pin.quantity == "activity":
            gradient[-1] = 1.0
        elif pin.quantity == "wafer heat":
            # d(V I + R I^2) = I dV + (V + 2 R I) dI
            per_volt, per_activity = self._load_derivatives(x)
            current = self.load_current(x)
            voltage = x[self.load_voltage] + 2 * self.grid_resistance * current
            gradient[self.load_voltage] = current + voltage * per_volt
            gradient[-1] = voltage @ per_activity
        else:
            bus, given = self.bus_voltage(x)
            gradient[self.link_current] = (bus - self.droop * given)[self.link_bus]
        return gradient


def _masked(found: Sloped, works: NDArray[np.bool_]) -> Sloped:
    """A quantity of the bricks, nought where they do not work."""
    slopes = Slopes(*(np.where(works, slope, 0.0) for slope in found.slopes))
    return Sloped(np.where(works, found.value, 0.0), slopes)


def _collect(entries: Entries, shape: tuple[int, int]) -> sparse.csr_array:
    """Sparse matrix of (rows, columns, values); what meets at one place adds up."""
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    return sparse.coo_array((values, (rows, columns)), shape=shape).tocsr()
