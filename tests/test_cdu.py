"""Distribution units: what limits them, and how many they must be."""

import pytest

from thermal.cdu import CduModel, cdu_choices, cdu_named, cdus, cdus_needed
from thermal.heat_exchanger import exchange, exchanger_for
from thermal.weather import air_pressure


def unit(**changed):
    rated = {
        "name": "mine", "kind": "liquid-to-liquid", "capacity": 100e3, "approach": 4.0,
        "flow": 2e-3, "pressure": 150e3, "electric_power": None, "filter_opening": 50e-6,
        "source": "test",
    }  # fmt: skip
    return CduModel(**(rated | changed))


def test_every_unit_of_the_catalogue_has_a_source_and_sane_ratings():
    assert len(cdus()) >= 25
    for model in cdus().values():
        assert model.source
        assert 50e3 <= model.capacity <= 3e6
        assert model.approach is None or 2 <= model.approach <= 15
        assert model.pressure is None or 100e3 <= model.pressure <= 300e3


@pytest.mark.parametrize(
    ("heat", "flow", "pressure", "grain", "running", "limit"),
    [
        (250e3, 2e-3, 100e3, None, 3, "heat"),
        (50e3, 7e-3, 100e3, None, 4, "flow"),
        (50e3, 1e-3, 160e3, None, 0, "pressure"),
        (50e3, 1e-3, 100e3, 25e-6, 0, "filter"),
    ],
)
def test_what_limits(heat, flow, pressure, grain, running, limit):
    found = cdus_needed(heat, flow, pressure, model=unit(), filter_m=grain)
    assert (found.running, found.limited_by) == (running, limit)
    assert found.installed == (running + 1 if running else 0)
    assert found.serves == (running > 0)


def test_what_is_not_known_is_said():
    blind = unit(flow=None, pressure=None, approach=None, filter_opening=None)
    found = cdus_needed(1e5, 1.0, 1e9, model=blind, approach_K=4.0, filter_m=1e-6)
    assert found.unknown == ("approach", "flow", "pressure", "filter")
    assert found.running == 1


def test_capacity_follows_the_approach_as_the_exchanger_does():
    # an exchanger rated 100 kW at 4 K; at fixed flows and UA its heat at another approach
    rated = exchanger_for(100e3, 305.15, 8000.0, 301.15, 8000.0)
    for approach in (2.0, 6.5):
        capacity = unit().capacity_at(approach)
        hot_inlet = 301.15 + approach + capacity / 8000.0
        found = exchange(hot_inlet, 8000.0, 301.15, 8000.0, rated.conductance)
        assert found.heat == pytest.approx(capacity, rel=1e-9)
        assert found.approach == pytest.approx(approach, rel=1e-9)


def test_altitude_thins_the_air_of_liquid_to_air_units_only():
    air = unit(kind="liquid-to-air", approach=15.0)
    assert air.capacity_at(15.0, 1500.0) == pytest.approx(100e3 * air_pressure(1500) / 101325)
    assert unit().capacity_at(4.0, 1500.0) == 100e3
    low, high = (cdus_needed(95e3, 1e-3, 0.0, model=air, altitude_m=z) for z in (0.0, 1500.0))
    assert (low.running, high.running) == (1, 2)


def test_choices_serve_and_come_known_and_small_first():
    found = cdu_choices(290e3, 1150 / 60e3, 187e3, approach_K=4.0, filter_m=100e-6)
    assert found
    assert all(count.serves and count.model.kind == "liquid-to-liquid" for count in found)
    order = [(len(c.unknown), c.installed * c.model.capacity) for c in found]
    assert order == sorted(order)
    assert found[0].unknown == ()


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="cdu: found 'x'; one of Vertiv"):
        cdu_named("x")
