"""A sample answered by a surface: kriging, indices put right, and the whole study."""

import json

import numpy as np
import pytest
from scipy.stats import qmc
from typer.testing import CliRunner

from geometry.errors import ThermalRunaway
from studies import load_case, uncertainty_surface
from studies.cli import app
from studies.kriging import krige, unlikelihood
from studies.scatter import chance, scatter
from studies.sobol_indices import saltelli_shares, sobol_indices
from studies.surface_indices import Checks, put_right
from studies.uncertain_inputs import uncertain_inputs
from studies.uncertainty import uncertainty
from studies.uncertainty_answer import DROP, HOTTEST, WANTED, BySurface, SurfaceError
from studies.uncertainty_report import sample_lines
from studies.validation.variance import ishigami, ishigami_indices

POWER, THICKNESS = "heat.power=10:30 kW", "layers.slab.thickness=5:15 mm"
SMALL = {"grid.along_x": 12, "grid.along_y": 7, "layers.slab.cells": 2}


@pytest.fixture(scope="module")
def slab():
    return load_case("slab", SMALL)


def bent(places):
    return np.sin(3 * places[:, 0]) * (1 + places[:, 1] ** 2)


def spread(inputs, count, seed=1):
    return qmc.LatinHypercube(inputs, rng=np.random.default_rng(seed)).random(count)


# kriging


def test_slopes_of_the_likelihood_are_those_of_differences():
    places = spread(3, 30)
    squares = np.moveaxis((places[:, None] - places[None]) ** 2, 2, 0).reshape(3, -1)
    at, values = np.array([0.1, 0.5, 1.0, 0.3, -4.0]), bent(places)
    steps = 1e-5 * np.eye(5)
    differences = [
        (unlikelihood(at + h, squares, values)[0] - unlikelihood(at - h, squares, values)[0]) / 2e-5
        for h in steps
    ]
    assert unlikelihood(at, squares, values)[1] == pytest.approx(differences, rel=1e-6)


def test_a_surface_comes_nearer_with_every_point_and_leaves_out_what_does_nothing():
    asked = np.random.default_rng(3).random((400, 6))
    off = []
    for count in (32, 64, 128, 256):
        places = spread(6, count)
        surface = krige(places, bent(places))
        off.append(np.std(surface(asked) - bent(asked)) / np.std(bent(asked)))
    assert off[1] < off[0] / 2
    assert off[3] < off[1] / 2
    assert off[3] < 0.005
    # the four others are much longer
    assert surface.lengths[2:].min() > 5 * surface.lengths[:2].max()


def test_what_the_others_say_of_a_value_is_a_surface_without_it():
    places = spread(2, 40)
    values = bent(places) - 1.0  # not all above nought, so no logarithms
    surface = krige(places, values)
    shares = (values - surface.mean) / surface.spread
    apart = np.linalg.norm(surface.places[:, None] - surface.places[None], axis=2) * np.sqrt(5)
    kernel = (1 + apart + apart**2 / 3) * np.exp(-apart)
    # at the nodes the weights are what the noise takes from the values
    noise = np.diag((shares - kernel @ surface.weights) / surface.weights)
    for left in (0, 7, 23):
        kept = np.arange(40) != left
        weights = np.linalg.solve((kernel + noise)[np.ix_(kept, kept)], shares[kept])
        told = surface.mean + surface.spread * kernel[left, kept] @ weights
        assert surface.left_out[left] == pytest.approx(told, abs=1e-6)


def test_values_over_decades_are_taken_by_their_logarithms():
    places = spread(2, 60)
    surface = krige(places, np.exp(8 * places[:, 0]))
    asked = spread(2, 200, seed=2)
    assert surface.logarithm
    assert surface(asked) == pytest.approx(np.exp(8 * asked[:, 0]), rel=0.01)
    same = krige(places, np.full(60, 85.0))
    assert same(asked) == pytest.approx(np.full(200, 85.0), rel=1e-15)


# indices put right


def coarse(shares):
    """The function of Ishigami and Homma without what z does, and with less of y."""
    x, y = (2 * shares[..., :2] - 1).T * np.pi
    return (1 + 0.1 * np.pi**4 / 5) * np.sin(x) + 6 * np.sin(y) ** 2


def indices_of(function, checks, seed):
    groups = ["x", "y", "z"]
    drawn = saltelli_shares(groups, 2048, seed=100 + seed)
    values = function(drawn.reshape(-1, 3)).reshape(drawn.shape[:2])
    surface = sobol_indices(groups, values, seed)
    rows = np.random.default_rng(seed).random((checks, 3))
    solved = ishigami(rows.T)
    return surface, put_right(groups, surface, function, drawn[:, 0], Checks(rows, solved), seed)


def test_indices_of_a_coarse_surface_are_put_right():
    first, total = ishigami_indices()
    surface, right = indices_of(coarse, 2**15, seed=1)
    # what x does alone is in the surface, what it does with z is not, and lies in the interval
    for index, truth in zip(right, first, strict=True):
        assert index.first == pytest.approx(truth, abs=0.02)
        assert abs(index.first - truth) < index.first_interval
    for index, truth in zip(right, total, strict=True):
        assert abs(index.total - truth) < index.total_interval
    assert abs(surface[0].first - first[0]) > 0.05
    assert right[2].total_interval > total[2]


def weak(shares):
    """That function with what x does a fifth too small."""
    y = (2 * shares[:, 1] - 1) * np.pi
    return 0.8 * ishigami(shares.T) + 0.2 * 7 * np.sin(y) ** 2


def test_the_intervals_hold_the_truth_with_few_checks():
    def held(indices):
        first, total = ishigami_indices()
        alone = [abs(i.first - s) < i.first_interval for i, s in zip(indices, first, strict=True)]
        whole = [abs(i.total - s) < i.total_interval for i, s in zip(indices, total, strict=True)]
        return sum(alone + whole)

    found = [indices_of(weak, 64, seed) for seed in range(20)]
    assert sum(held(right) for _, right in found) >= 114  # of 120: 95 %
    # those of the surface alone do not
    assert sum(held(surface) for surface, _ in found) < 60


# the whole


def tilted(base):
    """A model whose answers are known: a plane over power [kW] and thickness [mm]."""

    def answer(case):
        power, thickness = case.case.heat.power / 1e3, case.case.layers["slab"].thickness * 1e3
        return {HOTTEST: 20 + 2 * power + 2 * thickness}

    return answer


def holed(base):
    """Without a solution above 28 kW."""

    def answer(case):
        power = case.case.heat.power / 1e3
        if power > 28:
            raise ThermalRunaway("too hot")
        return {HOTTEST: 20 + 2 * power}

    return answer


def rough(base):
    """Of no two neighbouring points alike."""

    def answer(case):
        return {HOTTEST: 50 + 10 * np.sin(1e3 * case.case.heat.power)}

    return answer


def known(base):
    """The function of Ishigami and Homma over power, thickness and density."""

    def answer(case):
        layer = case.case.layers["slab"]
        x = (case.case.heat.power / 1e3 - 10) / 20
        y, z = (layer.thickness * 1e3 - 5) / 10, (layer.density - 2000) / 1000
        return {HOTTEST: 50 + float(ishigami(np.array([x, y, z])))}

    return answer


@pytest.mark.slow
def test_the_surface_agrees_with_the_direct_study(slab):
    film = "faces.top.film_coefficient=log-uniform 10000:40000 W/m**2/K"
    inputs = uncertain_inputs(slab, [POWER, film])
    direct = uncertainty(slab, inputs, count=128, indices=2)
    found = uncertainty(slab, inputs, count=16, indices=2, by_surface=True, sets=1024)
    by = found.surface
    assert (by.refused, found.sets, len(found.sample.reasons)) == ("", 1024, 2048)
    assert by.errors[HOTTEST].share < 0.02
    assert (by.nodes, by.checks) == (32, 16)
    told, truth = (scatter(f.sample.results[HOTTEST]) for f in (found, direct))
    # of 128 points each percentile is known to about a tenth of the scatter
    for name in ("mean", "standard_deviation", "low", "median", "high"):
        near = 0.2 * truth.standard_deviation
        assert getattr(told, name) == pytest.approx(getattr(truth, name), abs=near)
    for mine, its in zip(found.indices[HOTTEST], direct.indices[HOTTEST], strict=True):
        assert mine.group == its.group
        assert mine.first_interval < its.first_interval
        assert abs(mine.first - its.first) < np.hypot(mine.first_interval, its.first_interval)
        assert abs(mine.total - its.total) < np.hypot(mine.total_interval, its.total_interval)
    # every budget adds up from the medium to the hottest point
    total = sum(found.sample.budget.values()) + slab.case.faces.top.temperature - 273.15
    assert total == pytest.approx(found.sample.results[HOTTEST], abs=1e-4)


@pytest.mark.slow
def test_the_whole_finds_the_indices_of_ishigami(slab):
    inputs = uncertain_inputs(slab, [POWER, THICKNESS, "layers.slab.density=2000:3000 kg/m**3"])
    found = uncertainty(slab, inputs, count=64, indices=3, by_surface=True, sets=2048, model=known)
    paths = ["heat.power", "layers.slab.thickness", "layers.slab.density"]
    indices = {index.group: index for index in found.indices[HOTTEST]}
    for path, first, total in zip(paths, *ishigami_indices(), strict=True):
        assert abs(indices[path].first - first) < indices[path].first_interval < 0.08
        assert abs(indices[path].total - total) < indices[path].total_interval < 0.08


@pytest.mark.slow
def test_the_surface_of_a_machine_agrees_with_its_direct_study():
    coarse_grid = {"grid.along_x": 24, "grid.along_y": 14}
    loaded = load_case("cs3", coarse_grid)
    vary = ["layers.contact.resistance", "coolant.path", "delivery.bricks.regulated.load_line"]
    inputs = uncertain_inputs(loaded, vary, only=True)
    direct = uncertainty(loaded, inputs, count=64, indices=3)
    found = uncertainty(loaded, inputs, count=32, indices=3, by_surface=True, sets=1024)
    assert (found.surface.refused, found.surface.direct) == ("", [])
    assert found.surface.nodes + found.surface.checks < 5 * direct.sets
    for name in (HOTTEST, DROP):
        assert found.surface.errors[name].share < WANTED
        for mine, its in zip(found.indices[name], direct.indices[name], strict=True):
            assert mine.group == its.group
            assert abs(mine.first - its.first) < np.hypot(mine.first_interval, its.first_interval)
            assert abs(mine.total - its.total) < np.hypot(mine.total_interval, its.total_interval)
    told, truth = (scatter(f.sample.results[HOTTEST]) for f in (found, direct))
    assert told.median == pytest.approx(truth.median, abs=0.3 * truth.standard_deviation)


def test_a_list_and_points_that_cannot_be(slab):
    heated = {"heat.at": "slab", "heat.active_thickness": "1 mm"}
    vary = [
        POWER,
        THICKNESS,
        "heat.active_thickness=2:12 mm",
        "faces.top.film_coefficient=1000,2000,30000 W/m**2/K",
    ]
    inputs = uncertain_inputs(slab.with_values(heated), vary)
    asked = {"count": 64, "indices": 2, "by_surface": True, "sets": 128}
    found = uncertainty(slab.with_values(heated), inputs, model=tilted, **asked)
    # where the heated part is thicker than the slab: 7 by 7 of 10 by 10 mm, half of it
    assert found.sample.impossible == pytest.approx(0.245 * 256, abs=20)
    assert found.whole_sets < found.sets == 128
    drawn = found.sample.results[HOTTEST]
    assert np.isnan(drawn).sum() == found.sample.impossible
    assert np.nanmin(drawn) > 50
    assert np.nanmax(drawn) < 110


def test_every_solved_point_is_on_disk(slab, tmp_path):
    inputs = uncertain_inputs(slab, [POWER, THICKNESS])
    asked = {"count": 16, "indices": 2, "by_surface": True, "sets": 64, "model": tilted}
    first = uncertainty(slab, inputs, folder=tmp_path, **asked)
    seen = []
    again = uncertainty(slab, inputs, folder=tmp_path, report=seen.append, **asked)
    assert seen
    assert all(now.found == now.done == now.points for now in seen)
    assert np.array_equal(again.sample.results[HOTTEST], first.sample.results[HOTTEST])
    assert again.indices == first.indices


def test_a_study_that_was_broken_off_goes_on(slab, tmp_path):
    inputs = uncertain_inputs(slab, [POWER, THICKNESS])
    asked = {"count": 16, "indices": 2, "by_surface": True, "sets": 64, "model": tilted}

    def break_off(now):
        if now.points == uncertainty_surface.FEWEST_NODES and now.done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        uncertainty(slab, inputs, folder=tmp_path, report=break_off, **asked)
    seen = []
    found = uncertainty(slab, inputs, folder=tmp_path, report=seen.append, **asked)
    nodes = [now for now in seen if now.points == uncertainty_surface.FEWEST_NODES]
    assert (nodes[0].found, nodes[-1].done) == (20, uncertainty_surface.FEWEST_NODES)
    whole = uncertainty(slab, inputs, **asked)
    assert np.array_equal(found.sample.results[HOTTEST], whole.sample.results[HOTTEST])


# when there is none


def test_no_surface_where_a_point_has_no_solution(slab):
    inputs = uncertain_inputs(slab, [POWER, THICKNESS])
    found = uncertainty(slab, inputs, count=64, indices=1, by_surface=True, model=holed)
    assert "solved points have no solution (ThermalRunaway: too hot)" in found.surface.refused
    # all is of the 64 points, and what a direct study would take is told
    assert len(found.sample.reasons) == len(found.sample.results[HOTTEST]) == 64
    assert found.sample.without_solution == pytest.approx(6.4, abs=2)
    assert (found.indices, found.sets) == ({HOTTEST: []}, 0)
    lines = sample_lines(found)
    assert any(line.startswith("no surface: ") for line in lines)
    assert any("intervals of 0.05 of the indices take about" in line for line in lines)


def test_no_surface_where_it_does_not_come_near(slab, monkeypatch):
    monkeypatch.setattr(uncertainty_surface, "MOST_NODES", 64)
    inputs = uncertain_inputs(slab, [POWER, THICKNESS])
    found = uncertainty(slab, inputs, count=32, indices=1, by_surface=True, model=rough)
    assert "of its standard deviation after 64 solved points; 0.2 is the most" in (
        found.surface.refused
    )
    assert found.surface.errors[HOTTEST].share > 0.5
    assert len(found.sample.results[HOTTEST]) == 32


def test_points_near_the_limit_count_both_ways():
    off = {HOTTEST: SurfaceError(0.5, 2.0, 0.0, 0.05)}
    hottest = np.array([50.0] * 800 + [59.0] * 100 + [61.0] * 60 + [70.0] * 40)
    found = BySurface(900, 100, off, []).under(60.0, hottest, 1000)
    assert (found.count, found.share) == (900, 0.9)
    assert found.low == pytest.approx(chance(800, 1000).low * chance(1000, 1000).low, rel=1e-12)
    assert found.high == pytest.approx(chance(960, 1000).high, rel=1e-12)


# the command


def run(*arguments):
    return CliRunner().invoke(app, ["uncertainty", *map(str, arguments)])


def test_command_tells_how_far_off_the_surface_is(tmp_path):
    small = [part for key, value in SMALL.items() for part in ("--set", f"{key}={value}")]
    limit = ["--set", "limits.junction_temperature=60 degC"]
    asked = ["--surface", "--sets", 64, "--count", 16, "--indices", 2]
    told = run("slab", "--vary", POWER, "--vary", THICKNESS, *small, *limit, *asked, "--json",
               "--out", tmp_path)  # fmt: skip
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert (found["points"], found["surface"]["nodes"], found["surface"]["checks"]) == (128, 32, 16)
    assert 0 < found["surface"]["errors"][HOTTEST]["share"] < 0.01
    header, row = (tmp_path / "results.csv").read_text().splitlines()[:2]
    assert header.endswith("surface_error_root_mean_square,surface_error_largest")
    error = found["surface"]["errors"][HOTTEST]["largest"]
    assert float(row.rsplit(",", 1)[1]) == error
    assert (tmp_path / "uncertainty.png").stat().st_size > 15_000


def test_command_has_the_sets_of_the_function():
    from studies.commands import uncertainty as command

    assert uncertainty_surface.SETS == command.SETS


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sets", "64"], "--sets: found without --surface"),
        (["--surface", "--sets", "100"], "--sets: found 100; a power of two from 16 is meant"),
        (["--surface", "--count", "8"], "--count: found 8; with --surface 16 or more is meant"),
        (["--surface", "--count", "100"], "--count: found 100; a power of two from 4 is meant"),
    ],
)
def test_wrong_input_is_one_line(arguments, words):
    told = run("slab", "--vary", POWER, *arguments, "--no-files")
    assert told.exit_code == 2
    assert words in told.output
    assert len(told.output.strip().splitlines()) == 1
