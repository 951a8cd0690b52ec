"""Sweeps of nothing but heat: the influence matrix is true, says how true, and is refused else."""

import doctest

import numpy as np
import pytest

import studies.heat_fitting
from studies import CaseError, load_case, solve
from studies.build import device_power_map
from studies.design_points import Design, grid, parse_axis, points_from_csv, sample
from studies.heat_bends import Bend
from studies.heat_design import heat_design, is_heat_only
from studies.heat_fitting import expected_solves, fit_heat
from studies.heat_response import cell_model
from studies.surface_fitting import GaveUp
from studies.surface_solves import solve_directly
from studies.sweep import sweep

SMALL = {"grid.along_x": 24, "grid.along_y": 14, "layers.slab.cells": 2}
SLAB = load_case("slab", SMALL)
LEAKY = SLAB.with_values(
    {
        "heat.at": "slab",
        "heat.active_thickness": "1 mm",
        "loads.law": "dynamic and leakage",
        "loads.nominal_voltage": "1 V",
        "loads.leakage_fraction": 0.25,
        "loads.leakage_temperature": "60 degC",
        "loads.leakage_per_kelvin": "0.015 /K",
        "loads.leakage_per_volt": "3 /V",
        "layers.slab.conductivity_exponent": 1.3,
    }
)
NAMES = device_power_map(SLAB).floorplan.names
MEAN = "block_temperature_mean_degC"
HOTTEST = "block_temperature_max_degC"


def maps(path, spread, count=90, blocks=NAMES[20:26], seed=1):
    """A file of points: random powers of some blocks [W] about 300."""
    watts = 300 * (1 + spread * np.random.default_rng(seed).uniform(-1, 1, (count, len(blocks))))
    header = ",".join(f"heat.blocks.{name} [W]" for name in blocks)
    np.savetxt(path, watts, delimiter=",", header=header, comments="", fmt="%.6f")
    return points_from_csv(path)


def direct(case, design, points):
    return solve_directly(case, [design.settings(point) for point in points])


def test_examples_in_docstrings():
    assert doctest.testmod(studies.heat_fitting).failed == 0


# powers of single blocks


def test_a_block_named_has_the_power_given_and_the_others_what_the_map_gives():
    case = SLAB.with_values({"heat.blocks.r3c5": "600 W", "heat.blocks.r0c0": "0 W"})
    watts, names = device_power_map(case).block_power, list(NAMES)
    assert (watts[names.index("r3c5")], watts[names.index("r0c0")]) == (600, 0)
    given = [names.index("r3c5"), names.index("r0c0")]
    before = device_power_map(SLAB).block_power
    assert np.array_equal(np.delete(watts, given), np.delete(before, given))
    answer = solve(case)
    assert answer.silicon_power == pytest.approx(watts.sum(), rel=1e-12)
    assert answer.heat_balance < 1e-9
    assert answer.hottest_block == "r3c5"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"heat.blocks.x": "6 W"}, "slab: heat.blocks: found 'x'; one of r0c0 to r6c11 is meant"),
        ({"heat.blocks.r0c0": "-6 W"}, "slab: heat.blocks.r0c0: found '-6 W'; 0 or more is meant"),
        ({"heat.blocks.r0c0": "6 K"}, "slab: heat.blocks.r0c0: found '6 K', a unit of another"),
    ],
)
def test_a_block_that_cannot_be_is_refused(values, words):
    with pytest.raises(CaseError) as refused:
        device_power_map(SLAB.with_values(values))
    assert str(refused.value).startswith(words)


# what a design varies


@pytest.mark.parametrize(
    ("path", "is_heat"),
    [
        ("heat.power=10,20 kW", True),
        ("heat.map.csv=a.csv,b.csv", True),
        ("heat.map.trace_row=1,2", True),
        ("heat.blocks.r0c0=1,2 W", True),
        ("heat.layers.lid.power=1,2 W", True),
        ("heat.at=lid,slab", False),
        ("heat.active_thickness=1,2 mm", False),
        ("heat.layers.lid.active_thickness=1,2 mm", False),
        ("heat.power_is=at nominal conditions,heat in the silicon", False),
        ("coolant.flow=1,2 L/min", False),
    ],
)
def test_paths_that_change_nothing_but_heat(path, is_heat):
    assert is_heat_only(grid(path)) == is_heat


def test_watts_of_files_powers_and_blocks_are_those_of_their_cases(tmp_path):
    rng = np.random.default_rng(3)
    for name in ("a", "b"):
        np.savetxt(tmp_path / f"{name}.csv", rng.uniform(1, 2, (7, 12)), delimiter=",")
    files = ",".join(f'"{tmp_path / name}.csv"' for name in ("a", "b"))
    design = grid(f"heat.map.csv={files}", "heat.power=20,30 kW", "heat.blocks.r1c1=100,200 W")
    found = heat_design(SLAB, design)
    assert found.watts.shape == (8, 84)
    for point in range(8):
        case = SLAB.with_values(design.settings(point))
        assert np.array_equal(found.watts[point], device_power_map(case).block_power)
        again = found.case.with_values(found.values(found.watts[point]))
        assert np.array_equal(device_power_map(again).block_power, found.watts[point])
    # the two files in watts, and the block
    directions = found.directions()
    assert len(directions) == 3
    assert directions @ directions.T == pytest.approx(np.eye(3), abs=1e-12)
    away = found.watts - found.centre
    assert away @ directions.T @ directions == pytest.approx(away, abs=1e-7)


def test_watts_of_blocks_and_layers_alone_are_those_of_their_cases():
    pair = load_case("cs3-dram")
    design = grid("heat.blocks.r1c1=0.1,0.2 kW", "heat.layers.dram.power=2000,3000,4000 W")
    found = heat_design(pair, design)
    assert found.layers == ("dram",)
    for point in range(6):
        case = pair.with_values(design.settings(point))
        expected = [*device_power_map(case).block_power, case.case.heat.layers["dram"].power]
        assert found.watts[point] == pytest.approx(expected, rel=1e-14)
        again = found.case.with_values(found.values(found.watts[point])).case.heat
        assert again.layers["dram"].power == found.watts[point, -1]


def test_a_start_of_the_same_field_is_left_as_it_was_and_leads_to_the_same_state():
    start = solve(LEAKY).coupled
    before = start.solver.rise.copy()
    warmer = LEAKY.with_values({"heat.blocks.r3c5": "500 W"})
    alone = solve(warmer)
    for _ in range(2):
        begun = solve(warmer, start=start)
        assert begun.coupled.solver.preconditioner is start.solver.preconditioner
        off = np.abs(begun.block_temperature_max - alone.block_temperature_max).max()
        assert off < 1e-7
        assert begun.heat_balance < 1e-9
    assert np.array_equal(start.solver.rise, before)
    assert begun.coupled.rounds <= alone.coupled.rounds
    # another film is another field
    other = solve(LEAKY.with_values({"faces.top.film_coefficient": "25 kW/m**2/K"}), start=start)
    assert other.coupled.solver.preconditioner is not start.solver.preconditioner


def test_maps_that_spread_heat_otherwise_inside_a_block_are_no_influence(tmp_path):
    rng = np.random.default_rng(3)
    for name in ("a", "b"):
        np.savetxt(tmp_path / f"{name}.csv", rng.uniform(1, 2, (14, 24)), delimiter=",")
    files = ",".join(f'"{tmp_path / name}.csv"' for name in ("a", "b"))
    with pytest.raises(GaveUp, match="point 2 has other blocks, or heat spread otherwise in them"):
        heat_design(SLAB, grid(f"heat.map.csv={files}"))


def test_points_of_the_same_heat_are_no_influence():
    axes = parse_axis("heat.power=20,30 kW"), parse_axis("heat.map=uniform")
    with pytest.raises(GaveUp, match="all points make the same heat"):
        heat_design(SLAB, Design("points", axes, [(20.0, "uniform")]))


# the response


def test_squares_are_found_exactly():
    rng = np.random.default_rng(0)
    linear, own, square = rng.normal(size=(8, 84)), rng.normal(size=(8, 84)), rng.uniform(1, 2, 8)
    by_distance = rng.normal(size=84)
    off = np.outer(square, by_distance) + 0.3 * linear**2 - 0.2 * own**2 + 0.1 * linear * own
    bend = Bend.fit(off, linear, own, square)
    assert bend.by_own == pytest.approx([0.3, -0.2, 0.1])
    assert bend.at(linear, own, square) == pytest.approx(off)
    assert Bend.fit(0 * off, linear, own, square).at(linear, own, square) == pytest.approx(0 * off)


@pytest.mark.slow
def test_where_coefficients_are_constant_it_is_the_influence_matrix(tmp_path):
    """And exact: nothing bends."""
    design = maps(tmp_path / "p.csv", 0.9, blocks=NAMES)
    found = fit_heat(heat_design(SLAB, design), solver)
    assert found.solves <= expected_solves(84)
    assert found.matrix == pytest.approx(SLAB.influence().response, rel=1e-5, abs=1e-8)
    assert found.error[HOTTEST].measured < 1e-6
    answers = found(found.design.watts[40:60])
    for row, answer in enumerate(direct(SLAB, design, range(40, 60))):
        for name in (HOTTEST, MEAN):
            assert answers[name][row] == pytest.approx(answer[name], abs=1e-6)


def solver(case, points):
    return solve_directly(case, points, model=cell_model)


@pytest.mark.slow
def test_with_leakage_it_is_nearer_than_the_matrix_alone_and_knows_how_near(tmp_path):
    design = maps(tmp_path / "p.csv", 0.15, count=120)
    found = fit_heat(heat_design(LEAKY, design), solver)
    points = range(60, 120)
    truth = np.array([answer[HOTTEST] for answer in direct(LEAKY, design, points)])
    watts = found.design.watts[points]
    off = np.abs(found(watts)[HOTTEST] - truth).max()
    assert off <= 2 * found.error[HOTTEST].measured
    assert found.error[HOTTEST].measured <= found.error[HOTTEST].estimated <= 0.05
    rest = found.rest[found.layout.columns([HOTTEST])]
    alone = rest + found.linear(watts)[:, found.layout.columns([HOTTEST])]
    assert np.abs(alone - truth).max() > 3 * off


# in a sweep


def test_a_sweep_of_maps_says_how_it_was_answered(tmp_path):
    design, words = maps(tmp_path / "p.csv", 0.15), []
    found = sweep(LEAKY, design, by_surface=True, say=words.append)
    assert set(found.answered_by.values) == {"influence matrix"}
    solutions = int(found.influence_solutions.max())
    assert 1 + 6 + 8 + 12 < solutions <= expected_solves(6)
    assert words[0] == "influence matrix: 7 solutions for 6 directions"
    assert 0 < float(found.influence_error_measured_K.max()) <= 0.05
    points = range(0, 90, 9)
    truth = direct(LEAKY, design, points)
    for name in (HOTTEST, MEAN):
        off = np.abs(found[name].values[points] - [answer[name] for answer in truth]).max()
        assert 0 < off < 0.05
    hottest = found[HOTTEST].max("block")
    assert np.array_equal(found.junction_temperature_max_degC.values, hottest.values)


def test_a_broken_off_run_comes_to_the_same_numbers(tmp_path):
    design = maps(tmp_path / "p.csv", 0.15)
    whole = sweep(LEAKY, design, tmp_path / "a.nc", by_surface=True)
    journal = tmp_path / "a.nc.journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:30]) + lines[30][:100])
    assert sweep(LEAKY, design, tmp_path / "a.nc", by_surface=True).identical(whole)


def test_maps_too_far_apart_are_solved_and_it_is_said(tmp_path):
    design, words = maps(tmp_path / "p.csv", 0.6, count=63), []
    found = sweep(LEAKY, design, by_surface=True, say=words.append)
    assert "answered_by" not in found
    assert (found.reason == "").all()
    refusal = next(line for line in words if line.startswith("no influence matrix: "))
    assert "is off by up to" in refusal
    assert refusal.endswith("the powers are too far apart")


def test_few_maps_are_solved_and_it_is_said(tmp_path):
    words = []
    found = sweep(LEAKY, maps(tmp_path / "p.csv", 0.4, count=20), by_surface=True, say=words.append)
    assert "answered_by" not in found
    assert words[0] == (
        "no influence matrix: 20 points are no more than twice the 31 solutions that it is "
        "expected to take"
    )


def test_one_range_of_power_is_a_surface_and_two_are_an_influence_matrix():
    one = sweep(SLAB, grid("heat.power=25:27:60 kW"), by_surface=True)
    assert set(one.answered_by.values) == {"surface"}
    ranges = ["heat.blocks.r1c1=250:350 W", "heat.blocks.r4c4=250:350 W"]
    two = sweep(SLAB, sample("latin", ranges, 60, 1), by_surface=True)
    assert set(two.answered_by.values) == {"influence matrix"}


def test_rows_of_a_trace_are_answered(tmp_path):
    watts = np.random.default_rng(2).uniform(40, 60, (70, 2))
    rows = "\n".join("\t".join(f"{w:.4f}" for w in row) for row in watts)
    (tmp_path / "chip.ptrace").write_text(f"core\tcache\n{rows}\n")
    (tmp_path / "chip.flp").write_text("core\t0.012\t0.015\t0\t0\ncache\t0.008\t0.015\t0.012\t0\n")
    chip = load_case(
        "test-chip",
        {
            "heat.map.floorplan": str(tmp_path / "chip.flp"),
            "heat.map.trace": str(tmp_path / "chip.ptrace"),
        },
    )
    design = grid("heat.map.trace_row=1:70:70")
    found = sweep(chip, design, by_surface=True)
    assert set(found.answered_by.values) == {"influence matrix"}
    (truth,) = direct(chip, design, [33])
    assert found[HOTTEST].values[33] == pytest.approx(truth[HOTTEST], abs=0.05)


@pytest.mark.slow
def test_maps_of_the_cs3_against_their_solutions(tmp_path):
    """With leakage, converters and a coolant that follow."""
    case = load_case("cs3", {"grid.along_x": 36, "grid.along_y": 28, "layers.fins.cells": 4})
    design, words = maps(tmp_path / "p.csv", 0.3, count=240, blocks=NAMES), []
    found = sweep(case, design, by_surface=True, say=words.append)
    assert set(found.answered_by.values) == {"influence matrix"}, words
    points = range(100, 120)
    truth = direct(case, design, points)
    for name, most in ((HOTTEST, 0.05), (MEAN, 0.05), ("block_drop_mV", 0.1)):
        off = np.abs(found[name].values[points] - [answer[name] for answer in truth]).max()
        assert 0 < off < most, name
