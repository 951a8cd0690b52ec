"""The loop outside the cold plate: valve coefficients against `fluids`, sums and pump power."""

from math import pi

import pytest
from fluids.fittings import Cv_to_K
from pydantic import TypeAdapter, ValidationError

from thermal.loop import Loop

LITRES_PER_MINUTE = 1e-3 / 60.0


def test_quick_disconnect_drop_is_that_of_fluids():
    """`fluids` rounds one constant of the same standard: 0.1 % apart."""
    flow, density, bore = 100.0 * LITRES_PER_MINUTE, 998.0, 0.02
    velocity = flow / (pi * bore**2 / 4.0)
    expected = Cv_to_K(10.0, bore) * density * velocity**2 / 2.0
    found = Loop(quick_disconnects=1).laws(density, 1e-3)["quick disconnects"](flow)
    assert found == pytest.approx(expected, rel=2e-3)


def test_cv_is_the_flow_of_water_at_one_psi():
    keys = {
        "quick_disconnects": 1,
        "quick_disconnect_flow_coefficient": "10 gallon/minute/psi**0.5",
    }
    loop = TypeAdapter(Loop).validate_python(keys, context={"units_required": True})
    ten_gallons_per_minute = 10.0 * 3.785411784e-3 / 60.0
    drop = loop.laws(999.0, 1e-3)["quick disconnects"](ten_gallons_per_minute)
    assert drop == pytest.approx(6894.757, rel=1e-6)


def test_default_cv_is_ten():
    drop = Loop().laws(999.0, 1e-3)["quick disconnects"](10.0 * 3.785411784e-3 / 60.0)
    assert drop == pytest.approx(2 * 6894.757, rel=1e-6)


def test_drops_add_up_and_grow_with_the_square_of_the_flow():
    loop = Loop(rest_pressure_drop=40e3, rest_reference_flow=2e-3, quick_disconnects=4)
    quick = loop.laws(998.0, 1e-3)["quick disconnects"](2e-3)
    assert loop.pressure_drop(2e-3, 45e3, 998.0, 1e-3) == pytest.approx(45e3 + quick + 40e3)
    assert loop.pressure_drop(4e-3, 0.0, 998.0, 1e-3) == pytest.approx(4.0 * (quick + 40e3))


def test_loop_without_anything_is_the_cold_plate():
    loop = Loop(quick_disconnects=0, rest_pressure_drop=0.0)
    assert loop.pressure_drop(2e-3, 45e3, 998.0, 1e-3) == 45e3


def test_pump_power_is_hydraulic_power_over_efficiency():
    assert Loop(pump_efficiency=0.4).pump_power(2e-3, 100e3) == pytest.approx(500.0)


@pytest.mark.parametrize(
    "keys",
    [
        {"pump_efficiency": 0.0},
        {"pump_efficiency": 1.2},
        {"quick_disconnects": -1},
        {"rest_reference_flow": 0.0},
        {"quick_disconnect_flow_coefficient": "10 gallon/minute"},
        {"cv": 10.0},
    ],
)
def test_an_impossible_loop_is_refused(keys):
    with pytest.raises(ValidationError):
        TypeAdapter(Loop).validate_python(keys)
