"""Uneven flow in the temperature field: lanes of channels, each with its own flow and film."""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from geometry.conduction import Boundary
from geometry.errors import NoSolution
from geometry.materials import ConductivityLaw
from geometry.stack import Layer, Stack
from studies import CaseError, load_case, solve
from studies.cli import app
from studies.events import Scenario, Trace
from studies.loop_answer import loop_answer
from studies.transient import solve_transient
from thermal.cold_plate import Channels
from thermal.coolant import constant_fluid, named_fluid
from thermal.coolant_march import CoolantMarch, flow_pieces
from thermal.fin_coefficients import FinZoneConductivity
from thermal.fin_zone import CoolantFlow
from thermal.headers import Header, Manifold, distribution
from thermal.lateral_groups import GroupedMarch, lanes_of
from thermal.plate_headers import PlateHeaders, share_across
from thermal.steady import SteadySolver, ThermalProblem
from thermal.transient import Conditions, TransientSolver

WATER = constant_fluid(998.2, 4184.0, 0.001, 0.6)
CHANNELS = Channels(channel_width=0.3e-3, pitch=0.6e-3)
NARROW = PlateHeaders(kind="Z", width=4e-3, depth=4e-3, groups=5)
SMALL = {"grid.along_x": 30, "grid.along_y": 21, "layers.fins.cells": 4}


def plate(
    headers, cells=(12, 10), direction="x", segments=1, film=None, fluid=WATER, nx_first=True
):
    """Fins between base and lid; the base loses a little through the bottom."""
    flow = CoolantFlow(
        "fins", CHANNELS, 3e-3, fluid, 293.15, 3e-5, direction, segments, film, headers
    )
    copper = ConductivityLaw(390.0, 390.0, 390.0)
    fins = FinZoneConductivity(copper, 0.5, float(fluid.conductivity(293.15)), flow.along_x)
    stack = Stack(
        [
            Layer("lid", 2e-3, copper, 1, heat_capacity=3.4e6),
            Layer("fins", 3e-3, fins, 3, graded=True, heat_capacity=1.7e6),
            Layer("base", 2e-3, copper, 2, heat_capacity=3.4e6),
        ],
        {"fins": 1e-5},
    )
    return ThermalProblem(stack, 0.04, 0.03, *cells, {"bottom": Boundary(300.0, 200.0)}, flow)


def even_heat(problem, watts=400.0):
    grid = problem.grid
    return {grid.nz - 1: np.full((grid.ny, grid.nx), watts / (grid.nx * grid.ny))}


# --------------------------------------------------------------------------------- lanes


@pytest.mark.parametrize(("cells", "groups"), [(12, 4), (10, 3), (3, 7), (126, 21), (5, 5), (7, 2)])
def test_lanes_hold_every_cell_once_and_come_together_again(cells, groups):
    lanes = lanes_of(cells, groups)
    assert lanes.width.sum() == cells
    field = np.random.default_rng(1).standard_normal((4, 3, cells))
    assert np.array_equal(lanes.join(lanes.split(field)), field)
    assert np.array_equal(lanes.join_plane(lanes.split_plane(field[:, 0])), field[:, 0])
    # a cell is in a lane with its neighbour where no border of groups lies in or between them
    border = np.arange(1, groups) / groups
    lane = np.repeat(np.arange(len(lanes.width)), lanes.width)
    for i in range(cells - 1):
        between = np.any((border > i / cells + 1e-12) & (border < (i + 2) / cells - 1e-12))
        assert (lane[i] == lane[i + 1]) == (not between)


def random_march(share=None, film=1.0, cells=12, across=7, storage=False):
    """An even march with random coefficients, and that of lanes made from it."""
    pieces = flow_pieces(0.1, cells, 2)
    shape = (len(pieces.cell), 3)
    draw = np.random.default_rng(4).uniform
    wall, ends, between = draw(0.1, 2.0, shape), draw(0.1, 1.0, shape[0]), draw(0, 1, (shape[0], 2))
    rate, kept = draw(0.1, 5.0, shape), draw(0.1, 9.0, shape) if storage else None
    even = CoolantMarch(pieces, wall, ends, ends[::-1], between, rate, kept)
    lanes = lanes_of(across, 3)
    share = np.ones(len(lanes.width)) if share is None else lanes.of(share)
    walls = wall[:, None, :] * np.broadcast_to(film, len(lanes.width))[:, None]
    of_lanes = rate[:, None, :] * share[:, None]
    held = None if kept is None else np.broadcast_to(kept[:, None, :], of_lanes.shape)
    ends = ends[:, None], ends[::-1, None]
    march = CoolantMarch(pieces, walls, *ends, between[:, None, :], of_lanes, held)
    return even, GroupedMarch(even, lanes, march)


@pytest.mark.parametrize("storage", [False, True])
def test_lanes_that_are_alike_march_as_one(storage):
    even, grouped = random_march(storage=storage)
    draw = np.random.default_rng(2).standard_normal
    pieces = len(even.pieces.cell)
    walls, source = (draw((12, 3, 7)), draw((12, 7)), draw((12, 7))), draw((pieces, 3, 7))
    for given in (None, source):
        mean, inlet = even.temperatures(*walls, given)
        for ours, theirs in zip(grouped.temperatures(*walls, given), (mean, inlet), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)
    np.testing.assert_allclose(grouped.outlet(mean, inlet), even.outlet(mean, inlet), atol=1e-12)
    for ours, theirs in zip(grouped.heat_taken(*walls), even.heat_taken(*walls), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    for name, given in (
        ("transposed", walls),
        ("heat_kept", (*walls, source)),
        ("from_outlets", (source,)),
    ):
        ours, theirs = getattr(grouped, name)(*given), getattr(even, name)(*given)
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


SHARE = np.array([0.5, 0.5, 0.8, 1.1, 1.2, 1.4, 1.5])


def test_heat_that_lanes_take_is_what_each_carries_away():
    _, march = random_march(SHARE, film=np.array([0.8, 0.9, 1.0, 1.1, 1.2]))
    draw = np.random.default_rng(3).uniform
    walls = draw(0, 1, (12, 3, 7)), draw(0, 1, (12, 7)), draw(0, 1, (12, 7))
    mean, inlet = march.temperatures(*walls)
    end = march.outlet(mean, inlet)
    taken = [part.reshape(-1, 7).sum(axis=0) for part in march.heat_taken(*walls)]
    carried = np.sum(march.rate_by_cell * (end - inlet), axis=(0, 1))
    np.testing.assert_allclose(sum(taken), carried, rtol=1e-12)
    even, _ = random_march()
    assert march.rate_by_cell.mean(axis=2) == pytest.approx(even.capacity_rate, rel=1e-12)
    assert march.rate_by_cell[0, 0] / even.capacity_rate[0, 0] == pytest.approx(SHARE, rel=0.1)


def test_transposed_march_of_lanes_is_the_transposed():
    _, march = random_march(SHARE)
    draw = np.random.default_rng(5).standard_normal
    one, other = ((draw((12, 3, 7)), draw((12, 7)), draw((12, 7))) for _ in range(2))
    forward = march.heat_taken(*one)
    back = march.heat_taken(*other, march.transposed(*other)[0])
    dots = [
        sum(float(np.vdot(a, b)) for a, b in zip(fields, heats, strict=True))
        for fields, heats in ((other, forward), (one, back))
    ]
    assert dots[0] == pytest.approx(dots[1], rel=1e-12)


# -------------------------------------------------------------------------- by hand


def test_two_groups_without_friction_are_as_by_hand():
    """K = theta rho Qm^2/A^2 raises the far channels; with c s^2 each they differ by K/2c."""
    density, mean, area, theta, c = 1000.0, 1e-3, 4e-4, 1.05, 40e3
    wide = Header(1e9, 1e9, 0.2, 0.0)
    narrow = Header(area, 1e9, 0.2, theta)
    found = distribution(
        Manifold(narrow, wide, "U", 2),
        lambda q: c * (q / mean) * np.abs(q / mean),
        2 * mean,
        density,
        1e-3,
    )
    head = density / 2 * (mean / area) ** 2
    off = 2 * theta * head / (4 * c)
    assert found.share == pytest.approx([1 - off, 1 + off], rel=1e-9)
    # to the first group half of the regain on its way past it; the whole head of the flow is spent
    regain = theta * head * (4 - (1 + off) ** 2) / 2
    assert found.pressure_drop == pytest.approx(c * (1 - off) ** 2 - regain + 4 * head, rel=1e-9)
    assert found.headers_drop == pytest.approx(found.pressure_drop - c, rel=1e-9)


def test_friction_of_headers_that_share_evenly_is_two_thirds_of_a_whole_fall():
    """Laminar: x into one header and on from there in the other, 1/2 + x - x^2 of one's fall."""
    viscosity, diameter, area, flow = 50.0, 0.02, 4e-4, 1e-3
    one = Header(area, diameter, 0.2, 0.0)
    fall = 32 * viscosity * (flow / area) * 0.2 / diameter**2
    found = distribution(
        Manifold(one, one, "Z", 64), lambda q: 1e6 * fall * q / flow * 64, flow, 1e-6, viscosity
    )
    assert found.headers_drop == pytest.approx(2 / 3 * fall, rel=1e-3)


def test_z_feeds_the_far_channels_and_u_of_a_single_pass_the_near_ones():
    found = {
        kind: SteadySolver(
            plate(PlateHeaders(kind=kind, width=8e-3, depth=8e-3))
        ).division.distribution.share
        for kind in "ZU"
    }
    assert np.all(np.diff(found["Z"]) > 0)
    assert np.all(np.diff(found["U"]) < 0)
    # two headers that combine halve the speed there: the one that divides then decides
    split = SteadySolver(plate(PlateHeaders(kind="U", width=8e-3, depth=8e-3), segments=2))
    assert np.all(np.diff(split.division.distribution.share) > 0)


# ------------------------------------------------------------------------ in the field


@pytest.mark.parametrize("direction", ["x", "-y"])
def test_each_lane_warms_by_its_heat_over_its_flow(direction):
    """Nothing conducts across: the outlet of each lane is its heat over its capacity rate."""
    cells = (9, 10) if direction == "x" else (10, 9)
    flow = CoolantFlow("fins", CHANNELS, 3e-3, WATER, 293.15, 3e-5, direction, 2, 8e3, NARROW)
    along, across = (390.0, 1e-12) if direction == "x" else (1e-12, 390.0)
    stack = Stack([Layer("fins", 3e-3, ConductivityLaw(along, across, 390.0), 3)])
    problem = ThermalProblem(stack, 0.04, 0.03, *cells, {}, flow)
    solver = SteadySolver(problem).solve(even_heat(problem), tolerance=1e-12)
    _, end = solver.coolant_rise()
    last = np.append(np.diff(solver.pieces.segment) != 0, True)
    rate = solver.march.rate_by_cell[last]
    outlet = np.sum(rate * end[last], axis=(0, 1)) / np.sum(rate, axis=(0, 1))
    share = share_across(NARROW, solver.division.distribution, 10)
    exact = 400.0 / (998.2 * 4184 * 3e-5 * share)
    assert np.ptp(share) > 0.2
    assert outlet == pytest.approx(exact, rel=1e-8)
    assert solver.coolant_heat() == pytest.approx(400.0, rel=1e-9)


def test_headers_without_momentum_or_friction_change_nothing():
    wide = PlateHeaders(
        kind="Z", width=50.0, depth=50.0, dividing_momentum=0.0, combining_momentum=0.0
    )
    fields = []
    for headers in (None, wide):
        problem = plate(headers, segments=2, fluid=named_fluid("water"))
        solver = SteadySolver(problem).solve(even_heat(problem), tolerance=1e-13)
        fields.append(solver.rise)
    np.testing.assert_allclose(fields[1], fields[0], rtol=1e-10)


def test_headers_from_the_other_side_mirror_the_field():
    fields = []
    for side in ("south", "north"):
        headers = PlateHeaders(kind="Z", width=6e-3, depth=6e-3, groups=7, inlet_side=side)
        problem = plate(headers, fluid=named_fluid("water"))
        fields.append(SteadySolver(problem).solve(even_heat(problem), tolerance=1e-12).rise)
    np.testing.assert_allclose(fields[1], fields[0][:, ::-1], rtol=1e-9)
    # the side where the coolant comes in gets least and is warmest
    assert np.all(np.diff(fields[0][-1].mean(axis=1)) < 0)


@pytest.mark.parametrize(("direction", "segments"), [("x", 1), ("x", 2), ("-y", 1), ("-y", 3)])
def test_uneven_flow_is_the_same_in_both_engines(direction, segments):
    """Upwind against fitted: the difference falls by nearly half, as for even flow."""
    pytest.importorskip("fipy")
    from thermal.fipy_layers import FipySolver

    headers, found, shares = PlateHeaders(kind="Z", width=6e-3, depth=6e-3, groups=3), [], []
    for n in (10, 20):
        cells = (n, 4) if direction == "x" else (4, n)
        problem = plate(headers, cells, direction, segments, fluid=named_fluid("water"))
        heat = even_heat(problem)
        ours, fipys = SteadySolver(problem).solve(heat), FipySolver(problem).solve(heat)
        assert fipys.balance(heat) < 1e-9
        shares.append(
            np.abs(fipys.division.distribution.share - ours.division.distribution.share).max()
        )
        across = 1 if direction == "x" else 2
        assert np.ptp(ours.rise.mean(axis=(0, 3 - across))) > 0.02 * np.ptp(ours.rise)
        found.append(np.abs(fipys.rise - ours.rise).mean() / np.ptp(ours.rise))
    assert found[1] < 0.62 * found[0]
    assert found[1] < 0.05
    # the share follows the viscosity, and so the coolant's mean temperature in each engine
    assert shares[1] < max(0.62 * shares[0], 1e-6)
    assert shares[1] < 5e-3


def test_multigrid_comes_to_the_same_field():
    pytest.importorskip("pyamg")
    case = load_case("cs3-headers", SMALL)
    one, other = (solve(case, engine=name) for name in ("cosine", "amg"))
    assert other.coupled.solver.temperature == pytest.approx(
        one.coupled.solver.temperature, abs=1e-6
    )


def test_the_adjoint_is_the_central_difference(adjoint_field):
    """Constant properties: the field is linear in the heat, so the difference is exact."""
    problem = plate(NARROW, segments=2, film=9e3)
    heat, point, step = even_heat(problem), (4, 7, 3), 20.0
    solver = SteadySolver(problem).solve(heat, tolerance=1e-12)
    weight = np.zeros(problem.grid.shape)
    weight[point] = 1.0
    slope = adjoint_field(solver, weight)[problem.grid.nz - 1]
    for cell in ((0, 0), (9, 11), (3, 5)):
        ends = []
        for sign in (1, -1):
            changed = {k: q.copy() for k, q in heat.items()}
            changed[problem.grid.nz - 1][cell] += sign * step
            ends.append(SteadySolver(problem).solve(changed, tolerance=1e-12).rise[point])
        assert slope[cell] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-7)


@pytest.mark.slow
def test_a_transient_keeps_its_energy_and_ends_at_the_steady_state():
    problem = plate(NARROW, fluid=named_fluid("water"))
    heat = even_heat(problem)
    steady = SteadySolver(problem).solve(heat, tolerance=1e-11)
    moved = TransientSolver(SteadySolver(problem), lambda t, s: Conditions(heat), 1e-3)
    for _ in moved.run(40.0):
        pass
    assert np.abs(moved.state.solids - steady.rise).max() < 5e-3
    energy = moved.energy
    left = energy.put_in - energy.to_faces - energy.to_coolant - moved.kept
    assert abs(left) < 1e-9 * energy.put_in
    held = TransientSolver(steady, lambda t, s: Conditions(heat), 1e-3)
    for _ in held.run(1.0):
        pass
    assert np.abs(held.state.solids - steady.rise).max() < 1e-6


def test_the_lateral_grid_converges():
    """Borders of groups inside cells: the mean temperature's error falls with the cells."""
    headers, found = PlateHeaders(kind="Z", width=6e-3, depth=6e-3, groups=5), []
    for across in (6, 12, 24, 48):
        problem = plate(headers, (8, across), film=9e3)
        found.append(SteadySolver(problem).solve(even_heat(problem)).rise[-1].max())
    steps = np.abs(np.diff(found))
    assert all(b < 0.7 * a for a, b in pairwise(steps))


# --------------------------------------------------------------------------------- a case


@pytest.fixture(scope="module")
def answer():
    return solve(load_case("cs3-headers", SMALL))


def test_the_balance_of_the_shipped_case_closes(answer):
    assert answer.heat_balance < 1e-9
    found = answer.to_dict()
    assert found["channel_flow_share_min"] < 0.8 < 1.2 < found["channel_flow_share_max"]
    even = solve(load_case("cs3", SMALL)).to_dict()
    # the least fed channels lie where the coolant comes in, at y = 0
    assert found["hottest_block"].startswith("r0")
    assert found["junction_temperature_max_degC"] > even["junction_temperature_max_degC"] + 0.5
    assert found["channel_velocity_m_s"] > 1.2 * even["channel_velocity_m_s"]
    added = found["loop_pressure_drop_kPa"] - even["loop_pressure_drop_kPa"]
    assert added == pytest.approx(found["plate_headers_pressure_drop_kPa"], rel=1e-3)


def test_the_influence_matrix_foresees_another_power():
    few = {"grid.along_x": 24, "grid.along_y": 14, "layers.fins.cells": 3, "delivery": None,
           "loss_layers": None, "loads": None}  # fmt: skip
    case = load_case("cs3-headers", few)
    response = case.influence()
    more = 1.02 * response.power
    full = solve(case.with_values({"heat.power": "25.5 kW"})).block_temperature_mean
    off = np.abs(response.temperatures(more) - full).max()
    assert off < 1.1 * response.error_estimate(more[None])
    assert off < 0.02 * np.abs(response.temperatures(response.power) - full).max()


@pytest.mark.slow
def test_a_flow_that_stops_and_comes_back_leaves_no_heat():
    few = {"grid.along_x": 24, "grid.along_y": 14, "layers.fins.cells": 3, "delivery": None,
           "loss_layers": None, "loads": None}  # fmt: skip
    flow = Trace(np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.0, 1.0]), held=True)
    found = solve_transient(
        load_case("cs3-headers", few), Scenario(until=30.0, flow=flow, tolerance=0.02)
    )
    assert found.hottest.max() > found.hottest[0] + 5
    assert found.hottest[-1] == pytest.approx(found.hottest[0], abs=0.1)
    assert found.energy_balance < 1e-9


def test_headers_taken_out_again_leave_the_even_answer():
    out = solve(load_case("cs3-headers", SMALL | {"coolant.headers": None})).to_dict()
    even = solve(load_case("cs3", SMALL)).to_dict()
    assert out["junction_temperature_max_degC"] == even["junction_temperature_max_degC"]
    assert "channel_flow_share_min" not in out


def test_the_loop_names_the_headers_and_its_budget_adds_up(answer):
    found = loop_answer(answer)
    assert found.budget["plate headers"] == pytest.approx(answer.coolant.headers_pressure_drop)
    assert sum(found.budget.values()) == pytest.approx(answer.coolant.loop_pressure_drop, rel=1e-9)
    at = np.interp(answer.coolant.loop_flow, found.curve_flow, found.system)
    assert at == pytest.approx(answer.coolant.loop_pressure_drop, rel=0.01)


def test_pumps_bring_less_through_headers():
    base = {"grid.along_x": 24, "grid.along_y": 14, "layers.fins.cells": 4, "delivery": None,
            "loads": None, "loss_layers": None}  # fmt: skip
    curve = {"loop.pumps.flows": ["0 L/min", "100 L/min", "200 L/min"],
             "loop.pumps.pressures": ["300 kPa", "200 kPa", "50 kPa"]}  # fmt: skip
    flows = []
    for name in ("cs3", "cs3-headers"):
        found = solve(load_case(name, base | curve))
        loop = loop_answer(found)
        assert sum(loop.budget.values()) == pytest.approx(
            found.coolant.loop_pressure_drop, rel=1e-8
        )
        made = np.interp(loop.need.loop_flow, np.array([0, 100, 200]) / 6e4, [300e3, 200e3, 50e3])
        flows.append((found.coolant.flow, made, found.coolant.loop_pressure_drop))
    assert flows[1][0] < 0.99 * flows[0][0]
    assert loop.budget["plate headers"] > 0


def test_a_side_along_the_channels_is_refused_in_one_line():
    with pytest.raises(CaseError, match="inlet_side: found 'west' with channels along x; 'south'"):
        load_case("cs3-headers", {"coolant.headers.inlet_side": "west"})
    found = CliRunner().invoke(
        app, ["solve", "cs3-headers", "--no-files", "--set", "coolant.headers.inlet_side=west"]
    )
    assert found.exit_code == 2
    assert len(found.stderr.strip().splitlines()) == 1


def test_momentum_factors_that_give_pressure_are_refused():
    gift = PlateHeaders(
        kind="U", width=8e-3, depth=8e-3, dividing_momentum=3.0, combining_momentum=0.0
    )
    with pytest.raises(NoSolution, match="momentum factors"):
        SteadySolver(plate(gift))
    keys = {"kind": "U", "dividing_momentum": 3.0, "combining_momentum": 0.0}
    sets = [part for k, v in keys.items() for part in ("--set", f"coolant.headers.{k}={v}")]
    found = CliRunner().invoke(app, ["solve", "cs3-headers", "--no-files", *sets])
    assert found.exit_code == 3
    assert "headers: with these momentum factors" in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1


def test_command_says_how_uneven_the_flow_is():
    small = [f"{path}={value}" for path, value in SMALL.items()]
    sets = [part for value in small for part in ("--set", value)]
    run = CliRunner().invoke(app, ["solve", "cs3-headers", "--no-files", *sets])
    assert run.exit_code == 0
    assert "of the mean flow" in run.stdout
    assert "its headers" in run.stdout
    found = json.loads(CliRunner().invoke(app, ["solve", "cs3-headers", "--json", *sets]).stdout)
    assert math.isfinite(found["plate_headers_pressure_drop_kPa"])


@pytest.mark.slow
@pytest.mark.parametrize("width", [20, 30, 40, 60])
def test_numbers_of_the_docs_are_the_answers(width):
    cells = []
    for kind in "ZU":
        values = {"coolant.headers.width": f"{width} mm", "coolant.headers.kind": kind}
        found = solve(load_case("cs3-headers", values)).to_dict()
        least, most = found["channel_flow_share_min"], found["channel_flow_share_max"]
        cells += [f"{least:.2f} to {most:.2f}", f"{found['plate_headers_pressure_drop_kPa']:.1f}",
                  f"{found['junction_temperature_max_degC']:.1f}"]  # fmt: skip
    page = (Path(__file__).parent.parent / "docs/loop.md").read_text(encoding="utf-8")
    assert f"| {width} mm x 10 mm | {' | '.join(cells)} |" in page
