"""Conduction with constant conductivity in a box: exact fields, heat or current alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from geometry.conduction import Boundary, Conduction, Face, Plane, assemble
from geometry.cosine_solver import layer_mean_solver
from geometry.grid import Array, Grid
from geometry.krylov import flexible_gmres

from .rows import Case, Row, observed_order

NAFEMS = "NAFEMS, The Standard NAFEMS Benchmarks, TNSB rev. 3 (1990)"
T4_EXACT = 18.253756537134
"""degC, from the series solution."""
SQUARE_LARGEST, SQUARE_MEAN = 0.0736713532, 0.0351442539
"""Of J Rs L^2, from the double sine series."""


def conduct(
    grid: Grid,
    conductivity: Sequence[tuple[Plane, Plane, Plane]],
    boundaries: Mapping[Face, Boundary],
    contacts: Mapping[int, Plane] | None = None,
    source: float | Array = 0.0,
    tolerance: float = 1e-11,
) -> tuple[Array, Conduction]:
    """Field of a box, by the same parts as the thermal solver, and its operator."""
    conduction = assemble(grid, conductivity, contacts, boundaries)
    solver = layer_mean_solver(conduction, dtype=np.float64)
    drive = conduction.add_inflow_from_outside(np.full(grid.shape, 0.0) + source)
    field, _, residual = flexible_gmres(
        lambda u: conduction.apply(u, np.empty_like(u)), solver.solve, drive, tolerance, 400
    )
    if not residual <= tolerance:
        raise ArithmeticError(f"the box stays at a residual of {residual:.1e}")
    return field, conduction


def linear_patch() -> tuple[float, float]:
    """Largest error of a linear temperature [K], and the faces' flows together over the largest."""
    grid = Grid(0.3, 0.2, 7, 5, np.array([0.01, 0.03, 0.02, 0.05]))

    def exact(x: Plane, y: Plane, z: Plane) -> Array:
        return np.asarray(-45 * x - 80 * y - 60 * z + 22.5)

    x, y, z = grid.x, grid.y, grid.z
    depth = float(grid.z_faces[-1])
    boundaries: dict[Face, Boundary] = {
        "top": Boundary(exact(x, y[:, None], 0.0)),
        "bottom": Boundary(exact(x, y[:, None], depth)),
        "west": Boundary(exact(0.0, y, z[:, None])),
        "east": Boundary(exact(0.3, y, z[:, None])),
        "south": Boundary(exact(x, 0.0, z[:, None])),
        "north": Boundary(exact(x, 0.2, z[:, None])),
    }
    field, conduction = conduct(grid, [(3.0, 3.0, 3.0)] * 4, boundaries)
    flows = [conduction.outflow(field, face) for face in boundaries]
    error = np.abs(field - exact(x, y[:, None], z[:, None, None])).max()
    return float(error), abs(sum(flows)) / max(map(abs, flows))


def two_plates(cells: tuple[int, int]) -> tuple[Array, Array]:
    """Temperatures through two plates with a contact, found and exact [K]."""
    l1, l2, k, h, low, high = 0.02, 0.05, 12.0, 300.0, 20.0, 90.0
    dz = np.concatenate([np.full(cells[0], l1 / cells[0]), np.full(cells[1], l2 / cells[1])])
    grid = Grid(0.1, 0.1, 2, 3, dz)
    boundaries: dict[Face, Boundary] = {"top": Boundary(low), "bottom": Boundary(high)}
    field, _ = conduct(grid, [(k, k, k)] * len(dz), boundaries, {cells[0] - 1: 1 / h})
    slope = h * (high - low) / (k + h * (l1 + l2))
    exact = low + slope * grid.z + np.where(grid.z > l1, k * slope / h, 0.0)
    return field[:, 1, 1], exact


def sine_plate(n: int) -> float:
    """Largest error of sinh(pi (1 - z)) sin(pi x) / sinh(pi) in a unit square of n x n cells."""
    grid = Grid(1.0, 0.1, n, 1, np.full(n, 1 / n))
    exact = np.sinh(np.pi * (1 - grid.z))[:, None] * np.sin(np.pi * grid.x) / np.sinh(np.pi)
    boundaries: dict[Face, Boundary] = {
        "top": Boundary(np.sin(np.pi * grid.x)[None, :]),
        "bottom": Boundary(0.0),
        "west": Boundary(0.0),
        "east": Boundary(0.0),
    }
    field, _ = conduct(grid, [(1.0, 1.0, 1.0)] * n, boundaries)
    return float(np.abs(field[:, 0] - exact).max())


def nafems_t4(n: int) -> float:
    """Temperature at (0.6, 0.2) [degC] on n cells along 0.6 m."""
    nz = 5 * n // 3
    grid = Grid(0.6, 0.1, n, 1, np.full(nz, 1.0 / nz))
    boundaries: dict[Face, Boundary] = {
        "bottom": Boundary(100.0),
        "top": Boundary(0.0, 750.0),
        "east": Boundary(0.0, 750.0),
    }
    field, conduction = conduct(grid, [(52.0, 52.0, 52.0)] * nz, boundaries)
    cell = field[:, 0, -1]
    # on the surface: the heat that leaves a cell has still half a cell to go
    surface = cell - [
        conduction.leak["east"][k] * cell[k] / (52.0 * 2 * 0.1 * grid.dz[k] / grid.dx)
        for k in range(nz)
    ]
    from_bottom = 1.0 - grid.z
    return float(np.interp(0.2, from_bottom[::-1], surface[::-1]))


def square_plate(n: int) -> tuple[float, float, float]:
    """Largest and mean potential of a square sheet held at its perimeter, and what flows out.

    Drawn evenly from n x n cells, over J Rs L^2 and J L^2.
    """
    grid = Grid(1.0, 1.0, n, n, np.array([1.0]))
    held: dict[Face, Boundary] = {
        "west": Boundary(0.0),
        "east": Boundary(0.0),
        "south": Boundary(0.0),
        "north": Boundary(0.0),
    }
    field, conduction = conduct(grid, [(1.0, 1.0, 1.0)], held, source=1.0 / n**2)
    out = sum(conduction.outflow(field, face) for face in held)
    return float(field.max()), float(field.mean()), out


def patch_rows() -> list[Row]:
    """T = -45 x - 80 y - 60 z + 22.5 is held on all six faces of a box of uneven planes.

    It solves the equation for every constant conductivity, and a second-order scheme reproduces it
    to rounding.
    """
    error, _ = linear_patch()
    return [Row("linear temperature, largest error", 0.0, error, "K", 1e-9, "exact")]


def contact_rows() -> list[Row]:
    """Two plates with an exchange h between them, held at 20 and 90 degC outside.

    The slope h dT / (k + h (l1 + l2)) is the same in both and the contact's jump is k/h of it. The
    contact is a resistance on a face, not a thin cell, so it is exact on any grid.
    """
    field, exact = two_plates((2, 5))
    slope = [(t[-1] - t[-2]) / 0.01 for t in (exact, field)]
    return [
        Row("slope in two plates", float(slope[0]), float(slope[1]), "K/m", 1e-9, "exact", True)
    ]


def sine_rows() -> list[Row]:
    """A unit square, one side at sin(pi x), the others cold: a sinh in closed form.

    The largest error sits at the corner where two held sides meet, and falls a little slower than
    elsewhere.
    """
    errors = [sine_plate(n) for n in (16, 32, 64)]
    order = observed_order(errors)
    return [
        Row("plate held at a sine, largest error at 64 cells", 0.0, errors[-1], "K", 5e-4,
            "sinh series", False, order, 1.8)
    ]  # fmt: skip


def nafems_t4_rows() -> list[Row]:
    """A plate of 0.6 x 1.0 m, k 52 W/m/K, one end at 100 degC, 750 W/m2/K to 0 degC on two sides.

    NAFEMS publishes 18.3 degC at (0.6, 0.2); the series gives the digits. 60 cells along 0.6 m.
    """
    found = [nafems_t4(n) for n in (15, 30, 60)]
    order = observed_order([abs(t - T4_EXACT) for t in found])
    return [
        Row("NAFEMS T4, convection", T4_EXACT, found[-1], "degC", 0.01, f"{NAFEMS}, T4",
            False, order, 1.8)
    ]  # fmt: skip


def square_rows() -> list[Row]:
    """A square sheet from which current is drawn evenly, held at its perimeter.

    The conduction operator with an electrical conductivity: largest and mean drop over J Rs L^2, on
    135 x 135 cells.
    """
    found = np.array([square_plate(n)[:2] for n in (45, 135)])
    errors = np.abs(found - [SQUARE_LARGEST, SQUARE_MEAN])
    source = "double sine series"
    return [
        Row(f"square sheet, {name} drop", exact, float(found[-1, i]), "J Rs L^2", 1e-5, source,
            False, observed_order(errors[:, i].tolist(), 3.0), 1.9)
        for i, (name, exact) in enumerate(
            [("largest", SQUARE_LARGEST), ("mean", SQUARE_MEAN)]
        )
    ]  # fmt: skip


CASES = [
    Case("Linear temperature in a box", patch_rows),
    Case("Two plates with a contact", contact_rows),
    Case("Plate held at a sine", sine_rows),
    Case("NAFEMS T4", nafems_t4_rows),
]
ELECTRICAL_CASES = [Case("Square sheet", square_rows)]
