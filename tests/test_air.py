"""Air: properties, film, fins, fans and where they meet, and cases on air.

Conservation: heat in is heat out, and the air takes it all.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from CoolProp.CoolProp import PropsSI
from typer.testing import CliRunner

from geometry.errors import BeyondPumpCurve, NoCoolantFlow, NoSolution
from studies import CaseError, load_case, solve
from studies.air_answer import air_answer
from studies.air_figure import air_figure
from studies.cli import app
from studies.validation.air import march_nusselt
from thermal.air import air_at
from thermal.air_heat_sink import (
    AirSink,
    cold_drop,
    fin_efficiency,
    flow_for,
    inlet_nusselt,
    operating_point,
    plate_nusselt,
    sink_at,
)
from thermal.cold_plate import pressure_drop
from thermal.fans import Fans
from thermal.pumps import Pumps
from thermal.weather import air_pressure

FREEZING = 273.15
ROOT = Path(__file__).parents[1]


def fans(**changed):
    values = {
        "curve": Pumps(shutoff_pressure=1000.0, quadratic_term=-2e5, count=2), "efficiency": 0.4
    }  # fmt: skip
    return Fans(**(values | changed))


def sink(**changed):
    values = {
        "channel_width": 1.5e-3, "pitch": 2e-3, "width": 0.1, "length": 0.1,
        "base_thickness": 3e-3, "fin_height": 0.05, "conductivity": 200.0,
        "inlet_temperature": 298.15, "fan": fans(),
    }  # fmt: skip
    return AirSink(**(values | changed))


@pytest.fixture(scope="module")
def wafer():
    return air_answer(load_case("wafer-air"))


@pytest.fixture(scope="module")
def h100():
    return air_answer(load_case("h100-vapour-chamber"))


# -------------------------------------------------------------------------------- air


@pytest.mark.parametrize(("celsius", "altitude"), [(-20.3, 0), (25.7, 397), (88.8, 3000)])
def test_air_is_that_of_coolprop(celsius, altitude):
    kelvin = celsius + FREEZING
    air, pressure = air_at(kelvin, altitude), air_pressure(altitude)
    for name, key in (("density", "D"), ("heat_capacity", "C"), ("viscosity", "V"),
                      ("conductivity", "L")):  # fmt: skip
        expected = PropsSI(key, "T", kelvin, "P", pressure, "Air")
        assert getattr(air, name)(kelvin) == pytest.approx(expected, rel=1e-3)


# ------------------------------------------------------------------------------- film


def test_the_march_does_not_depend_on_its_grid():
    stars = np.array([1.0, 10.0, 100.0])
    assert march_nusselt(stars) == pytest.approx(march_nusselt(stars, 160, 3200), rel=3e-3)


def test_little_air_leaves_as_warm_as_the_plates():
    assert plate_nusselt(1e-3, 0.71) == pytest.approx(1e-3 * 0.71 / 2, rel=1e-9)


def test_much_air_sees_a_boundary_layer_on_each_plate():
    """Pohlhausen: 0.664 sqrt(Re) Pr^(1/3) on the plate's length."""
    star = 1e8
    layer = 0.664 * math.sqrt(star) * 0.71 ** (1 / 3)
    assert plate_nusselt(star, 0.71) == pytest.approx(layer, rel=1e-3)


def test_the_film_is_continuous_into_turbulence():
    for reynolds in (2300.0, 4000.0):
        low, high = (inlet_nusselt(reynolds * f, 0.71, sink()) for f in (1 - 1e-9, 1 + 1e-9))
        assert low == pytest.approx(high, rel=1e-6)
    assert inlet_nusselt(6000.0, 0.71, sink()) > plate_nusselt(30.0, 0.71)


# ------------------------------------------------------------------------------- sink


def test_a_sink_by_hand():
    """50 channels of 1.5 mm x 50 mm x 100 mm with 0.02 m3/s of air at 25 degC, no heat."""
    found = sink_at(sink(), 0.02, 0.0)
    density, viscosity, conductivity = (
        PropsSI(key, "T", 298.15, "P", 101325, "Air") for key in "DVL"
    )
    prandtl = viscosity * PropsSI("C", "T", 298.15, "P", 101325, "Air") / conductivity
    velocity = 0.02 / (50 * 1.5e-3 * 0.05)
    star = density * velocity * 1.5e-3 / viscosity * 1.5e-3 / 0.1
    film = plate_nusselt(star, prandtl) * conductivity / 1.5e-3
    m = math.sqrt(2 * film / (200 * 0.5e-3))
    efficiency = math.tanh(m * 0.05) / (m * 0.05)
    area = 50 * 0.1 * (1.5e-3 + 2 * efficiency * 0.05)
    assert found.velocity == pytest.approx(velocity, rel=1e-12)
    assert found.fin_efficiency == pytest.approx(efficiency, rel=1e-6)
    assert found.resistance == pytest.approx(1 / (film * area), rel=1e-5)
    assert found.drop == pytest.approx(
        float(pressure_drop(sink(), 0.05, 0.1, velocity, density, viscosity)), rel=1e-5
    )


def test_a_sink_is_the_fin_zone_solved_on_the_grid():
    """Base to inlet air, fins and air marched cell by cell with the same film.

    The grid's film is over the mixed air, the sink's over the inlet: turned one into the other.
    """
    flow, heat = 0.03, 100.0
    found = sink_at(sink(), flow, heat)
    mean = (298.15 + found.outlet_temperature) / 2
    air = air_at(mean)
    rate = flow * float(air_at(298.15).density(298.15) * air.heat_capacity(mean))
    walls = 2 * 50 * 0.05 * 0.1
    mixed = -rate / walls * math.log1p(-found.film * walls / rate)
    case = load_case(
        "slab",
        {
            "device": {"width": "100 mm", "height": "100 mm"},
            "grid": {"along_x": 40, "along_y": 4},
            "layers": {
                "fins": {
                    "thickness": "50 mm", "channel_width": "1.5 mm", "pitch": "2 mm",
                    "conductivity": "200 W/m/K", "cells": 24,
                },
                "base": {
                    "thickness": "1 mm", "conductivity": ["1e5 W/m/K"] * 3, "cells": 2,
                },
            },
            "coolant": {
                "fluid": {
                    "density": f"{float(air.density(mean))!r} kg/m**3",
                    "heat_capacity": f"{float(air.heat_capacity(mean))!r} J/kg/K",
                    "viscosity": f"{float(air.viscosity(mean))!r} Pa*s",
                    "conductivity": f"{float(air.conductivity(mean))!r} W/m/K",
                },
                "inlet_temperature": "25 degC",
                "flow": f"{rate / float(air.density(mean) * air.heat_capacity(mean))!r} m**3/s",
                "film_coefficient": f"{mixed!r} W/m**2/K",
            },
            "faces.top": None,
            "heat": {"at": "bottom face", "power": f"{heat} W"},
        },
    )  # fmt: skip
    rise = solve(case).to_dict()["junction_temperature_max_degC"] - 25
    assert found.resistance == pytest.approx(rise / heat, rel=0.03)


def test_the_air_takes_the_heat():
    found = sink_at(sink(), 0.03, 400.0)
    mean = (298.15 + found.outlet_temperature) / 2
    mass = 0.03 * float(air_at(298.15).density(298.15))
    taken = mass * float(air_at(mean).heat_capacity(mean)) * (found.outlet_temperature - 298.15)
    assert taken == pytest.approx(400.0, rel=1e-9)


def test_long_fins_gain_nothing():
    assert fin_efficiency(60.0, sink(fin_height=1e-4)) == pytest.approx(1.0, rel=1e-5)
    long = sink(fin_height=1.0)
    m = math.sqrt(2 * 60.0 / (200.0 * 0.5e-3))
    assert fin_efficiency(60.0, long) == pytest.approx(1 / m, rel=1e-6)


def test_the_flow_for_a_resistance_has_it():
    flow = flow_for(sink(), 200.0, 0.1)
    assert sink_at(sink(), flow, 200.0).resistance == pytest.approx(0.1, rel=1e-9)
    assert flow_for(sink(), 200.0, 1e-3) is None


def test_too_little_air_is_no_answer():
    with pytest.raises(NoSolution, match="would leave the sink above 199 degC"):
        sink_at(sink(), 1e-3, 1000.0)


# ------------------------------------------------------------------------------- fans


def test_at_the_operating_point_fans_and_sink_agree():
    found = operating_point(sink(), 300.0)
    density = float(air_at(298.15).density(298.15))
    assert fans().pressure(found.flow, density) == pytest.approx(found.drop, rel=1e-9)


def test_fans_in_thin_air_make_less_pressure_and_as_much_flow():
    thin, thick = fans().pressure(0.03, 0.6), fans().pressure(0.03, 1.2)
    assert thin == pytest.approx(thick / 2, rel=1e-12)
    high = operating_point(sink(altitude=3000.0), 300.0)
    low = operating_point(sink(), 300.0)
    assert high.drop < low.drop
    assert high.resistance > low.resistance


def test_fan_power_by_hand():
    assert fans().power(0.05, 400.0) == pytest.approx(50.0, rel=1e-12)


def test_fans_that_stand_or_leave_their_table_are_refused():
    with pytest.raises(NoCoolantFlow, match="no fan runs"):
        fans(curve=Pumps(shutoff_pressure=1e3, quadratic_term=-1e5, running=0)).flow_against(
            lambda q: q, 1.2
        )
    short = fans(curve=Pumps(flows=(0.0, 0.01), pressures=(1000.0, 900.0)))
    with pytest.raises(BeyondPumpCurve, match="its curve at this speed ends at 36 m3/h"):
        short.flow_against(lambda q: 1e3 * q, 1.2)


# ------------------------------------------------------------------------------ cases


def test_the_wafer_on_air_is_far_above_its_limit(wafer):
    found = wafer.to_dict()
    assert found["junction_temperature_degC"] > 150
    assert wafer.flow_at_limit is None
    assert found["at_the_limit"] is None
    assert 0 < wafer.resistance_at_limit < wafer.state.resistance / 2
    # a perfect sink, by hand: 25 kW, 60 K, air at 25 degC
    assert wafer.least_flow == pytest.approx(25e3 / (1.184 * 1006 * 60), rel=2e-3)
    assert wafer.heat_at_limit == pytest.approx(
        25e3 * 60 / (found["junction_temperature_degC"] - 25), rel=1e-9
    )


def test_the_h100_at_its_limit_is_where_it_says(h100):
    """The flow at the limit, put in by the fans' speed, has the resistance that was asked for."""
    state = h100.at_limit
    assert state.resistance == pytest.approx(h100.resistance_at_limit, rel=1e-9)
    assert h100.resistance_at_limit == pytest.approx(
        h100.state.resistance + (85 - h100.to_dict()["junction_temperature_degC"]) / 700, rel=1e-9
    )


def test_heat_in_is_heat_out_and_the_film_is_the_sinks(wafer, h100):
    for found in (wafer, h100):
        assert found.cooled.answer.heat_balance < 1e-9
        face = found.cooled.answer.loaded.case.faces.top
        area = found.sink.base_area
        assert 1 / (face.film_coefficient * area) == pytest.approx(found.state.resistance)
    # even heat under the wafer's own size: the film's step is heat times resistance
    step = wafer.cooled.answer.temperature_budget["film"]
    assert step == pytest.approx(25e3 * wafer.state.resistance, rel=1e-6)


def test_flow_per_kilowatt_is_in_both_units(h100):
    found = h100.to_dict()
    assert found["air_flow_m3_h_per_kW"] == pytest.approx(h100.state.flow * 3600 / 0.7, rel=1e-9)
    assert found["air_flow_CFM"] * 1.699011 == pytest.approx(found["air_flow_m3_h"], rel=1e-6)
    assert found["fan_power_W"] == pytest.approx(
        h100.state.flow * h100.state.drop / 0.35, rel=1e-12
    )


def test_optimistic_ends_of_the_ranges_reach_the_published_band():
    """54 to 72 degC are published of nodes on air; what is assumed spans from above to it."""
    best = {
        "vapour_chamber.wick.conductivity": "176 W/m/K",
        "vapour_chamber.accommodation": 1.0,
        "layers.interface.resistance": "5 mm**2*K/W",
    }
    found = air_answer(load_case("h100-vapour-chamber", best))
    assert 54 < found.to_dict()["junction_temperature_degC"] < 72


def test_the_picture_shows_where_they_meet(h100):
    figure = air_figure(h100)
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels[0] == "the fan"
    assert labels[2].startswith(f"operating point: {h100.state.flow * 3600:.4g} m³/h")


def test_curves_cross_at_the_operating_point(h100):
    curves = h100.curves
    above = curves["fans"] - curves["sink"]
    crossing = np.interp(0.0, -above, curves["flow"])
    assert crossing == pytest.approx(h100.state.flow, rel=1e-3)
    assert cold_drop(h100.sink, h100.state.flow) < h100.state.drop


# --------------------------------------------------------------------------- commands


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_command_writes_its_files(tmp_path):
    done = run("air", "wafer-air", "--out", str(tmp_path / "o"))
    assert done.exit_code == 0
    assert "no flow through this sink keeps it" in done.output
    assert {p.name for p in (tmp_path / "o").iterdir()} == {"air.png", "air.csv", "air.json"}


def test_json_is_the_answer(wafer):
    found = json.loads(run("air", "wafer-air", "--json").stdout)
    assert found["junction_temperature_degC"] == wafer.to_dict()["junction_temperature_degC"]


def test_solve_names_the_command_that_is_meant():
    done = run("solve", "wafer-air", "--no-files")
    assert done.exit_code == 2
    assert "'waferflux air wafer-air' is meant" in done.stderr


def test_a_case_without_a_sink_is_refused():
    done = run("air", "slab", "--no-files")
    assert (done.exit_code, done.stderr) == (
        2,
        "slab: air_sink: missing; this command needs the section\n",
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"faces.top": {"temperature": "20 degC"}},
            "air_sink: found beside faces.top; one of the two is meant",
        ),
        ({"air_sink.channel_width": "3 mm"}, "a channel narrower than the pitch is meant"),
        ({"air_sink.fan.curve.quadratic_term": None}, "found half a polynomial"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(values, words):
    with pytest.raises(CaseError, match=words) as caught:
        load_case("wafer-air", values)
    assert "\n" not in str(caught.value)


def test_fans_that_do_not_carry_the_heat_have_no_answer():
    done = run("air", "wafer-air", "--no-files", "--set", "air_sink.fan.curve.count=1", "--set",
               "heat.power=60 kW")  # fmt: skip
    assert done.exit_code == 3
    assert done.stderr.startswith("NoSolution: ")


def test_numbers_of_the_page_are_the_answers(wafer):
    page = " ".join((ROOT / "docs" / "air.md").read_text(encoding="utf-8").split())
    found = wafer.to_dict()
    sentences = [
        f"{found['air_flow_m3_h']:.0f} m3/h ({found['air_flow_CFM']:.0f} CFM)",
        f"{found['air_flow_m3_h_per_kW']:.0f} m3/h for a kilowatt",
        f"{found['fan_power_W'] / 1e3:.1f} kW of fan power",
        f"would be at {found['junction_temperature_degC']:.0f} degC",
        f"carries {found['heat_at_limit_W'] / 1e3:.1f} kW",
        f"{found['sink_resistance_at_limit_K_W']:.4f} K/W where it has "
        f"{found['sink_resistance_K_W']:.4f}",
        f"would take {found['least_air_flow_m3_h']:.0f} m3/h",
        f"(efficiency {found['fin_efficiency']:.2f})",
    ]
    assert [words for words in sentences if words not in page] == []
