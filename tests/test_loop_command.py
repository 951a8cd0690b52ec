"""Cases whose pumps find the flow, and ``waferflux loop``: both curves meet, budgets add up."""

import json

import pytest
from typer.testing import CliRunner

from geometry.errors import BeyondPumpCurve, NoCoolantFlow
from studies import load_case, solve
from studies.case_file import CaseError
from studies.cli import app
from studies.events import Scenario
from studies.loop_answer import loop_answer
from studies.operating_point import solve_with_loop
from studies.transient import solve_transient

PUMPS = {
    "loop.pumps.shutoff_pressure": "300 kPa",
    "loop.pumps.quadratic_term": "-0.03 kPa*min**2/L**2",
    "loop.pumps.count": 2,
}
BRICKS = {"loop.brick_plates": {"pressure_drop": "30 kPa", "reference_flow": "15 L/min"}}
IN_SERIES = {"loop.brick_plates": {"pressure_drop": "30 kPa", "reference_flow": "100 L/min",
                                   "arrangement": "series"}}  # fmt: skip
SMALL = {"grid.along_x": 24, "grid.along_y": 14}


def cs3(*values):
    given = dict(SMALL)
    for more in values:
        given |= more
    return load_case("cs3", given)


@pytest.fixture(scope="module")
def found():
    return loop_answer(solve(cs3(PUMPS, BRICKS)))


def test_flow_is_where_pumps_and_parts_meet(found):
    """At the flow found the case without pumps has the same drops, part by part."""
    plate = found.flow["cold plate"]
    given = solve(cs3({"coolant.flow": f"{plate!r} m**3/s",
                       "faces.bottom.flow": f"{found.flow['brick plates']!r} m**3/s"}))  # fmt: skip
    assert found.budget["cold plate"] == pytest.approx(
        given.coolant.cold_plate_pressure_drop, rel=1e-7
    )
    each = found.flow["pump 1"]
    head = 300e3 - 0.03e3 * (each * 6e4) ** 2
    assert found.need.loop_pressure_drop == pytest.approx(head, rel=1e-9)
    assert sum(found.budget.values()) == pytest.approx(head, rel=1e-9)


def test_mass_is_kept(found):
    into = found.flow["pump 1"] + found.flow["pump 2"]
    assert into == pytest.approx(found.flow["cold plate"] + found.flow["brick plates"], rel=1e-12)
    assert found.answer.heat_balance < 1e-9


def test_plates_in_parallel_have_one_drop(found):
    bricks = 30e3 * (found.flow["brick plates"] * 6e4 / 15) ** 2
    assert bricks == pytest.approx(found.budget["cold plate"], rel=1e-9)


def test_operating_point_lies_on_both_curves(found):
    at = found.need.loop_flow
    for curve in (found.system, found.pumps):
        between = abs(curve - found.need.loop_pressure_drop).argmin()
        assert found.curve_flow[between] == pytest.approx(at, rel=0.02)
    assert found.system[0] < 1.0
    assert 0.5 * at < found.one_out < at


@pytest.mark.slow
def test_search_forgets_where_it_began():
    flows = [
        solve(cs3(PUMPS, {"coolant.flow": f"{litres} L/min"})).coolant.flow for litres in (60, 140)
    ]
    assert flows[0] == pytest.approx(flows[1], rel=1e-7)


def test_bricks_in_series_get_the_coolant_as_warm_as_it_left_the_wafer():
    loaded, coupled = solve_with_loop(cs3(PUMPS, IN_SERIES))
    case = loaded.case
    assert case.faces.bottom.flow == pytest.approx(case.coolant.flow, rel=1e-12)
    rise = coupled.solver.coolant_heat() / coupled.solver.coolant_capacity_rate()
    expected = case.coolant.inlet_temperature + rise
    assert case.faces.bottom.temperature == pytest.approx(expected, rel=1e-8)
    assert rise > 2.0


@pytest.mark.slow
def test_stopped_pump_without_check_valve_costs_flow_and_what_it_sends_back_is_paid_for():
    stands = PUMPS | {"loop.pumps.running": 1}
    kept = solve(cs3(stands)).coolant
    lost = loop_answer(solve(cs3(stands, {"loop.pumps.check_valves": False})))
    assert lost.need.flow < kept.flow
    assert lost.flow["pump 2"] < 0
    paid = lost.flow["pump 1"] * lost.need.loop_pressure_drop / 0.5
    assert lost.need.pump_power == pytest.approx(paid, rel=1e-9)


def test_hoses_and_parts_take_the_place_of_the_assumed_rest():
    parts = {
        "loop.rest_pressure_drop": None,
        "loop.hoses": {"hose": {"length": "6 m", "diameter": "25 mm", "parallel": 2}},
        "loop.parts": {"filter": {"pressure_drop": "20 kPa", "reference_flow": "100 L/min"}},
    }
    budget = loop_answer(solve(cs3(parts))).budget
    assert list(budget) == ["quick disconnects", "hose", "filter", "cold plate"]
    assert budget["filter"] == pytest.approx(20e3, rel=1e-12)


def test_without_pumps_the_loop_is_as_it_was():
    answer = solve(cs3())
    found = loop_answer(answer)
    assert found.need.loop_pressure_drop == pytest.approx(sum(found.budget.values()), rel=1e-12)
    assert found.pumps is None
    assert found.budget["rest"] == pytest.approx(50e3, rel=1e-12)


def test_transient_starts_from_the_flow_that_is_found(found):
    loaded = cs3(PUMPS, BRICKS)
    answer = solve_transient(loaded, Scenario(until=0.01))
    assert answer.flow[0] == pytest.approx(found.flow["cold plate"], rel=1e-7)


def test_pumps_too_weak_for_the_faces_are_no_solution():
    with pytest.raises(NoCoolantFlow, match="15 L/min, are more"):
        solve(cs3(PUMPS, {"loop.pumps.speed": 0.05}))
    with pytest.raises(NoCoolantFlow, match="0 of 2 pumps"):
        solve(cs3(PUMPS, {"loop.pumps.running": 0}))


def test_beyond_the_table_is_no_solution_and_exit_code_3():
    table = {"loop.pumps.flows": ["0 L/min", "40 L/min"],
             "loop.pumps.pressures": ["300 kPa", "280 kPa"]}  # fmt: skip
    with pytest.raises(BeyondPumpCurve, match="ends at 40 L/min"):
        solve(cs3(table))
    words = [w for k, v in (SMALL | table).items() for w in ("--set", f"{k}={v}")]
    done = CliRunner().invoke(app, ["loop", "cs3", "--no-files", *words])
    assert done.exit_code == 3
    assert "BeyondPumpCurve" in done.output


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (BRICKS, "loop.brick_plates"),
        (PUMPS | BRICKS | {"faces.bottom.flow": None}, "faces.bottom has no 'flow'"),
        ({"loop.pumps.count": 2}, "neither"),
        ({"loop.hoses": {"rest": {"length": "1 m", "diameter": "1 cm"}}}, "another part"),
    ],
)
def test_loops_that_cannot_be_are_refused(values, words):
    with pytest.raises(CaseError, match=words):
        cs3(values)


def test_a_given_face_temperature_is_refused_with_bricks_in_series():
    with pytest.raises(CaseError, match=r"cs3: faces\.bottom\.temperature: found"):
        solve(cs3(PUMPS, IN_SERIES, {"faces.bottom.temperature": "21 degC"}))


def test_command_prints_writes_and_gives_json(tmp_path):
    words = [w for k, v in (SMALL | PUMPS).items() for w in ("--set", f"{k}={v}")]
    done = CliRunner().invoke(app, ["loop", "cs3", "--out", str(tmp_path / "o"), *words])
    assert done.exit_code == 0, done.output
    assert "pumps and loop meet here" in done.output
    assert {p.name for p in (tmp_path / "o").iterdir()} == {"loop.json", "loop.csv", "loop.png"}
    asked = CliRunner().invoke(app, ["loop", "cs3", "--json", *words])
    printed, written = json.loads(asked.stdout), json.loads((tmp_path / "o/loop.json").read_text())
    assert printed == written
    total = sum(printed["pressure_budget_kPa"].values())
    assert printed["loop_pressure_drop_kPa"] == pytest.approx(total, rel=1e-9)


def test_command_without_a_loop_says_so():
    done = CliRunner().invoke(app, ["loop", "slab", "--no-files"])
    assert done.exit_code == 2
    assert "slab: loop: missing" in done.output
