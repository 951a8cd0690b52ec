"""Single parts of the power chain against closed forms and finite differences."""

import doctest
import importlib
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pydantic import ValidationError

from power.board import feeder_losses, feeder_resistances, feeder_segments, plane_links
from power.converters import FixedRatioStage, RegulatedStage
from power.loads import Loads
from power.supplies import Supplies
from power.wafer_grid import WaferGrid, disk_drop, disk_loss
from studies.validation import electricity

LEAKY = Loads(
    law="dynamic and leakage",
    nominal_voltage=0.98,
    leakage_fraction=0.25,
    leakage_temperature=333.15,
    leakage_per_kelvin=0.015,
    leakage_per_volt=3.0,
)
LAWS = [
    LEAKY,
    Loads(law="constant current", nominal_voltage=0.98),
    Loads(law="constant power", nominal_voltage=0.98),
]


def supplies(**changes):
    values = {
        "count": 12,
        "rating": 3300.0,
        "voltage": 50.0,
        "droop": 2e-3,
        "loss_fixed": 0.0100,
        "loss_linear": 0.0088,
        "loss_quadratic": 0.0259,
        "feed": "bussed",
    }
    return Supplies(**(values | changes))


@pytest.mark.parametrize(
    "module", ["supplies", "converters", "board", "wafer_grid", "loads", "network"]
)
def test_examples_in_docstrings(module):
    assert doctest.testmod(importlib.import_module(f"power.{module}")).failed == 0


# board feeder: 7 nodes, 1 mohm, 6 A each; by hand from Kirchhoff's laws


@pytest.mark.parametrize("fed_from", electricity.LADDER)
def test_ladder_drops(fed_from):
    drops = electricity.ladder_drops(fed_from)
    assert_allclose(drops * 1e3, electricity.LADDER[fed_from], rtol=1e-14)


@pytest.mark.parametrize("fed_from", ["one end", "both ends"])
@pytest.mark.parametrize("bricks", [1, 2, 7])
def test_feeder_loss_is_current_times_drop(fed_from, bricks):
    rng = np.random.default_rng(1)
    segments = feeder_segments(1e-3, rng.uniform(290, 360, (3, bricks)), fed_from)
    current = rng.uniform(1, 9, (3, bricks))
    drop = np.einsum("bij,bj->bi", feeder_resistances(segments, fed_from), current)
    losses = feeder_losses(segments, current, fed_from)
    assert losses.shape == (3, bricks)
    assert_allclose(losses.sum(axis=1), (current * drop).sum(axis=1), rtol=1e-13)


def test_feeder_without_resistance_drops_nothing():
    segments = feeder_segments(0.0, np.full((2, 4), 300.0), "both ends")
    assert np.all(feeder_resistances(segments, "both ends") == 0)
    assert np.all(feeder_losses(segments, np.ones((2, 4)), "both ends") == 0)


def test_feeder_follows_copper_temperature():
    cold, hot = (feeder_segments(1e-3, np.full((1, 3), t), "one end") for t in (293.15, 393.15))
    assert_allclose(hot, cold * 1.39, rtol=1e-14)


def test_plane_of_one_line_is_series_squares():
    """Five blocks of 2 x 1 mm in a line: four links of two squares, of the mean sheet."""
    sheet = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    first, second, conductance = plane_links(sheet, 5, 1, 2e-3, 1e-3)
    assert (first.tolist(), second.tolist()) == ([0, 1, 2, 3], [1, 2, 3, 4])
    assert_allclose(1 / conductance, [3.0, 5.0, 7.0, 9.0], rtol=1e-15)


def test_plane_links_join_neighbours_in_x_and_y():
    first, second, conductance = plane_links(np.full(6, 0.5), 3, 2, 2.0, 1.0)
    pairs = dict(zip(zip(first.tolist(), second.tolist(), strict=True), conductance, strict=True))
    along_x = dict.fromkeys([(0, 1), (1, 2), (3, 4), (4, 5)], 1.0)
    along_y = dict.fromkeys([(0, 3), (1, 4), (2, 5)], 4.0)
    assert pairs == pytest.approx(along_x | along_y)


# wafer grid: 1 mohm/sq, a 10 mm, b 100 mm, 1000 A drawn evenly from the ring


def test_disk_drop_and_loss():
    rows = electricity.disk_rows()
    assert len(rows) == 2
    assert [row for row in rows if not row.passed] == []


def test_disk_against_quadrature():
    r = np.linspace(0.01, 0.1, 200_001)
    inside = (r[1:] + r[:-1]) / 2
    current = math.pi * 3e4 * (0.1**2 - inside**2)
    resistance = 1e-3 * np.diff(r) / (2 * math.pi * inside)
    assert_allclose(disk_drop(1e-3, 0.01, 0.1, 3e4), np.sum(current * resistance), rtol=1e-8)
    assert_allclose(disk_loss(1e-3, 0.01, 0.1, 3e4), np.sum(current**2 * resistance), rtol=1e-8)


def test_wafer_grid_mean_is_below_worst_and_falls_with_finer_pads():
    coarse, fine = (
        WaferGrid(sheet_resistance=44e-3, pad_pitch=p, pad_diameter=p / 2) for p in (1e-3, 0.5e-3)
    )
    assert 0 < coarse.mean_areal_resistance < coarse.worst_areal_resistance
    assert_allclose(coarse.mean_areal_resistance, 4 * fine.mean_areal_resistance, rtol=1e-12)


def test_pads_that_touch_are_refused():
    with pytest.raises(ValidationError, match=r"pad_diameter: found 0\.002 m; less than the pitch"):
        WaferGrid(sheet_resistance="44 mohm/sq", pad_pitch="1 mm", pad_diameter="2 mm")


# converters


def test_first_stage_currents_and_their_derivatives():
    stage = FixedRatioStage(ratio=0.25, fixed_loss=2.6, output_resistance=6.5e-3)
    volts, watts = np.array([50.0, 49.0, 38.0]), np.array([330.0, -20.0, 2500.0])
    got = stage.input(volts, watts)
    # what goes in = what goes out + loss
    assert_allclose(volts * got.current, watts + stage.loss(got.intermediate_current), rtol=1e-13)
    high, low = (stage.input(volts + s, watts).current for s in (1e-4, -1e-4))
    assert_allclose(got.current_per_volt, (high - low) / 2e-4, rtol=1e-7)
    high, low = (stage.input(volts, watts + s).current for s in (1e-3, -1e-3))
    assert_allclose(got.current_per_watt, (high - low) / 2e-3, rtol=1e-7)


def test_first_stage_gives_no_more_than_its_resistance_lets_through():
    stage = FixedRatioStage(ratio=0.25, fixed_loss=0.0, output_resistance=6.5e-3)
    most = np.array([12.5**2 / (4 * 6.5e-3)])
    assert np.isfinite(stage.input(np.array([50.0]), most * (1 - 1e-9)).current).all()
    assert np.isnan(stage.input(np.array([50.0]), most * (1 + 1e-9)).current).all()


def test_regulated_stage_loss_and_derivative():
    stage = RegulatedStage(
        voltage=1.0, load_line=1e-4, fixed_loss=6.0, linear_loss=0.02, quadratic_loss=0.12e-3
    )
    current = np.array([-50.0, 100.0, 300.0])
    assert_allclose(stage.loss(current), [7.3, 9.2, 22.8])
    slope = (stage.loss(current + 1e-3) - stage.loss(current - 1e-3)) / 2e-3
    assert_allclose(stage.loss_per_ampere(current), slope, rtol=1e-8)


# supplies


def test_supply_loss_at_full_load():
    assert_allclose(supplies().loss(np.array(3300.0)), 3300 * 0.0447)


def test_supplies_stand_on_their_buses():
    assert supplies(count=3).bus_of_supply(2).tolist() == [0, 0, 0]
    assert supplies(count=3, feed="per board").bus_of_supply(3).tolist() == [0, 1, 2]
    assert supplies(count=4, feed="A/B").bus_of_supply(7).tolist() == [0, 0, 1, 1]
    buses, boards = supplies(feed="A/B").links(2)
    assert (buses.tolist(), boards.tolist()) == ([0, 0, 1, 1], [0, 1, 0, 1])


def test_one_supply_per_board_needs_as_many():
    with pytest.raises(ValueError, match=r"supplies\.count: found 11 .* each of the 12 boards"):
        supplies(count=11, feed="per board").bus_of_supply(12)
    with pytest.raises(ValueError, match=r"supplies\.count: found 1 with feed 'A/B'"):
        supplies(count=1, feed="A/B").bus_of_supply(12)


# loads


def test_load_by_hand():
    power = LEAKY.power(np.array(300.0), np.array(0.95), np.array(343.15), 1.2)
    dynamic = 1.2 * 225 * (0.95 / 0.98) ** 2
    leakage = 75 * (0.95 / 0.98) * math.exp(3 * -0.03) * math.exp(0.15)
    assert_allclose(power, dynamic + leakage, rtol=1e-14)
    assert_allclose(
        LEAKY.leakage(np.array(300.0), np.array(0.95), np.array(343.15)), leakage, rtol=1e-14
    )


@pytest.mark.parametrize("loads", LAWS, ids=lambda loads: loads.law)
def test_loads_without_power_delivery_draw_at_nominal_voltage(loads):
    nominal = np.array([100.0, 300.0])
    assert_allclose(loads.power(nominal), nominal, rtol=1e-15)
    assert_allclose(
        loads.power(nominal, None, 350.0, 1.1),
        loads.power(nominal, np.full(2, 0.98), np.full(2, 350.0), 1.1),
        rtol=1e-15,
    )


@pytest.mark.parametrize("loads", LAWS, ids=lambda loads: loads.law)
def test_load_derivatives_against_differences(loads):
    p, v, t, a = np.array([100.0, 300.0]), np.array([0.9, 1.0]), np.array([300.0, 350.0]), 1.3

    def slope(f, h):
        return (f(h) - f(-h)) / (2 * h)

    assert_allclose(
        loads.power_per_volt(p, v, t, a),
        slope(lambda h: loads.power(p, v + h, t, a), 1e-5),
        rtol=1e-8,
        atol=1e-6,
    )
    assert_allclose(
        loads.power_per_kelvin(p, v, t),
        slope(lambda h: loads.power(p, v, t + h, a), 1e-3),
        rtol=1e-8,
        atol=1e-8,
    )
    assert_allclose(
        loads.power_per_activity(p, v),
        slope(lambda h: loads.power(p, v, t, a + h), 1e-3),
        rtol=1e-9,
    )


def test_leakage_far_beyond_sense_stays_finite():
    assert np.isfinite(LEAKY.power(np.array(300.0), temperature=np.array(1e6)))


def test_leakage_law_needs_its_figures():
    with pytest.raises(ValidationError, match=r"found no leakage_temperature, leakage_per_volt"):
        Loads(
            law="dynamic and leakage",
            nominal_voltage="1 V",
            leakage_fraction=0.2,
            leakage_per_kelvin="0.015 /K",
        )
