"""Preconditioners: the same answer from each, the faster one chosen and named, fewer iterations."""

import numpy as np
import pytest
from typer.testing import CliRunner

from geometry.conduction import Boundary, assemble
from geometry.conduction_matrix import conduction_matrix
from geometry.cosine_solver import layer_mean_solver
from geometry.footprint import Rectangle, cover_of
from geometry.grid import Grid
from geometry.uneven_faces import UnevenFaces, uneven_faces, with_even_faces
from studies import CaseError, load_case, solve
from studies.build import build
from studies.cli import app
from thermal import preconditioning
from thermal.preconditioning import preconditioning_for, preconditioning_named
from thermal.steady import SteadySolver, Storage

SMALL = {"grid.along_x": 25, "grid.along_y": 18, "layers.fins.cells": 3}
LOST = {"layers.contact.block_factors": {"r3c5": 20.0, "r0c0": 3.0}}
WIDER = {
    f"layers.{name}.{side}": "250 mm" for name in ("lid", "base") for side in ("width", "height")
}


@pytest.mark.parametrize(
    "values",
    [{}, LOST, WIDER, WIDER | LOST, {"coolant.flow": "15 L/min", "coolant.path": "3-way"}],
    ids=["even", "lost", "wider", "wider and lost", "low flow"],
)
def test_multigrid_and_cosine_transform_agree(values):
    pytest.importorskip("pyamg")
    case = load_case("cs3", SMALL | values)
    one, other = (solve(case, engine=name) for name in ("cosine", "amg"))
    assert (one.coupled.solver.name, other.coupled.solver.name) == ("cosine", "amg")
    np.testing.assert_allclose(one.coupled.solver.rise, other.coupled.solver.rise, atol=1e-6)
    assert max(one.heat_balance, other.heat_balance) < 1e-9


def box():
    """A small stack with unequal footprints, an uneven contact, films and a held side."""
    grid = Grid(0.02, 0.015, 7, 5, np.array([1e-3, 2e-3, 5e-4]))
    uneven = 1e-5 * (1 + 9 * np.random.default_rng(1).random((5, 7)))
    cover = cover_of(Rectangle(0.004, 0.0163, 0.0, 0.011), grid)
    films = {"top": Boundary(0.0, 5e3), "north": Boundary(0.0), "bottom": Boundary(0.0, 10.0)}
    laws = [(390.0, 390.0, 390.0), (50.0, 100.0, 80.0), (148.0, 148.0, 148.0)]
    return grid, laws, uneven, films, cover


@pytest.mark.parametrize("cut", [False, True])
def test_matrix_is_the_operator(cut):
    grid, laws, uneven, films, cover = box()
    covers = ({1: cover, 2: cover}, {0: cover, 1: cover}) if cut else ()
    conduction = assemble(grid, laws, {0: uneven}, films, *covers)
    field = np.random.default_rng(2).random(grid.shape)
    matrix = conduction_matrix(conduction)
    applied = conduction.apply(field, np.empty_like(field))
    np.testing.assert_allclose((matrix @ field.ravel()).reshape(grid.shape), applied, rtol=1e-12)
    assert abs(matrix - matrix.T).max() < 1e-12 * abs(matrix).max()


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (7, 1)])
def test_matrix_of_a_single_row_of_cells(shape):
    ny, nx = shape
    grid = Grid(0.02, 0.01, nx, ny, np.array([1e-3, 2e-3]))
    conduction = assemble(grid, [(3.0, 4.0, 5.0)] * 2, None, {"west": Boundary(0.0, 1e4)})
    field = np.random.default_rng(2).random(grid.shape)
    applied = conduction.apply(field, np.empty_like(field))
    found = (conduction_matrix(conduction) @ field.ravel()).reshape(grid.shape)
    np.testing.assert_allclose(found, applied, rtol=1e-12)


def test_uneven_faces_are_put_right_exactly(monkeypatch):
    """With the equation on the faces solved to the end nothing of the unevenness is left."""
    monkeypatch.setattr("geometry.uneven_faces.TOLERANCE", 1e-13)
    monkeypatch.setattr("geometry.uneven_faces.MOST_STEPS", 500)
    grid, laws, uneven, films, _ = box()
    films.pop("north")  # a side that is held is spread over its plane
    conduction = assemble(grid, laws, {0: uneven, 1: 3 * uneven[::-1]}, films)
    faces = uneven_faces(conduction)
    assert sorted(faces) == [0, 1]
    cosine = layer_mean_solver(with_even_faces(conduction, faces), dtype=np.float64)
    solver = UnevenFaces(cosine, cosine, faces)
    field = np.random.default_rng(3).random(grid.shape)
    back = solver.solve(conduction.apply(field, np.empty_like(field)))
    np.testing.assert_allclose(back, field, rtol=1e-8)


def test_nearly_even_faces_are_left_to_the_iteration():
    grid, laws, uneven, films, _ = box()
    nearly = 1e-5 * (1 + 0.3 * (uneven > uneven.mean()))
    assert uneven_faces(assemble(grid, laws, {0: nearly}, films)) == {}


def iterations(values, monkeypatch, put_right=True):
    monkeypatch.setattr("geometry.uneven_faces.UNEVEN", 1.5 if put_right else np.inf)
    machine = build(load_case("cs3", SMALL | {"delivery": None, "loads": None} | values))
    solver = SteadySolver(machine.problem, preconditioning=preconditioning_named("cosine"))
    grid = machine.problem.grid
    heat = (machine.shares @ machine.power_map.block_power).reshape(grid.ny, grid.nx)
    return solver.solve({machine.heated_planes[-1]: heat}, 1e-8).iterations


@pytest.mark.parametrize("blocks", [["r3c5"], [f"r{b // 12}c{b % 12}" for b in range(0, 84, 7)]])
def test_lost_blocks_need_less_than_half_the_iterations(blocks, monkeypatch):
    values = {"layers.contact.block_factors": dict.fromkeys(blocks, 20.0)}
    before = iterations(values, monkeypatch, put_right=False)
    assert iterations(values, monkeypatch) < before / 2


HARD = {
    "k(T), 100 K": ({"heat.power": "112 kW"}, 20),
    "hot spots": ({"heat.map.hot_spot_factor": 4.0, "heat.map.hot_spot_area": 0.1}, 20),
    "weak in plane": (
        {"layers.base.material": None, "layers.base.conductivity": ["4 W/m/K"] * 2 + ["390 W/m/K"]},
        15,
    ),
    "weak through": (
        {"layers.base.material": None, "layers.base.conductivity": ["390 W/m/K"] * 2 + ["4 W/m/K"]},
        25,
    ),
    "warm coolant": ({"coolant.flow": "10 L/min"}, 20),
    "block that is gone": ({"layers.contact.block_factors": {"r3c5": 1e6}}, 60),
}


@pytest.mark.parametrize("case", HARD.values(), ids=HARD)
def test_hard_cases_stay_within_their_iterations(case, monkeypatch):
    values, most = case
    assert iterations(values, monkeypatch) <= most


@pytest.mark.parametrize("name", ["cosine", "amg"])
@pytest.mark.parametrize("values", [{}, LOST], ids=["even", "lost"])
def test_storage_of_a_short_step_is_part_of_the_preconditioner(name, values):
    """Where what a step keeps outweighs all conduction the inverse is nearly exact."""
    if name == "amg":
        pytest.importorskip("pyamg")
    solver = SteadySolver(problem_of(values), preconditioning=preconditioning_named(name))
    solver.renew()
    coolant = 1e3 * solver.march.capacity_rate[:, :, None]
    solids = np.full((solver.grid.nz, 1, 1), 1e3 * solver.coolant_sink().max())
    past = np.zeros((*coolant.shape[:2], solver.grid.ny))
    solver.storage = Storage(solids, coolant, np.zeros(solver.grid.shape), past)
    solver.renew()
    heat = np.random.default_rng(5).random(solver.grid.shape)
    stale = iterations_of(solver, heat)
    solver.renew_preconditioner()
    assert iterations_of(solver, heat) < stale / 2


def iterations_of(solver, heat):
    solver.iterations = 0
    solver.respond(heat, 1e-5)
    return solver.iterations


def test_cells_outside_the_footprints_cost_no_iterations(monkeypatch):
    within = iterations(WIDER, monkeypatch)
    monkeypatch.setattr(preconditioning, "WithinFootprints", lambda solver, void: solver)
    assert within < iterations(WIDER, monkeypatch) / 5


def problem_of(values):
    return build(load_case("cs3", SMALL | values)).problem


HELD = {"faces.west.temperature": "20 degC"}


def test_the_default_is_the_cosine_transform_whatever_the_contacts_and_footprints():
    for values in ({}, LOST, {"layers.contact.width": "200 mm"}):
        chosen = preconditioning_for(problem_of(values))
        assert (chosen.name, chosen.reason) == ("cosine", "every layer spans the whole rectangle")
    chosen = preconditioning_for(problem_of(WIDER))
    assert chosen.name == "cosine"
    assert chosen.reason == "layers differ in their footprints, yet fill the grid well"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (HELD, "the west side is held at a temperature"),
        (
            {"layers.socket.width": "900 mm", "layers.socket.height": "900 mm"},
            # 5 planes of 18 are full, of the others 7 x 6 cells of 25 x 18
            "layers leave 65% of the grid empty",
        ),
    ],
    ids=["held side", "mostly empty"],
)
def test_multigrid_is_the_default_on_large_grids_that_suit_it(values, why, monkeypatch):
    pytest.importorskip("pyamg")
    monkeypatch.setattr(
        preconditioning, "MOSTLY_EMPTY", 0.5
    )  # the channels fill their part of the grid
    problem = problem_of(values)
    small = preconditioning_for(problem)
    assert (small.name, small.reason) == ("cosine", f"{why}, but the grid is small")
    monkeypatch.setattr(preconditioning, "LARGE", 1000)
    large = preconditioning_for(problem)
    assert (large.name, large.reason) == ("amg", why)
    monkeypatch.setattr(preconditioning, "find_spec", lambda name: None)
    without = preconditioning_for(problem)
    assert without.name == "cosine"
    assert without.reason == f"{why}; pip install 'waferflux[amg]' for a faster engine"


def test_an_engine_by_name_on_the_command_line():
    pytest.importorskip("pyamg")
    done = CliRunner().invoke(app, ["solve", "slab", "--engine", "amg", "--no-files"])
    assert done.exit_code == 0, done.output
    assert "amg: asked for" in done.output


def test_multigrid_without_pyamg_says_what_to_install(monkeypatch):
    monkeypatch.setattr(preconditioning, "find_spec", lambda name: None)
    with pytest.raises(CaseError, match=r"^slab: engine: found 'amg', which needs PyAMG; pip "):
        solve(load_case("slab"), engine="amg")
