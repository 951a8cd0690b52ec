"""Chillers within Carnot's limit and true to their curves; dry coolers that balance."""

import ht
import numpy as np
import pytest

from thermal.chiller import DEFAULT, chiller_named, chiller_power, chillers
from thermal.dry_cooler import AIR_RATE, FILM_EXPONENT, dry_cooler_for

ICE = 273.15
NAMES = list(chillers())
REFERENCE = {
    "DOE-2 Centrifugal/5.50COP": (6.67, 29.4),
    "Trane CVHF 4610kW/6.34COP/Vanes": (6.67, 26.11),
    "Carrier 19XR 1410kW/8.54COP/VSD": (6.11, 12.78),
    "Carrier 19XR 1143kW/6.57COP/VSD": (10.0, 26.67),
    "McQuay PEH 703kW/7.03COP/Vanes": (5.56, 22.78),
    "McQuay WSC 471kW/5.89COP/Vanes": (8.89, 26.67),
}


@pytest.mark.parametrize("name", NAMES)
def test_reference_point_gives_the_reference_figures(name):
    # the published fits miss their own reference by up to 3 %
    leaving, entering = (t + ICE for t in REFERENCE[name])
    found = chiller_named(name)
    assert float(found.cop(leaving, entering)) == pytest.approx(found.reference_cop, rel=0.03)
    assert float(found.capacity_factor(leaving, entering)) == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part_load", [0.1, 0.4, 0.8, 1.0])
def test_no_chiller_beats_carnot_between_its_waters(name, part_load):
    found = chiller_named(name)
    leaving, entering = np.meshgrid(np.linspace(2, 45, 60) + ICE, np.linspace(-10, 60, 60) + ICE)
    warmed = np.maximum(entering, found.entering[0])
    lift = warmed > leaving
    carnot = leaving[lift] / (warmed - leaving)[lift]
    cop = found.cop(leaving, entering, part_load)
    assert np.all(cop > 0)
    assert np.all(cop[lift] < carnot)


def test_power_by_hand_inside_the_range():
    # Trane CVHF at 6 and 22 degC, 70 % load, coefficients as published
    x, y, load = 6.0, 22.0, 0.7
    eirft = (0.7415078 - 0.04779029 * x - 0.001028085 * x**2 + 0.0142365 * y
             + 0.0001304315 * y**2 + 0.0009170177 * x * y)  # fmt: skip
    eirfplr = 0.2026691 + 0.2922585 * load + 0.5044422 * load**2
    wanted = 1e6 / load / 6.34 * eirft * eirfplr
    found = chiller_power(1e6, x + ICE, y - 4 + ICE, chiller=DEFAULT, part_load=load)
    assert float(found) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_curves_and_carnot_fraction_meet_at_the_edge(name):
    found = chiller_named(name)
    middle = sum(found.entering) / 2
    for leaving, entering in ((found.leaving[1], middle), (found.leaving[0], middle),
                              (found.leaving[1], found.entering[1])):  # fmt: skip
        around = found.cop(leaving + np.array([-1e-7, 1e-7]), entering + np.array([-1e-7, 1e-7]))
        assert around[0] == pytest.approx(around[1], rel=1e-6)


def test_colder_condenser_water_than_the_range_is_warmed_and_not_flagged():
    found = chiller_named(DEFAULT)
    at_least = found.cop(280.0, found.entering[0])
    assert found.cop(280.0, 270.0) == at_least
    assert not found.beyond_curves(280.0, 270.0)
    assert found.beyond_curves(290.0, 295.0)
    assert found.beyond_curves(280.0, 320.0)


def test_more_lift_costs_more_beyond_the_curves():
    found = chiller_named(DEFAULT)
    outdoors = np.linspace(*found.entering, 2)[1] + np.linspace(0, 25, 20)
    assert np.all(np.diff(found.cop(285.0, outdoors)) < 0)
    assert np.all(np.diff(found.cop(np.linspace(283, 300, 20), 305.0)) > 0)


def test_below_its_least_load_a_chiller_cycles():
    found = chiller_named(DEFAULT)
    assert found.cop(280.0, 297.0, 0.05) == found.cop(280.0, 297.0, found.part_loads[0])


def test_unknown_chiller_is_refused():
    with pytest.raises(ValueError, match="chiller: found 'x'; one of DOE-2"):
        chiller_power(1.0, 280.0, 300.0, chiller="x")


@pytest.fixture
def cooler():
    return dry_cooler_for(heat=25e3, water_rate=2000.0, approach=6.0, fan_share=0.02)


def test_dry_cooler_meets_its_design(cooler):
    found = cooler.cool(312.5, 300.0, 294.0)
    assert float(found.outlet) == pytest.approx(300.0, abs=1e-9)
    assert float(found.heat) == pytest.approx(25e3, rel=1e-9)
    assert float(found.fan_power) == pytest.approx(500.0, rel=1e-9)


def test_air_takes_what_the_water_gives(cooler):
    found = cooler.cool(312.5, 300.0, np.linspace(250, 320, 71))
    assert np.all(np.abs(found.heat - found.air_heat) <= 1e-9 * 25e3)
    # no colder than wanted, than the air, or than there is heat to lose
    assert np.all(found.outlet >= 300.0 - 1e-9)
    assert np.all(found.outlet <= 312.5)
    assert np.all((found.speed == 0) == (np.linspace(250, 320, 71) >= 312.5))


def test_dry_cooler_at_part_speed_against_ht(cooler):
    found = cooler.cool(312.5, 300.0, np.array([270.0, 285.0]))
    for air, speed, heat in zip((270.0, 285.0), found.speed, found.heat, strict=True):
        assert 0 < speed < 1
        air_rate = AIR_RATE * 2000.0 * speed
        least, most = sorted((air_rate, 2000.0))
        units = cooler.conductance * speed**FILM_EXPONENT / least
        share = ht.effectiveness_from_NTU(units, least / most, subtype="crossflow approximate")
        assert heat == pytest.approx(share * least * (312.5 - air), rel=1e-9)


def test_fans_slow_down_in_colder_air_by_the_cube(cooler):
    found = cooler.cool(312.5, 300.0, np.linspace(260, 293, 12))
    assert np.all(np.diff(found.speed) > 0)
    assert found.fan_power == pytest.approx(500.0 * found.speed**3)
