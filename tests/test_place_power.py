"""Placement of power: the total stays, and no other placement that is tried is colder."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from studies import CaseError, load_case, solve
from studies.build import build
from studies.cli import app
from studies.coupled import junction_rise, solve_coupled
from studies.place_power import nominal, place_power, with_power

SMALL = {
    "grid.along_x": 12,
    "grid.along_y": 14,
    "layers.fins.cells": 4,
    "delivery": None,
    "loss_layers": None,
    "coolant.path": "single pass",
}
BOUNDS = (0.8, 1.15)


@pytest.fixture(scope="module")
def placed():
    return place_power(load_case("cs3", SMALL), *BOUNDS)


def peak(loaded, power):
    coupled = solve_coupled(with_power(build(loaded), power))
    return float(junction_rise(coupled.machine, coupled.solver, coupled.heat).max())


def test_the_total_stays_and_bounds_hold(placed):
    assert nominal(placed.after).sum() == pytest.approx(nominal(placed.before).sum(), rel=1e-12)
    shares = placed.shares
    assert shares.min() >= BOUNDS[0] - 1e-12
    assert shares.max() <= BOUNDS[1] + 1e-12
    assert (shares > BOUNDS[1] - 1e-9).any()


@pytest.mark.slow
def test_it_beats_a_hundred_random_placements(placed):
    loaded = placed.before.loaded
    now, random = nominal(placed.before), np.random.default_rng(3)
    best = peak(loaded, nominal(placed.after))
    for _ in range(100):
        # half of them all over the bounds, half near the one that was found
        away = random.uniform(*BOUNDS, now.size)
        mixed = away if random.random() < 0.5 else 0.95 * placed.shares + 0.05 * away
        power = mixed * now
        lacking = now.sum() - power.sum()
        room = BOUNDS[1] * now - power if lacking > 0 else power - BOUNDS[0] * now
        power = power + lacking * room / room.sum()
        assert power.sum() == pytest.approx(now.sum(), rel=1e-12)
        assert peak(loaded, power) > best - 1e-3


def test_it_is_colder_than_before_and_than_the_best_slope_downstream(placed):
    """A placement that falls along the flow by a straight line, the best of many slopes."""
    loaded, now = placed.before.loaded, nominal(placed.before)
    along = np.tile(np.linspace(1, -1, 12), 7)
    sloped = [peak(loaded, now * (1 + s * along)) for s in np.linspace(0, 0.15, 7)]
    best = peak(loaded, nominal(placed.after))
    assert best < min(sloped) - 0.02
    assert min(sloped) < sloped[0] - 0.5


def test_command_writes_a_map_that_reproduces_it(tmp_path):
    loaded = load_case("cs3", SMALL)
    sets = [word for key, value in SMALL.items() for word in ("--set", f"{key}={value or 'none'}")]
    words = ["optimise", "cs3", "--place-power", "--block-power", "0.8:1.15", *sets, "--json"]
    done = CliRunner().invoke(app, [*words, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert abs(found["total_changed_relative"]) < 1e-12
    assert (tmp_path / "placement.png").stat().st_size > 10_000
    again = solve(loaded.with_values({"heat.map.csv": str(tmp_path / "placement.csv")})).to_dict()
    assert again["junction_temperature_max_degC"] == pytest.approx(
        found["junction_after_degC"], abs=1e-6
    )


def test_what_leaves_no_choice_is_refused():
    with pytest.raises(CaseError, match=r"--block-power: found 1\.1:1\.5"):
        place_power(load_case("cs3", SMALL), 1.1, 1.5)
    with pytest.raises(CaseError, match="found one block"):
        place_power(load_case("kawano"))
