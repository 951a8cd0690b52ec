"""Fins closer in some zones: bands that share the flow, sections that begin anew."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq
from typer.testing import CliRunner

from geometry.conduction import Boundary
from geometry.materials import ConductivityLaw
from geometry.stack import Layer, Stack
from studies import CaseError, load_case, solve
from studies.cli import app
from studies.design_space import Limits, design_space
from studies.loop_network import plate_law
from studies.optimise import front
from thermal import cold_plate
from thermal.cold_plate import Channels
from thermal.coolant import constant_fluid, named_fluid
from thermal.fin_coefficients import FinZoneConductivity, solid_fraction_by_cell
from thermal.fin_density import FinDensity
from thermal.fin_zone import CoolantFlow
from thermal.flow_division import channel_drops, divide_flow
from thermal.steady import SteadySolver, ThermalProblem
from thermal.transient import Conditions, TransientSolver

WATER = constant_fluid(998.2, 4184.0, 0.001, 0.6)
CHANNELS = Channels(channel_width=0.3e-3, pitch=0.6e-3)
TABLE = ((0.8, 1.3), (1.1, 0.9), (1.0, 1.5))
FINS = "layers.fins.fin_density"
SMALL = {"grid.along_x": 36, "grid.along_y": 21, "layers.fins.cells": 4}
HEIGHT, LENGTH, WIDTH, FLOW = 3e-3, 0.04, 0.03, 3e-5


def flow_through(table, direction="x", segments=1, film=None, fluid=WATER):
    density = None if table is None else FinDensity(table)
    return CoolantFlow(
        "fins", CHANNELS, HEIGHT, fluid, 293.15, FLOW, direction, segments, film, None, density
    )


def plate(table, cells=(12, 9), direction="x", segments=1, film=None, fluid=WATER):
    """Fins between base and lid; the base loses a little through the bottom."""
    flow = flow_through(table, direction, segments, film, fluid)
    copper = ConductivityLaw(390.0, 390.0, 390.0)
    bare = ThermalProblem(Stack([Layer("fins", HEIGHT, copper, 1)]), LENGTH, WIDTH, *cells)
    solid = solid_fraction_by_cell(flow, bare.grid)
    fins = FinZoneConductivity(copper, solid, float(fluid.conductivity(293.15)), flow.along_x)
    stack = Stack(
        [
            Layer("lid", 2e-3, copper, 1, heat_capacity=3.4e6),
            Layer("fins", HEIGHT, fins, 3, graded=True, heat_capacity=1.7e6),
            Layer("base", 2e-3, copper, 2, heat_capacity=3.4e6),
        ],
        {"fins": 1e-5},
    )
    return ThermalProblem(stack, LENGTH, WIDTH, *cells, {"bottom": Boundary(300.0, 200.0)}, flow)


def even_heat(problem, watts=400.0):
    grid = problem.grid
    return {grid.nz - 1: np.full((grid.ny, grid.nx), watts / (grid.nx * grid.ny))}


# ---------------------------------------------------------------------- dimensions and grid


def test_closer_fins_are_as_thick_and_leave_narrower_channels():
    zones = FinDensity(TABLE).channels(CHANNELS)
    assert zones.channel_width.shape == (3, 2)
    np.testing.assert_allclose(zones.wall_thickness, CHANNELS.wall_thickness, rtol=1e-12)
    np.testing.assert_allclose(1 / zones.pitch, np.array(TABLE) / CHANNELS.pitch, rtol=1e-12)


@pytest.mark.parametrize(("direction", "segments"), [("x", 1), ("x", 2), ("-y", 2), ("y", 3)])
def test_the_solid_on_the_grid_is_that_of_the_zones(direction, segments):
    cells = (24, 18) if direction == "x" else (18, 24)
    flow = flow_through(TABLE, direction, segments)
    problem = plate(TABLE, cells, direction, segments)
    solid = solid_fraction_by_cell(flow, problem.grid)
    assert solid.shape == cells[::-1]
    zones = FinDensity(TABLE).channels(CHANNELS).solid_fraction
    assert solid.mean() == pytest.approx(zones.mean(), rel=1e-12)
    by_band = solid.mean(axis=1 if direction == "x" else 0).reshape(3, -1).mean(axis=1)
    np.testing.assert_allclose(by_band, zones.mean(axis=1), rtol=1e-12)


# ------------------------------------------------------------------------------- the flow


@pytest.mark.parametrize("segments", [1, 2, 3])
def test_bands_and_paths_share_the_flow_at_one_pressure_drop(segments):
    """Against the law of each zone's channels by themselves, inverted by bisection."""
    problem = plate(TABLE, (24, 9), segments=segments, fluid=named_fluid("water"))
    solver = SteadySolver(problem)
    flow, pieces, grid = problem.coolant, solver.pieces, problem.grid
    bulk = 293.15 + 12.0 * pieces.stop / pieces.stop.max() + 4.0 * pieces.segment
    division = divide_flow(flow, grid, pieces, bulk)
    length = LENGTH / segments
    band = WIDTH / 3 * HEIGHT

    def drop(band_flow, path, row):
        found = 0.0
        mean = np.average(
            bulk[pieces.segment == path], weights=pieces.length[pieces.segment == path]
        )
        for density in TABLE[row]:
            pitch = CHANNELS.pitch / density
            own = Channels(channel_width=pitch - CHANNELS.wall_thickness, pitch=pitch)
            speed = band_flow / (band * own.open_fraction)
            found += float(
                cold_plate.pressure_drop(
                    own,
                    HEIGHT,
                    length / 2,
                    speed,
                    flow.fluid.density(mean),
                    flow.fluid.viscosity(mean),
                )
            )
        return found

    shares = division.share * FLOW / 3
    drops = [[drop(shares[s, b], s, b) for b in range(3)] for s in range(segments)]
    assert shares.sum() == pytest.approx(FLOW, rel=1e-12)
    np.testing.assert_allclose(drops, drops[0][0], rtol=1e-9)
    alone = brentq(lambda q: drop(q, 0, 1) - drops[0][0], 1e-8, FLOW, xtol=1e-18, rtol=1e-12)
    assert shares[0, 1] == pytest.approx(alone, rel=1e-9)
    assert np.ptp(shares) > 0.1 * FLOW / 3 / segments


def test_long_laminar_channels_share_as_their_friction_says():
    """Two bands, developed: flow per width as area times diameter squared over f Re."""
    thin = Channels(channel_width=0.05e-3, pitch=0.1e-3)
    flow = replace(flow_through(((1.0,), (1.25,))), channels=thin, flow=1e-6)
    grid = replace(plate(None), width=4.0).grid
    pieces = SteadySolver(replace(plate(None), width=4.0)).pieces
    share = divide_flow(flow, grid, pieces, np.full(12, 293.15)).share[0]
    shapes = [thin, Channels(channel_width=0.03e-3, pitch=0.08e-3)]
    each = [
        c.open_fraction
        * c.hydraulic_diameter(HEIGHT) ** 2
        / cold_plate.developed_friction(c.aspect(HEIGHT))
        for c in shapes
    ]
    assert share[0] / share[1] == pytest.approx(each[0] / each[1], rel=2e-3)


# ------------------------------------------------------------------------------ the field


@pytest.mark.parametrize("direction", ["x", "-y"])
def test_bands_of_the_plates_own_density_change_nothing(direction):
    fields = []
    for table in (None, ((1.0,), (1.0,), (1.0,))):
        problem = plate(table, direction=direction, segments=2, fluid=named_fluid("water"))
        fields.append(SteadySolver(problem).solve(even_heat(problem), tolerance=1e-13).rise)
    np.testing.assert_allclose(fields[1], fields[0], rtol=1e-10)


def test_sections_of_the_plates_own_density_begin_anew():
    """With films given nothing but the pressure knows of it: a drop for each of three rows."""
    fields, drops = [], []
    for table in (None, ((1.0, 1.0, 1.0),)):
        problem = plate(table, film=9e3)
        solver = SteadySolver(problem).solve(even_heat(problem), tolerance=1e-13)
        fields.append(solver.rise)
        ones = np.ones(1)
        share = solver.division.parallel_share
        length = np.full(1, LENGTH)
        drops.append(
            channel_drops(problem.coolant, problem.grid, length, share, 998.2 * ones, 1e-3 * ones)
        )
    np.testing.assert_allclose(fields[1], fields[0], rtol=1e-10)
    speed = CHANNELS.mean_velocity(HEIGHT, FLOW, WIDTH)
    row = cold_plate.pressure_drop(CHANNELS, HEIGHT, LENGTH / 3, speed, 998.2, 1e-3)
    assert drops[1].item() == pytest.approx(3 * float(row), rel=1e-12)
    assert drops[1].item() > drops[0].item()
    own = SteadySolver(plate(((1.0, 1.0, 1.0),))), SteadySolver(plate(None))
    assert own[0].film[4] == pytest.approx(own[0].film[0], rel=1e-9)
    assert own[0].film[4] > own[1].film[4] * 1.01


def test_the_wall_over_an_even_flux_is_exact():
    """Nothing conducts along or across: the wall is the warming coolant plus flux over film.

    Solids conduct so well downwards that fins and surface are as warm as the base; what the coolant
    takes is by the fins' area and through half the coolant at the surface. Second order.
    """
    table, film, watts = ((0.8, 1.2), (1.5, 0.7)), 9e3, 300.0
    flow = flow_through(table, film=film)
    down = ConductivityLaw(1e-12, 1e-12, 1e8)
    errors = []
    for cells in (8, 16, 32):
        stack = Stack([Layer("fins", HEIGHT, down, 1), Layer("base", 1e-3, down, 1)])
        problem = ThermalProblem(stack, LENGTH, WIDTH, cells, 6, {}, flow)
        solver = SteadySolver(problem).solve(even_heat(problem, watts))
        zones = FinDensity(table).channels(CHANNELS)
        flux = watts / (LENGTH * WIDTH)
        per_area = film * zones.wetted_area_density * HEIGHT
        per_area = per_area + 2 * 0.6 * zones.open_fraction / HEIGHT
        x = (np.arange(cells) + 0.5) / cells
        share = solver.division.share[0]
        warming = watts * x / (998.2 * 4184 * FLOW * share[:, None])
        exact = warming + flux / per_area[:, (x * 2).astype(int)]
        found = solver.rise[-1].reshape(2, 3, cells)
        errors.append(np.abs(found[:, 0] - exact).max())
        assert solver.coolant_heat() == pytest.approx(watts, rel=1e-9)
    assert errors[-1] < 1e-2
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.1)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(("direction", "segments"), [("x", 1), ("-y", 2)])
def test_zones_are_the_same_in_both_engines(direction, segments):
    """Upwind against fitted: the difference falls by nearly half, as with fins alike."""
    pytest.importorskip("fipy")
    from thermal.fipy_layers import FipySolver

    found, table = [], ((0.8, 1.3), (1.2, 0.9))
    for n in (16, 32):
        cells = (n, 4) if direction == "x" else (4, n)
        problem = plate(table, cells, direction, segments, fluid=named_fluid("water"))
        heat = even_heat(problem)
        ours, fipys = SteadySolver(problem).solve(heat), FipySolver(problem).solve(heat)
        assert fipys.balance(heat) < 1e-9
        np.testing.assert_allclose(fipys.division.share, ours.division.share, rtol=5e-3)
        found.append(np.abs(fipys.rise - ours.rise).mean() / np.ptp(ours.rise))
    assert found[1] < 0.62 * found[0]
    assert found[1] < 0.05


def test_a_plate_seen_from_the_other_side_mirrors_the_field():
    fields = []
    for table in (TABLE, TABLE[::-1]):
        problem = plate(table, fluid=named_fluid("water"))
        fields.append(SteadySolver(problem).solve(even_heat(problem), tolerance=1e-12).rise)
    np.testing.assert_allclose(fields[1], fields[0][:, ::-1], rtol=1e-9)
    turned = plate(TABLE, direction="-x", fluid=named_fluid("water"))
    back = SteadySolver(turned).solve(even_heat(turned), tolerance=1e-12).rise
    np.testing.assert_allclose(back, fields[0][:, :, ::-1], rtol=1e-9)


# --------------------------------------------------------------------------------- a case


@pytest.fixture(scope="module")
def zoned():
    return solve(
        load_case("cs3", SMALL | {FINS: [[0.8, 1.0, 1.2], [1.0, 1.1, 1.3], [0.8, 1, 1.2]]})
    )


def test_the_balances_of_a_case_close(zoned):
    assert zoned.heat_balance < 1e-9
    assert zoned.to_dict()["power_balance_relative"] < 1e-9


def test_the_loop_sees_the_drop_of_the_zones(zoned):
    need = zoned.coolant
    law = plate_law(zoned.coupled)
    assert law(need.flow) == pytest.approx(need.cold_plate_pressure_drop, rel=1e-9)
    assert law(0.5 * need.flow) < 0.5 * need.cold_plate_pressure_drop
    assert need.reynolds > 0
    alike = solve(load_case("cs3", SMALL)).coolant
    assert need.velocity > 1.2 * alike.velocity
    assert need.cold_plate_pressure_drop > 1.2 * alike.cold_plate_pressure_drop


def test_multigrid_comes_to_the_same_field(zoned):
    pytest.importorskip("pyamg")
    other = solve(zoned.loaded, engine="amg")
    assert other.coupled.solver.temperature == pytest.approx(
        zoned.coupled.solver.temperature, abs=1e-6
    )


def test_closer_fins_downstream_cool_the_hot_end():
    hottest = {}
    for name, table in {
        "alike": [1, 1, 1],
        "closer": [0.9, 1, 1.1],
        "wider": [1.1, 1, 0.9],
    }.items():
        case = load_case("cs3", SMALL | {FINS: table})
        hottest[name] = float(solve(case).block_temperature_max.max())
    assert hottest["closer"] < hottest["alike"] - 0.1 < hottest["wider"] - 0.2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({FINS: "dense"}, "numbers are meant"),
        ({FINS: []}, "numbers are meant"),
        ({FINS: [1.0, "2"]}, "numbers are meant"),
        ({FINS: [[1.0, 1.1], [1.0]]}, "different lengths"),
        ({FINS: [1.0, 0.0]}, "not above 0"),
        ({FINS: [1.0, 2.0]}, "touch"),
        ({FINS: [[1.0]] * 30, "grid.along_y": 21}, "30 bands on a grid of 21"),
        (
            {FINS: [1.0], "coolant.headers": {"kind": "Z", "width": "30 mm", "depth": "10 mm"}},
            "beside coolant.headers",
        ),
    ],
)
def test_a_wrong_table_is_one_line(values, words):
    with pytest.raises(CaseError) as refused:
        solve(load_case("cs3", values))
    assert words in str(refused.value)
    assert "fin_density" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.slow
def test_a_transient_keeps_its_energy_and_ends_at_the_steady_state():
    problem = plate(((0.8, 1.4), (1.2, 1.0)), (8, 6), fluid=named_fluid("water"))
    heat = even_heat(problem)
    steady = SteadySolver(problem).solve(heat, tolerance=1e-11)
    moved = TransientSolver(SteadySolver(problem), lambda t, s: Conditions(heat), 2e-3)
    for _ in moved.run(40.0):
        pass
    assert np.abs(moved.state.solids - steady.rise).max() < 1e-2
    energy = moved.energy
    left = energy.put_in - energy.to_faces - energy.to_coolant - moved.kept
    assert abs(left) < 1e-9 * energy.put_in
    zones, area = FinDensity(((0.8, 1.4), (1.2, 1.0))).channels(CHANNELS), LENGTH * WIDTH
    water = 998.2071 * zones.open_fraction.mean() * HEIGHT * area
    solid = 3.4e6 * (4e-3 + zones.solid_fraction.mean() * HEIGHT) * area
    assert moved.capacity.sum() == pytest.approx(solid, rel=1e-12)
    assert moved.coolant_capacity.sum() == pytest.approx(water * 4184, rel=1e-3)


def test_the_command_line_takes_a_table():
    sets = [f"{key}={value}" for key, value in SMALL.items()] + [f"{FINS}=[0.9, 1.1]"]
    arguments = ["solve", "cs3", "--json", "--no-files"]
    result = CliRunner().invoke(app, arguments + [a for s in sets for a in ("--set", s)])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["heat_balance_relative"] < 1e-9


# --------------------------------------------------------------------------- the best table


@pytest.fixture(scope="module")
def space():
    return design_space(load_case("cs3", SMALL), Limits(), ["base"], ["centre-split"], (2, 2))


def test_a_design_sets_the_channels_of_every_zone(space):
    values = space.values(np.log([0.5, 0.8, 0.9, 0.7, 0.6, 0.5, 0.4])[: len(space.free)])
    settings = space.settings(values, "centre-split")
    table = FinDensity(tuple(map(tuple, settings[FINS])))
    mm = {k: float(str(v).split()[0]) * 1e-3 for k, v in settings.items() if "mm" in str(v)}
    plain = Channels(channel_width=mm["layers.fins.channel_width"], pitch=mm["layers.fins.pitch"])
    np.testing.assert_allclose(
        table.channels(plain).channel_width, space.gap_table(values), rtol=1e-9
    )
    assert plain.wall_thickness == pytest.approx(values["wall"], rel=1e-9)
    logs, slopes = space.logs(values), space.slenderness_slopes()
    for column in range(len(logs)):
        moved = logs.copy()
        moved[column] += 1e-3
        change = (space.slenderness(moved) - space.slenderness(logs)) / 1e-3
        np.testing.assert_allclose(slopes[:, column], change, atol=1e-9)


def test_fins_alike_take_the_place_of_the_densities_of_a_case():
    loaded = load_case("cs3", SMALL | {FINS: [0.9, 1.1]})
    zoned = design_space(loaded, paths=["centre-split"])
    assert zoned.zones == (1, 2)
    settings = zoned.settings(zoned.today, "centre-split")
    np.testing.assert_allclose(settings[FINS], [[1.0, 1.1 / 0.9]], rtol=1e-12)
    alike = zoned.with_fins_alike()
    assert alike.settings(alike.today, "centre-split")[FINS] == [[1.0]]


def test_too_many_zones_are_one_line():
    for zones, words in (((4, 4), "12 zones at the most"), ((0, 3), "12 zones at the most")):
        with pytest.raises(CaseError, match=words):
            design_space(load_case("cs3"), zones=zones)
    result = CliRunner().invoke(app, ["optimise", "cs3", "--zones", "three", "--no-files"])
    assert result.exit_code == 2
    assert "BANDSxSECTIONS" in result.output


@pytest.mark.slow
def test_zones_of_their_own_beat_fins_everywhere_alike():
    loaded = load_case("cs3", SMALL)
    alike, zoned = (
        front(design_space(loaded, None, ["base"], ["single pass"], zones), [150.0]).points[0].best
        for zones in ((1, 1), (1, 2))
    )
    assert zoned.feasible
    assert zoned.hottest < alike.hottest - 0.3
    first, last = zoned.settings[FINS][0]
    assert last > 1.1 * first
    same = solve(loaded.with_values(zoned.settings))
    assert float(same.block_temperature_max.max()) == pytest.approx(zoned.hottest, abs=1e-9)
