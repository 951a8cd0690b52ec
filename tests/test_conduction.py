"""Conduction against exact answers, and the order at which the error falls.

Conservation: the flow through the outer faces equals the sources, to rounding.
"""

import numpy as np
import pytest

from geometry.conduction import Boundary, assemble
from geometry.cosine_solver import CosineSolver, layer_mean_solver
from geometry.grid import Grid
from geometry.krylov import flexible_gmres


def solve(grid, conductivity, boundaries, contacts=None, source=0.0, tolerance=1e-11):
    """Field of a box with constant conductivities, by the same parts as the thermal solver."""
    conduction = assemble(grid, conductivity, contacts, boundaries)
    solver = layer_mean_solver(conduction, dtype=np.float64)
    drive = conduction.add_inflow_from_outside(np.full(grid.shape, 0.0) + source)
    field, _, residual = flexible_gmres(
        lambda u: conduction.apply(u, np.empty_like(u)), solver.solve, drive, tolerance, 400
    )
    assert residual <= tolerance
    return field, conduction


def order(errors, refinement=2.0):
    return np.log(np.array(errors[:-1]) / np.array(errors[1:])) / np.log(refinement)


def test_patch_of_linear_temperature_is_reproduced():
    grid = Grid(0.3, 0.2, 7, 5, np.array([0.01, 0.03, 0.02, 0.05]))

    def exact(x, y, z):
        return -45 * x - 80 * y - 60 * z + 22.5

    x, y, z = grid.x, grid.y, grid.z
    depth = grid.z_faces[-1]
    boundaries = {
        "top": Boundary(exact(x, y[:, None], 0.0)),
        "bottom": Boundary(exact(x, y[:, None], depth)),
        "west": Boundary(exact(0.0, y, z[:, None])),
        "east": Boundary(exact(0.3, y, z[:, None])),
        "south": Boundary(exact(x, 0.0, z[:, None])),
        "north": Boundary(exact(x, 0.2, z[:, None])),
    }
    field, conduction = solve(grid, [(3.0, 3.0, 3.0)] * 4, boundaries)
    np.testing.assert_allclose(field, exact(x, y[:, None], z[:, None, None]), atol=1e-9)
    flows = [conduction.outflow(field, face) for face in boundaries]
    assert abs(sum(flows)) < 1e-9 * max(map(abs, flows))


@pytest.mark.parametrize("cells", [(1, 1), (2, 5)])
def test_two_plates_with_a_contact_are_exact_on_any_grid(cells):
    l1, l2, k, h, low, high = 0.02, 0.05, 12.0, 300.0, 20.0, 90.0
    dz = np.concatenate([np.full(cells[0], l1 / cells[0]), np.full(cells[1], l2 / cells[1])])
    grid = Grid(0.1, 0.1, 2, 3, dz)
    boundaries = {"top": Boundary(low), "bottom": Boundary(high)}
    field, _ = solve(grid, [(k, k, k)] * len(dz), boundaries, {cells[0] - 1: 1 / h})
    slope = h * (high - low) / (k + h * (l1 + l2))
    jump = k * slope / h
    exact = low + slope * grid.z + np.where(grid.z > l1, jump, 0.0)
    np.testing.assert_allclose(field[:, 1, 1], exact, rtol=1e-11)


def test_plate_between_sine_and_cold_sides_is_second_order():
    errors = []
    for n in (8, 16, 32, 64):
        grid = Grid(1.0, 0.1, n, 1, np.full(n, 1 / n))
        exact = np.sinh(np.pi * (1 - grid.z))[:, None] * np.sin(np.pi * grid.x) / np.sinh(np.pi)
        boundaries = {
            "top": Boundary(np.sin(np.pi * grid.x)[None, :]),
            "bottom": Boundary(0.0),
            "west": Boundary(0.0),
            "east": Boundary(0.0),
        }
        field, _ = solve(grid, [(1.0, 1.0, 1.0)] * n, boundaries)
        errors.append(np.abs(field[:, 0] - exact).max())
    assert errors[-1] < 5e-4
    # at the corner where two held sides meet the largest error falls a little slower
    assert order(errors)[-1] > 1.8


def test_nafems_t4_plate_with_convection():
    """0.6 x 1.0 m, k 52, one end at 100 degC, 750 W/m2/K to 0 degC on two sides; point (0.6, 0.2).

    NAFEMS, The Standard NAFEMS Benchmarks, TNSB rev. 3 (1990), test T4: 18.3 degC; the series
    solution gives 18.253756537134 degC.
    """
    errors = []
    for n in (15, 30, 60):
        nz = 5 * n // 3
        grid = Grid(0.6, 0.1, n, 1, np.full(nz, 1.0 / nz))
        boundaries = {
            "bottom": Boundary(100.0),
            "top": Boundary(0.0, 750.0),
            "east": Boundary(0.0, 750.0),
        }
        field, conduction = solve(grid, [(52.0, 52.0, 52.0)] * nz, boundaries)
        cell = field[:, 0, -1]
        # on the surface: the heat that leaves a cell has still half a cell to go
        surface = cell - [
            conduction.leak["east"][k] * cell[k] / (52.0 * 2 * 0.1 * grid.dz[k] / grid.dx)
            for k in range(nz)
        ]
        from_bottom = 1.0 - grid.z
        errors.append(abs(np.interp(0.2, from_bottom[::-1], surface[::-1]) - 18.253756537134))
    assert errors[-1] < 0.01
    assert order(errors)[-1] > 1.8


def test_square_plate_held_at_its_perimeter_with_uniform_draw():
    """Potential of a square sheet: largest 0.0736713532 and mean 0.0351442539 of J Rs L^2."""
    errors = []
    for n in (15, 45, 135):
        grid = Grid(1.0, 1.0, n, n, np.array([1.0]))
        held = {face: Boundary(0.0) for face in ("west", "east", "south", "north")}
        field, conduction = solve(grid, [(1.0, 1.0, 1.0)], held, source=1.0 / n**2)
        out = sum(conduction.outflow(field, face) for face in held)
        assert out == pytest.approx(1.0, rel=1e-11)
        errors.append((abs(field.max() - 0.0736713532), abs(field.mean() - 0.0351442539)))
    orders = order(np.array(errors), 3.0)
    assert np.all(orders > 1.9)
    assert max(errors[-1]) < 1e-5


def test_transfer_resistances_are_reciprocal():
    grid = Grid(0.02, 0.015, 8, 9, np.array([1e-3, 2e-3, 5e-4]))
    varied = 100 * (1 + np.random.default_rng(1).random((9, 8)))
    conductivity = [(390.0, 390.0, 390.0), (1.0, 2.0, 0.5), (varied, varied, varied)]
    boundaries = {"top": Boundary(0.0, 5e3), "west": Boundary(0.0, 50.0)}
    response = []
    for here in ((2, 1, 1), (0, 7, 6)):
        source = np.zeros(grid.shape)
        source[here] = 1.0
        response.append(solve(grid, conductivity, boundaries, {0: 1e-5}, source)[0])
    assert response[0][0, 7, 6] == pytest.approx(response[1][2, 1, 1], rel=1e-9)


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (7, 1), (13, 8)])
def test_cosine_solver_inverts_its_own_operator(shape):
    ny, nx = shape
    grid = Grid(0.2, 0.1, nx, ny, np.array([1e-3, 1e-5, 4e-3]))
    conduction = assemble(
        grid,
        [(390.0, 390.0, 390.0), (1.0, 2.0, 0.3), (148.0,) * 3],
        {1: 1e-5},
        {"top": Boundary(0.0, 1e4)},
    )
    solver = layer_mean_solver(conduction, dtype=np.float64)
    field = np.random.default_rng(2).random(grid.shape)
    back = solver.solve(conduction.apply(field, np.empty_like(field)))
    np.testing.assert_allclose(back, field, rtol=1e-9)


def test_box_that_nothing_cools_is_refused():
    grid = Grid(1.0, 1.0, 2, 2, np.array([1.0]))
    with pytest.raises(ValueError, match="nothing takes"):
        CosineSolver(grid, [1.0], [1.0], [], [0.0])
