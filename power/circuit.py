"""The equations of the whole chain.

Unknowns, and at the same place in the vector the equation that goes with each:

==============  ====================================  ==========================================
unknown         one per                               equation
==============  ====================================  ==========================================
load voltage    block                                 drop through contact and wafer grid
plane voltage   block (one in all on a perfect        currents sum to nought on the plane
                plane)
brick current   brick (output)                        set-point, less the load line
brick voltage   brick (50 V input)                    drop along the board's feeder
feed voltage    board                                 currents sum to nought at the feed point
link current    connection of a bus to a board        supply's droop and feed resistance
activity        wafer                                 the pin: a given activity, heat or input
==============  ====================================  ==========================================

All of it is linear but the load currents, the bricks' input currents and the pin. With g for those
three, the residual is ``A x + M g(x) - b`` and its Jacobian ``A + M dg/dx``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .block_sheets import BlockSheets
from .board import copper_factor, feeder_resistances, feeder_segments, plane_links
from .converters import StageInput
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
        The parts.
    loads : Loads
        What the blocks draw.
    site : Site
        Blocks, power and temperatures.
    """

    def __init__(self, delivery: Delivery, loads: Loads, site: Site) -> None:
        self.delivery, self.loads, self.site = delivery, loads, site
        n, boards = site.blocks, site.columns
        self.set_points = delivery.bricks.set_points(n)
        self.plane_is_node = delivery.boards.plane_sheet_resistance == 0 or n == 1
        self.node = np.zeros(n, dtype=np.int64) if self.plane_is_node else np.arange(n)
        supplies = delivery.supplies
        self.bus_of_supply = supplies.bus_of_supply(boards)
        self.link_bus, self.link_board = supplies.links(boards)
        self.supplies_on_bus = np.bincount(self.bus_of_supply)
        sizes = [n, int(self.node[-1]) + 1, n, n, boards, len(self.link_bus), 1]
        ends = np.cumsum(sizes).tolist()
        parts = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        self.load_voltage, self.plane_voltage, self.brick_current = parts[:3]
        self.brick_voltage, self.feed_voltage, self.link_current = parts[3:6]
        self.size = ends[-1]
        self.linear = _collect(self._linear_entries(), (self.size, self.size))
        self.mixing = _collect(self._mixing_entries(), (self.size, 2 * n + 1))
        self.constant = self._constant()

    # resistances at their temperatures

    @cached_property
    def contact_resistance(self) -> FloatArray:
        """Of each block's contact, by loss over its current squared [ohm]."""
        if self.site.sheets is not None:
            return self.site.sheets.contact_resistance
        return self.delivery.contact.areal_resistance * self._per_area_hot

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
        parts = self.delivery.contact.areal_resistance
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
        return self.delivery.supplies.droop / self.supplies_on_bus

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
        sensed = load if self.delivery.bricks.sense == "wafer" else plane
        load_line = self.delivery.bricks.regulated.load_line
        return [
            (load, plane, one),
            (load, load, -one),
            (plane, brick, one),
            *self._plane_entries(),
            (brick, sensed, one),
            (brick, brick, load_line * one),
            (inlet, feed, one),
            (inlet, inlet, -one),
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
        one = np.ones(len(link))
        i, j = np.nonzero(self.link_bus[:, None] == self.link_bus)
        return [
            (feed, link, one),
            (link, feed, -one),
            (link, link, -self.feed_resistance),
            (link[i], link[j], -self.droop[self.link_bus[i]]),
        ]

    def _mixing_entries(self) -> Entries:
        """Where the load currents (first n columns) and brick input currents (next n) act."""
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
            (np.array([self.size - 1]), np.array([2 * n]), np.ones(1)),
        ]

    def _constant(self) -> FloatArray:
        b = np.zeros(self.size)
        b[self.brick_current] = self.set_points
        b[self.link_current] = -self.delivery.supplies.voltage
        sheets = self.site.sheets
        if sheets is not None:
            b[self.load_voltage] = sheets.drop
            np.add.at(b, self.plane_voltage.start + self.node, sheets.plane_current)
        return b

    def start(self) -> FloatArray:
        """Unknowns without load: from here Newton's method comes down the upper branch."""
        x = np.zeros(self.size)
        x[self.load_voltage] = x[self.plane_voltage] = self.set_points.max()
        x[self.brick_voltage] = x[self.feed_voltage] = self.delivery.supplies.voltage
        x[-1] = 1.0
        return x

    def voltages(self, x: FloatArray) -> FloatArray:
        """Those of all loads and of all bricks' inputs [V]."""
        return np.concatenate([x[self.load_voltage], x[self.brick_voltage]])

    @cached_property
    def scale(self) -> FloatArray:
        """Size of each unknown, to judge a step by."""
        x = np.abs(self.start())
        supplies = self.delivery.supplies
        power = self.site.nominal_power.mean()
        x[self.brick_current] = power / self.delivery.bricks.regulated.voltage
        x[self.link_current] = power * self.site.rows / supplies.voltage
        return x

    # the part that is not linear

    def brick_output(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Voltage and current at each brick's output [V, A]."""
        return x[self.plane_voltage][self.node], x[self.brick_current]

    def brick_input(self, x: FloatArray) -> StageInput:
        """What each brick draws from its board."""
        bricks = self.delivery.bricks
        voltage, current = self.brick_output(x)
        power = voltage * current + bricks.regulated.loss(current)
        return bricks.fixed_ratio.input(x[self.brick_voltage], power)

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
        return self.delivery.supplies.voltage - self.droop * current, current

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
        """Load currents, brick input currents, and the pin's relative excess."""
        excess = (self.pinned(pin.quantity, x) - pin.target) / pin.scale
        return np.concatenate([self.load_current(x), self.brick_input(x).current, [excess]])

    def derivative(self, x: FloatArray, pin: Pin) -> sparse.csr_array:
        """Derivative of ``nonlinear`` with every unknown."""
        n, block = self.site.blocks, np.arange(self.site.blocks)
        per_volt, per_activity = self._load_derivatives(x)
        taken = self.brick_input(x)
        plane, out = self.brick_output(x)
        per_ampere = plane + self.delivery.bricks.regulated.loss_per_ampere(out)
        gradient = self._pin_gradient(x, pin)
        held = np.flatnonzero(gradient)
        entries = [
            (block, self.load_voltage.start + block, per_volt),
            (block, np.full(n, self.size - 1), per_activity),
            (n + block, self.brick_voltage.start + block, taken.current_per_volt),
            (n + block, self.brick_current.start + block, taken.current_per_watt * per_ampere),
            (n + block, self.plane_voltage.start + self.node, taken.current_per_watt * out),
            (np.full(held.size, 2 * n), held, gradient[held] / pin.scale),
        ]
        return _collect(entries, (2 * n + 1, self.size))

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


def _collect(entries: Entries, shape: tuple[int, int]) -> sparse.csr_array:
    """Sparse matrix of (rows, columns, values); what meets at one place adds up."""
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    return sparse.coo_array((values, (rows, columns)), shape=shape).tocsr()
