"""Hours of the year: shipped tables, EPW files, and the wet bulb against CoolProp's humid air."""

from pathlib import Path

import numpy as np
import pytest
from CoolProp.HumidAirProp import HAPropsSI

from thermal.weather import air_pressure, read_weather, wet_bulb

ICE = 273.15


@pytest.fixture(scope="module")
def oklahoma():
    return read_weather("oklahoma-city")


def epw_text(hours=8760, **changed):
    """A weather file of one made-up year; ``changed`` replaces fields of the fifth hour."""
    lines = ["LOCATION,Nowhere,OK,USA,made up,0,35.4,-97.6,-6.0,397.0", *["-"] * 7]
    for hour in range(hours):
        month = 1 + min(hour * 12 // 8760, 11)
        dry = 15 + 15 * np.sin(2 * np.pi * (hour / 8760 - 0.25))
        cells = [2001, month, 1, hour % 24 + 1, 60, "?", f"{dry:.1f}", f"{dry - 5:.1f}", 70, 97000]
        if hour == 4:
            for place, value in changed.items():
                cells[int(place.removeprefix("field"))] = value
        lines.append(",".join(map(str, cells)))
    return "\n".join(lines)


@pytest.mark.parametrize("name", ["dry_bulb", "dew_point"])
def test_oklahoma_city_has_the_published_mean_day_of_every_month(oklahoma, name):
    # another extract of the same typical year, rounded to 0.1 K: rows are hours, columns months
    path = Path(__file__).parent / "data" / f"oklahoma_city_{name.replace('_', '')}.csv"
    wanted = np.loadtxt(path, delimiter=",", skiprows=3)[:, 1:]
    days = (getattr(oklahoma, name) - ICE).reshape(365, 24)
    month = oklahoma.month[::24]
    found = np.transpose([days[month == m].mean(axis=0) for m in range(12)])
    assert np.abs(found - wanted).max() < 0.05 + 1e-9


@pytest.mark.parametrize(
    ("air", "share", "wanted", "within"),
    [
        ("dry_bulb", 0.004, 37.5, 0.5),
        ("dry_bulb", 0.01, 36.0, 0.5),
        ("dry_bulb", 0.02, 34.5, 0.5),
        ("wet_bulb", 0.004, 25.4, 0.7),
        ("wet_bulb", 0.01, 24.9, 0.7),
        ("wet_bulb", 0.02, 24.3, 0.7),
    ],
)
def test_oklahoma_city_has_its_design_temperatures(oklahoma, air, share, wanted, within):
    # ASHRAE Handbook, Fundamentals (2009), for the same station: of the years 1982 to 2006, so a
    # typical year of other months is near and not equal
    found = oklahoma.percentile(getattr(oklahoma, air), share) - ICE
    assert found == pytest.approx(wanted, abs=within)


def test_wet_bulb_of_oklahoma_city_against_coolprop(oklahoma):
    pressure = air_pressure(oklahoma.altitude)
    warm = np.flatnonzero(oklahoma.dew_point > ICE)[::200]
    assert len(warm) > 25
    wanted = [
        HAPropsSI("B", "T", oklahoma.dry_bulb[i], "D", oklahoma.dew_point[i], "P", pressure)
        for i in warm
    ]
    found = wet_bulb(oklahoma.dry_bulb[warm], oklahoma.dew_point[warm], pressure)
    assert found == pytest.approx(wanted, abs=0.05)


def test_wet_bulb_of_saturated_air_is_its_temperature():
    air = np.linspace(260, 310, 6)
    assert wet_bulb(air, air, 1e5) == pytest.approx(air, abs=1e-9)


def test_wet_bulb_lies_between_dew_point_and_dry_bulb(oklahoma):
    assert np.all(oklahoma.dew_point <= oklahoma.wet_bulb)
    assert np.all(oklahoma.wet_bulb <= oklahoma.dry_bulb)


def test_standard_atmosphere():
    # tabulated for 0 and 1000 m: 101.325 and 89.875 kPa
    assert air_pressure(0.0) == 101325.0
    assert air_pressure(1000.0) == pytest.approx(89875, rel=1e-4)


def test_percentile_and_hours_below_count_the_same(oklahoma):
    limit = oklahoma.percentile(oklahoma.dry_bulb, 0.25)
    below = oklahoma.hours_below(oklahoma.dry_bulb, limit - 1e-9)
    assert 0.70 <= below / 8760 <= 0.75
    assert oklahoma.hours_below(oklahoma.dry_bulb, limit) / 8760 >= 0.75


def test_an_epw_file_is_read(tmp_path):
    path = tmp_path / "nowhere.epw"
    path.write_text(epw_text(field9=999999))
    found = read_weather(path)
    assert (found.name, found.altitude, len(found.hours)) == ("Nowhere", 397.0, 8760)
    assert found.dry_bulb.max() == pytest.approx(30 + ICE)
    assert found.dry_bulb[100] - found.dew_point[100] == pytest.approx(5)
    assert found.hours.sum() == pytest.approx(8760)
    assert found.month[0] == 0
    assert found.month[-1] == 11
    wanted = HAPropsSI("B", "T", found.dry_bulb[5000], "D", found.dew_point[5000], "P", 97000)
    assert found.wet_bulb[5000] == pytest.approx(wanted, abs=0.05)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no 'LOCATION' in line 1"),
        (epw_text(hours=100), "found 100 hours; a whole year"),
        (epw_text(field6="warm"), "line 13: found 'warm'; a number is meant"),
        (epw_text(field6=99.9), "line 13: found month 1, 99.9"),
        (epw_text(field1=13), "line 13: found month 13"),
    ],
    ids=["empty", "short", "text", "missing", "month"],
)
def test_a_spoilt_epw_file_is_refused_in_one_line(tmp_path, text, words):
    path = tmp_path / "bad.epw"
    path.write_text(text)
    with pytest.raises(ValueError, match=words) as refused:
        read_weather(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["mars", "nothing.epw"])
def test_weather_that_is_not_there_is_refused(name):
    with pytest.raises(ValueError, match="weather: "):
        read_weather(name)
