"""Adjoint gradients against central differences of complete solutions, to 1e-5.

The differences are of the fourth order, of solutions to 2e-13. What moves a number by less than
1e-6 of it per step is left to rounding.
"""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from studies import CaseError, load_case, solve
from studies.build import build
from studies.cli import app
from studies.coupled import solve_coupled
from studies.gradient_numbers import SHARPNESS, numbers_of
from studies.gradients import gradient
from studies.input_units import input_unit
from studies.inputs import inputs, with_leaf
from studies.operating_point import solve_with_loop
from studies.smooth_maximum import smooth_maximum
from studies.solved_state import SolvedState
from thermal.coolant_march import fitted_mean, fitted_mean_slope

SMALL = {"grid.along_x": 24, "grid.along_y": 14, "layers.fins.cells": 4}
# at 3 mm the channels' aspect is 0.1, a row of the entrance correlation's table
OFF_TABLE = SMALL | {"layers.fins.thickness": "2.9 mm"}
NO_DELIVERY = OFF_TABLE | {"delivery": None, "loss_layers": None}
PLATE = {"grid.along_x": 21, "grid.along_y": 21}
HEADERS = NO_DELIVERY | {"coolant.headers.groups": 3}
ZONES = NO_DELIVERY | {"layers.fins.fin_density": [[0.9, 1.1], [1.05, 1.2]]}
SILICON = {f"layers.{name}.material": "silicon" for name in ("lid", "fins", "base")}


PUMPS = {
    "loop.pumps.shutoff_pressure": "300 kPa",
    "loop.pumps.quadratic_term": "-0.03 kPa*min**2/L**2",
    "loop.pumps.count": 2,
    "loop.brick_plates": {"pressure_drop": "30 kPa", "reference_flow": "15 L/min"},
}


def numbers_at(loaded, power_map=None):
    if power_map is None:
        _, coupled = solve_with_loop(loaded)
    else:
        coupled = solve_coupled(replace(build(loaded), power_map=power_map))
    state = SolvedState(coupled, coupled.machine)
    return np.array([number.value(state) for number in numbers_of(state)])


def fourth_order(at, step):
    """Derivative of at(d) at 0."""
    near, far = at(step) - at(-step), at(2 * step) - at(-2 * step)
    return (8 * near - far) / (12 * step)


def check(found, paths=None):
    """Every input of a gradient, or those named, against differences; how many say something."""
    loaded, names, said = found.answer.loaded, list(found.numbers), 0
    size = np.array([abs(n.value) for n in found.numbers.values()])
    by_path = {each.path: each for each in found.inputs}
    for path, value in inputs(loaded.case):
        each = by_path.get(".".join(path))
        if each is None or not any(each.per_step.values()) or (paths and each.path not in paths):
            continue
        unit = input_unit(loaded, path)
        one = 1.0 if unit.is_temperature else 0.01 * value
        step = 0.03 if unit.is_temperature else 5e-4 * abs(value)

        def at(d, path=path, value=value):
            return numbers_at(replace(loaded, case=with_leaf(loaded.case, path, value + d)))

        exact = fourth_order(at, step) * one
        ours = np.array([each.per_step[name] for name in names])
        counts = np.abs(exact) > 1e-6 * size
        assert ours[counts] == pytest.approx(exact[counts], rel=1e-5), each.path
        assert np.all(np.abs(ours - exact)[~counts] < 1e-10 * size[~counts]), each.path
        said += int(counts.sum())
    return said


@pytest.fixture
def tight(monkeypatch):
    monkeypatch.setattr("studies.coupled.TOLERANCE", 2e-13)
    monkeypatch.setattr("studies.operating_point.TOLERANCE", 1e-12)


@pytest.mark.parametrize(
    ("name", "values", "paths"),
    [
        pytest.param(
            "cs3",
            OFF_TABLE,
            [
                "layers.fins.channel_width",
                "layers.wafer.thickness",
                "coolant.flow",
                "heat.power",
                "loads.leakage_per_kelvin",
                "delivery.contact.areal_resistance",
            ],
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "cs3",
            NO_DELIVERY | PUMPS,
            [
                "layers.fins.channel_width",
                "coolant.inlet_temperature",
                "loop.brick_plates.pressure_drop",
                "loop.pumps.quadratic_term",
            ],
            marks=pytest.mark.slow,
        ),
        ("cs3", NO_DELIVERY, ["coolant.flow", "layers.wafer.thickness"]),
        (
            "cold-plate",
            PLATE,
            ["layers.base.thickness", "coolant.flow", "coolant.film_coefficient"],
        ),
        ("slab", {"grid.along_x": 16, "grid.along_y": 12}, None),
        pytest.param(
            "cs3-headers",
            HEADERS | SILICON,
            [
                "layers.fins.channel_width",
                "layers.base.thickness",
                "coolant.inlet_temperature",
                "coolant.headers.depth",
            ],
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "cs3",
            ZONES | SILICON | {"coolant.direction": "-y"},
            [
                "device.height",
                "layers.fins.channel_width",
                "layers.fins.fin_density.1.0",
                "layers.base.thickness",
                "coolant.inlet_temperature",
            ],
            marks=pytest.mark.slow,
        ),
        ("cs3-headers", HEADERS, ["coolant.flow", "coolant.headers.width"]),
        ("cs3", ZONES, ["layers.fins.fin_density.0.1", "coolant.flow"]),
    ],
)
def test_gradient_is_the_difference_of_complete_solutions(tight, name, values, paths):
    found = gradient(load_case(name, values), paths=paths)
    assert [each.path for each in found.inputs] == (paths or [e.path for e in found.inputs])
    assert check(found) >= 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "values", "least"),
    [
        ("cs3", OFF_TABLE, 70),
        ("cold-plate", PLATE, 15),
        ("kawano", {"grid.along_x": 30}, 15),
        ("cs3", NO_DELIVERY | {"coolant.path": "4-way", "coolant.direction": "-y"}, 30),
        ("cs3", NO_DELIVERY | {"layers.base": None, "layers.contact.block_factors.r3c5": 3.0}, 20),
        (
            "cs3",
            OFF_TABLE | SILICON | {"heat.power_is": "at nominal conditions"},
            60,
        ),
        (
            "cs3",
            OFF_TABLE
            | {"layers.bricks.width": "150.3 mm", "loss_layers.bricks": None}
            | {"delivery.bricks.warming": None, "delivery.outage.boards": [0]},
            60,
        ),
        (
            "slab",
            {"grid.along_x": 16, "grid.along_y": 12, "layers.slab.material": None}
            | {"layers.slab.conductivity": "390 W/m/K", "layers.slab.conductivity_exponent": 1.3}
            | {"faces.top.emissivity": 0.8, "faces.top.temperature": "30 degC"}
            | {"heat.power": "500 W", "faces.top.film_coefficient": "10 W/m**2/K"},
            8,
        ),
    ],
)
def test_every_input_is_the_difference_of_complete_solutions(tight, name, values, least):
    """Geometry, k(T), split flows, footprints, lost parts, radiation, and every other input."""
    found = gradient(load_case(name, values))
    assert not found.left_out
    assert check(found) >= least


@pytest.mark.slow
@pytest.mark.parametrize("values", [OFF_TABLE, NO_DELIVERY])
def test_power_of_a_block_is_the_difference(tight, values):
    found = gradient(load_case("cs3", values), paths=[])
    power_map = build(found.answer.loaded).power_map
    for block in (0, 41):

        def at(d, block=block):
            power = power_map.block_power.copy()
            power[block] += d
            return numbers_at(found.answer.loaded, replace(power_map, block_power=power))

        # the sharp maxima bend soon, the pump power hardly moves
        short, long = fourth_order(at, 0.01), fourth_order(at, 2.0)
        exact = [*short[:-1], long[-1]]  # of the numbers the last is the pump power
        for number, slope in zip(found.numbers.values(), exact, strict=True):
            assert number.per_watt[block] == pytest.approx(slope, rel=1e-5)


@pytest.mark.slow
def test_one_adjoint_solution_for_each_number_costs_no_more_than_a_solution():
    """Whatever the count of inputs; in applications of the operator, some of them in single."""
    found = gradient(load_case("cs3", SMALL), paths=["coolant.flow"])
    forward = found.answer.coupled.solver.iterations
    assert len(found.numbers) == 3
    for number in found.numbers.values():
        assert 0 < number.iterations <= forward
    fewer = gradient(load_case("cs3", SMALL), numbers=["pump power"], paths=["coolant.flow"])
    assert list(fewer.numbers) == ["pump power"]
    assert fewer.inputs[0].derivative["pump power"] == pytest.approx(
        found.inputs[0].derivative["pump power"], rel=1e-12
    )


def test_smooth_numbers_are_those_of_the_answer_within_what_smoothing_may_take():
    loaded = load_case("cs3", SMALL)
    found, answer = gradient(loaded, paths=[]), solve(loaded).to_dict()
    cells, blocks = 24 * 14, 84
    hottest, drop = found.numbers["hottest"], found.numbers["worst drop"]
    assert hottest.plain - 273.15 == pytest.approx(answer["junction_temperature_max_degC"])
    assert drop.plain == pytest.approx(max(answer["block_drop_mV"]))
    for number, count in ((hottest, cells), (drop, blocks)):
        assert number.plain - np.log(count) / SHARPNESS < number.value < number.plain
    assert found.numbers["pump power"].value == pytest.approx(answer["pump_power_W"])


def test_smooth_maximum_has_the_derivative_that_it_says():
    random = np.random.default_rng(1)
    values, share = random.random(30), random.random(30)
    share /= share.sum()
    _, slopes = smooth_maximum(values, share, 7.0)
    assert slopes.sum() == pytest.approx(1.0)
    for i in range(30):
        step = 1e-5 * (np.arange(30) == i)
        ends = [smooth_maximum(values + s * step, share, 7.0)[0] for s in (1, -1)]
        assert slopes[i] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6)


def test_slope_of_the_fitted_mean():
    """On both sides of where each goes over to its series."""
    units = np.array([1e-3, 5e-3, 0.02, 0.08, 0.099, 0.101, 0.5, 3.0, 40.0])
    step = 1e-3 * units
    exact = (fitted_mean(units + step) - fitted_mean(units - step)) / (2 * step)
    assert fitted_mean_slope(units) == pytest.approx(exact, rel=2e-6)


@pytest.mark.slow
def test_sheets_are_taken_per_block():
    path = ["delivery.boards.plane_sheet_resistance"]
    on_grid = gradient(
        load_case("cs3", SMALL | {"delivery.sheets.solved": "on the grid"}), None, path
    )
    per_block = gradient(load_case("cs3", SMALL), None, path)
    assert on_grid.inputs == per_block.inputs


def test_an_input_that_cannot_be_moved_is_left_out():
    """The floorplan of the chip needs its width."""
    found = gradient(load_case("test-chip"), numbers=["hottest"])
    assert list(found.left_out) == ["device.width"]
    with pytest.raises(CaseError, match=r"test-chip: device\.width: cannot be moved"):
        gradient(load_case("test-chip"), paths=["device.width"])


@pytest.mark.parametrize(
    ("name", "values", "arguments", "words"),
    [
        ("slab", {}, {"numbers": ["worst drop"]}, "slab: found no 'worst drop' in it; one of hott"),
        ("slab", {}, {"paths": ["layers.slab.cells"]}, r"slab: layers\.slab\.cells: found no such"),
        (
            "slab",
            {
                "heat.at": "bottom face",
                "loads.law": "constant power",
                "loads.nominal_voltage": "1 V",
            },
            {},
            r"slab: heat\.at: found 'bottom face' with loads",
        ),
        ("cs3", SMALL | PUMPS, {"paths": ["coolant.flow"]}, r"cs3: coolant\.flow: found no such"),
        (
            "cs3",
            SMALL | PUMPS | {"loop.brick_plates.arrangement": "series"},
            {},
            r"cs3: loop\.brick_plates\.arrangement: found 'series'",
        ),
    ],
)
def test_what_has_no_gradient_is_refused(name, values, arguments, words):
    with pytest.raises(CaseError, match=words):
        gradient(load_case(name, values), **arguments)


@pytest.mark.slow
def test_command_writes_what_it_prints(tmp_path):
    sets = [word for key, value in SMALL.items() for word in ("--set", f"{key}={value}")]
    done = CliRunner().invoke(app, ["gradients", "cs3", *sets, "--json", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    flow = next(each for each in found["inputs"] if each["input"] == "coolant.flow")
    assert (flow["value"], flow["unit"], flow["step"]) == (pytest.approx(100), "L/min", "1 %")
    assert flow["d_pump_power_W_per_step"] == pytest.approx(flow["d_pump_power_W_per_unit"])
    assert len(found["numbers"]["hottest"]["block_power_K_per_W"]) == 84
    assert (tmp_path / "gradients.json").read_text() == done.stdout
    assert (tmp_path / "gradients.png").stat().st_size > 10_000
    for name, rows in (("gradients", len(found["inputs"])), ("block_power", 84)):
        with (tmp_path / f"{name}.csv").open(newline="") as file:
            assert len(list(csv.DictReader(file))) == rows


def test_tables_fit_a_terminal():
    sets = [word for key, value in PLATE.items() for word in ("--set", f"{key}={value}")]
    done = CliRunner().invoke(app, ["gradients", "cold-plate", *sets, "--no-files"])
    assert done.exit_code == 0, done.output
    assert "loop.quick_disconnect_flow_coefficient" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\u2026" not in done.stdout
