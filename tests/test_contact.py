"""Contact layers against values computed apart, their limits, and their refusals."""

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from thermal.contact import (
    GASES,
    ContactLayer,
    DryContact,
    Film,
    asperity_slope,
    gas_conductance,
    harmonic_mean,
    preload_force,
    spot_conductance,
)

# copper 0.4 um on silicon 0.05 um, mm2 K/W; computed apart with the same formulas
# (Cooper-Mikic-Yovanovich, Hc 1 GPa; Yovanovich's gap), rounded to 0.1
DRY = [
    (70e3, "vacuum", 141.2),
    (345e3, "vacuum", 31.0),
    (700e3, "vacuum", 15.8),
    (70e3, "air", 48.7),
    (345e3, "air", 21.1),
    (700e3, "air", 12.6),
    (700e3, "helium", 9.1),
]


@pytest.mark.parametrize(("pressure", "gas", "expected"), DRY)
def test_dry_polished_contact(pressure, gas, expected):
    found = DryContact(pressure=pressure, gas=gas).areal_resistance() * 1e6
    assert found == pytest.approx(expected, abs=0.051)


def test_dry_machined_contact():
    found = DryContact(pressure=345e3, first_roughness=1.6e-6).areal_resistance() * 1e6
    assert found == pytest.approx(55.6, abs=0.051)


def test_flatness_gap_as_a_film_of_air_grease_or_metal():
    for conductivity, expected in ((0.026, 384.6), (4.0, 2.5), (40.0, 0.25)):
        found = Film(thickness=10e-6, conductivity=conductivity).areal_resistance() * 1e6
        assert found == pytest.approx(expected, rel=1e-3)


def test_flatness_gap_adds_its_gas_in_series():
    flat = DryContact(pressure=345e3)
    bowed = DryContact(pressure=345e3, flatness_gap=10e-6)
    added = bowed.areal_resistance() - flat.areal_resistance()
    assert added == pytest.approx(10e-6 / 0.026, rel=1e-12)


def test_spot_conductance_grows_with_pressure_to_the_0_95():
    low, high = (spot_conductance(1e-6, 0.1, 200.0, load) for load in (1e-4, 1e-3))
    assert np.log10(high / low) == pytest.approx(0.95, rel=1e-12)


def test_gas_conductance_of_rough_faces_is_conduction_through_the_gap():
    """Far above the rarefaction length the gap is all gas: k / Y."""
    gap = 1.53 * 1e-3 * 1e-3**-0.097
    assert gas_conductance(1e-3, 1e-3, GASES["air"]) == pytest.approx(0.026 / gap, rel=2e-4)


def test_small_formulas():
    assert harmonic_mean(390.0, 148.0) == pytest.approx(214.5725, rel=1e-6)
    assert asperity_slope(1e-6) == pytest.approx(0.125)
    assert preload_force(345e3, 0.046225) == pytest.approx(15947.6, rel=1e-5)


def test_layer_says_its_resistance_in_one_of_three_ways():
    assert ContactLayer(resistance=5e-6).areal_resistance() == 5e-6
    assert ContactLayer(film=Film(thickness=20e-6, conductivity=4.0)).areal_resistance() == 5e-6
    dry = DryContact(pressure=345e3)
    assert ContactLayer(dry=dry).areal_resistance() == dry.areal_resistance()


def test_a_perfect_contact_is_allowed():
    assert ContactLayer(resistance=0.0).areal_resistance() == 0.0


def test_layer_from_a_case_files_keys():
    read = TypeAdapter(ContactLayer).validate_python
    units = {"units_required": True}
    given = read({"resistance": "5 mm**2*K/W", "pressure": "345 kPa"}, context=units)
    assert given.areal_resistance() == pytest.approx(5e-6, rel=1e-14)
    assert given.preload_force(0.046225) == pytest.approx(15947.6, rel=1e-5)
    dry = read({"dry": {"pressure": "345 kPa", "gas": "vacuum"}}, context=units)
    assert dry.areal_resistance() * 1e6 == pytest.approx(31.0, abs=0.051)
    assert dry.preload_force(0.046225) == pytest.approx(15947.6, rel=1e-5)
    assert read({"resistance": "5 mm**2*K/W"}, context=units).preload_force(1.0) is None


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "contact: found none; one of resistance, film and dry is meant"),
        (
            {"resistance": 5e-6, "dry": {"pressure": 345e3}},
            "contact: found resistance and dry; one of",
        ),
        ({"dry": {"pressure": 345e3}, "pressure": 345e3}, "dry.pressure alone is meant"),
        ({"resistance": "5 mm"}, "a unit of another kind"),
        ({"dry": {"pressure": 0.0}}, "pressure: found 0 kPa; above 0 and below"),
        ({"dry": {"pressure": 2e9}}, "below the micro_hardness of 1e\\+06 kPa"),
        ({"dry": {"pressure": 1e5, "gas": "argon"}}, "'air', 'helium' or 'vacuum'"),
        (
            {"dry": {"pressure": 1e5, "gas": "vacuum", "flatness_gap": 1e-6}},
            "flatness_gap: found 1 um with gas 'vacuum'",
        ),
        ({"thickness": 1e-5}, "Unexpected keyword argument"),
    ],
)
def test_a_bad_contact_is_refused(keys, message):
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(ContactLayer).validate_python(keys)
