"""The preconditioner with coolant: exact where nothing varies across the channels."""

import numpy as np
import pytest

from geometry.cosine_solver import cosine_basis
from studies import load_case
from studies.build import build
from thermal.channel_modes import MODES, ChannelModes
from thermal.steady import SteadySolver


def constant_coefficients(**values):
    """A small CS-3 without k(T), in double precision."""
    case = load_case(
        "cs3",
        {
            "grid.along_x": 12,
            "grid.along_y": 20,
            "delivery": None,
            "loads": None,
            "layers.wafer.material": None,
            "layers.wafer.conductivity": "130 W/m/K",
            **values,
        },
    )
    solver = SteadySolver(build(case).problem)
    solver.preconditioner = solver._preconditioner(np.float64)
    return solver


@pytest.mark.parametrize("direction", ["x", "-x", "y"])
@pytest.mark.parametrize("path", ["single pass", "centre-split", "4-way"])
def test_lowest_modes_are_solved_exactly_coolant_included(direction, path):
    solver = constant_coefficients(**{"coolant.direction": direction, "coolant.path": path})
    assert isinstance(solver.preconditioner, ChannelModes)
    along_x = direction != "y"
    nz, ny, nx = solver.grid.shape
    rng = np.random.default_rng(3)
    across, stations = (ny, nx) if along_x else (nx, ny)
    count = min(MODES, across)
    modes = rng.random((nz, stations, count)) @ cosine_basis(across, count)
    field = modes.transpose(0, 2, 1) if along_x else modes
    back = solver.preconditioner.solve(solver.operator(np.ascontiguousarray(field)))
    np.testing.assert_allclose(back, field, rtol=1e-8, atol=1e-8)


def test_even_heat_needs_one_iteration_and_uneven_fewer_than_the_transform_alone():
    solver = constant_coefficients()
    heat = np.zeros(solver.grid.shape)
    heat[-8] = 1.0
    _, residual = solver.respond(heat, 1e-8)
    assert residual < 1e-8
    assert solver.iterations == 1
    solver.iterations = 0
    heat[-8] = np.random.default_rng(4).random((20, 12))
    solver.respond(heat, 1e-8)
    with_coolant = solver.iterations
    solver.iterations, solver.preconditioner = 0, solver.preconditioner.high_modes
    solver.respond(heat, 1e-8)
    assert with_coolant <= 0.75 * solver.iterations


def test_a_segment_that_ends_inside_a_cell_only_costs_iterations():
    solver = constant_coefficients(**{"grid.along_x": 13})
    heat = np.zeros(solver.grid.shape)
    heat[-8] = 1.0
    _, residual = solver.respond(heat, 1e-8)
    assert residual < 1e-8
    assert solver.iterations <= 4
