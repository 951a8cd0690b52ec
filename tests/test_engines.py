"""Two engines of one physics: FiPy's own discretisation against the fast solver.

Both conserve heat exactly. Without a coolant they are of one kind and agree to their tolerance.
With one, FiPy's first-order upwind convection falls behind by a difference that halves with the
cells along the channels.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import thermal
from geometry.conduction import Boundary
from geometry.errors import NoSolution, ThermalRunaway
from geometry.materials import ConductivityLaw
from geometry.stack import Layer, Stack
from studies import CaseError, load_case, solve
from studies.cli import app
from studies.validation.stack import Loop
from thermal.cold_plate import Channels
from thermal.coolant import constant_fluid, named_fluid
from thermal.fin_coefficients import FinZoneConductivity
from thermal.fin_zone import CoolantFlow
from thermal.fipy_layers import FipySolver
from thermal.fipy_mesh import stations_along
from thermal.steady import SteadySolver, ThermalProblem

pytest.importorskip("fipy")

NO_POWER = {"delivery": None, "loads": None}
SMALL = {"grid.along_y": 7, "layers.fins.cells": 4}
HEADLINES = (
    "junction_temperature_max_degC",
    "junction_temperature_mean_degC",
    "coolant_outlet_degC",
)


def both(name, values):
    return [solve(load_case(name, values), engine=engine) for engine in ("cosine", "fipy")]


def differences(name, values, cells):
    """FiPy less the fast engine, a row of headlines for each number of cells along x."""
    rows = []
    for n in cells:
        ours, fipys = both(name, values | {"grid.along_x": n})
        assert fipys.heat_balance < 1e-9
        one, other = ours.to_dict(), fipys.to_dict()
        rows.append([other[key] - one[key] for key in HEADLINES if key in one])
    return np.array(rows)


def test_slab_agrees_on_three_grids():
    found = differences("slab", {"grid.along_y": 7}, (6, 12, 24))
    assert np.abs(found).max() < 1e-9


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "values", "cells", "finest"),
    [
        ("kawano", {"grid.along_y": 1}, (50, 100, 200), 0.035),
        ("cs3", SMALL | NO_POWER, (24, 48, 96), 0.04),
        ("cs3", SMALL, (24, 48, 96), 0.04),
    ],
    ids=["kawano", "cs3 without delivery", "cs3"],
)
def test_difference_falls_with_the_order_of_upwind_convection(name, values, cells, finest):
    found = differences(name, values, cells)
    orders = np.log2(found[:-1, :2] / found[1:, :2])
    assert orders == pytest.approx(1, abs=0.06)
    assert found[-1, :2].max() < finest
    assert np.abs(found[:, 2]).max() < 1e-4  # the outlet is the energy balance's on any grid


def layered_problem(**boundaries):
    """k(T), orthotropic conduction, a contact, planes of many thicknesses."""
    silicon, board = ConductivityLaw(148.0, 148.0, 148.0, 1.3), ConductivityLaw(30.0, 20.0, 0.5)
    stack = Stack(
        [
            Layer("wafer", 1e-3, silicon, 3, active_thickness=2e-5),
            Layer("board", 3e-3, board, 4, graded=True),
        ],
        {"wafer": 3e-5},
    )
    return ThermalProblem(stack, 0.02, 0.03, 7, 5, boundaries)


def heat_of(problem, plane):
    x, y = np.meshgrid(np.arange(problem.nx), np.arange(problem.ny))
    return {plane: 0.4 * (1 + np.sin(1.3 * x) * np.cos(0.7 * y) + 0.2 * x)}


def ramp(*shape):
    return 300 + np.arange(np.prod(shape), dtype=float).reshape(shape) / 3


def test_solids_agree_with_every_face_held_or_under_a_film():
    problem = layered_problem(
        top=Boundary(ramp(5, 7), 4e3),
        bottom=Boundary(310.0),
        west=Boundary(ramp(8, 5), 900.0),
        east=Boundary(305.0, np.linspace(100, 500, 40).reshape(8, 5)),
        south=Boundary(ramp(8, 7)),
        north=Boundary(330.0, 50.0),
    )
    heat = heat_of(problem, 3)
    ours = SteadySolver(problem).solve(heat, tolerance=1e-12)
    fipys = FipySolver(problem).solve(heat, tolerance=1e-12)
    assert np.ptp(ours.rise) > 10
    assert fipys.temperature == pytest.approx(ours.temperature, abs=1e-6)
    assert fipys.heat_through_faces() == pytest.approx(ours.heat_through_faces(), rel=1e-6)
    assert fipys.balance(heat) < 1e-11
    for plane in range(7):
        assert fipys.heat_down(plane) == pytest.approx(ours.heat_down(plane), abs=1e-8)
    assert fipys.heat_out("top") == pytest.approx(ours.heat_out("top"), abs=1e-8)


WATER = constant_fluid(998.2, 4184.0, 0.001, 0.6)


def cooled(direction="x", segments=1, cells=(6, 4), film=None, lid=True, fluid=WATER):
    """Fins between a base and perhaps a lid, the base with a contact."""
    channels = Channels(channel_width=0.3e-3, pitch=0.6e-3)
    flow = CoolantFlow("fins", channels, 3e-3, fluid, 293.15, 4e-6, direction, segments, film)
    copper = ConductivityLaw(390.0, 390.0, 390.0)
    fins = FinZoneConductivity(copper, 0.5, float(fluid.conductivity(293.15)), flow.along_x)
    layers = [
        Layer("lid", 2e-3, copper, 1),
        Layer("fins", 3e-3, fins, 4, graded=True),
        Layer("base", 2e-3, copper, 2),
    ]
    stack = Stack(layers if lid else layers[1:], {"fins": 1e-5, **({"lid": 2e-5} if lid else {})})
    return ThermalProblem(stack, 0.04, 0.03, *cells, {"bottom": Boundary(300.0, 200.0)}, flow)


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["x", "-x", "y", "-y"])
@pytest.mark.parametrize("segments", [1, 2, 3])
def test_every_flow_path_goes_the_same_way_in_both(direction, segments):
    """Cells that the flow segments do not divide; the difference falls by nearly half."""
    found = []
    for n in (10, 20):
        cells = (n, 4) if direction.endswith("x") else (4, n)
        problem = cooled(direction, segments, cells, fluid=named_fluid("water"))
        heat = heat_of(problem, problem.grid.nz - 1)
        ours, fipys = SteadySolver(problem).solve(heat), FipySolver(problem).solve(heat)
        assert fipys.balance(heat) < 1e-9
        per_kelvin = sum(np.sum(q) for q in heat.values()) / np.ptp(ours.rise)
        assert per_kelvin > 0
        found.append(np.abs(fipys.rise - ours.rise).mean() / np.ptp(ours.rise))
        assert fipys.division.segment_share == pytest.approx(ours.division.segment_share, rel=2e-3)
        film, weight = ours.film, ours.pieces.length
        mean = np.average(film, weights=weight)
        assert np.average(fipys.film, weights=fipys.pieces.length) == pytest.approx(mean, rel=2e-3)
    assert found[1] < 0.62 * found[0]
    assert found[1] < 0.04


@pytest.mark.parametrize("lid", [True, False])
def test_coolant_that_does_not_warm_is_the_same_in_both(lid):
    """So much flow that it does not warm: what is left is fins, film and shared surfaces."""
    problem = cooled(film=3000.0, lid=lid)
    flow = CoolantFlow(**{**vars(problem.coolant), "flow": 1e6})
    problem = ThermalProblem(**{**fields_of(problem), "coolant": flow})
    heat = {k: 10 * q for k, q in heat_of(problem, problem.grid.nz - 1).items()}
    ours = SteadySolver(problem).solve(heat, tolerance=1e-12)
    fipys = FipySolver(problem).solve(heat, tolerance=1e-12)
    assert np.ptp(ours.rise) > 1
    assert fipys.rise == pytest.approx(ours.rise, abs=1e-6)
    zone = problem.stack.planes("fins")
    for plane in range(zone[0] - 1 if lid else 0, problem.grid.nz - 1):
        assert fipys.heat_down(plane) == pytest.approx(ours.heat_down(plane), abs=1e-6)


def fields_of(problem):
    names = ("stack", "width", "height", "nx", "ny", "boundaries", "coolant")
    return {name: getattr(problem, name) for name in names}


def test_matrix_is_upwind_and_loses_heat_only_where_it_leaves():
    """FiPy turns terms downwind or explicit without a word when a sign is wrong."""
    solver = FipySolver(cooled(segments=3))
    matrix = solver._matrix.toarray()
    outside = matrix - np.diag(np.diag(matrix))
    assert outside.max() <= 1e-12
    lost = matrix.sum(axis=0)
    rate = solver.coolant_capacity_rate()
    film = 1 / (1 / 200 + 0.5e-3 / 390) * 0.04 * 0.03
    assert lost.min() > -1e-9 * rate
    assert lost.sum() == pytest.approx(rate + film, rel=1e-9)


def test_stations_are_cut_where_a_segment_ends():
    found = stations_along(0.03, 4, 3, reverse=False)
    assert found.cell.tolist() == [0, 1, 1, 2, 2, 3]
    assert found.share == pytest.approx([1, 1 / 3, 2 / 3, 2 / 3, 1 / 3, 1])
    assert found.sign.tolist() == [-1, -1, 1, 1, -1, -1]
    assert found.start == pytest.approx([0.0025, 0, 0, 0.005, 0.0075, 0])
    assert found.outlets.tolist() == [True, False, False, True, True, False]


def test_preconditioners_lead_to_one_field():
    problem = cooled(cells=(20, 6), segments=2)
    heat = heat_of(problem, problem.grid.nz - 1)
    direct, near = (FipySolver(problem, name).solve(heat) for name in ("direct", "incomplete"))
    assert near.rise == pytest.approx(direct.rise, abs=1e-6)
    assert near.iterations > direct.iterations


def test_what_does_not_converge_is_an_error():
    problem = layered_problem(top=Boundary(300.0, 4e3))
    with pytest.raises(NoSolution, match="fipy stays at a relative residual"):
        FipySolver(problem).solve(heat_of(problem, 3), most_rounds=1)


def test_power_and_heat_are_coupled_by_either_engine():
    ours, fipys = both("cs3", SMALL | {"grid.along_x": 24})
    assert fipys.coupled.solver.name == "fipy"
    assert fipys.heat_balance < 1e-9
    assert fipys.coupled.drawn.network.balance < 1e-9
    assert fipys.silicon_power == pytest.approx(25e3, rel=1e-9)
    assert fipys.block_drop == pytest.approx(ours.block_drop, rel=2e-3)
    one, other = ours.temperature_budget, fipys.temperature_budget
    assert list(one) == list(other)
    for step in ("film and fins", "base", "contact", "wafer", "hot spot"):
        assert other[step] == pytest.approx(one[step], abs=0.003), step
    coolant = fipys.fields.coolant_temperature.sel(layer="fins")
    assert float(np.abs(coolant - ours.fields.coolant_temperature.sel(layer="fins")).max()) < 0.4


def test_runaway_is_found_by_either_engine():
    values = SMALL | {
        "grid.along_x": 12,
        "delivery": None,
        "heat.power_is": "at nominal conditions",
        "loads.leakage_per_kelvin": "0.2 /K",
        "loads.leakage_temperature": "30 degC",
    }
    said = []
    for engine in ("cosine", "fipy"):
        with pytest.raises(ThermalRunaway) as caught:
            solve(load_case("cs3", values), engine=engine)
        # blocks at both ends of the channels are alike: which of them is named is a toss-up
        assert re.search(r"\(column (0|11), row \d\)", str(caught.value))
        said.append(float(re.search(r"brings ([\d.]+) W more", str(caught.value))[1]))
    assert min(said) > 1


def leakage_loop(resistance):
    """T = 21 + R 1000 exp(0.02 (T - 25)), with a fold at R = 0.0199259520542."""
    return Loop(resistance, 1000, 25, 21, 0.02).case()


def test_leakage_loop_and_its_fold_by_fipy():
    found = solve(leakage_loop(0.01), engine="fipy").to_dict()
    assert found["junction_temperature_max_degC"] == pytest.approx(32.6542374272, abs=1e-7)
    found = solve(leakage_loop(0.0199), engine="fipy").to_dict()
    assert found["junction_temperature_max_degC"] == pytest.approx(68.49053850, abs=1e-6)
    with pytest.raises(ThermalRunaway):
        solve(leakage_loop(0.01995), engine="fipy")


def test_the_second_engine_shares_no_equation_with_the_first():
    """Only the problem, the correlations and the properties are in common."""
    folder = Path(thermal.__file__).parent
    shared = {"Boundary", "Face", "Plane", "Feedback", "ThermalProblem", "CoolantFlow"}
    for path in (*folder.glob("fipy_*.py"), folder / "sparse_solvers.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"coolant_march|cosine_solver|krylov|channel_modes", text), path.name
        lines = re.findall(r"from (?:geometry\.conduction|\.steady|\.fin_zone) import (.*)", text)
        names = {name.strip() for line in lines for name in line.split(",")}
        assert names <= shared, path.name


def test_answer_says_which_engine_and_why():
    for asked, engine, reason in (
        ([], "cosine", "every layer spans the whole rectangle"),
        (["--engine", "cosine"], "cosine", "asked for"),
        (["--engine", "fipy"], "fipy", "asked for: an independent"),
    ):
        run = CliRunner().invoke(app, ["solve", "slab", "--json", *asked])
        found = json.loads(run.stdout)
        assert found["engine"] == engine
        assert found["engine_reason"].startswith(reason)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"layers.lid.width": "250 mm"}, "layers or contacts smaller than the stack"),
        ({"layers.contact.width": "200 mm"}, "layers or contacts smaller than the stack"),
        ({"layers.contact.block_factors": {"r3c5": 20.0}}, "a contact that varies over its face"),
    ],
)
def test_fipy_refuses_footprints_and_contact_maps_in_one_line(values, what):
    with pytest.raises(
        CaseError, match=f"^cs3: engine: found 'fipy' with {what}; 'cosine' or 'amg'"
    ):
        solve(load_case("cs3", SMALL | values), engine="fipy")


def test_unknown_engine_is_one_line():
    run = CliRunner().invoke(app, ["solve", "slab", "--json", "--engine", "magic"])
    assert run.exit_code == 2
    assert run.stderr.count("\n") == 1
    with pytest.raises(CaseError, match="found 'magic'; one of cosine, amg, fipy is meant"):
        solve(load_case("slab"), engine="magic")


def test_missing_fipy_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "fipy", None)
    with pytest.raises(CaseError, match=r"FiPy is not installed; pip install 'waferflux\[fipy\]'"):
        solve(load_case("slab"), engine="fipy")
