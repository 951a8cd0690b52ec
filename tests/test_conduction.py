"""Conduction against exact answers, and the order at which the error falls.

Conservation: the flow through the outer faces equals the sources, to rounding.
"""

import numpy as np
import pytest

from geometry.conduction import Boundary, assemble
from geometry.cosine_solver import CosineSolver, layer_mean_solver
from geometry.grid import Grid
from studies.validation import conduction as problems
from studies.validation.conduction import conduct


def assert_rows(rows):
    """Each within its allowed error, and of at least its order."""
    assert rows
    assert [row for row in rows if not row.passed] == []


def test_patch_of_linear_temperature_is_reproduced():
    error, imbalance = problems.linear_patch()
    assert error < 1e-9
    assert imbalance < 1e-9
    assert_rows(problems.patch_rows())


@pytest.mark.parametrize("cells", [(1, 1), (2, 5)])
def test_two_plates_with_a_contact_are_exact_on_any_grid(cells):
    found, exact = problems.two_plates(cells)
    np.testing.assert_allclose(found, exact, rtol=1e-11)
    assert_rows(problems.contact_rows())


def test_plate_between_sine_and_cold_sides_is_second_order():
    assert_rows(problems.sine_rows())


def test_nafems_t4_plate_with_convection():
    assert_rows(problems.nafems_t4_rows())


def test_square_plate_held_at_its_perimeter_with_uniform_draw():
    assert problems.square_plate(15)[2] == pytest.approx(1.0, rel=1e-11)
    assert_rows(problems.square_rows())


def test_transfer_resistances_are_reciprocal():
    grid = Grid(0.02, 0.015, 8, 9, np.array([1e-3, 2e-3, 5e-4]))
    varied = 100 * (1 + np.random.default_rng(1).random((9, 8)))
    conductivity = [(390.0, 390.0, 390.0), (1.0, 2.0, 0.5), (varied, varied, varied)]
    boundaries = {"top": Boundary(0.0, 5e3), "west": Boundary(0.0, 50.0)}
    response = []
    for here in ((2, 1, 1), (0, 7, 6)):
        source = np.zeros(grid.shape)
        source[here] = 1.0
        response.append(conduct(grid, conductivity, boundaries, {0: 1e-5}, source)[0])
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
