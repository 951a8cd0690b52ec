"""Pumps, chillers and facility water lost: what the waters hold, and where the machine settles.

Conservation, to 1e-9: heat made + heat of the pumps = heat kept by solids and coolant + heat held
by the volumes + heat taken outdoors.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from typer.testing import CliRunner

from studies import load_case, solve
from studies.build import build
from studies.case_file import CaseError
from studies.cli import app
from studies.coupled import solve_coupled
from studies.events import CoastDown, Scenario, power_step
from studies.loop_answer import loop_answer
from studies.outage import outage_study
from studies.outage_plant import plant_state
from studies.outage_report import summary
from studies.transient import _Driver, solve_transient
from studies.words import minutes_as_text
from thermal.heat_exchanger import exchange
from thermal.loop_heat import LoopHeat, LoopState
from thermal.transient import TransientSolver

SMALL = {"grid.along_x": 12, "grid.along_y": 7, "layers.fins.cells": 4}

# ------------------------------------------------------------------------- the volumes alone


def test_heat_into_a_volume_that_nothing_cools_warms_it_evenly():
    loop = LoopHeat(LoopState(294.15, 290.15), 8000.0, 0.0, 7000.0, 167e3, 836e3)
    found = loop.advance(loop.start, 0.0, 300.0, 29e3)
    assert found.inlet == pytest.approx(294.15 + 29e3 * 300 / 167e3, rel=1e-13)
    assert found.facility == 290.15
    assert loop.held(found) == pytest.approx(29e3 * 300, rel=1e-12)


def two_volumes():
    return LoopHeat(
        LoopState(294.15, 290.15), 8000.0, 6000.0, 7000.0, 167e3, 836e3, 700.0, 500.0,
        cooling=lambda back: 900.0 * (back - 300.0),
    )  # fmt: skip


def test_two_volumes_follow_the_matrix_exponential():
    loop, carried = two_volumes(), 29e3
    k, rate = loop.exchange(), loop.facility_rate
    lift = (carried + 700.0) / 8000.0
    # passed = k (T + lift - F); taken = 900 (F + (passed + 500) / rate - 300)
    part = 900.0 / rate
    matrix = np.array(
        [
            [-k / 167e3, k / 167e3],
            [k * (1 - part) / 836e3, (-k * (1 - part) - 900.0) / 836e3],
        ]
    )
    constant = np.array(
        [
            (carried + 700.0 - k * lift) / 167e3,
            (k * lift * (1 - part) + 500.0 * (1 - part) + 900.0 * 300.0) / 836e3,
        ]
    )
    rest = np.linalg.solve(matrix, -constant)
    exact = rest + expm(matrix * 400.0) @ (np.array([294.15, 290.15]) - rest)
    found = loop.advance(loop.start, 0.0, 400.0, carried)
    assert [found.inlet, found.facility] == pytest.approx(exact, abs=1e-3)
    held = carried * 400.0 + found.pumped - found.taken
    assert loop.held(found) == pytest.approx(held, rel=1e-11)


def test_exchange_is_that_of_the_exchanger():
    loop = two_volumes()
    found = exchange(310.0, 8000.0 * 0.5, 290.0, 6000.0, 7000.0)
    assert loop.exchange(0.5) * 20.0 == pytest.approx(found.heat, rel=1e-12)


@pytest.mark.parametrize("name", ["loop_capacity", "buffer_capacity", "coolant_rate"])
def test_a_volume_that_holds_nothing_is_refused(name):
    with pytest.raises(ValueError, match=f"{name}: found 0; above 0 is meant"):
        replace(two_volumes(), **{name: 0.0})


# ------------------------------------------------------------------------ the field beside them

LUMPED = {
    "delivery": None,
    "loads": None,
    "faces.bottom": None,
    "layers.socket": None,
    "layers.board": None,
    "layers.bricks": None,
    "loss_layers": None,
    "layers.contact": None,
    "layers.lid": None,
    "layers.wafer.cells": 1,
    "layers.base.cells": 1,
    "heat.active_thickness": None,
    "coolant.path": "single pass",
    "coolant.film_coefficient": "1e8 W/m**2/K",
    "coolant.fluid": {
        "density": "1000 kg/m**3",
        "heat_capacity": "4000 J/kg/K",
        "viscosity": "0.001 Pa*s",
        "conductivity": "100 W/m/K",
    },
} | {
    f"layers.{layer}.{key}": value
    for layer, density, capacity in (("base", 8960, 385), ("wafer", 2330, 712), ("fins", 8960, 385))
    for key, value in (
        ("conductivity", "1e8 W/m/K"),
        ("material", None),
        ("density", f"{density} kg/m**3"),
        ("heat_capacity", f"{capacity} J/kg/K"),
    )
}
"""One temperature in all solids, and the coolant leaves at it."""
SOLIDS = (8960 * 385 * 0.0045 + 2330 * 712 * 0.775e-3 + 4e6 * 0.0015) * 0.215**2
"""With the coolant in the channels [J/K]."""
HEAT, RATE = 25e3, 4e6 * 100e-3 / 60


def lumped_loop(volume=40e-3, conductance=7000.0, buffer=200e-3):
    """The volumes, at the steady state to begin with; nothing cools the facility's water."""
    loop = LoopHeat(LoopState(294.15, 0.0), RATE, 0.0, conductance, volume * 4e6, buffer * 4e6)
    running = replace(loop, facility_rate=RATE)
    facility = 294.15 + HEAT / RATE - HEAT / running.exchange()
    return replace(running, start=LoopState(294.15, facility))


def lumped_exact(loop, time, heat=HEAT):
    """Solids, inlet and facility water after a step of the heat, from the steady state on."""
    k = loop.exchange() if loop.facility_rate else 0.0
    matrix = np.array(
        [
            [-RATE / SOLIDS, RATE / SOLIDS, 0.0],
            [(RATE - k) / loop.loop_capacity, -RATE / loop.loop_capacity, k / loop.loop_capacity],
            [k / loop.buffer_capacity, 0.0, -k / loop.buffer_capacity],
        ]
    )
    start = np.array([294.15 + HEAT / RATE, *loop.start[:2]])
    # a constant as one more unknown, since the matrix has no inverse
    whole = np.zeros((4, 4))
    whole[:3, :3], whole[0, 3] = matrix, heat / SOLIDS
    return (expm(whole * time) @ np.append(start, 1.0))[:3]


def fixed_steps(case, loop, until, steps):
    """Inlet after equal steps at twice the heat."""
    machine = build(case)
    solver = solve_coupled(machine).solver
    driver = _Driver(machine, Scenario(until, power=power_step(2.0), loop=loop))
    transient = TransientSolver(solver, driver, 1e-8)
    followed = driver.loop
    followed.carried = followed.heat_of(transient.rates)
    for n in range(steps):
        step = transient.advance(until * (n + 1) / steps)
        followed.take(step, driver.flow_share, transient.rates)
    return float(followed.state.inlet)


def small_loop():
    """So small that solids and loop act on each other."""
    return lumped_loop(volume=4e-3, buffer=20e-3)


@pytest.mark.slow
def test_inlet_is_second_order_in_time():
    case, loop = load_case("cs3", SMALL | LUMPED), small_loop()
    finest = fixed_steps(case, loop, 8.0, 128)
    errors = [abs(fixed_steps(case, loop, 8.0, n) - finest) for n in (4, 8, 16)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders == pytest.approx(2, abs=0.2)
    assert finest == pytest.approx(lumped_exact(loop, 8.0, 2 * HEAT)[1], abs=5e-4)


@pytest.mark.parametrize("until", [2.0, 8.0])
def test_inlet_without_facility_water_is_the_matrix_exponentials(until):
    loop = replace(small_loop(), facility_rate=0.0)
    found = fixed_steps(load_case("cs3", SMALL | LUMPED), loop, until, 16)
    assert found == pytest.approx(lumped_exact(loop, until, 2 * HEAT)[1], abs=1e-3)


def test_constant_heat_warms_loop_and_machine_together_at_heat_over_capacity():
    case = load_case("cs3", SMALL | LUMPED | {"limits.junction_temperature": None})
    loop = replace(lumped_loop(), facility_rate=0.0)
    answer = solve_transient(case, Scenario(200.0, loop=loop, tolerance=1e-4))
    late = answer.time > 60.0
    rate = np.diff(answer.inlet[late]) / np.diff(answer.time[late])
    assert rate == pytest.approx(HEAT / (loop.loop_capacity + SOLIDS), rel=1e-5)


def whole_balance(answer):
    """Of field and volumes together, relative."""
    loop = answer.loop
    came = answer.energy.put_in + loop.state.pumped
    went = answer.kept + loop.loop.held(loop.state) + loop.state.taken
    return abs(came - went) / came


@pytest.mark.slow
@pytest.mark.parametrize("flow", [None, CoastDown(2.0, 0.6)], ids=["full flow", "a pump lost"])
def test_time_to_the_limit_is_that_of_a_lumped_model(flow):
    limit = {"limits.junction_temperature": "60 degC"}
    case = load_case("cs3", SMALL | LUMPED | limit)
    loop = lumped_loop()
    scenario = Scenario(3000.0, flow=flow, loop=loop, tolerance=0.01, longest_step=20.0)
    answer = solve_transient(case, scenario)

    def slope(time, y):
        share = 1.0 if flow is None else flow.at(time)
        carried = RATE * share * (y[0] - y[1])
        least, most = sorted((RATE * share, loop.facility_rate))
        found = exchange(y[0], RATE * share, y[2], loop.facility_rate, loop.conductance)
        assert least <= most
        return [
            (HEAT - carried) / SOLIDS,
            (carried - found.heat) / loop.loop_capacity,
            found.heat / loop.buffer_capacity,
        ]

    def reached(_, y):
        return y[0] - 333.15

    reached.terminal = True
    start = [294.15 + HEAT / RATE, *loop.start[:2]]
    exact = solve_ivp(slope, (0, 3000), start, "LSODA", events=reached, rtol=1e-9, atol=1e-9)
    assert answer.time_to_limit == pytest.approx(exact.t_events[0][0], rel=2e-3)
    assert answer.energy_balance < 1e-9
    assert answer.loop.balance < 1e-9
    assert whole_balance(answer) < 1e-9


def test_nothing_lost_is_nothing_moved():
    case = load_case("cs3", SMALL)
    state = plant_state(solve(case))
    answer = solve_transient(case, Scenario(100.0, loop=state.loop))
    assert np.ptp(answer.hottest) < 1e-4
    assert np.ptp(answer.inlet) < 1e-4
    assert whole_balance(answer) < 1e-9


def test_faces_of_two_kinds_are_refused_in_one_line():
    values = {"faces.bottom.temperature": "30 degC", "faces.bottom.flow": None}
    values |= {"faces.west.film_coefficient": "100 W/m**2/K"}
    case = load_case("cs3", SMALL | values)
    with pytest.raises(CaseError, match="faces: found some that the loop's coolant meets") as told:
        solve_transient(case, Scenario(1.0, loop=two_volumes()))
    assert "\n" not in str(told.value)


# --------------------------------------------------------------------------------- the study

QUICK = SMALL | {"delivery": None, "loads": None, "loss_layers": None}


@pytest.fixture(scope="module")
def study():
    return outage_study(load_case("cs3-pumps", QUICK))


def row_of(study, name):
    return next(row for row in study.rows if row.event.name == name)


@pytest.mark.slow
def test_one_pump_out_is_the_point_of_the_loop(study):
    steady = row_of(study, "pump").steady
    # the loop's own line keeps the coolant's temperatures; all of it is solved here
    assert steady.flow == pytest.approx(loop_answer(study.answer).one_out, rel=0.01)
    alone = {"loop.pumps.running": 1, "coolant.inlet_temperature": f"{steady.inlet!r} K"}
    answer = solve(load_case("cs3-pumps", QUICK | alone))
    assert steady.flow == pytest.approx(answer.coolant.loop_flow, rel=1e-6)
    assert steady.hottest == pytest.approx(answer.block_temperature_max.max(), abs=1e-4)
    assert steady.flow < study.answer.coolant.loop_flow


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pump", "chiller", "chillers"])
def test_new_steady_inlet_is_that_of_the_exchanger(study, name):
    row, state = row_of(study, name), study.state
    steady = row.steady
    values = {"coolant.inlet_temperature": f"{steady.inlet!r} K"}
    if name == "pump":
        values["loop.pumps.running"] = 1
    answer = solve(load_case("cs3-pumps", QUICK | values))
    machine = plant_state(answer).machine
    hot_inlet = steady.inlet + machine.heat / machine.coolant_rate
    found = exchange(
        hot_inlet, machine.coolant_rate, steady.facility, state.loop.facility_rate,
        state.loop.conductance,
    )  # fmt: skip
    assert found.hot_outlet == pytest.approx(steady.inlet, abs=1e-5)
    assert found.heat == pytest.approx(machine.heat, rel=1e-6)
    # and outdoors takes it
    back = steady.facility + (machine.heat + state.loop.facility_pump_heat) / state.outdoors.rate
    left = {"pump": 1.0, "chiller": 0.75, "chillers": 0.0}[name]
    taken = state.outdoors.cooling(left)(back)
    assert taken == pytest.approx(machine.heat + state.loop.facility_pump_heat, rel=1e-6)


@pytest.mark.slow
def test_chillers_that_are_left_and_the_cooler_share_the_heat(study):
    state, steady = study.state, row_of(study, "chiller").steady
    outdoors = state.outdoors
    # warm water is beyond the curve: three of four have 0.75 / 0.8 of the heat
    back = steady.facility + outdoors.heat / outdoors.rate
    assert outdoors.chilled(back, 0.75) == pytest.approx(0.75 / 0.8 * outdoors.heat, rel=1e-9)
    assert outdoors.free(back) > 0


def test_one_chiller_of_many_is_not_missed():
    found = outage_study(load_case("cs3", SMALL | {"plant.outage.chillers": 6}), 60.0, ["chiller"])
    steady = found.rows[0].steady
    assert steady.inlet == pytest.approx(294.15, abs=1e-5)
    assert steady.hottest == pytest.approx(found.answer.block_temperature_max.max(), abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("outdoors", ["dry cooler", "tower"])
def test_the_end_in_time_is_the_steady_state(outdoors):
    values = {"plant.outage.loop_volume": "5 L", "plant.outage.buffer_volume": "20 L"}
    values["plant.outdoors"] = outdoors
    found = outage_study(load_case("cs3", SMALL | values), 1800.0, ["chillers"])
    (row,) = found.rows
    assert row.survives
    # the pump's heat, a little less in warm water, stays that of the start
    assert row.transient.inlet[-1] == pytest.approx(row.steady.inlet, abs=0.05)
    assert row.transient.hottest[-1] == pytest.approx(row.steady.hottest, abs=0.05)
    assert row.transient.loop.state.facility == pytest.approx(row.steady.facility, abs=0.05)


@pytest.mark.slow
def test_all_pumps_lost_is_the_pump_trip(study):
    row = row_of(study, "pumps")
    trip = solve_transient(load_case("cs3-pumps", QUICK), Scenario(12.0, flow=CoastDown(2.0)))
    assert row.steady is None
    assert not row.survives
    assert row.time_to_limit == pytest.approx(trip.time_to_limit, rel=0.01)


@pytest.mark.slow
def test_losses_are_in_the_order_of_what_is_left(study):
    times = {row.event.name: row.time_to_limit for row in study.rows}
    assert times["pumps"] < times["water"] < times["plant"]
    assert [times[name] for name in ("pump", "chiller", "chillers")] == [None] * 3
    hottest = {row.event.name: row.steady.hottest for row in study.rows if row.steady}
    assert hottest["chiller"] < hottest["chillers"]
    coolant = row_of(study, "water").time_to_coolant_limit
    assert times["water"] < coolant < study.until
    for row in study.rows:
        assert whole_balance(row.transient) < 1e-9


@pytest.mark.slow
def test_times_hold_with_finer_steps(study):
    loop = replace(study.state.loop, facility_rate=0.0)
    scenario = Scenario(300.0, loop=loop, tolerance=0.01, longest_step=2.0)
    fine = solve_transient(study.answer.loaded, scenario)
    assert row_of(study, "water").time_to_limit == pytest.approx(fine.time_to_limit, rel=2e-3)


def test_without_pumps_in_the_case_one_is_not_looked_at():
    found = outage_study(load_case("cs3", SMALL), 10.0, ["pump"])
    (row,) = found.rows
    assert row.reason == "not looked at: the case has no [loop.pumps]"
    assert row.transient is None
    assert row.survives is None


# -------------------------------------------------------------------------------- the command

SETS = [w for path, v in QUICK.items() for w in ("--set", f"{path}={'none' if v is None else v}")]


def test_command_writes_picture_and_tables(tmp_path):
    arguments = ["outage", "cs3-pumps", *SETS, "--event", "pumps"]
    done = CliRunner().invoke(app, [*arguments, "--until", "9 s", "--out", str(tmp_path / "o")])
    assert done.exit_code == 0, done.output
    assert "all pumps lost" in done.output
    assert "shut down" in done.output
    names = {path.name for path in (tmp_path / "o").iterdir()}
    assert names == {"outage.json", "outage.png", "events.csv", "series.csv"}
    found = json.loads((tmp_path / "o" / "outage.json").read_text(encoding="utf-8"))
    (pumps,) = found["events"]
    assert not pumps["survives"]
    assert 3 < pumps["time_to_limit_s"] < 15
    assert len(pumps["time_s"]) == len(pumps["hottest_degC"]) == len(pumps["coolant_inlet_degC"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cs3", "--event", "flood"], "--event: found 'flood'; one of pump, pumps, chiller"),
        (["cs3", "--until", "soon"], "--until: found 'soon'; a number in s is meant"),
        (["cs3", "--until", "0 s"], "--until: found 0 s; above 0 s is meant"),
        (["slab"], "coolant: missing; a plant cools one"),
    ],
)
def test_wrong_options_end_with_2_and_one_line(words, said):
    done = CliRunner().invoke(
        app, ["outage", *words, "--no-files", *(SETS if "cs3" in words else [])]
    )
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


@pytest.mark.slow
def test_numbers_of_the_page_are_the_answers():
    page = (Path(__file__).parent.parent / "docs" / "outages.md").read_text(encoding="utf-8")
    study = outage_study(load_case("cs3-pumps"), names=["pump", "pumps", "water"])
    pump, pumps, water = summary(study)["events"]
    cells = {
        "pump": f"{pump['steady_flow_L_min']:.1f} L/min | "
        f"{pump['steady_coolant_inlet_degC']:.1f} degC | {pump['steady_hottest_degC']:.1f} degC | "
        "never | never |",
        "pumps": " | ".join(minutes_as_text(pumps[f"time_to_{key}_s"]) for key in PASSED),
        "water": " | ".join(minutes_as_text(water[f"time_to_{key}_s"]) for key in PASSED),
    }
    for name, words in cells.items():
        assert [row for row in page.splitlines() if f"`{name}`" in row and words in row], words


PASSED = ("limit", "coolant_limit")
