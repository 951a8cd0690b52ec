"""A second wafer bonded onto the first: its place, its heat and its temperature window.

Uniform heat in adiabatic sides is one-dimensional, so differences of temperature are sums of
resistance times flux; and heat made in two layers leaves as the sum of both.
"""

import numpy as np
import pytest

from studies import load_case, solve
from studies.case_file import CaseError

FLUX, OWN = 100.0 / 1e-4, 10.0 / 1e-4
"""Of the lower wafer and of the upper one [W/m2]."""
K, BOND = 120.0, 2e-6

PAIR = """
title = "Two wafers of 10 mm"
[device]
width = "10 mm"
height = "10 mm"
[grid]
along_x = 4
along_y = 4
[layers.upper]
thickness = "0.7 mm"
conductivity = "120 W/m/K"
[layers.bond]
resistance = "2 mm**2*K/W"
[layers.lower]
thickness = "0.1 mm"
conductivity = "120 W/m/K"
[faces.top]
film_coefficient = "20000 W/m**2/K"
temperature = "20 degC"
[heat]
at = "lower"
power = "100 W"
active_thickness = "10 um"
[heat.layers.upper]
power = "10 W"
active_thickness = "5 um"
[limits.layers.upper]
least = "60 degC"
most = "84 degC"
"""


@pytest.fixture
def pair(tmp_path):
    path = tmp_path / "pair.toml"
    path.write_text(PAIR, encoding="utf-8")
    return path


@pytest.mark.parametrize("engine", ["cosine", "amg"])
def test_difference_over_the_bonded_stack_is_the_sum_of_resistances_times_flux(pair, engine):
    answer = solve(load_case(pair), engine=engine)
    machine, rise = answer.coupled.machine, answer.coupled.solver.rise
    (upper,), (lower,) = machine.active_planes("upper"), machine.active_planes("lower")
    # from the middle of the upper sheet down to the middle of the lower one
    way = 2.5e-6 / K + BOND + (0.1e-3 - 5e-6) / K
    assert np.ptp(rise[lower]) < 1e-9
    assert np.mean(rise[lower] - rise[upper]) == pytest.approx(FLUX * way, rel=1e-9)
    # and up to the medium, with the heat of both
    above = (0.7e-3 - 2.5e-6) / K + 1 / 20000
    top = np.mean(rise[upper]) + machine.problem.reference_temperature - 293.15
    assert top == pytest.approx((FLUX + OWN) * above, rel=1e-9)


def test_heat_of_two_layers_leaves_in_full(pair):
    answer = solve(load_case(pair))
    assert sum(map(np.sum, answer.coupled.heat.values())) == pytest.approx(110.0, rel=1e-12)
    assert answer.heat_balance < 1e-9


def test_heat_without_a_sheet_is_even_through_the_layer(pair):
    answer = solve(load_case(pair, {"heat.layers.upper.active_thickness": None}))
    planes = answer.coupled.machine.active_planes("upper")
    assert [float(np.sum(answer.coupled.heat[k])) for k in planes] == pytest.approx([5.0, 5.0])


def test_window_gives_the_distance_to_its_nearer_end(pair):
    (found,) = solve(load_case(pair)).layer_windows
    at = 20 + (FLUX + OWN) * ((0.7e-3 - 2.5e-6) / K + 1 / 20000)
    assert found.greatest - 273.15 == pytest.approx(at, abs=1e-6)
    assert found.margins == pytest.approx((at - 60, 84 - at), abs=1e-6)
    assert found.warning == ""
    cold = solve(load_case(pair, {"limits.layers.upper.least": "85 degC",
                                  "limits.layers.upper.most": None}))  # fmt: skip
    (outside,) = cold.layer_windows
    assert outside.margin == pytest.approx(at - 85, abs=1e-6)
    assert [line for line in cold.warnings if "BELOW its least of 85 degC" in line]
    assert not cold.to_dict()["layer_windows"]["upper"]["holds"]


@pytest.fixture(scope="module")
def photonic():
    return solve(load_case("cs3-photonic"))


def test_photonic_wafer_is_too_cool_and_the_inlet_hinted_at_puts_it_inside(photonic):
    (found,) = photonic.layer_windows
    assert found.margin < -5
    low, high = found.inlets
    assert low < high
    middle = f"{(low + high) / 2 - 273.15} degC"
    (warm,) = solve(load_case("cs3-photonic", {"coolant.inlet_temperature": middle})).layer_windows
    assert warm.margin > 0.5
    words = f"{low - 273.15:.1f} to {high - 273.15:.1f} degC would put it inside"
    assert any(words in line for line in photonic.warnings)


def test_shipped_wafers_heat_leaves_in_full_and_the_budget_adds_up(photonic):
    made = sum(float(np.sum(q)) for q in photonic.coupled.heat.values())
    network = photonic.coupled.drawn.network
    into_stack = sum(
        float(np.sum(network.losses[name]))
        for name in ("brick fixed-ratio stage", "brick regulated stage", "board plane", "feed",
                     "contact")
    )  # fmt: skip
    assert made == pytest.approx(25e3 + 1e3 + into_stack, rel=1e-9)
    assert photonic.heat_balance < 1e-9
    budget = photonic.temperature_budget
    assert list(budget)[3:7] == ["contact", "photonic", "bond", "wafer"]
    peak = photonic.block_temperature_max.max() - photonic.coolant.inlet_temperature
    assert sum(budget.values()) == pytest.approx(peak, rel=1e-9)


def test_dram_wafer_keeps_below_its_limit():
    (found,) = solve(load_case("cs3-dram")).layer_windows
    assert 30 < found.margin < 60
    hot = solve(load_case("cs3-dram", {"coolant.inlet_temperature": "65 degC"}))
    assert [line for line in hot.warnings if "ABOVE its most of 85 degC; an inlet below" in line]


def test_layers_go_above_the_one_they_name():
    names = list(load_case("cs3-dram").case.layers)
    at = names.index("contact")
    assert names[at : at + 5] == ["contact", "dram", "bond", "wafer", "socket"]
    moved = load_case("cs3-dram", {"layers.dram.above": "socket", "layers.bond.above": "dram"})
    names = list(moved.case.layers)
    assert names[names.index("wafer") :][:4] == ["wafer", "bond", "dram", "socket"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"layers.dram.above": "wefer"}, "layers.dram.above: found 'wefer'; one of"),
        ({"layers.dram.above": "dram"}, "layers.dram.above: found 'dram'; one of"),
        ({"layers.dram.above": ["wafer"]}, "layers.dram.above: found"),
        ({"layers.bond.above": "dram"}, "which is to stand above it"),
        ({"heat.layers.cache.power": "1 W"}, "heat.layers.cache: found no such layer"),
        ({"heat.layers.wafer.power": "1 W"}, "heat.layers.wafer: found beside heat.at"),
        ({"heat.layers.dram.active_thickness": "1 mm"}, "less than layers.dram.thickness"),
        ({"limits.layers.cache.most": "80 degC"}, "limits.layers.cache: found no such layer"),
        ({"limits.layers.dram.least": "90 degC"}, "above 'least' of 90 degC is meant"),
        ({"limits.layers.dram.most": None, "limits.layers.dram": {}}, "'least' or 'most' is meant"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(values, words):
    with pytest.raises(CaseError) as refused:
        load_case("cs3-dram", values)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
