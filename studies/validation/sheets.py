"""Sheets on the grid: plate, disk, transfer length, and bars that their own current warms."""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import splu

from geometry.conduction import Boundary, Face, Plane, assemble
from geometry.conduction_matrix import conduction_matrix
from geometry.grid import Array, Grid
from power.sheet_loads import GivenCurrent
from power.sheet_solver import SheetField, solve_sheets
from power.sheet_stack import Bricks, SheetResistances, SheetStack

from .conduction import SQUARE_LARGEST, SQUARE_MEAN, conduct
from .rows import Case, Row, observed_order

APART = 1e12
"""Areal resistance of a contact that joins nothing [ohm m2]."""
NO_BRICKS = np.zeros(0)
DISK_DROP, DISK_LOSS = 0.2905920, 253.738560
"""V and W of 1 mohm/sq between 10 and 100 mm, 1000 A drawn evenly."""
EDGE_DROP, TRANSFER_LENGTH = 1e3 * math.sqrt(44e-3 * 30e-9), math.sqrt(30e-9 / 44e-3)
"""V and m of 44 mohm/sq over 30 mohm mm2, 1 A/mm at the edge."""
RHO, CONDUCTIVITY, ALPHA = 1.72e-8, 400.0, 0.00393
"""Of copper in the exact cases [ohm m, W/m/K, 1/K]."""
KOHLRAUSCH = 0.01**2 / (8 * RHO * CONDUCTIVITY)
"""Rise in the middle of a bar under 10 mV [K]."""
HALF, DENSITY = 0.05, 1e7
"""Half-length [m] and current density [A/m2] of the bar whose resistance follows temperature."""
WAVE = math.sqrt(RHO * ALPHA / CONDUCTIVITY)
WARM_BAR = (1 / math.cos(DENSITY * WAVE * HALF) - 1) / ALPHA
"""Rise in its middle [K]."""
RUNAWAY = math.pi / (2 * HALF * WAVE)
"""Current density from which it has no steady state [A/m2]."""


def single_sheet(
    width: float,
    height: float,
    shape: tuple[int, int],
    sheet: Plane,
    boundaries: dict[Face, Boundary],
    drawn: Array,
    guess: Array | None = None,
) -> SheetField:
    """The wafer's sheet alone, held at its sides; the board's is there but joined to nothing."""
    none = Bricks(csr_array((shape[0] * shape[1], 0)), NO_BRICKS, NO_BRICKS, NO_BRICKS)
    resistances = SheetResistances(plane=sheet, wafer=sheet, contact=APART, pads=0.0)
    stack = SheetStack(width, height, resistances, shape, none, 1.0, boundaries=boundaries)
    return solve_sheets(stack, GivenCurrent(drawn), guess, 1e-11)


def square_sheet(n: int) -> tuple[float, float]:
    """Largest and mean drop over J Rs L^2 of a square held at its perimeter, n odd cells a side."""
    sides: dict[Face, Boundary] = {f: Boundary(0.0) for f in ("west", "east", "south", "north")}
    field = single_sheet(1.0, 1.0, (n, n), 1e-3, sides, np.full((n, n), 1.0 / n**2))
    drop = -field.u[0] / 1e-3
    return float(drop.max()), float(drop.mean())


def disk_on_grid(n: int) -> tuple[float, float]:
    """Drop to the rim [V] and loss [W] of the disk, on n cells along its radius.

    A quarter of it: the ring's cells are those with their centres in it, each draws for the area
    of the ring that it stands for, and the pad's cells are held.
    """
    grid = Grid(0.1, 0.1, n, n, np.ones(1))
    radius = np.hypot(grid.x, grid.y[:, None]).ravel()
    pad, disk = radius < 0.01, radius < 0.1
    conduction = assemble(grid, [(1e3, 1e3, 1.0)])
    ring = np.flatnonzero(disk & ~pad)
    whole = conduction_matrix(conduction)
    matrix = whole[ring][:, ring]
    # faces to cells outside the disk conduct nothing
    outside = np.asarray(-whole[ring][:, np.flatnonzero(~disk)].sum(axis=1)).ravel()
    matrix = csr_array(matrix - csr_array((outside, (range(len(ring)),) * 2), matrix.shape))
    drawn = np.full(len(ring), 250.0 / len(ring))
    drop = splu(matrix.tocsc()).solve(drawn)
    rim = radius[ring] > 0.1 - 1.5 * grid.dx
    return float(drop[rim].mean()), 4 * float(drop @ drawn)


def transfer_strip(n: int) -> tuple[float, float]:
    """Voltage at the edge of a metal [V] and its decay length [m], n cells over 10 mm."""
    width, height = 0.01, 0.001
    feet = csr_array(np.full((n, 1), 1 / n))
    stiff = Bricks(feet, np.zeros(1), np.ones(1), np.array([1e9]))
    resistances = SheetResistances(plane=1e-12, wafer=44e-3, contact=30e-9, pads=0.0)
    stack = SheetStack(width, height, resistances, (1, n), stiff, 1.0)
    drawn = np.zeros((1, n))
    drawn[0, 0] = 1e3 * height
    field = solve_sheets(stack, GivenCurrent(drawn), tolerance=1e-11)
    drop = field.u[1, 0] - field.u[0, 0]
    edge = drop[0] + 1e3 * 44e-3 * stack.grid.dx / 2
    far = n // 4
    return float(edge), float(stack.grid.dx / math.log(drop[far] / drop[far + 1]))


class Bar:
    """A bar of 1 mm x 1 mm, n cells long, its ends at 0 K of rise and held at two voltages.

    Parameters
    ----------
    length : float
        [m].
    n : int
    """

    def __init__(self, length: float, n: int) -> None:
        self.length, self.n, self.side = length, n, 1e-3
        self.grid = Grid(length, self.side, n, 1, np.array([self.side]))

    def heat(self, rise: Array, alpha: float, volts: float) -> tuple[Array, float]:
        """Joule heat of each cell [W] and the current [A] at the cells' rise."""
        sheet = (RHO / self.side * (1 + alpha * rise))[None, :]
        ends: dict[Face, Boundary] = {"west": Boundary(volts), "east": Boundary(0.0)}
        size = (self.length, self.side, (1, self.n))
        field = single_sheet(*size, sheet, ends, np.zeros((1, self.n)), self._straight(volts))
        current = field.stack.conduction.leak["east"][0] * field.u[0, :, -1]
        return field.stack.sheet_losses(field.u)[0][0], float(np.sum(current))

    def heat_at(self, rise: Array, density: float) -> Array:
        """Joule heat of each cell [W] under a current density [A/m2], resistance by the rise."""
        heat, current = self.heat(rise, ALPHA, 1.0)
        return heat * (density * self.side**2 / current) ** 2

    def _straight(self, volts: float) -> Array:
        """Voltages without the resistance's variation, to begin with."""
        along = volts * (1 - self.grid.x / self.length)
        return np.array([[along], [along]])

    def rise(self, heat: Array) -> Array:
        """Rise of each cell [K] under heat in the cells, both ends at nought."""
        ends: dict[Face, Boundary] = {"west": Boundary(0.0), "east": Boundary(0.0)}
        k = (CONDUCTIVITY,) * 3
        field, _ = conduct(self.grid, [k], ends, source=heat[None, None, :])
        return np.asarray(field[0, 0])


def kohlrausch_bar(n: int) -> float:
    """Rise in the middle of a bar of constant resistance under 10 mV [K], n odd."""
    bar = Bar(0.1, n)
    heat, _ = bar.heat(np.zeros(n), 0.0, 0.01)
    return float(bar.rise(heat)[n // 2])


def warm_bar(n: int) -> float:
    """Rise in the middle of the bar whose resistance follows its temperature [K], n odd."""
    bar = Bar(2 * HALF, n)
    rise = np.zeros(n)
    for _ in range(40):
        new = bar.rise(bar.heat_at(rise, DENSITY))
        moved, rise = float(np.max(np.abs(new - rise))), new
        if moved < 1e-10:
            return float(rise[n // 2])
    raise ArithmeticError("the bar does not come to rest")


def runaway_density(n: int) -> float:
    """Current density at which a kelvin's own heat brings a kelvin [A/m2].

    The largest eigenvalue of the map from rise to further heat to rise, which grows with the
    density squared, by power iteration on the grid.
    """
    bar = Bar(2 * HALF, n)
    cold = bar.heat_at(np.zeros(n), DENSITY)
    shape, gain = np.ones(n) / math.sqrt(n), 0.0
    for _ in range(12):
        new = bar.rise(bar.heat_at(shape, DENSITY) - cold)
        gain = float(np.linalg.norm(new) / np.linalg.norm(shape))
        shape = new / np.linalg.norm(new)
    return DENSITY / math.sqrt(gain)


def square_rows() -> list[Row]:
    """The square sheet held at its perimeter, drawn from evenly, by the sheets' own solver."""
    found = np.array([square_sheet(n) for n in (45, 135)])
    errors = np.abs(found - [SQUARE_LARGEST, SQUARE_MEAN])
    return [
        Row(f"square sheet by the sheets' solver, {name}", exact, float(found[-1, i]), "J Rs L^2",
            1e-5, "double sine series", False, observed_order(errors[:, i].tolist(), 3.0), 1.9)
        for i, (name, exact) in enumerate([("largest", SQUARE_LARGEST), ("mean", SQUARE_MEAN)])
    ]  # fmt: skip


def disk_rows() -> list[Row]:
    """The disk around a pad on square cells, 400 along its radius: its edges are stairs.

    The error of stairs falls with the cell size to about the first power, and not evenly.
    """
    sizes = (100, 200, 400)
    found = np.array([disk_on_grid(n) for n in sizes])
    errors = np.abs(found - [DISK_DROP, DISK_LOSS]) / [DISK_DROP, DISK_LOSS]
    return [
        Row(f"disk on square cells, {name}", exact, float(found[-1, i]), unit, 0.01, "integral",
            True, observed_order(errors[[0, -1], i].tolist(), 4.0), 0.7)
        for i, (name, exact, unit) in enumerate(
            [("drop", DISK_DROP, "V"), ("loss", DISK_LOSS, "W")]
        )
    ]  # fmt: skip


def transfer_rows() -> list[Row]:
    """Metal of 44 mohm/sq over a contact of 30 mohm mm2, 1 A/mm drawn at its edge.

    ``V = K sqrt(Rs r)`` there, and it falls over the transfer length ``sqrt(r / Rs)``.
    """
    found = np.array([transfer_strip(n) for n in (100, 200)]) * 1e3
    exact = np.array([EDGE_DROP, TRANSFER_LENGTH]) * 1e3
    errors = np.abs(found - exact)
    return [
        Row(f"transfer length, {name}", float(exact[i]), float(found[-1, i]), unit, 1e-3,
            "closed form", True, observed_order(errors[:, i].tolist()), 1.9)
        for i, (name, unit) in enumerate([("voltage at the edge", "mV"), ("decay length", "mm")])
    ]  # fmt: skip


def bar_rows() -> list[Row]:
    """Bars warmed by their own current, both ends at one temperature, k 400 W/m/K, 1.72e-8 ohm m.

    Kohlrausch: ``dT = V^2 / (8 rho k)`` at constant resistance, here under 10 mV. With
    ``rho (1 + 0.00393 dT)`` at 1e7 A/m2 in a bar of 0.1 m ``dT = (1/cos(m L) - 1)/alpha``,
    ``m = j sqrt(rho alpha / k)``, which has no solution from ``m L = pi/2`` on. Voltage and
    temperature on the same cells, in turn until both rest.
    """
    rows = []
    for name, solve, exact, unit in (
        ("Kohlrausch bar, rise in the middle", kohlrausch_bar, KOHLRAUSCH, "K"),
        ("bar with rho(T), rise in the middle", warm_bar, WARM_BAR, "K"),
        ("bar with rho(T), runaway", runaway_density, RUNAWAY, "A/m2"),
    ):
        found = [solve(n) for n in (27, 81)]
        order = observed_order([abs(f - exact) for f in found], 3.0)
        rows.append(Row(name, exact, found[-1], unit, 1e-3, "closed form", True, order, 1.9))
    return rows


CASES = [
    Case("Square sheet, sheets' solver", square_rows),
    Case("Disk on square cells", disk_rows),
    Case("Transfer length", transfer_rows),
    Case("Bars warmed by their current", bar_rows),
]
