"""Coldest cold plates: against brute force of models written out here, and against differences."""

import csv
import json

import ht
import numpy as np
import pytest
from scipy.linalg import expm
from scipy.optimize import brute, minimize
from typer.testing import CliRunner

from studies import load_case, solve
from studies.cli import app
from studies.design_space import Limits, design_space
from studies.optimise import Designs, coldest
from thermal import cold_plate
from thermal.fin_coefficients import FinZoneConductivity

CASE = load_case("liu-garimella")
SOLID, WATER, VISCOSITY, DENSITY, CAPACITY = 148.0, 0.613, 0.000855, 997.0, 4179.0
HEIGHT, BASE, LENGTH, FLUX, DROP = 400e-6, 100e-6, 10e-3, 1e6, 60e3
PRINTED = {"resistances in series": (64, 18, 0.0965), "fin": (65, 19, 0.0965)}
"""Liu and Garimella's optima: channel [um], wall [um], resistance [K/W], of two of their models.

As Türkakar and Okutucu-Özyurt print them beside their own, Int. J. Therm. Sci. 62 (2012) 85,
table 5.
"""
FINE = Limits(10e-6, 10e-6, 40.0)
SMALL = {
    "grid.along_x": 12,
    "grid.along_y": 7,
    "layers.fins.cells": 4,
    "delivery": None,
    "loss_layers": None,
}


def space_of(loaded):
    return design_space(loaded, FINE, held=["height", "base"], paths=["single pass"])


def flow_per_width(gap, wall):
    """Developed laminar flow between the headers [m2/s]; friction of Shah and London (1978)."""
    a, diameter = gap / HEIGHT, 2 * gap * HEIGHT / (gap + HEIGHT)
    friction = 24 * np.polyval([-0.2537, 0.9564, -1.7012, 1.9467, -1.3553, 1], a)
    velocity = DROP * diameter**2 / (2 * friction * VISCOSITY * LENGTH)
    return velocity * HEIGHT * gap / (gap + wall)


def fin_model(gap, wall):
    """Base to inlet, at the outlet [m2 K/W]: one film on channel floor and fins, of ``ht``."""
    nusselt = ht.conv_internal.Nu_laminar_rectangular_Shan_London(gap / HEIGHT)
    film = nusselt * WATER * (gap + HEIGHT) / (2 * gap * HEIGHT)
    grown = HEIGHT * np.sqrt(2 * film / (SOLID * wall))
    wetted = gap + 2 * np.tanh(grown) / grown * HEIGHT
    return (gap + wall) / (film * wetted) + caloric(flow_per_width(gap, wall))


def caloric(flow):
    """Rise of the mixed coolant [m2 K/W] at a flow per width [m2/s]."""
    return LENGTH / (DENSITY * CAPACITY * flow)


def two_temperatures(gap, wall, order=24):
    """Heated base to inlet, at the outlet [m2 K/W], of the two-temperature model (Kim, Kim 1999).

    By Chebyshev points over the height and the exponential of a matrix along the flow.
    """
    k = np.arange(order + 1)
    x = np.cos(np.pi * k / order)
    sign = np.where((k == 0) | (k == order), 2.0, 1.0) * (-1.0) ** k
    slope = np.outer(sign, 1 / sign) / (x[:, None] - x + np.eye(order + 1))
    slope = (slope - np.diag(slope.sum(axis=1))) * 2 / HEIGHT
    y, length, half = (x + 1) * HEIGHT / 2, gap / np.sqrt(12), HEIGHT / 2
    velocity = 1 - np.cosh((y - half) / length) / np.cosh(half / length)
    velocity /= 1 - length / half * np.tanh(half / length)
    share, one = gap / (gap + wall), np.eye(order + 1)
    fins, coolant = (1 - share) * SOLID * slope, share * WATER * slope
    exchange = 70 / 17 * WATER / gap * 2 / (gap + wall) * one
    n, inside = order + 1, np.arange(1, order) + order + 1
    matrix = np.block([[fins @ slope - exchange, exchange], [exchange, coolant @ slope - exchange]])
    right = np.zeros(2 * n)
    # fins and coolant meet at cover and base; the cover passes no heat, the base a unit of it
    matrix[0], matrix[order] = np.append(fins[0], coolant[0]), -np.append(fins[-1], coolant[-1])
    matrix[n], matrix[-1] = np.append(one[0], -one[0]), np.append(one[-1], -one[-1])
    right[order] = 1.0
    held = np.setdiff1d(np.arange(2 * n), inside)
    # what has no velocity follows at once from the coolant inside the channel
    follow = -np.linalg.solve(matrix[np.ix_(held, held)], matrix[np.ix_(held, inside)])
    fixed = np.linalg.solve(matrix[np.ix_(held, held)], right[held])
    carried = DENSITY * CAPACITY * flow_per_width(gap, wall) / HEIGHT * velocity[1:-1, None]
    rate = (matrix[np.ix_(inside, inside)] + matrix[np.ix_(inside, held)] @ follow) / carried
    source = (matrix[np.ix_(inside, held)] @ fixed)[:, None] / carried
    along = np.block([[rate, source], [np.zeros((1, inside.size + 1))]])
    outlet = expm(LENGTH * along)[:-1, -1]
    return (follow @ outlet + fixed)[np.flatnonzero(held == order)[0]]


def resistance(sides, film):
    """Heated face to inlet at the outlet, in K/W of a square centimetre."""
    gap, wall = 1e-6 * np.exp(np.asarray(sides))
    return 1e4 * (BASE / SOLID + film(gap, wall))


def by_brute_force(film):
    """Widths of channel and wall [um] with the least resistance [K/W]."""
    span = np.log((12, 200)), np.log((8, 100))
    start = brute(resistance, span, args=(film,), Ns=20, finish=None)
    found = minimize(resistance, start, (film,), "Nelder-Mead", options={"xatol": 1e-6})
    return np.exp(found.x), found.fun


class ByFinModel(Designs):
    """Designs whose numbers are those of the fin model at the pressure drop of their flow."""

    def _solve(self, logs):
        values = self.space.values(logs)
        gap, wall, flow = values["gap"], values["wall"], values["flow"] / LENGTH
        at_limit = flow_per_width(gap, wall)
        drop = DROP * flow / at_limit
        film = fin_model(gap, wall) - caloric(at_limit) + caloric(flow)
        rise = FLUX * (BASE / SOLID + film)
        return np.array([rise, 0.0, np.log(drop / DROP)])


def optimum(designs):
    start = np.zeros(len(designs.space.free))
    logs = coldest(designs, np.array([np.inf, 0.0]), start, float(designs.at(start)[0]))
    values = designs.space.values(logs)
    return logs, 1e6 * np.array([values["gap"], values["wall"]])


def test_the_search_finds_the_optimum_of_the_fin_model():
    """That of Liu and Garimella's (2005) sink, 60 kPa; film by ``ht``, brute force beside it."""
    designs = ByFinModel(space_of(CASE), CASE, "single pass", lambda _: None)
    logs, widths = optimum(designs)
    expected, least = by_brute_force(fin_model)
    assert widths == pytest.approx(expected, rel=5e-3)
    assert designs.at(logs)[0] / 100 == pytest.approx(least, rel=1e-5)
    for *printed, resistance_of_both in PRINTED.values():
        assert widths == pytest.approx(printed, rel=0.05)
        assert designs.at(logs)[0] / 100 == pytest.approx(resistance_of_both, rel=0.01)


def developed(monkeypatch):
    """No entrance of film or flow, no headers."""
    shape = np.broadcast_shapes
    monkeypatch.setattr(
        cold_plate, "mean_entry_ratio", lambda a, s, e: np.ones(shape(np.shape(s), np.shape(e)))
    )
    monkeypatch.setattr(
        cold_plate, "friction_factor", lambda re, a, _: cold_plate.developed_friction(a) / re
    )
    monkeypatch.setattr(cold_plate, "header_loss", lambda *_: 0.0)


@pytest.mark.slow
def test_developed_channels_have_the_optimum_of_the_two_temperature_model(monkeypatch):
    """Same assumptions on both sides: developed, constant properties, nothing along the flow."""
    developed(monkeypatch)
    plain = FinZoneConductivity.at

    def upright(self, temperature):
        _, across, through = plain(self, temperature)
        return 1e-6, across, through

    monkeypatch.setattr(FinZoneConductivity, "at", upright)
    still = ["1e-6 W/m/K", "1e-6 W/m/K", "148 W/m/K"]
    loaded = CASE.with_values({f"layers.{name}.conductivity": still for name in ("cover", "base")})
    designs = Designs(space_of(loaded), loaded, "single pass", lambda _: None)
    logs, widths = optimum(designs)
    expected, least = by_brute_force(two_temperatures)
    print(widths, expected)
    settings = designs.space.settings(designs.space.values(logs), "single pass")
    hottest = solve(loaded.with_values(settings)).block_temperature_max.max()
    print(hottest - 300, least)
    assert widths == pytest.approx(expected, rel=0.05)
    assert (hottest - 300) / 100 == pytest.approx(least, rel=0.01)


@pytest.fixture(scope="module")
def at_150_watts():
    """Designs of a coarse CS-3 without its power delivery, and the logarithms of the coldest."""
    loaded = load_case("cs3", SMALL)
    designs = Designs(design_space(loaded), loaded, "centre-split", lambda _: None)
    return designs, coldest(designs, np.log([150.0, 1.0]), np.zeros(5), 22.0)


def test_at_the_optimum_the_gradient_is_that_of_the_limits(at_150_watts):
    """Karush, Kuhn and Tucker: central differences of complete solutions, projected."""
    designs, logs = at_150_watts
    space, step = designs.space, 1e-3
    ends = [[designs.at(logs + s * step * row) for s in (1, -1)] for row in np.eye(5)]
    slopes = np.array([(ahead - behind) / (2 * step) for ahead, behind in ends]).T
    active = [slopes[1]]  # the pump power
    assert designs.at(logs)[1] == pytest.approx(np.log(150.0), abs=1e-6)
    slender = zip(space.slenderness_slopes(), space.slenderness(logs), strict=True)
    active += [-row for row, room in slender if room < 1e-6]
    for row, log, (low, high) in zip(np.eye(5), logs, space.log_bounds(), strict=True):
        if log - low < 1e-6 or high - log < 1e-6:
            active.append(row if high - log < 1e-6 else -row)
    normal = np.array(active).T
    force, *_ = np.linalg.lstsq(normal, -slopes[0], rcond=None)
    assert 3 <= len(active) <= 4
    assert (force > 0).all()
    left = slopes[0] + normal @ force
    assert np.abs(left).max() < 5e-4 * np.abs(slopes[0]).max()


@pytest.mark.slow
def test_no_design_that_is_tried_at_random_is_colder(at_150_watts):
    designs, here = at_150_watts
    space, random, tried = designs.space, np.random.default_rng(5), 0
    low, high = np.array(space.log_bounds()).T
    for _ in range(20):
        logs = np.clip(here + random.normal(0, 0.15, here.size), low, high)
        # walls and channels as wide as they must be, and no more flow than the pump lifts
        logs[:2] += np.maximum(0, -space.slenderness(logs))
        for _ in range(3):
            logs[-1] -= max(0.0, designs.at(logs)[1] - np.log(150.0)) / 2.5
        if designs.at(logs)[1] <= np.log(150.0) + 1e-3:
            tried += 1
            assert designs.at(logs)[0] > designs.at(here)[0] - 0.01
    assert tried >= 15


def test_command_writes_what_it_prints_and_its_settings_reproduce_it(tmp_path):
    sets = [word for key, value in SMALL.items() for word in ("--set", f"{key}={value or 'none'}")]
    words = ["optimise", "cs3", *sets, "--pump-power", "100", "--pump-power", "400"]
    words += ["--path", "centre-split", "--json", "--out", str(tmp_path)]
    words += [word for name in ("base", "wall", "height") for word in ("--hold", name)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    points = json.loads(done.stdout)["points"]
    assert [point["pump_power_allowed_W"] for point in points] == [100, 400]
    designs = [point["by_path"]["centre-split"] for point in points]
    assert designs[0]["junction_temperature_max_degC"] > designs[1]["junction_temperature_max_degC"]
    for design in designs:
        assert design["base_mm"] == pytest.approx(3.0)
        assert design["holds_limits"]
        again = solve(load_case("cs3", SMALL | design["set"])).to_dict()
        for key in ("junction_temperature_max_degC", "pump_power_W", "channel_velocity_m_s"):
            assert again[key] == pytest.approx(design[key], rel=1e-9)
        assert again["pump_power_W"] <= 400 * (1 + 1e-4)
    assert "pump power" in designs[0]["binding"]
    assert (tmp_path / "optimise.png").stat().st_size > 10_000
    with (tmp_path / "optimise.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["slab"], "slab: layers: found no channels"),
        (["kawano", "--pump-power", "3"], "kawano: loop: missing"),
        (["cs3", "--hold", "lid"], "--hold: found 'lid'; one of wall, gap"),
        (["cs3", "--least-wall", "3"], "--least-wall: found"),
        (["cs3", "--pump-power", "-3"], "--pump-power: found -3"),
        (["cs3", "--path", "zigzag"], "coolant.path: found"),
        (["cs3", "--place-power", "--block-power", "2"], "--block-power: found '2'"),
    ],
)
def test_what_makes_no_sense_is_refused(words, told):
    done = CliRunner().invoke(app, ["optimise", *words, "--no-files"])
    assert done.exit_code == 2
    assert told in done.stderr
