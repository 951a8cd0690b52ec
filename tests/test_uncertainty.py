"""What unknown values make of an answer: indices, chances and percentiles known exactly."""

import csv
import json
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from geometry.errors import ThermalRunaway
from studies import load_case, solve
from studies.case_file import CaseError
from studies.cli import app
from studies.scatter import chance, running_mean, scatter
from studies.sobol_indices import saltelli_shares, sobol_indices
from studies.uncertain_inputs import uncertain_inputs
from studies.uncertainty import OTHERS, uncertainty
from studies.uncertainty_answer import HOTTEST
from studies.validation.variance import ishigami, ishigami_indices

SLAB = ["heat.power=10:30 kW", "layers.slab.thickness=5:15 mm"]


@pytest.fixture(scope="module")
def slab():
    return load_case("slab", {"grid.along_x": 12, "grid.along_y": 7, "layers.slab.cells": 2})


def results_of(function, groups, sets, seed=1):
    return function(np.moveaxis(saltelli_shares(groups, sets, seed), -1, 0))


# Sobol's indices


def test_indices_of_ishigami():
    first, total = ishigami_indices()
    assert first == pytest.approx([0.3139, 0.4424, 0], abs=5e-5)
    assert total == pytest.approx([0.5576, 0.4424, 0.2437], abs=5e-5)
    groups = ["x", "y", "z"]
    found = sobol_indices(groups, results_of(ishigami, groups, 8192), seed=0)
    assert [index.group for index in found] == groups
    assert [index.first for index in found] == pytest.approx(first, abs=0.005)
    assert [index.total for index in found] == pytest.approx(total, abs=0.005)
    for index, s, t in zip(found, first, total, strict=True):
        assert abs(index.first - s) < index.first_interval < 0.1
        assert abs(index.total - t) < index.total_interval < 0.1


def test_indices_of_an_additive_function_are_its_parts_of_the_variance():
    slopes = np.array([4.0, 2.0, 1.0, 0.5])
    parts = slopes**2 / np.sum(slopes**2)
    groups = list("abcd")
    results = results_of(lambda shares: np.tensordot(slopes, shares, 1), groups, 4096)
    found = sobol_indices(groups, results, seed=0)
    assert [index.first for index in found] == pytest.approx(parts, abs=2e-3)
    assert [index.total for index in found] == pytest.approx(parts, abs=2e-3)


def test_indices_of_a_group_are_those_of_its_inputs_together():
    groups = ["x", "yz", "yz"]
    found = sobol_indices(groups, results_of(ishigami, groups, 4096), seed=0)
    first, total = ishigami_indices()
    # what is left of the variance without x alone, and without x and what it makes with z
    assert found[0].first == pytest.approx(first[0], abs=0.005)
    assert found[1].total == pytest.approx(1 - first[0], abs=0.005)
    assert found[1].first == pytest.approx(1 - total[0], abs=0.015)


def test_points_of_a_set_differ_in_one_group():
    groups = [*"abcdefghijkl", "others", "others"]
    sets = saltelli_shares(groups, 32, seed=5)
    first, last = sets[:, 0], sets[:, -1]
    for row, name in enumerate(dict.fromkeys(groups), 1):
        own = np.array([group == name for group in groups])
        assert np.array_equal(sets[:, row], np.where(own, last, first))
    # each input has a point in each of 32 strata, in first and last alike
    for drawn in (first, last):
        assert (np.sort((drawn * 32).astype(int), axis=0) == np.arange(32)[:, None]).all()


def test_no_two_inputs_are_alike_in_a_small_sample():
    drawn = saltelli_shares([""] * 49, 64, seed=0)
    for points in (drawn[:, 0], drawn[:, 1]):
        off_diagonal = np.corrcoef(points.T) - np.eye(49)
        # independent points have 0.125 here; the Sobol sequence alone comes to 0.8
        assert np.abs(off_diagonal).max() < 0.55


def test_sets_with_a_point_without_a_solution_are_left_out():
    groups = list("xyz")
    results = results_of(ishigami, groups, 64)
    holed = results.copy()
    holed[::4, 2] = np.nan
    kept = np.delete(results, np.s_[::4], axis=0)
    assert sobol_indices(groups, holed, 0) == sobol_indices(groups, kept, 0)
    assert sobol_indices(groups, np.full_like(results, 85.0), 0) == []
    assert sobol_indices(groups, holed[:16], 0) == []


# statistics


def test_interval_of_a_chance_is_wilsons():
    count, points, z = 118, 128, 1.959963984540054
    share = count / points
    middle = (share + z**2 / (2 * points)) / (1 + z**2 / points)
    half = z / (1 + z**2 / points) * np.sqrt(share * (1 - share) / points + (z / points / 2) ** 2)
    found = chance(count, points)
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half), rel=1e-12)
    assert chance(128, 128).low < chance(128, 128).high == 1


def test_running_mean_ends_at_the_mean_and_its_interval():
    values = 40 + np.random.default_rng(2).normal(size=200)
    values[7] = np.nan
    there = np.delete(values, 7)
    mean, half = running_mean(values)
    assert len(mean) == len(half) == 198
    assert mean[-1] == pytest.approx(there.mean(), rel=1e-12)
    assert half[-1] == pytest.approx(1.97202 * there.std(ddof=1) / np.sqrt(199), rel=1e-5)
    assert scatter(values).mean == pytest.approx(there.mean(), rel=1e-12)


# inputs


def moments(slab, text):
    (found,) = uncertain_inputs(slab, [text])
    values = np.array([found.at(share) for share in (np.arange(2000) + 0.5) / 2000])
    return values.mean(), values.std(), values.min(), values.max()


def test_distributions_have_their_moments(slab):
    # the slab has 25 kW
    mean, deviation, *_ = moments(slab, "heat.power=10:30 kW")
    assert (mean, deviation) == pytest.approx((20, 20 / np.sqrt(12)), rel=1e-5)
    mean, *_ = moments(slab, "heat.power=log-uniform 10:30 kW")
    assert mean == pytest.approx(20 / np.log(3), rel=1e-5)
    mean, deviation, *_ = moments(slab, "heat.power=triangular 10:30 kW")
    variance = (10**2 + 30**2 + 25**2 - 10 * 30 - 10 * 25 - 30 * 25) / 18
    assert (mean, deviation) == pytest.approx((65 / 3, np.sqrt(variance)), rel=1e-4)
    mean, deviation, low, high = moments(slab, "heat.power=normal 10:30 kW")
    # two standard deviations of 5 kW on either side, cut off there
    density = np.exp(-2) / np.sqrt(2 * np.pi)
    variance = 25 * (1 - 4 * density / 0.9544997361036416)
    assert (mean, deviation) == pytest.approx((20, np.sqrt(variance)), rel=1e-4)
    assert 10 <= low < high <= 30


def test_inputs_of_a_case_are_its_ranges_without_published_values_and_limits():
    loaded = load_case("cs3")
    found = {each.path: each for each in uncertain_inputs(loaded)}
    assert "layers.contact.resistance" in found
    assert not {"coolant.flow", "coolant.inlet_temperature"} & set(found)
    assert "limits.junction_temperature" not in found
    # ends of two units come to one, a list keeps its proportions, words are a list
    ceramic = found["delivery.dynamics.capacitors.ceramic.capacitance"]
    assert (ceramic.axis.unit, ceramic.ends, ceramic.base) == ("uF", (100, 2000), 500)
    board = found["layers.board.conductivity"]
    assert board.axis.setting(60.0) == ["60 W/m/K", "60 W/m/K", "1 W/m/K"]
    assert found["coolant.path"].ends == ("single pass", "4-way")
    for each in found.values():
        as_it_is = loaded.with_values({each.path: each.axis.setting(each.base)})
        assert as_it_is.case == loaded.case, each.path


def test_vary_adds_and_overrides_and_set_makes_known():
    loaded = load_case("cs3", {"layers.lid.thickness": "2 mm"})
    vary = ["layers.contact.resistance=log-uniform 2:8 mm**2*K/W", "coolant.flow"]
    found = {each.path: each.text() for each in uncertain_inputs(loaded, vary)}
    assert found["layers.contact.resistance"] == "2 to 8 mm**2*K/W, log-uniform"
    assert found["coolant.flow"] == "30 to 150 L/min"
    assert "layers.lid.thickness" not in found
    assert len(uncertain_inputs(loaded, vary, only=True)) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("heat.power=", "is meant"),
        ("heat.power", "the case has no range for it"),
        ("heat.power=30:10 kW", "a rising range"),
        ("heat.power=10:30:5 kW", "a range with a count"),
        ("heat.power=10:30 mm", "a unit of another kind"),
        ("heat.power=log-uniform 0:30 kW", "a range above zero"),
        ("heat.power=triangular 10:20 kW", "outside the range"),
        ("heat.power=normal 10,20 kW", "normal of a list"),
        ("heat.powr=10:30 kW", "the case has no value there"),
        ("limits.junction_temperature=60:105 degC", "held against"),
    ],
)
def test_an_input_that_cannot_be_is_one_line(slab, text, words):
    with pytest.raises(CaseError, match=words) as caught:
        uncertain_inputs(slab, [text])
    assert "\n" not in str(caught.value)


# the whole


def tilted(base):
    """A model whose answers are known: a plane over power [kW] and thickness [mm]."""

    def answer(case):
        power, thickness = case.case.heat.power / 1e3, case.case.layers["slab"].thickness * 1e3
        return {HOTTEST: 20 + 2 * power + 2 * thickness}

    return answer


def holed(base):
    """Without a solution above 28 kW, for one reason or another."""

    def answer(case):
        power = case.case.heat.power / 1e3
        if power > 29:
            raise ThermalRunaway("too hot")
        if power > 28:
            raise CaseError("slab: coolant.flow: so little that the coolant leaves its range")
        return {HOTTEST: 20 + 2 * power}

    return answer


def test_every_point_is_the_answer_of_its_case(slab, tmp_path):
    inputs = uncertain_inputs(slab, SLAB)
    found = uncertainty(slab, inputs, count=16, indices=0, folder=tmp_path)
    swings = {swing.uncertain.path: swing for swing in found.swings}
    for path, text in (("heat.power", "10 kW"), ("layers.slab.thickness", "5 mm")):
        told = solve(slab.with_values({path: text})).to_dict()[HOTTEST]
        assert swings[path].results[HOTTEST][0] == pytest.approx(told, abs=1e-7)
    # every budget adds up from the medium to the hottest point
    total = sum(found.sample.budget.values())
    base = found.base[HOTTEST] - sum(found.base_budget.values())
    assert total + base == pytest.approx(found.sample.results[HOTTEST], abs=1e-6)
    again = uncertainty(slab, inputs, count=16, indices=0, folder=tmp_path, report=all_are_there)
    assert np.array_equal(again.sample.results[HOTTEST], found.sample.results[HOTTEST])


def all_are_there(now):
    assert now.found == now.done == now.points > 0


def test_points_without_solution_break_the_limit_and_impossible_ones_do_not_count(slab):
    heated = {"heat.at": "slab", "heat.active_thickness": "1 mm"}
    slab = slab.with_values({"limits.junction_temperature": "60 degC"} | heated)
    vary = ["heat.power=10:30 kW", "heat.active_thickness=2:12 mm"]
    found = uncertainty(slab, uncertain_inputs(slab, vary), count=1024, indices=0, model=holed)
    # of all points 20 % cannot be; 10 % of the powers have no solution, 50 % keep 60 degC
    points = 1024 - found.sample.impossible
    assert found.sample.impossible == pytest.approx(205, abs=5)
    assert found.sample.without_solution == pytest.approx(82, abs=5)
    assert found.under_limit.points == points
    assert found.under_limit.share == pytest.approx(0.5, abs=0.01)
    assert found.under_limit.low < 0.5 < found.under_limit.high
    assert found.indices[HOTTEST] == []
    power = next(swing for swing in found.swings if swing.uncertain.path == "heat.power")
    assert power.results[HOTTEST] == pytest.approx([40, np.nan], nan_ok=True)


def test_indices_of_the_first_and_of_all_others(slab):
    # the film is no part of the model, so it moves nothing
    film = "faces.top.film_coefficient=1000,2000,30000 W/m**2/K"
    inputs = uncertain_inputs(slab, [film, *SLAB])
    found = uncertainty(slab, inputs, count=512, indices=1, model=tilted)
    assert [index.group for index in found.indices[HOTTEST]] == ["heat.power", OTHERS]
    assert found.indices[HOTTEST][0].total == pytest.approx(0.8, abs=0.01)
    assert found.indices[HOTTEST][1].first == pytest.approx(0.2, abs=0.01)
    mean, deviation = 20 + 2 * 20 + 2 * 10, np.sqrt((40**2 + 20**2) / 12)
    told = scatter(found.sample.results[HOTTEST])
    assert (told.mean, told.standard_deviation) == pytest.approx((mean, deviation), rel=2e-3)
    assert [swing.uncertain.path for swing in found.ranked(HOTTEST)] == [
        "heat.power",
        "layers.slab.thickness",
    ]
    # of 25 kW and 10 mm, each from end to end
    assert [swing.span(HOTTEST, 90.0) for swing in found.ranked(HOTTEST)] == [
        (60, 100),
        (80, 100),
    ]


# the command


def run(*arguments):
    return CliRunner().invoke(app, ["uncertainty", *map(str, arguments)])


def test_command_writes_what_it_says(tmp_path):
    arguments = ["slab", "--vary", SLAB[0], "--vary", SLAB[1], "--count", 32, "--indices", 2]
    small = ["--set", "grid.along_x=12", "--set", "grid.along_y=7"]
    limit = ["--set", "limits.junction_temperature=60 degC"]
    told = run(*arguments, *small, *limit, "--json", "--out", tmp_path)
    assert told.exit_code == 0, told.output
    assert (tmp_path / "uncertainty.png").stat().st_size > 15_000
    found = json.loads(told.stdout)
    assert found == json.loads((tmp_path / "uncertainty.json").read_text())
    with (tmp_path / "results.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert float(row["median"]) == found["results"][HOTTEST]["median"]
    with (tmp_path / "inputs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["input"] for row in rows} == {"heat.power", "layers.slab.thickness"}
    assert float(rows[0]["most"]) == max(found["inputs"][0]["alone"][HOTTEST])
    other = run(*arguments, *small, "--out", tmp_path)
    assert other.exit_code == 2
    assert "another case" in other.output


def test_command_has_the_defaults_of_the_function():
    from studies import uncertainty as function
    from studies.commands import uncertainty as command

    assert (command.COUNT, command.INDICES) == (function.COUNT, function.INDICES)


def test_command_tells_the_chance():
    small = ["--set", "grid.along_x=12", "--set", "grid.along_y=7"]
    limit = ["--set", "limits.junction_temperature=71 degC"]
    told = run(
        "slab", "--vary", SLAB[0], *small, *limit, "--count", 4, "--indices", 0, "--no-files"
    )
    assert told.exit_code == 0, told.output
    assert "hottest point [degC]" in told.stdout
    # 30 kW come to 70.09 degC; Wilson of n of n begins at n / (n + 1.96 squared)
    assert (
        "at or under 71 degC: 100.0 % of 4 points, 95 % confidence 51.0 to 100.0 %\n" in told.stdout
    )


def test_without_the_library_there_is_all_but_the_indices(slab, monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib", None)
    inputs = uncertain_inputs(slab, SLAB)
    with pytest.raises(CaseError, match="or --indices 0"):
        uncertainty(slab, inputs, count=32, model=tilted)
    assert uncertainty(slab, inputs, count=8, indices=0, model=tilted).indices[HOTTEST] == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["slab"], 2, "slab has no ranges of its own"),
        (["slab", "--vary", SLAB[0], "--count", "100"], 2, "a power of two from 4 is meant"),
        (["slab", "--vary", SLAB[0], "--count", "16"], 2, "for indices 32 or more"),
        (["slab", "--vary", "heat.power=1:2 mm"], 2, "a unit of another kind"),
    ],
)
def test_wrong_input_is_one_line(arguments, code, words):
    told = run(*arguments, "--no-files")
    assert told.exit_code == code
    assert words in told.output
    assert len(told.output.strip().splitlines()) == 1
