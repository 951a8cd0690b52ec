"""The field in time: exact answers, orders, error control, balances, and a case's events.

Conservation: heat in = heat out + heat kept over every run, to 1e-9 of the heat.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.special import gammaincc
from typer.testing import CliRunner

from geometry.conduction import Boundary
from geometry.materials import ConductivityLaw
from geometry.stack import Layer, Stack
from studies import load_case, solve
from studies.case_file import CaseError
from studies.cli import app
from studies.events import CoastDown, Scenario, Trace, power_step, read_trace
from studies.transient import solve_transient
from studies.validation.transients import T3_EXACT, TIGHT, ZERO, nafems_t3
from thermal.cold_plate import Channels
from thermal.coolant import constant_fluid
from thermal.coolant_march import CoolantMarch, flow_pieces
from thermal.fin_coefficients import FinZoneConductivity
from thermal.fin_zone import CoolantFlow
from thermal.steady import SteadySolver, ThermalProblem
from thermal.transient import Conditions, TransientSolver

WATER = constant_fluid(998.2, 4184.0, 0.001, 0.6)
COPPER = ConductivityLaw(390.0, 390.0, 390.0)
SMALL = {"grid.along_x": 12, "grid.along_y": 7, "layers.fins.cells": 4}


def closes(transient):
    energy = transient.energy
    left = energy.put_in - energy.to_faces - energy.to_coolant - transient.kept
    return abs(left) < 1e-9 * max(map(abs, (*energy, transient.kept)))


# ------------------------------------------------------------------------------- exact cases


@pytest.mark.slow
def test_nafems_t3_is_second_order_in_space():
    found = [nafems_t3(cells, 200)[0] for cells in (20, 40, 80)]
    errors = np.abs(np.array(found) - T3_EXACT)
    orders = np.log2(errors[:-1] / errors[1:])
    assert orders[-1] == pytest.approx(2, abs=0.1)
    assert errors[-1] < 0.02
    assert round(found[-1], 1) == 36.6


@pytest.mark.slow
def test_nafems_t3_is_second_order_in_time():
    finest, transient = nafems_t3(20, 640)
    assert closes(transient)
    errors = [abs(nafems_t3(20, steps)[0] - finest) for steps in (10, 20, 40)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders == pytest.approx(2, abs=0.1)


def lumped(heat_capacity=4e6, film=2000.0, thickness=1e-4):
    """A slab so thin that it has one temperature, its capacity and its film [J/K, W/K]."""
    layer = Layer("slab", thickness, ConductivityLaw(4e3, 4e3, 4e3), 1, heat_capacity=heat_capacity)
    film_to_zero = {"top": Boundary(ZERO, film)}
    problem = ThermalProblem(Stack([layer]), 0.02, 0.01, 2, 2, film_to_zero)
    area = 0.02 * 0.01
    conductance = area / (1 / film + thickness / 2 / 4e3)
    return problem, heat_capacity * thickness * area, conductance


def test_lumped_slab_follows_its_exponential():
    problem, capacity, conductance = lumped()
    solver = SteadySolver(problem, guess=np.full(problem.grid.shape, 50.0))
    transient = TransientSolver(solver, lambda t, s: Conditions({}), tolerance=1e-3)
    tau = capacity / conductance
    for step in transient.run(until=3 * tau):
        exact = 50 * math.exp(-step.stop / tau)
        np.testing.assert_allclose(step.states[-1].solids, exact, atol=5e-3)
    assert transient.time == 3 * tau
    assert closes(transient)


def forced(steps):
    """Smoothly forced lumped slab: largest error over the run [K]."""
    problem, capacity, conductance = lumped()
    tau = capacity / conductance
    omega = 3 / tau
    amplitude = 30 * conductance

    def drive(time, _):
        return Conditions({0: np.full((2, 2), amplitude / 4 * math.sin(omega * time))})

    transient = TransientSolver(SteadySolver(problem), drive, TIGHT)
    worst = 0.0
    for k in range(steps):
        step = transient.advance(4 * tau * (k + 1) / steps)
        x = step.stop / tau
        exact = 30 / 10 * (math.sin(3 * x) - 3 * math.cos(3 * x) + 3 * math.exp(-x))
        worst = max(worst, float(np.abs(step.states[-1].solids - exact).max()))
    assert closes(transient)
    return worst


def test_smooth_forcing_is_second_order_in_time():
    errors = [forced(steps) for steps in (20, 40, 80, 160)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders[-1] == pytest.approx(2, abs=0.05)
    assert errors[-1] < 3e-3


def test_interpolant_inside_a_step_is_as_good_as_its_end():
    problem, capacity, conductance = lumped()
    tau = capacity / conductance
    solver = SteadySolver(problem, guess=np.full(problem.grid.shape, 50.0))
    transient = TransientSolver(solver, lambda t, s: Conditions({}), tolerance=1e-3)
    for step in transient.run(until=tau):
        for part in (0.2, 0.5, 0.8):
            time = step.start + part * (step.stop - step.start)
            np.testing.assert_allclose(step.rise(time), 50 * math.exp(-time / tau), atol=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize("tolerance", [1.0, 0.1, 0.01, 1e-3])
def test_error_stays_within_five_times_the_tolerance(tolerance):
    """Against the same grid with a hundredth of the tolerance; a heated bar, its end held."""

    def run(tolerance):
        bar = Layer("bar", 0.01, ConductivityLaw(150.0, 150.0, 150.0), 20, heat_capacity=1.7e6)
        ends = {"top": Boundary(ZERO, 2e4)}
        solver = SteadySolver(ThermalProblem(Stack([bar]), 0.01, 0.01, 1, 1, ends))

        def drive(time, _):
            return Conditions({19: np.full((1, 1), 100.0 if time < 0.5 else 30.0)})

        transient = TransientSolver(solver, drive, tolerance)
        steps = list(transient.run(1.0, events=[0.5], longest_step=0.5))
        assert closes(transient)
        marks = np.linspace(0.01, 1.0, 100)
        by_mark = np.searchsorted([step.stop for step in steps], marks)
        rows = [steps[i].rise(t)[:, 0, 0] for i, t in zip(by_mark, marks, strict=True)]
        return np.array(rows), len(steps)

    (found, count), (exact, _) = run(tolerance), run(tolerance / 100)
    error = np.abs(found - exact).max()
    assert error < 5 * tolerance
    assert error > tolerance / 100  # the steps are not needlessly short
    assert count < 300


# ------------------------------------------------------------------------- coolant in time


def open_channel(cells, film=1e-6):
    """Channels whose walls give next to nothing, and the time that the coolant stays in them."""
    channels = Channels(channel_width=0.3e-3, pitch=0.6e-3)
    flow = CoolantFlow("fins", channels, 3e-3, WATER, 293.15, 2e-5, film_coefficient=film)
    law = FinZoneConductivity(COPPER, 0.5, 0.6, True)
    stack = Stack([Layer("fins", 3e-3, law, 1, heat_capacity=0.5 * 8960 * 385)])
    return ThermalProblem(stack, 0.1, 0.02, cells, 1, {}, flow), 0.1 * 0.02 * 3e-3 * 0.5 / 2e-5


def hot_front(cells, tolerance):
    """Hot coolant pushed out by cold: outlet against time, by residence time."""
    problem, residence = open_channel(cells)
    hot = np.ones((cells, 1, 1))
    solver = SteadySolver(problem)
    transient = TransientSolver(solver, lambda t, s: Conditions({}), tolerance, coolant_rise=hot)
    steps = list(transient.run(2.5 * residence, longest_step=residence / 100))
    assert closes(transient)
    time = np.array([0.0] + [step.stop for step in steps]) / residence
    outlet = np.array([1.0] + [step.states[-1].coolant[-1, 0, 0] for step in steps])
    return time, outlet


@pytest.mark.slow
def test_hot_front_leaves_after_the_residence_time():
    """Plug flow: the outlet falls at the residence time; smeared by the cells as an Erlang law."""
    smeared = []
    for cells in (8, 24, 72):
        time, outlet = hot_front(cells, 1e-4)
        # the mean time at which the heat leaves is exact on any grid
        assert np.trapezoid(outlet, time) == pytest.approx(1, abs=1e-3)
        assert outlet == pytest.approx(gammaincc(cells, cells * time), abs=1e-3)
        assert outlet.min() > -1e-3
        assert outlet.max() < 1 + 1e-3
        smeared.append(np.trapezoid(np.abs(outlet - (time < 1)), time))
    # a sharp front in a scheme of first order: half an order
    assert math.log(smeared[0] / smeared[2], 9) == pytest.approx(0.5, abs=0.03)


def test_smooth_coolant_in_time_is_first_order_in_the_cell_length():
    """A smooth hump carried a quarter of the channel's length: exact shift."""
    errors = []
    for cells in (40, 80, 160):
        problem, residence = open_channel(cells)
        end = (np.arange(cells) + 1) / cells

        def hump(x):
            return np.where((x > 0) & (x < 0.75), np.sin(np.pi * x / 0.75) ** 4, 0.0)

        transient = TransientSolver(
            SteadySolver(problem),
            lambda t, s: Conditions({}),
            1e-4,
            coolant_rise=hump(end)[:, None, None],
        )
        for _ in transient.run(0.25 * residence):
            pass
        errors.append(np.abs(transient.state.coolant[:, 0, 0] - hump(end - 0.25)).max())
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders[-1] == pytest.approx(1, abs=0.1)


def test_coolant_at_rest_and_walls_come_to_one_temperature():
    """Without flow the heat of hot fins is shared by the capacities, at the film's own rate."""
    problem, _ = open_channel(3, film=500.0)
    still = CoolantFlow(**(vars(problem.coolant) | {"flow": problem.coolant.flow * 1e-12}))
    solver = SteadySolver(problem, guess=np.full(problem.grid.shape, 10.0))
    transient = TransientSolver(
        solver, lambda t, s: Conditions({}, coolant=still), 1e-4, coolant_rise=np.zeros((3, 1, 1))
    )
    solid, liquid = 0.5 * 8960 * 385, 0.5 * 998.2 * 4184
    exchange = 500.0 * problem.coolant.channels.wetted_area_density
    rate = exchange * (1 / solid + 1 / liquid)
    final = 10 * solid / (solid + liquid)
    for step in transient.run(5 / rate):
        gap = 10 * math.exp(-rate * step.stop)
        state = step.states[-1]
        fins = final + gap * liquid / (solid + liquid)
        np.testing.assert_allclose(state.solids, fins, atol=1e-3)
        np.testing.assert_allclose(state.coolant, fins - gap, atol=1e-3)
    assert abs(transient.kept) < 1e-9 * 10 * solid * 0.1 * 0.02 * 3e-3


def test_march_with_storage_keeps_its_balance_and_its_range():
    pieces = flow_pieces(0.1, 12, 2)
    shape = (len(pieces.cell), 3)
    draw = np.random.default_rng(1).uniform
    storage = draw(0.1, 20.0, shape)
    march = CoolantMarch(
        pieces, draw(0.1, 2.0, shape), draw(0.1, 1.0, shape[0]), draw(0.1, 1.0, shape[0]),
        draw(0.0, 1.0, (shape[0], 2)), draw(0.1, 5.0, shape), storage,
    )  # fmt: skip
    fins, past = draw(0.0, 1.0, (12, 3, 2)), draw(0.0, 1.0, (*shape, 2))
    source = storage[:, :, None] * past
    walls = fins, fins[:, 0], fins[:, -1]
    mean, inlet = march.temperatures(*walls, source)
    outlet = march.outlet(mean, inlet)
    taken = sum(float(part.sum()) for part in march.heat_taken(*walls, mean))
    kept = storage[:, :, None] * (outlet - past)
    carried = march.capacity_rate[:, :, None] * (outlet - inlet)
    assert taken == pytest.approx(float(np.sum(kept) + np.sum(carried)), rel=1e-12)
    assert march.heat_kept(*walls, outlet) == pytest.approx(kept, abs=1e-12)
    assert march.from_outlets(outlet)[0] == pytest.approx(mean, abs=1e-12)
    assert outlet.min() >= 0
    assert outlet.max() <= 1


# ------------------------------------------------------------------------------- a case


@pytest.fixture(scope="module")
def trip():
    scenario = Scenario(until=8.0, flow=CoastDown(2.0), tolerance=0.05)
    return solve_transient(load_case("cs3", SMALL), scenario)


def test_energy_of_a_pump_trip_closes(trip):
    assert trip.energy_balance < 1e-9
    assert trip.kept > 1e4
    assert trip.energy.to_coolant > 1e4


@pytest.mark.slow
def test_pump_trip_passes_the_limit_at_the_time_of_a_finer_run(trip):
    fine = Scenario(until=8.0, flow=CoastDown(2.0), tolerance=5e-4)
    exact = solve_transient(load_case("cs3", SMALL), fine).time_to_limit
    assert trip.time_to_limit == pytest.approx(exact, rel=1e-3)


def test_nothing_happens_without_an_event():
    case = load_case("cs3", SMALL)
    steady = solve(case)
    answer = solve_transient(case, Scenario(until=5.0, tolerance=1e-3))
    assert np.ptp(answer.hottest) < 1e-6
    assert answer.hottest[0] == pytest.approx(steady.block_temperature_max.max(), abs=1e-7)
    assert answer.outlet[-1] == pytest.approx(steady.coolant.outlet_temperature, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("reading", ["heat in the silicon", "at nominal conditions"])
def test_a_cold_start_ends_at_the_steady_state(reading):
    case = load_case("cs3", SMALL | {"heat.power_is": reading})
    steady = solve(case)
    scenario = Scenario(until=300.0, start="inlet", tolerance=2e-5, longest_step=20.0)
    answer = solve_transient(case, scenario)
    assert answer.block_maximum[-1] == pytest.approx(steady.block_temperature_max, abs=1e-6)
    assert answer.outlet[-1] == pytest.approx(steady.coolant.outlet_temperature, abs=1e-6)
    assert answer.power[-1] == pytest.approx(steady.silicon_power, rel=1e-8)
    assert answer.hottest[0] == pytest.approx(294.15, abs=1e-9)
    assert answer.energy_balance < 1e-9


def one_temperature(values=()):
    """A slab with one temperature under a film: rise per watt [K/W] and time constant [s]."""
    case = load_case(
        "slab",
        {
            "grid.along_x": 12,
            "grid.along_y": 7,
            "layers.slab.thickness": "0.1 mm",
            "layers.slab.conductivity": "1e5 W/m/K",
            "layers.slab.cells": 1,
            "limits.junction_temperature": "60 degC",
        }
        | dict(values),
    )
    resistance = (1 / 2e4 + 0.5e-4 / 1e5) / 0.215**2
    return case, resistance, 0.215**2 * 1e-4 * 8960 * 385 * resistance


def test_time_to_the_limit_is_the_exponentials():
    """From 294.15 K towards 294.15 + 27.06 K x 2: the limit of 60 degC is passed on the way."""
    case, resistance, tau = one_temperature()
    answer = solve_transient(case, Scenario(until=3 * tau, power=power_step(2.0)))
    before, after = 25e3 * resistance, 50e3 * resistance
    exact = tau * math.log((after - before) / (after - 39.0))
    assert answer.time_to_limit == pytest.approx(exact, rel=1e-3)
    cold = solve_transient(case, Scenario(until=3 * tau, power=power_step(2.0), start="inlet"))
    assert cold.time_to_limit == pytest.approx(tau * math.log(after / (after - 39.0)), rel=1e-3)


def test_time_to_the_limit_after_a_pump_trip_is_the_lumped_one():
    """Stalled flow, fins and coolant lumped by a high film: the heat stays, the rise is linear."""
    values = {
        "delivery": None,
        "loads": None,
        "faces.bottom": None,
        "layers.socket": None,
        "layers.board": None,
        "layers.bricks": None,
        "loss_layers": None,
        "layers.contact": None,
        "layers.lid": None,
        "layers.base.conductivity": "1e6 W/m/K",
        "layers.base.material": None,
        "layers.base.density": "8960 kg/m**3",
        "layers.base.heat_capacity": "385 J/kg/K",
        "layers.wafer.conductivity": "1e6 W/m/K",
        "layers.wafer.material": None,
        "layers.wafer.density": "2330 kg/m**3",
        "layers.wafer.heat_capacity": "712 J/kg/K",
        "layers.fins.conductivity": "1e6 W/m/K",
        "layers.fins.material": None,
        "layers.fins.density": "8960 kg/m**3",
        "layers.fins.heat_capacity": "385 J/kg/K",
        "coolant.film_coefficient": "1e8 W/m**2/K",
        "coolant.fluid": {
            "density": "1000 kg/m**3",
            "heat_capacity": "4000 J/kg/K",
            "viscosity": "0.001 Pa*s",
            "conductivity": "100 W/m/K",
        },
    }
    case = load_case("cs3", SMALL | values)
    areal = 8960 * 385 * (0.003 + 0.0015) + 2330 * 712 * 0.775e-3 + 1000 * 4000 * 0.0015
    stalled = Trace(np.array([0.0]), np.array([0.0]), held=True)
    answer = solve_transient(case, Scenario(until=6.0, flow=stalled, start="inlet"))
    exact = (85 - 21) * areal * 0.215**2 / 25e3
    assert answer.time_to_limit == pytest.approx(exact, rel=1e-3)


def test_power_trace_is_held_or_joined_by_lines():
    case, _, tau = one_temperature()
    times, factors = np.array([0.0, tau, 2 * tau]), np.array([1.0, 0.5, 1.5])
    heat = {}
    for held in (True, False):
        trace = Trace(times, factors, held)
        answer = solve_transient(case, Scenario(until=3 * tau, power=trace))
        heat[held] = answer.energy.put_in / (25e3 * tau)
        assert answer.energy_balance < 1e-9
    assert heat[True] == pytest.approx(1 + 0.5 + 1.5, rel=1e-9)
    assert heat[False] == pytest.approx(0.75 + 1.0 + 1.5, rel=1e-9)


def test_leakage_follows_the_temperature_at_nominal_conditions():
    case = load_case("test-chip", {"grid.along_x": 20, "grid.along_y": 15})
    answer = solve_transient(case, Scenario(until=20.0, start="inlet", tolerance=1e-3))
    steady = solve(case)
    assert np.all(np.diff(answer.power[1:]) > -1e-9)
    assert answer.power[-1] > answer.power[0] + 5
    assert answer.power[-1] == pytest.approx(steady.silicon_power, rel=1e-3)


def test_leakage_that_feeds_itself_ends_the_run_with_what_came_before():
    case = load_case("test-chip", {"grid.along_x": 20, "grid.along_y": 15})
    answer = solve_transient(case, Scenario(until=10.0, power=power_step(3.0)))
    assert "leakage" in answer.ended
    assert type(answer.failure).__name__ == "ThermalRunaway"
    assert 0 < answer.time[-1] < 1
    assert answer.energy_balance < 1e-9


def test_coolant_that_leaves_its_range_ends_the_run(trip):
    scenario = Scenario(until=20.0, flow=CoastDown(2.0))
    answer = solve_transient(load_case("cs3", SMALL), scenario)
    assert answer.failure is None
    assert "outside 0 to 100 degC" in answer.ended
    assert answer.time[-1] < 12
    assert answer.time_to_limit == pytest.approx(trip.time_to_limit, rel=1e-3)


@pytest.mark.slow
def test_flow_that_stops_and_comes_back():
    flow = Trace(np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.0, 1.0]), held=True)
    case = load_case("cs3", SMALL)
    answer = solve_transient(case, Scenario(until=30.0, flow=flow, tolerance=0.01))
    assert answer.hottest.max() > answer.hottest[0] + 5
    assert answer.hottest[-1] == pytest.approx(answer.hottest[0], abs=0.05)
    assert answer.energy_balance < 1e-9


# ------------------------------------------------------------------- input, output, commands


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,power_W\n0,1\n", "line 1: found 'time,power_W'; 'time_s,power_W'"),
        ("time_s,power_W\n", "found no rows"),
        ("time_s,power_W\n0,1\n0,2\n", "line 3: found 0 s; a rising time"),
        ("time_s,power_W\n0,one\n", "line 2: found '0,one'"),
        ("time_s,power_W\n0,-1\n", "line 2: found '0,-1'"),
        ("time_s,power_W\n0,nan\n", "line 2: found '0,nan'"),
        ("time_s,power_W\n0,1,2\n", "line 2: found '0,1,2'"),
    ],
)
def test_a_wrong_trace_is_refused_in_one_line(tmp_path, text, words):
    path = tmp_path / "trace.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"trace\.csv") as caught:
        read_trace(path, {"power_W": 1.0, "factor": 1.0})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_layer_without_heat_capacity_is_refused_in_one_line():
    case = load_case("cs3", {"layers.board.density": None, "layers.board.heat_capacity": None})
    with pytest.raises(CaseError) as caught:
        solve_transient(case, Scenario(until=1.0))
    assert str(caught.value) == (
        "cs3: layers.board: found no 'density' and 'heat_capacity'; a transient needs both"
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"layers.board.density": None}, "'heat_capacity' alone"),
        ({"layers.base.density": "8960 kg/m**3"}, "'density' with 'material'"),
    ],
)
def test_half_a_heat_capacity_is_refused(values, words):
    with pytest.raises(CaseError, match=words):
        load_case("cs3", values)


def test_dataset_has_units_and_blocks(trip):
    found = trip.dataset
    assert found.hottest.attrs["units"] == "degC"
    assert found.sizes == {"time": len(trip.time), "block": 84}
    assert float(found.block_temperature_max.sel(block="r0c0")[0]) == pytest.approx(43.0, abs=1.0)
    assert "input_power" in found


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, list(words), prog_name="waferflux")


COARSE = ("--set", "grid.along_x=12", "--set", "grid.along_y=7")


def test_command_writes_picture_and_series(run, tmp_path):
    done = run("transient", "cs3", "--pump-trip", "2 s", "--until", "3 s", *COARSE)
    assert done.exit_code == 0, done.output
    folder = tmp_path / "out" / "cs3-transient"
    assert {p.name for p in folder.iterdir()} == {
        "transient.csv", "transient.json", "transient.png",
    }  # fmt: skip
    rows = (folder / "transient.csv").read_text().splitlines()
    assert rows[0].startswith("time_s,hottest_degC,mean_degC,coolant_outlet_degC")
    found = json.loads((folder / "transient.json").read_text())
    assert len(rows) == found["steps"] + 2
    assert found["coolant_flow_L_min"][-1] == pytest.approx(100 * math.exp(-1.5))


def test_command_reads_traces_and_prints_json(run, tmp_path):
    (tmp_path / "power.csv").write_text("# half\ntime_s,power_W\n0,25000\n1,12500\n")
    (tmp_path / "flow.csv").write_text("time_s,flow_L_min\n0,100\n1,50\n")
    options = ("--power-trace", "power.csv", "--pump-trip", "flow.csv", "--held", "--json")
    done = run("transient", "cs3", *options, "--until", "2 s", *COARSE)
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["wafer_power_W"][-1] == pytest.approx(12500)
    assert found["coolant_flow_L_min"][-1] == pytest.approx(50)
    assert found["energy_put_in_J"] > 25e3 + 12.5e3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("slab", "--pump-trip", "2 s"), "--pump-trip: found, but the case has no coolant"),
        (("cs3", "--pump-trip", "2 m"), "--pump-trip: found '2 m', a unit of another kind"),
        (("cs3", "--pump-trip", "0 s"), "--pump-trip: found 0 s"),
        (("cs3", "--until", "-1 s"), "--until: found -1 s; above 0 s is meant"),
        (("cs3", "--power-step", "-1"), "--power-step: found -1"),
        (("cs3", "--power-trace", "none.csv"), "--power-trace: none.csv: cannot be read"),
        (("cs3", "--start", "warm"), "--start: found 'warm'; steady or inlet is meant"),
        (("kawano",), "kawano: layers.back: found no 'density' and 'heat_capacity'"),
    ],
)
def test_wrong_options_end_with_2_and_one_line(run, words, said):
    done = run("transient", *words, "--no-files")
    assert done.exit_code == 2
    assert done.stderr.startswith(said)


def test_runaway_ends_with_3_after_the_files_are_written(run, tmp_path):
    options = ("--power-step", "3", "--until", "10 s", "--out", "here")
    small = ("--set", "grid.along_x=20", "--set", "grid.along_y=15")
    done = run("transient", "test-chip", *options, *small)
    assert done.exit_code == 3
    assert done.stderr.startswith("ThermalRunaway: at 0.0")
    assert (tmp_path / "here" / "transient.csv").exists()


@pytest.mark.slow
def test_numbers_of_the_page_on_transients_are_the_answers():
    page = Path(__file__).parents[1].joinpath("docs", "transients.md").read_text(encoding="utf-8")
    answer = solve_transient(load_case("cs3"), Scenario(until=20.0, flow=CoastDown(2.0)))
    words = " ".join(page.split())
    assert f"{answer.time_to_limit:.1f} s after the trip; at {answer.time[-1]:.1f} s" in words
    assert answer.energy_balance < 1e-9


def test_layers_smaller_than_the_stack_are_refused():
    case = load_case("cs3", {"grid.along_x": 12, "grid.along_y": 7, "layers.lid.width": "250 mm"})
    with pytest.raises(CaseError, match=r"^cs3: layer \w+: found smaller than the stack; a tr"):
        solve_transient(case, Scenario(until=1.0, start="inlet"))


@pytest.mark.slow
def test_over_a_contact_map_the_steady_state_is_reached_and_no_heat_is_lost():
    values = {"grid.along_x": 24, "grid.along_y": 14, "delivery": None, "loads": None}
    case = load_case("cs3", values | {"layers.contact.block_factors": {"r3c5": 20.0}})
    answer = solve_transient(case, Scenario(until=300.0, start="inlet"))
    assert answer.hottest[-1] == pytest.approx(solve(case).block_temperature_max.max(), abs=0.01)
    assert answer.energy_balance < 1e-9
