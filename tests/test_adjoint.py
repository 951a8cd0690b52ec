"""The adjoint field: what any heat does to one number equals what the full solution says."""

import numpy as np
import pytest

from studies import load_case
from studies.build import build
from studies.coupled import solve_coupled

SMALL = {"grid.along_x": 30, "grid.along_y": 21, "delivery": None, "loss_layers": None}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("cs3", SMALL),
        ("cs3", SMALL | {"coolant.direction": "-y", "coolant.path": "single pass"}),
        ("cs3", SMALL | {"coolant.path": "4-way", "layers.contact.block_factors.r3c5": 20.0}),
        ("cs3", SMALL | {"layers.bricks.width": "150 mm"}),
        ("cs3-headers", SMALL),
        ("slab", {"grid.along_x": 12, "grid.along_y": 9}),
    ],
)
def test_a_number_is_the_adjoint_field_times_the_heat(name, values, adjoint_field):
    solver = solve_coupled(build(load_case(name, values))).solver
    random = np.random.default_rng(7)
    weight, heat = random.standard_normal((2, *solver.grid.shape))
    for k, share in solver.conduction.cover.items():
        heat[k][share == 0] = 0
    rise, _ = solver.respond(heat, 1e-6)
    found = adjoint_field(solver, weight)
    # the forward answer is in single precision: refine it once
    rest = heat - solver.operator(rise.astype(float))
    more, _ = solver.respond(rest, 1e-6)
    forward = float(np.vdot(weight, rise.astype(float) + more))
    scale = np.linalg.norm(weight) * np.linalg.norm(rise)
    assert abs(float(np.vdot(found, heat)) - forward) < 1e-9 * scale


def test_the_transposed_operator_is_the_transposed(transposed_operator):
    solver = solve_coupled(build(load_case("cs3", SMALL | {"coolant.path": "centre-split"}))).solver
    random = np.random.default_rng(3)
    a, b = random.standard_normal((2, *solver.grid.shape))
    forward, back = np.vdot(a, solver.operator(b)), np.vdot(transposed_operator(solver, a), b)
    assert forward == pytest.approx(back, rel=1e-12)
    # and is not the operator itself: the coolant carries one way
    other = np.vdot(solver.operator(a), b)
    assert abs(other - back) > 1e-6 * abs(back)
