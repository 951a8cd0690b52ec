"""Coolant tables against CoolProp, their ranges and refusals, and the dew point."""

import pickle
import runpy
from importlib.resources import files

import numpy as np
import pytest
from CoolProp.CoolProp import HAPropsSI, PropsSI

from thermal.coolant import (
    COLUMNS,
    OutOfFluidRange,
    constant_fluid,
    dew_point,
    fluid_from_table,
    named_fluid,
)

MODELS = {"water": "HEOS::Water", "pg25": "INCOMP::MPG-25%"}
QUANTITIES = {"density": "D", "heat_capacity": "C", "viscosity": "V", "conductivity": "L"}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_property_is_that_of_coolprop_between_the_rows(name, quantity):
    fluid = named_fluid(name)
    temperature = np.arange(fluid.range[0] + 0.37, fluid.range[1], 0.71)
    expected = [PropsSI(QUANTITIES[quantity], "T", t, "P", 2e5, MODELS[name]) for t in temperature]
    assert getattr(fluid, quantity)(temperature) == pytest.approx(np.array(expected), rel=2e-6)


def test_water_at_25_degrees_is_the_steam_tables():
    """IAPWS releases at 0.1 MPa: R6-95, R12-08 (viscosity), R15-11 (conductivity)."""
    water = named_fluid("water")
    assert water.density(298.15) == pytest.approx(997.047, rel=1e-4)
    assert water.heat_capacity(298.15) == pytest.approx(4181.4, rel=3e-4)
    assert water.viscosity(298.15) == pytest.approx(890.02e-6, rel=1e-4)
    assert water.conductivity(298.15) == pytest.approx(0.60652, rel=2e-4)


def test_tables_are_those_the_script_makes():
    """A change of CoolProp's models shows up here before it shows up in a case."""
    script = runpy.run_path(str(files("thermal") / "data" / "make_tables.py"))
    for file_name, arguments in script["TABLES"].items():
        made = [line for line in script["table_text"](*arguments).splitlines() if line[0] != "#"]
        text = (files("thermal") / "data" / file_name).read_text(encoding="utf-8")
        kept = [line for line in text.splitlines() if line[0] != "#"]
        assert made[0] == kept[0] == ",".join(COLUMNS)
        for new, old in zip(made[1:], kept[1:], strict=True):
            new_values, old_values = (
                np.array(new.split(","), float),
                np.array(old.split(","), float),
            )
            assert new_values == pytest.approx(old_values, rel=1e-5)


def test_shapes_are_kept_and_scalars_stay_scalars():
    water = named_fluid("water")
    assert water.viscosity(np.full((2, 3), 300.0)).shape == (2, 3)
    assert np.ndim(water.density(300.0)) == 0


def test_prandtl_number_of_water():
    assert named_fluid("water").prandtl_number(293.15) == pytest.approx(7.0, rel=0.01)


def test_temperature_outside_the_table_is_refused_in_one_line():
    water = named_fluid("water")
    with pytest.raises(OutOfFluidRange, match=r"^water: 112.3 degC is outside 0 to 100 degC$"):
        water.viscosity(np.array([300.0, 385.45]))
    with pytest.raises(ValueError, match="water: nan degC is outside"):
        water.density(np.nan)


def test_ends_of_the_range_are_inside():
    for name in MODELS:
        fluid = named_fluid(name)
        assert np.all(np.isfinite(fluid.conductivity(np.array(fluid.range))))


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="found 'glycol'; one of water, pg25 is meant"):
        named_fluid("glycol")


def test_constant_fluid_does_not_change():
    fluid = constant_fluid(998.2, 4184.0, 1e-3, 0.6)
    temperature = np.array([200.0, 294.0, 900.0])
    for quantity, value in zip(QUANTITIES, (998.2, 4184.0, 1e-3, 0.6), strict=True):
        assert getattr(fluid, quantity)(temperature) == pytest.approx(value, rel=1e-14)


def test_constant_fluid_refuses_a_property_of_zero():
    with pytest.raises(ValueError, match="properties above 0 are meant"):
        constant_fluid(998.2, 4184.0, 0.0, 0.6)


def test_a_fluid_travels_to_a_worker():
    water = named_fluid("water")
    assert pickle.loads(pickle.dumps(water)).density(300.0) == water.density(300.0)


HEADER = ",".join(COLUMNS)
GOOD = f"# mine\n{HEADER}\n20,1030,3880,0.0028,0.46\n50,1015,3950,0.0013,0.48\n"


def test_user_table_goes_through_its_rows_without_overshoot(tmp_path):
    path = tmp_path / "vendor.csv"
    path.write_text(GOOD, encoding="utf-8-sig")
    fluid = fluid_from_table(path)
    assert fluid.name == "vendor"
    assert fluid.range == (293.15, 323.15)
    assert fluid.viscosity(293.15) == pytest.approx(0.0028, rel=1e-12)
    between = fluid.viscosity(np.linspace(293.15, 323.15, 50))
    assert np.all(np.diff(between) < 0.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "60,1010\n", r"vendor.csv, line 5: found 2 values; 5 are meant"),
        (GOOD + "60,1010,x,1,1\n", r"vendor.csv, line 5: found '60,1010,x,1,1'; numbers"),
        (GOOD + "60,1010,nan,1,1\n", r"vendor.csv, line 5: .* above 0 are meant"),
        (GOOD + "60,1010,4000,-1,1\n", r"vendor.csv, line 5: .* above 0 are meant"),
        (GOOD + "50,1010,4000,1,1\n", r"vendor.csv, line 5: found 50 degC; a rising"),
        (GOOD.replace("temperature_degC", "T"), r"vendor.csv, line 2: found 'T,.* meant"),
        (f"{HEADER}\n20,1,1,1,1\n", r"vendor.csv: found 1 rows; a header and two rows"),
        ("", r"vendor.csv: found 0 rows"),
    ],
)
def test_a_bad_table_is_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "vendor.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        fluid_from_table(path)
    assert "\n" not in str(caught.value)


def test_a_missing_or_binary_table_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"none.csv: the fluid table cannot be read: No such file"):
        fluid_from_table(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ValueError, match=r"binary.csv: .* not a text file"):
        fluid_from_table(tmp_path / "binary.csv")


def test_dew_point_is_that_of_coolprops_humid_air():
    for celsius, humidity in ((5.0, 0.9), (21.0, 0.5), (27.0, 0.6), (40.0, 0.3)):
        expected = HAPropsSI("D", "T", celsius + 273.15, "P", 101325.0, "R", humidity)
        assert dew_point(celsius + 273.15, humidity) == pytest.approx(expected, abs=0.05)


def test_saturated_air_is_at_its_dew_point():
    assert dew_point(294.15, 1.0) == pytest.approx(294.15, abs=1e-12)


@pytest.mark.parametrize("humidity", [0.0, 50.0, np.nan])
def test_humidity_that_is_no_share_is_refused(humidity):
    with pytest.raises(ValueError, match=r"relative humidity: found .*; above 0 and up to 1"):
        dew_point(294.15, humidity)
