"""The least flow: minimal, monotone, against a closed form, and what forbids a row."""

import json
import math

import numpy as np
import pytest
from scipy.optimize import brentq
from typer.testing import CliRunner

from studies import CaseError, load_case, solve
from studies.bracketing import reach
from studies.cli import app
from studies.flow_ceilings import ceilings
from studies.least_flow import (
    FLOW_TOLERANCE,
    KELVIN_TOLERANCE,
    flow_study,
    least_flow,
    most_flow,
)
from studies.operating_points import OperatingPoints, coldest_inlet
from thermal.coolant import dew_point

SMALL = {"grid.along_x": 24, "grid.along_y": 14, "layers.fins.cells": 4}
LITRES = 60_000.0

PLATE = """
title = "Plate at one temperature: constant film, fins without loss"
[device]
width = "100 mm"
height = "20 mm"
[grid]
along_x = 1
along_y = 2
[layers.fins]
thickness = "2 mm"
conductivity = "1e8 W/m/K"
channel_width = "0.5 mm"
pitch = "1 mm"
cells = 2
[layers.base]
thickness = "1 mm"
conductivity = "1000 W/m/K"
cells = 1
[coolant]
inlet_temperature = "20 degC"
flow = "1 L/min"
film_coefficient = "5000 W/m**2/K"
[coolant.fluid]
density = "1000 kg/m**3"
heat_capacity = "4000 J/kg/K"
viscosity = "0.001 Pa*s"
conductivity = "1e-6 W/m/K"
[heat]
at = "bottom face"
power = "500 W"
[limits]
junction_temperature = "50 degC"
channel_velocity = "2 m/s"
"""


def plate(tmp_path):
    path = tmp_path / "plate.toml"
    path.write_text(PLATE, encoding="utf-8")
    return load_case(path)


def of_cs3(values=None):
    return load_case("cs3", SMALL | (values or {}))


def at_flow(loaded, inlet, flow):
    values = {"coolant.inlet_temperature": f"{inlet} K", "coolant.flow": f"{flow} m**3/s"}
    return float(solve(loaded.with_values(values)).block_temperature_max.max())


@pytest.mark.parametrize("limit", ["85 degC", "45 degC"])
def test_a_little_less_than_the_least_flow_breaks_the_limit(limit):
    loaded = of_cs3({"limits.junction_temperature": limit})
    most = loaded.case.limits.junction_temperature
    for inlet in (288.15, 293.15):
        found = least_flow(OperatingPoints(loaded), inlet, most, 1e-3)
        assert found.bound_by == "junction limit"
        here = at_flow(loaded, inlet, found.point.flow)
        assert most - KELVIN_TOLERANCE <= here <= most
        assert at_flow(loaded, inlet, found.point.flow * (1 - FLOW_TOLERANCE)) > most


@pytest.mark.slow
@pytest.mark.parametrize("guess", [1e-5, 1e-3, 3e-2])
def test_the_guess_does_not_matter(guess):
    loaded = of_cs3()
    found = least_flow(OperatingPoints(loaded), 294.15, 358.15, guess)
    usual = least_flow(OperatingPoints(loaded), 294.15, 358.15, 2e-4)
    assert found.point.flow == pytest.approx(usual.point.flow, rel=FLOW_TOLERANCE)


@pytest.mark.slow
def test_more_flow_for_a_warmer_inlet_and_more_room_for_a_higher_limit():
    inlets = [283.15, 298.15, 313.15]
    rows = {
        limit: flow_study(of_cs3({"limits.junction_temperature": limit}), inlets).rows
        for limit in ("70 degC", "85 degC")
    }
    for found in rows.values():
        assert np.all(np.diff([row.least.point.flow for row in found]) > 0)
    for low, high in zip(rows["70 degC"], rows["85 degC"], strict=True):
        assert low.least.point.flow > high.least.point.flow


@pytest.mark.slow
def test_closed_form_of_an_isothermal_plate(tmp_path):
    """Effectiveness of a wall at one temperature, then straight through the base.

    ``T = T_in + P / (C (1 - exp(-h A / C))) + P R``, with C = rho c V and A the walls of 20
    channels; fins that conduct without loss in one cell along the flow.
    """
    loaded, power, limit = plate(tmp_path), 500.0, 323.15
    wetted, base = 20 * 2 * 2e-3 * 0.1, power / (0.1 * 0.02) * 1e-3 / 1e3

    def hottest(flow, inlet):
        capacity = 1000 * 4000 * flow
        return inlet + power / (capacity * -math.expm1(-5000 * wetted / capacity)) + base

    assert at_flow(loaded, 293.15, 1 / LITRES) == pytest.approx(hottest(1 / LITRES, 293.15))
    for row in flow_study(loaded, [293.15, 303.15]).rows:
        exact = brentq(lambda v, t=row.inlet: hottest(v, t) - limit, 1e-7, 1e-3, xtol=1e-14)
        assert exact <= row.least.point.flow <= exact * (1 + FLOW_TOLERANCE)


def test_closed_form_of_the_most_flow(tmp_path):
    """2 m/s through half of 20 mm by 2 mm."""
    study = flow_study(plate(tmp_path), [293.15, 303.15])
    for row in study.rows:
        assert row.most == pytest.approx(2 * 0.5 * 0.02 * 0.002, rel=FLOW_TOLERANCE)
        assert row.most_by == "channel velocity 2 m/s"


@pytest.mark.slow
def test_dew_point_is_an_edge_of_its_room():
    loaded = of_cs3({"room.relative_humidity": 0.7})
    edge = float(dew_point(297.15, 0.7)) + 2
    assert coldest_inlet(loaded) == pytest.approx(edge)
    rows = flow_study(loaded, [edge - 0.1, edge + 0.1]).rows
    assert "dew point" in rows[0].reason
    assert rows[1].reason == ""
    dry = flow_study(loaded.with_values({"room": None}), [edge - 0.1, edge + 0.1])
    assert dry.coldest is None
    assert dry.rows[0].reason == ""


@pytest.mark.slow
def test_rows_that_cannot_be_say_why():
    loaded = of_cs3({"limits.junction_temperature": "45 degC"})
    rows = flow_study(loaded, [288.15, 298.15, 317.15]).rows
    assert rows[0].reason == ""
    assert rows[1].least.point.flow > rows[1].most
    assert rows[1].reason.startswith("copper erosion 1.5 m/s allows 58")
    assert rows[2].least.point is None
    assert rows[2].reason == "no flow looked at holds the junction limit"


@pytest.mark.slow
def test_warmest_inlet_is_where_least_and_most_flow_meet():
    loaded = of_cs3({"limits.junction_temperature": "60 degC"})
    warmest = flow_study(loaded, [288.15, 298.15]).warmest
    meet = least_flow(OperatingPoints(loaded), warmest.inlet, 333.15, warmest.flow).point
    assert meet.flow == pytest.approx(warmest.flow, rel=3 * FLOW_TOLERANCE)
    assert at_flow(loaded, warmest.inlet + KELVIN_TOLERANCE, warmest.flow) > 333.15


@pytest.mark.slow
def test_limits_of_pressure_bind():
    loaded = of_cs3(
        {"limits.cold_plate_pressure_drop": "10 kPa", "limits.loop_pressure_drop": "60 kPa"}
    )
    row = flow_study(loaded, [294.15, 299.15]).rows[0]
    values = {"coolant.flow": f"{row.most} m**3/s"}
    need = solve(loaded.with_values(values)).coolant
    assert row.most_by == "cold plate 10 kPa"
    assert need.cold_plate_pressure_drop == pytest.approx(10e3, rel=2 * FLOW_TOLERANCE)
    assert need.loop_pressure_drop < 60e3
    words = solve(loaded.with_values({"coolant.flow": "100 L/min"})).warnings
    assert "pressure drop of the cold plate 40.86 kPa is above 10 kPa" in words
    with pytest.raises(CaseError, match="loop_pressure_drop"):
        loaded.with_values({"loop": None})


@pytest.mark.slow
def test_coolant_that_leaves_its_range_binds_before_a_high_limit():
    loaded = of_cs3({"limits.junction_temperature": "180 degC"})
    found = least_flow(OperatingPoints(loaded), 294.15, 453.15, 1e-3)
    assert "range of its properties" in found.bound_by
    assert found.point.hottest < 453.15


@pytest.mark.parametrize("guess", [0.1, 1.0, 1.9, 9.0])
def test_reach_closes_around_the_root(guess):
    calls = []

    def excess(u):
        calls.append(u)
        return math.inf if u > 5 else u**3 - 2 * u - 1

    found = reach(excess, 1.0, 10.0, guess, 0.3, lambda a, b, e: b - a <= 1e-4)
    root = (1 + 5**0.5) / 2
    assert found.holds <= root < found.breaks <= found.holds + 1e-4
    assert len(calls) <= 20


def test_reach_at_its_ends():
    def close(held, broken, excess):
        return broken - held < 1e-3

    below = reach(lambda u: u - 9, 0, 1, 0.5, 0.1, close)
    assert (below.holds, below.breaks) == (1, None)
    above = reach(lambda u: u + 9, 0, 1, 0.5, 0.1, close)
    assert (above.holds, above.breaks) == (None, 0)


@pytest.mark.slow
def test_command_writes_table_and_picture(tmp_path):
    options = [f"--set={key}={value}" for key, value in SMALL.items()]
    command = ["flow", "cs3", *options, "--inlet", "10:30:2", "--limit", "70 degC"]
    done = CliRunner().invoke(app, [*command, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.iterdir()} == {"flow.json", "flow.csv", "flow.png"}
    found = json.loads((tmp_path / "flow.json").read_text(encoding="utf-8"))
    assert found["junction_limit_degC"] == pytest.approx(70)
    assert [row["feasible"] for row in found["inlets"]] == [False, True]
    least = found["inlets"][1]["least"]
    assert least["flow_L_min_per_kW"] == pytest.approx(least["flow_L_min"] / 25, rel=1e-6)
    assert (tmp_path / "flow.csv").read_text(encoding="utf-8").count("\n") == 3
    assert "of heat in the device" in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["slab", "--limit", "80 degC"], "coolant: missing"),
        (["cold-plate"], "limits.junction_temperature: missing"),
        (["cs3", "--inlet", "45:5:9"], "--inlet: found '45:5:9'"),
        (["cs3", "--limit", "85"], "limits.junction_temperature: found '85'"),
    ],
)
def test_wrong_input_is_refused_in_a_line(arguments, words):
    done = CliRunner().invoke(app, ["flow", *arguments, "--no-files"])
    assert done.exit_code == 2
    assert words in done.output
    assert done.output.count("\n") == 1


def test_a_distribution_unit_holds_the_flow_down_and_is_named():
    values = {"limits.cdu": "Vertiv CoolChip CDU121", "limits.channel_velocity": "9 m/s"}
    loaded = of_cs3(values)
    flow, binds = most_flow(OperatingPoints(loaded), 294.15, ceilings(loaded.case))
    assert binds == "Vertiv CoolChip CDU121: pressure 115 kPa"
    need = solve(loaded.with_values({"coolant.flow": f"{flow} m**3/s"})).coolant
    assert need.loop_pressure_drop == pytest.approx(115e3, rel=3 * FLOW_TOLERANCE)
    said = solve(loaded).warnings
    assert any("115 kPa: more than one Vertiv CoolChip CDU121 gives" in words for words in said)
    with pytest.raises(CaseError, match=r"limits\.cdu: found 'mine'; one of Vertiv"):
        loaded.with_values({"limits.cdu": "mine"})
    with pytest.raises(CaseError, match=r"limits\.cdu: found without"):
        loaded.with_values({"loop": None})
