"""Heat exchangers: heat lost by one stream is the heat won by the other, and `ht` says the same."""

import ht
import numpy as np
import pytest
from CoolProp.CoolProp import PropsSI

from thermal.heat_exchanger import (
    counterflow_transfer_units,
    effectiveness,
    exchange,
    exchanger_for,
)

UNITS = np.array([0.01, 0.3, 1.0, 2.5, 7.0])
RATIOS = np.array([0.01, 0.25, 0.7, 0.999])
ICE = 273.15


@pytest.mark.parametrize(("ours", "theirs"), [("counterflow", "counterflow"),
                                              ("crossflow", "crossflow approximate")])  # fmt: skip
def test_effectiveness_against_ht(ours, theirs):
    for n in UNITS:
        for ratio in RATIOS:
            wanted = ht.effectiveness_from_NTU(n, ratio, subtype=theirs)
            assert float(effectiveness(n, ratio, ours)) == pytest.approx(wanted, rel=1e-9)


def test_equal_rates_are_the_limit():
    assert effectiveness(UNITS, 1.0) == pytest.approx(UNITS / (1 + UNITS), rel=1e-9)


@pytest.mark.parametrize("arrangement", ["counterflow", "crossflow"])
def test_boiling_side_is_the_limit_of_no_ratio(arrangement):
    assert effectiveness(UNITS, 0.0, arrangement) == pytest.approx(-np.expm1(-UNITS), rel=1e-9)


def test_transfer_units_are_the_inverse():
    for n in UNITS:
        for ratio in (0.0, *RATIOS, 1.0):
            share = float(effectiveness(n, ratio))
            assert counterflow_transfer_units(share, ratio) == pytest.approx(n, rel=1e-9)


@pytest.mark.parametrize("arrangement", ["counterflow", "crossflow"])
@pytest.mark.parametrize("cold_rate", [800.0, 2000.0, 9000.0])
def test_heat_balances_and_the_inverse_finds_the_exchanger(arrangement, cold_rate):
    one = exchange(330.0, 2000.0, 290.0, cold_rate, 1700.0, arrangement)
    assert 2000.0 * (one.hot_inlet - one.hot_outlet) == pytest.approx(one.heat, rel=1e-9)
    assert cold_rate * (one.cold_outlet - one.cold_inlet) == pytest.approx(one.heat, rel=1e-9)
    found = exchanger_for(one.heat, one.hot_outlet, 2000.0, 290.0, cold_rate, arrangement)
    assert found.conductance == pytest.approx(1700.0, rel=1e-8)
    assert found.hot_inlet == pytest.approx(330.0, abs=1e-9)


def test_counterflow_by_its_log_mean_difference():
    one = exchange(330.0, 2000.0, 290.0, 900.0, 1700.0)
    ends = np.array([one.hot_inlet - one.cold_outlet, one.hot_outlet - one.cold_inlet])
    log_mean = np.diff(ends)[0] / np.log(ends[1] / ends[0])
    assert one.conductance * log_mean == pytest.approx(one.heat, rel=1e-9)


def test_chilled_water_of_5_degC_warmed_for_a_25_kW_system():
    # 100 L/min of water at 21 degC against 27.5 L/min at 5 degC, properties by CoolProp
    def rate(litres, celsius):
        state = ("T", celsius + ICE, "P", 2e5, "Water")
        return litres / 60e3 * PropsSI("D", *state) * PropsSI("C", *state)

    one = exchanger_for(25e3, 21 + ICE, rate(100, 21), 5 + ICE, rate(27.5, 11.5))
    assert one.cold_outlet - ICE == pytest.approx(18, abs=0.05)
    assert one.effectiveness == pytest.approx(0.66, abs=0.005)
    assert one.conductance == pytest.approx(2357, rel=2e-3)


@pytest.mark.parametrize("arrangement", ["counterflow", "crossflow"])
@pytest.mark.parametrize("cold", [(295.0, 5000.0), (290.0, 1100.0)])
def test_temperatures_that_cross_are_refused_in_one_line(arrangement, cold):
    with pytest.raises(ValueError, match=r"heat exchanger: found .* is meant") as refused:
        exchanger_for(25e3, 294.15, 7000.0, *cold, arrangement)
    assert "\n" not in str(refused.value)
