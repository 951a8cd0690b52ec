"""Heat and power together: the leakage loops, runaway, collapse, and both balances.

Conservation: power in = loads + losses, and heat in = heat out, to 1e-9.
"""

import numpy as np
import pytest
from scipy.optimize import brentq

from geometry.errors import NoSolution, ThermalRunaway, VoltageCollapse
from studies import load_case, solve
from studies.grid_check import refined
from studies.validation.stack import CLOSE_TO_FOLD, CLOSE_TO_FOLD_EXACT, LOOPS

SMALL = {"grid.along_x": 24, "grid.along_y": 14, "layers.fins.cells": 4}


@pytest.mark.parametrize("loop", LOOPS)
def test_leakage_loop_finds_the_stable_root(loop):
    temperature, power = LOOPS[loop]
    found = solve(loop.case()).to_dict()
    assert found["junction_temperature_max_degC"] == pytest.approx(temperature, abs=1e-8)
    assert found["wafer_power_W"] == pytest.approx(power, rel=1e-9)


def test_leakage_loop_close_to_its_fold_converges_and_beyond_it_runs_away():
    """With b = 0.02, Ta = 21, T0 = 25, P0 = 1000 there is no solution above R = 0.0199259520542."""
    close = CLOSE_TO_FOLD
    exact = brentq(
        lambda t: 21 + close.resistance * 1000 * np.exp(0.02 * (t - 25)) - t, 21, 71, xtol=1e-12
    )
    assert pytest.approx(exact, abs=1e-10) == CLOSE_TO_FOLD_EXACT
    found = solve(close.case()).to_dict()
    assert found["junction_temperature_max_degC"] == pytest.approx(exact, abs=1e-6)
    with pytest.raises(ThermalRunaway, match=r"block 0 \(column 0, row 0\)"):
        solve(close._replace(resistance=0.01995).case())
    with pytest.raises(ThermalRunaway):
        solve(close._replace(resistance=0.5).case())


def test_runaway_names_the_block_that_leaks_most():
    values = SMALL | {
        "heat.power_is": "at nominal conditions",
        "delivery": None,
        "loads.leakage_per_kelvin": "0.036 /K",
        "loads.leakage_fraction": 0.4,
        "coolant.inlet_temperature": "60 degC",
        "layers.contact.resistance": "150 mm**2*K/W",
        "coolant.path": "single pass",
    }
    with pytest.raises(ThermalRunaway, match=r"block \d+ \(column (8|9|10|11),"):
        solve(load_case("cs3", values))


def test_leakage_beyond_the_pinned_heat_is_a_runaway():
    values = SMALL | {
        "delivery": None,
        "loads.leakage_per_kelvin": "0.08 /K",
        "layers.contact.resistance": "100 mm**2*K/W",
    }
    with pytest.raises(ThermalRunaway, match="leakage alone"):
        solve(load_case("cs3", values))


@pytest.mark.slow  # one brick after the other locks out
def test_collapse_of_the_feeder_is_named():
    values = SMALL | {"delivery.boards.segment_resistance": "60 mohm"}
    with pytest.raises(VoltageCollapse, match="column"):
        solve(load_case("cs3", values))


@pytest.mark.parametrize("feed", ["bussed", "per board", "A/B"])
@pytest.mark.parametrize(
    "reading", ["heat in the silicon", "input to the boards", "at nominal conditions"]
)
def test_balances_close_for_every_feed_and_reading(feed, reading):
    values = SMALL | {
        "delivery.supplies.feed": feed,
        "heat.power_is": reading,
        "delivery.boards.feed_resistance": "0.5 mohm",
    }
    answer = solve(load_case("cs3", values))
    found = answer.to_dict()
    assert answer.heat_balance < 1e-9
    assert found["power_balance_relative"] < 1e-9
    assert sum(answer.power_budget.values()) == pytest.approx(found["input_power_W"], rel=1e-9)
    if reading == "heat in the silicon":
        assert found["wafer_power_W"] == pytest.approx(25e3, rel=1e-9)
    if reading == "input to the boards":
        assert found["board_input_power_W"] == pytest.approx(25e3, rel=1e-9)
        assert 21.5e3 < found["wafer_power_W"] < 23e3


def test_heat_put_into_the_stack_is_what_the_network_loses_there():
    coupled = solve(load_case("cs3", SMALL)).coupled
    network = coupled.drawn.network
    inside = network.input_power - network.losses["supply"].sum()
    assert sum(q.sum() for q in coupled.heat.values()) == pytest.approx(inside, rel=1e-12)


def test_block_temperatures_set_leakage_and_resistance():
    """The network of the solved case is that of its own temperatures, and not of others."""
    cool, warm = (
        solve(
            load_case(
                "cs3",
                SMALL | {"coolant.inlet_temperature": t, "heat.power_is": "at nominal conditions"},
            )
        )
        for t in ("10 degC", "40 degC")
    )
    rise = warm.block_temperature_mean - cool.block_temperature_mean
    assert np.all(rise > 30)
    assert warm.coupled.drawn.leakage.sum() > 1.4 * cool.coupled.drawn.leakage.sum()
    per_ampere = [
        (
            a.coupled.drawn.network.losses["contact"] / a.coupled.drawn.network.block_current**2
        ).mean()
        for a in (cool, warm)
    ]
    assert per_ampere[1] / per_ampere[0] == pytest.approx(
        (1 + 0.0039 * (warm.block_temperature_mean.mean() - 293.15))
        / (1 + 0.0039 * (cool.block_temperature_mean.mean() - 293.15)),
        rel=1e-4,
    )


@pytest.mark.slow
def test_default_grid_is_within_a_tenth_of_a_kelvin_of_the_next_finer():
    default = solve(load_case("cs3"))
    finer = solve(refined(load_case("cs3")))
    hottest = [a.to_dict()["junction_temperature_max_degC"] for a in (default, finer)]
    assert hottest[0] == pytest.approx(hottest[1], abs=0.1)


def test_hot_spots_raise_the_hottest_point_and_keep_the_total():
    even, spotted = (
        solve(load_case("cs3", values))
        for values in ({}, {"heat.map.hot_spot_factor": 2.0, "heat.map.hot_spot_area": 0.1})
    )
    assert spotted.silicon_power == pytest.approx(even.silicon_power, rel=1e-9)
    assert spotted.temperature_budget["hot spot"] > even.temperature_budget["hot spot"] + 3
    assert spotted.block_drop.max() > even.block_drop.max() + 0.01


# begun from another case's solution

COARSE = {"grid.along_x": 12, "grid.along_y": 14}
HOT = {
    "heat.power_is": "at nominal conditions",
    "loads.leakage_per_kelvin": "0.2 /K",
    "loads.leakage_temperature": "40 degC",
}
"""Leakage that grows fast and is not held."""


@pytest.fixture(scope="module")
def begin():
    return solve(load_case("cs3", COARSE)).coupled


@pytest.mark.parametrize(
    "values",
    [
        {"coolant.inlet_temperature": "45 degC", "coolant.flow": "50 L/min"},
        {"coolant.path": "4-way", "heat.power": "15 kW"},
        {"layers.contact.resistance": "20 mm**2*K/W", "layers.fins.channel_width": "0.2 mm"},
        {"delivery.outage.boards": [0]},
    ],
)
def test_a_start_leads_to_the_same_state(begin, values):
    case = load_case("cs3", COARSE | values)
    alone, begun = solve(case), solve(case, start=begin)
    for name in ("block_temperature_mean", "block_temperature_max", "block_drop"):
        assert np.abs(getattr(alone, name) - getattr(begun, name)).max() < 1e-7
    assert begun.coupled.residual <= 1e-10


def test_a_start_saves_rounds(begin):
    case = load_case("cs3", COARSE | {"coolant.inlet_temperature": "21.01 degC"})
    assert solve(case, start=begin).coupled.rounds < solve(case).coupled.rounds - 1


@pytest.mark.parametrize(
    "values",
    [
        {"grid.along_x": 24},
        HOT | {"loads.leakage_per_kelvin": "0.15 /K"},
        {"layers.wafer.cells": 2},
    ],
)
def test_a_start_that_does_not_fit_is_left_aside(begin, values):
    case = load_case("cs3", COARSE | values)
    alone, begun = solve(case), solve(case, start=begin)
    assert np.array_equal(alone.block_temperature_mean, begun.block_temperature_mean)


def test_a_start_does_not_change_why_there_is_no_solution(begin):
    case = load_case("cs3", COARSE | HOT | {"coolant.flow": "40 L/min"})
    words = []
    for start in (None, begin):
        with pytest.raises(NoSolution) as found:
            solve(case, start=start)
        words.append((type(found.value), str(found.value)))
    assert words[0] == words[1]
