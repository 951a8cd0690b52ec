"""Sheets in a case: chain, sheets and temperatures agree, heat and power are conserved to 1e-9."""

import json

import numpy as np
import pytest
import xarray
from typer.testing import CliRunner

from geometry.errors import VoltageCollapse
from studies import CaseError, load_case, solve
from studies.cli import app
from studies.events import Scenario
from studies.sheet_figures import voltage_figure
from studies.transient import solve_transient

GRID = {"delivery.sheets.solved": "on the grid"}
SMALL = GRID | {"grid.along_x": 36, "grid.along_y": 28, "layers.fins.cells": 4}
SPOTS = {"heat.map.hot_spot_factor": 4.0, "heat.map.hot_spot_area": 0.05}


@pytest.fixture(scope="module")
def answer():
    return solve(load_case("cs3", SMALL))


def assert_sound(answer):
    coupled, found = answer.coupled, answer.to_dict()
    assert answer.heat_balance < 1e-9
    assert found["power_balance_relative"] < 1e-9
    assert coupled.drawn.sheets.field.balance < 1e-9
    assert coupled.drawn.unsettled < 1e-9
    assert sum(found["power_budget_W"].values()) == pytest.approx(found["input_power_W"], rel=1e-9)
    network = coupled.drawn.network
    inside = network.input_power - network.losses["supply"].sum()
    if coupled.machine.case.loss_layers.board is None:
        inside = answer.silicon_power
    assert sum(q.sum() for q in coupled.heat.values()) == pytest.approx(inside, rel=1e-11)


@pytest.mark.parametrize(
    "values",
    [
        {},
        SPOTS,
        {"heat.power_is": "input to the boards"},
        {"heat.power_is": "at nominal conditions"},
        {"delivery.bricks.sense": "wafer"},
        {"delivery.bricks.regulated.load_line": "0 mohm"},
        {"delivery.boards.plane_sheet_resistance": "1 mohm/sq"},
        {"delivery.sheets.plane_supply_share": 0.3, "delivery.sheets.wafer_supply_share": 0.6},
        {"delivery.sheets.along_x": 50, "delivery.sheets.along_y": 31},
        {"delivery.bricks.set_point_offsets": [f"{n % 5 - 2} mV" for n in range(84)]},
        {
            "heat.at": "bottom face",
            "layers.socket": None,
            "layers.board": None,
            "layers.bricks": None,
            "heat.active_thickness": None,
            "faces.bottom": None,
            "loss_layers": {},
            "delivery.bricks.warming": None,
        },
        {"delivery.outage.bricks": [40, 0], "delivery.outage.contacts": [7]},
        {"delivery.outage.boards": [0], "delivery.bricks.over_limit": "constant current"},
    ],
    ids=lambda values: " ".join(values) or "as shipped",
)
def test_chain_sheets_and_heat_agree(values):
    answer = solve(load_case("cs3", SMALL | values))
    assert_sound(answer)
    if "heat.power_is" not in values:
        assert answer.silicon_power == pytest.approx(25e3, rel=1e-9)


def test_a_brick_under_its_whole_block_gives_the_chain_of_blocks():
    """Even loads, feet that leave nothing of the board free: no current flows along the plane."""
    whole = {"delivery.sheets.brick_width": 1.0, "delivery.sheets.brick_height": 1.0}
    even = {
        "loads.leakage_per_kelvin": "0 /K",
        "delivery.boards.plane_sheet_resistance": "0.0625 mohm/sq",
    }
    by_block = solve(load_case("cs3", SMALL | even | {"delivery.sheets.solved": "per block"}))
    by_cell = solve(load_case("cs3", SMALL | even | whole))
    np.testing.assert_allclose(by_cell.block_drop, by_block.block_drop, rtol=2e-3)
    lost = [a.power_budget["board plane"] for a in (by_cell, by_block)]
    assert max(lost) < 0.05
    # the smaller the feet, the further the current flows along the board
    feet = [
        solve(load_case("cs3", SMALL | {"delivery.sheets.brick_width": w})).power_budget
        for w in (0.8, 0.4)
    ]
    assert 1 < feet[0]["board plane"] < feet[1]["board plane"]


@pytest.mark.slow
def test_a_finer_grid_moves_the_lowest_voltage_less_and_less():
    low = []
    for n in (1, 2, 4):
        cells = {"delivery.sheets.along_x": 72 * n, "delivery.sheets.along_y": 56 * n}
        low.append(solve(load_case("cs3", SMALL | SPOTS | cells)).to_dict()["load_voltage_min_V"])
    steps = np.abs(np.diff(low))
    assert steps[1] < 0.6 * steps[0]
    assert steps[1] < 5e-3


def test_heat_is_made_where_the_current_flows(answer):
    """The board plane's loss lies between the bricks' feet, the contact's where current passes."""
    model, drawn = answer.coupled.machine.sheets, answer.coupled.drawn
    heat = model.heat(drawn.sheets, drawn.network)
    assert heat["plane"].sum() == pytest.approx(drawn.network.losses["board plane"].sum())
    assert heat["contact"].sum() == pytest.approx(drawn.network.losses["contact"].sum())
    block = heat["plane"][:4, :3]
    assert block.max() > 2 * block.min()


def test_warm_metal_resists_more():
    """The contact's loss over its current squared follows the temperature of its own cells."""
    values = SMALL | {"coolant.path": "single pass", "heat.power_is": "at nominal conditions"}
    coupled = solve(load_case("cs3", values)).coupled
    stack = coupled.drawn.sheets.field.stack
    ohms = 1 / stack.conduction.down[0]
    planes = coupled.machine.heated_planes
    kelvin = coupled.solver.temperature[planes[0]]
    expected = 1 + 0.0039 * (kelvin - 293.15)
    np.testing.assert_allclose(ohms / ohms.mean(), expected / expected.mean(), rtol=1e-4)
    assert np.ptp(expected) > 0.005


def test_collapse_is_named():
    loads = {"loads": {"law": "constant power", "nominal_voltage": "1 V"}}
    values = SMALL | loads | {"delivery.contact.areal_resistance": "600 mohm*mm**2"}
    with pytest.raises(VoltageCollapse, match="column"):
        solve(load_case("cs3", values))


def test_worst_places_are_in_the_answer_with_their_limits(answer):
    places = answer.to_dict()["current_density_worst"]
    by_part = {}
    for place in places:
        by_part.setdefault(place["part"], []).append(place)
    assert all(len(found) == 3 for found in by_part.values())
    for found in by_part.values():
        values = [place["value"] for place in found]
        assert values == sorted(values, reverse=True)
    assert by_part["contact"][0]["limit"] == 1.0
    mean = sum(answer.coupled.drawn.network.block_current) / (215 * 215)
    assert mean < by_part["contact"][0]["value"] < 1.2 * mean
    assert by_part["contact pad"][0]["value"] == pytest.approx(by_part["contact"][0]["value"])
    # 0.55 mm of copper
    plane, copper = by_part["board plane"][0], by_part["board plane copper"][0]
    assert copper["value"] == pytest.approx(plane["value"] / 0.55)
    json.dumps(places)


def test_beyond_the_foot_the_sheets_carry_what_the_loads_there_take():
    """Kirchhoff for all that lies east of a column of cells, in board and wafer together."""
    values = SMALL | {
        "device.columns": 1, "device.rows": 1, "device.width": "20 mm", "device.height": "20 mm",
        "grid.along_x": 40, "grid.along_y": 40, "heat.power": "200 W",
        "delivery.supplies.count": 1,
        "delivery.sheets.brick_width": 0.5, "delivery.sheets.brick_height": 1.0,
    }  # fmt: skip
    answer = solve(load_case("cs3", values))
    field = answer.coupled.drawn.sheets.field
    wafer, board = (field.stack.sheet_current(field.u, k)[0] for k in (0, 1))
    column = 34  # the foot ends at 29
    through = (wafer + board)[:, column].sum() * field.stack.grid.dy
    taken = field.load_current[:, column:].sum() - field.load_current[:, column].sum() / 2
    assert through == pytest.approx(taken, rel=1e-9)
    assert 0 < wafer[:, column].sum() < 0.1 * board[:, column].sum()
    at_foot = board[:, 25:31].sum(axis=0)
    assert at_foot.argmax() in (4, 5)


def test_what_is_over_its_limit_is_warned_of():
    values = SMALL | {"delivery.sheets.limits.contact": "0.5 A/mm**2"}
    warnings = solve(load_case("cs3", values)).warnings
    assert any("contact carries 0.5" in line and "% of 0.5 A/mm²" in line for line in warnings)


@pytest.mark.slow
def test_fields_are_labelled_and_written(answer, tmp_path):
    fields = answer.fields
    for name, unit in {
        "load_voltage": "V",
        "worst_voltage": "V",
        "contact_current": "A/m2",
        "plane_current": "A/m",
        "wafer_metal_current": "A/m",
    }.items():
        assert fields[name].dims == ("sheet_y", "sheet_x")
        assert fields[name].attrs["units"] == unit
    assert float(fields.worst_voltage.min()) == answer.to_dict()["load_voltage_min_V"]
    assert bool((fields.worst_voltage < fields.load_voltage).all())
    done = CliRunner().invoke(
        app,
        ["solve", "cs3", "--out", str(tmp_path / "out")]
        + [f"--set={key}={value}" for key, value in SMALL.items()],
    )
    assert done.exit_code == 0, done.output
    assert "Densest currents" in done.output
    assert {"sheets.vtu", "voltage_map.png"} <= {p.name for p in (tmp_path / "out").iterdir()}
    with xarray.open_dataset(tmp_path / "out" / "fields.nc", engine="h5netcdf") as read:
        assert read.worst_voltage.shape == (28, 36)


def test_the_picture_marks_the_lowest_voltage(answer):
    words = [text.get_text() for text in voltage_figure(answer).axes[0].texts]
    assert any(f"{answer.to_dict()['load_voltage_min_V']:.4f} V" in line for line in words)
    plain = solve(load_case("cs3", SMALL | {"delivery.sheets.solved": "per block"}))
    with pytest.raises(ValueError, match="no sheets"):
        voltage_figure(plain)


def test_a_device_inside_a_larger_rectangle_keeps_its_place():
    wider = {"layers.base.width": "260 mm", "layers.base.height": "240 mm"}
    plate = {
        "layers.lid": None, "layers.fins": None, "coolant": None, "loop": None, "room": None,
        "faces.top": {"temperature": "21 degC", "film_coefficient": "20 kW/m**2/K"},
        "faces.bottom": {"temperature": "21 degC", "film_coefficient": "10 kW/m**2/K"},
    }  # fmt: skip
    answer = solve(
        load_case("cs3", GRID | wider | plate | {"grid.along_x": 52, "grid.along_y": 48})
    )
    assert_sound(answer)
    x = answer.fields.sheet_x
    assert float(x[0]) > 0.0225
    assert float(x[-1]) < 0.2375


@pytest.mark.slow
def test_a_steady_machine_stays_so_in_time():
    """The chain that a transient follows is that of its sheets."""
    case = load_case("cs3", SMALL)
    steady, moved = solve(case), solve_transient(case, Scenario(until=0.5, tolerance=1e-3))
    power = float(steady.to_dict()["input_power_W"])
    np.testing.assert_allclose(moved.input_power, power, rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"delivery.sheets.solved": "finely"}, "delivery.sheets.solved"),
        ({"delivery.sheets.along_x": 10}, "along_y"),
        ({"delivery.sheets.plane_thickness": None}, "plane_thickness"),
        ({"delivery.contact.areal_resistance": "0 ohm*m**2"}, "contact.areal_resistance"),
        ({"delivery.sheets.brick_width": 0}, "delivery.sheets.brick_width"),
        ({"delivery.sheets.limits.contact": "1 A/mm"}, "delivery.sheets.limits.contact"),
    ],
)
def test_bad_sheets_are_refused_in_a_line_that_names_the_key(values, words):
    with pytest.raises(CaseError, match=words) as refused:
        solve(load_case("cs3", GRID | values))
    assert "\n" not in str(refused.value)
