"""Boiling in a cold plate's channels: tables, correlations, and the march along a channel.

Conservation: ``G A (h_out - h_in)`` is the heat put in, and ``p + G^2 v`` falls by friction alone.
"""

import runpy
from dataclasses import replace
from importlib.resources import files

import fluids
import ht
import numpy as np
import pytest
from CoolProp.CoolProp import PropsSI

from geometry.errors import ChokedFlow, DriedOut
from studies.validation.boiling import drying_flux, unchanging
from thermal.cold_plate import Channels, base_resistance, header_loss, pressure_drop
from thermal.coolant import OutOfFluidRange
from thermal.flow_boiling import (
    dryout_quality,
    homogeneous_viscosity,
    homogeneous_volume,
    katto_ohno_flux,
    kim_mudawar_film,
    li_wu_film,
)
from thermal.refrigerant import TABLES, refrigerant
from thermal.two_phase_plate import BoilingChannel, boil

CHANNELS = Channels(channel_width=0.3e-3, pitch=0.6e-3)
HEIGHT, LENGTH, COPPER = 3e-3, 0.1, 390.0
FLUX = 5.4e5
NAMES = list(TABLES)


# ------------------------------------------------------------------------------- tables


def test_saturation_tables_are_those_the_script_makes():
    script = runpy.run_path(str(files("thermal") / "data" / "make_saturation_tables.py"))
    assert sorted(script["TABLES"]) == sorted(TABLES.values())
    for file_name, arguments in script["TABLES"].items():
        made = script["table_text"](*arguments).splitlines()
        kept = (files("thermal") / "data" / file_name).read_text(encoding="utf-8").splitlines()
        assert made[2:4] == kept[2:4]
        for new, old in zip(made[4:], kept[4:], strict=True):
            numbers = [np.array(row.split(","), float) for row in (new, old)]
            assert numbers[0] == pytest.approx(numbers[1], rel=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_between_the_rows_a_refrigerant_is_coolprop_s(name):
    fluid = refrigerant(name)
    kelvin = np.arange(fluid.kelvin[0] + 1.37, fluid.kelvin[-1] - 1, 9.1)
    found = fluid.at_temperature(kelvin)
    of = "HEOS::" + {"water": "Water"}.get(name, name)
    for field, key, quality in (
        ("pressure", "P", 0),
        ("liquid_density", "D", 0),
        ("vapour_density", "D", 1),
        ("liquid_viscosity", "V", 0),
        ("surface_tension", "I", 0),
    ):
        expected = [PropsSI(key, "T", t, "Q", quality, of) for t in kelvin]
        assert getattr(found, field) == pytest.approx(np.array(expected), rel=1e-6)
    enthalpies = np.array([[PropsSI("H", "T", t, "Q", q, of) for t in kelvin] for q in (0, 1)])
    assert found.latent_heat == pytest.approx(enthalpies[1] - enthalpies[0], rel=1e-6)
    assert fluid.critical_pressure == pytest.approx(PropsSI("PCRIT", of), rel=1e-6)
    assert fluid.at_pressure(found.pressure).temperature == pytest.approx(kelvin, abs=1e-5)
    assert fluid.liquid_temperature(found.liquid_enthalpy) == pytest.approx(kelvin, abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_vapour_is_light_enough_for_katto_and_ohno(name):
    state = refrigerant(name).at_temperature(refrigerant(name).kelvin)
    assert np.all(state.vapour_density < 0.15 * state.liquid_density)


def test_a_wrong_name_and_a_state_outside_are_refused_in_one_line():
    with pytest.raises(ValueError, match=r"^refrigerant: found 'R22'; one of R134a, "):
        refrigerant("R22")
    with pytest.raises(OutOfFluidRange, match=r"^R134a: 90 degC is outside -40 to 70 degC$"):
        refrigerant("R134a").at_temperature(363.15)
    with pytest.raises(OutOfFluidRange, match=r"^R134a: 10 kPa is outside 51.21 to 2117 kPa$"):
        refrigerant("R134a").at_pressure(1e4)


# -------------------------------------------------------------------------- correlations


@pytest.fixture(scope="module", params=NAMES)
def state(request):
    fluid = refrigerant(request.param)
    return fluid, fluid.at_temperature(303.15)


def tube(fluid, mass_flux, diameter, quality):
    """What ht and fluids ask for of a tube."""
    return {
        "m": mass_flux * np.pi / 4 * diameter**2,
        "x": quality,
        "D": diameter,
        "rhol": float(fluid.liquid_density),
        "rhog": float(fluid.vapour_density),
        "mul": float(fluid.liquid_viscosity),
        "kl": float(fluid.liquid_conductivity),
        "Hvap": float(fluid.latent_heat),
        "sigma": float(fluid.surface_tension),
    }


@pytest.mark.parametrize("quality", [0.01, 0.3, 0.8])
def test_li_and_wu_is_ht_s(state, quality):
    fluid = state[1]
    expected = ht.boiling_flow.Li_Wu(q=5e4, **tube(fluid, 400.0, 0.5e-3, quality))
    found = li_wu_film(fluid, 400.0, quality, 5e4, 0.5e-3)
    assert float(found) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("quality", [0.01, 0.3, 0.8])
def test_the_mixture_is_that_of_fluids(state, quality):
    f = state[1]
    expected = fluids.gas_liquid_viscosity(
        quality, mul=f.liquid_viscosity, mug=f.vapour_viscosity, Method="McAdams"
    )
    assert float(homogeneous_viscosity(f, quality)) == pytest.approx(expected, rel=1e-12)
    void = fluids.homogeneous(quality, rhol=f.liquid_density, rhog=f.vapour_density)
    density = void * f.vapour_density + (1 - void) * f.liquid_density
    # where void is all but 1, its rounding is that of the liquid's share
    assert float(homogeneous_volume(f, quality)) == pytest.approx(1 / density, rel=1e-10)


def groups(fluid, mass_flux, wall_flux, diameter):
    """Boiling, Weber, capillary and Prandtl number by the library fluids."""
    boiling = fluids.Boiling(G=mass_flux, q=wall_flux, Hvap=fluid.latent_heat)
    velocity = mass_flux / fluid.liquid_density
    weber = fluids.Weber(
        V=velocity, L=diameter, rho=fluid.liquid_density, sigma=fluid.surface_tension
    )
    capillary = fluids.Capillary(V=velocity, mu=fluid.liquid_viscosity, sigma=fluid.surface_tension)
    prandtl = fluids.Prandtl(
        Cp=fluid.liquid_heat_capacity, mu=fluid.liquid_viscosity, k=fluid.liquid_conductivity
    )
    return boiling, weber, capillary, prandtl


@pytest.mark.parametrize("quality", [0.05, 0.3, 0.7])
def test_kim_and_mudawar_s_film_from_the_groups_of_other_libraries(state, quality):
    fluid, f = state
    G, q, D, share = 400.0, 5e4, 0.5e-3, 0.95
    boiling, weber, _, prandtl = groups(f, G, q, D)
    martinelli = fluids.Lockhart_Martinelli_Xtt(
        quality, f.liquid_density, f.vapour_density, f.liquid_viscosity, f.vapour_viscosity, n=0.2
    )
    reynolds = fluids.Reynolds(D=D, rho=f.liquid_density, mu=f.liquid_viscosity,
                               V=G * (1 - quality) / f.liquid_density)  # fmt: skip
    alone = ht.conv_internal.turbulent_Dittus_Boelter(reynolds, prandtl, revised=True)
    alone = alone * f.liquid_conductivity / D
    ratio = f.vapour_density / f.liquid_density
    reduced = f.pressure / fluid.critical_pressure
    nucleate = 2345 * (boiling * share) ** 0.7 * reduced**0.38 * (1 - quality) ** -0.51 * alone
    convective = 5.2 * (boiling * share) ** 0.08 * weber**-0.54
    convective = (convective + 3.5 * martinelli**-0.94 * ratio**0.25) * alone
    found = kim_mudawar_film(f, fluid.critical_pressure, G, quality, q, D, share)
    assert float(found) == pytest.approx(np.hypot(nucleate, convective), rel=1e-12)


def test_kim_and_mudawar_s_dryout_from_the_groups_of_another_library(state):
    fluid, f = state
    boiling, weber, capillary, _ = groups(f, 400.0, 5e4, 0.5e-3)
    expected = (
        1.4 * weber**0.03 * (f.pressure / fluid.critical_pressure) ** 0.08
        - 15.0 * (boiling * 0.95) ** 0.15 * capillary**0.35
        * (f.vapour_density / f.liquid_density) ** 0.06
    )  # fmt: skip
    found = dryout_quality(f, fluid.critical_pressure, 400.0, 5e4, 0.5e-3, 0.95)
    assert float(found) == pytest.approx(float(expected), rel=1e-12)


def katto_ohno_by_regime(f, G, L, D, subcooling):
    """Regime by regime with the logarithms, as a handbook lists it."""
    ln, exp = np.log, np.exp
    weber = ln(G**2 * L / (f.surface_tension * f.liquid_density))
    ratio = ln(f.vapour_density / f.liquid_density)
    slender = L / D
    if slender < 50:
        constant = 0.25
    elif slender > 150:
        constant = 0.34
    else:
        constant = 0.25 + 0.0009 * (slender - 50)
    low = constant * exp(-0.043 * weber) / slender
    high = 0.10 * exp(0.133 * ratio - weber / 3) / (1 + 0.0031 * slender)
    other = 0.098 * exp(0.133 * ratio - 0.433 * weber + 0.27 * ln(slender)) / (1 + 0.0031 * slender)
    base = low if low < high else min(high, other)
    first = 1.043 / (4 * constant * exp(-0.043 * weber))
    second = 5 / 6 * (0.0124 + D / L) / exp(0.133 * ratio - weber / 3)
    return base * (1 + max(first, second) * subcooling / f.latent_heat) * G * f.latent_heat


@pytest.mark.parametrize("mass_flux", [30.0, 400.0, 4000.0])
@pytest.mark.parametrize("length", [0.005, 0.05, 0.2])
def test_katto_and_ohno_regime_by_regime(state, mass_flux, length):
    expected = katto_ohno_by_regime(state[1], mass_flux, length, 0.6e-3, 8e3)
    found = katto_ohno_flux(state[1], mass_flux, length, 0.6e-3, 8e3)
    assert float(found) == pytest.approx(float(expected), rel=1e-12)


def test_in_a_long_tube_the_critical_quality_hardly_knows_the_inlet():
    """The long tube's K makes the outlet's quality rise with 0.043 of the inlet's subcooling."""
    f, G, L, D = refrigerant("R134a").at_temperature(298.15), 400.0, 0.2, 0.6e-3
    quality = [
        4 * L / D * float(katto_ohno_flux(f, G, L, D, lack)) / (G * f.latent_heat)
        - lack / f.latent_heat
        for lack in (0.0, 2e4)
    ]
    assert quality[1] - quality[0] == pytest.approx(0.043 * 2e4 / float(f.latent_heat), rel=1e-9)
    assert 0.5 < quality[0] < 1


# ------------------------------------------------------------------------------- march


def channel(mass_flux=450.0, subcooling=5.0, fluid=None, celsius=25.0, **other):
    fluid = fluid or refrigerant("R134a")
    inlet = fluid.at_temperature(celsius + 273.15)
    liquid = fluid.at_temperature(celsius + 273.15 - subcooling)
    return BoilingChannel(
        CHANNELS, HEIGHT, COPPER, fluid, float(inlet.pressure), float(liquid.liquid_enthalpy),
        mass_flux, **other,
    )  # fmt: skip


def even(stations, flux=FLUX):
    return np.linspace(0, LENGTH, stations + 1), np.full(stations, flux)


def test_heat_is_kept():
    edges, _ = even(60)
    flux = FLUX * (1 + 0.5 * np.sin(40 * edges[1:]))
    one = channel()
    found = boil(one, edges, flux)
    heat = np.sum(flux * np.diff(edges)) * CHANNELS.pitch
    # what leaves, told from quality and pressure alone
    out = one.fluid.at_pressure(found.pressure[-1])
    enthalpy = out.liquid_enthalpy + found.quality[-1] * out.latent_heat
    taken = one.mass_flux * one.area * (float(enthalpy) - one.inlet_enthalpy)
    assert taken == pytest.approx(heat, rel=1e-9)


def test_momentum_is_kept_so_that_acceleration_is_exact():
    one = channel(subcooling=0.0)
    one = replace(one, inlet_enthalpy=one.inlet_enthalpy + 5e3)
    found = boil(one, *even(7))
    (x_in, x_out), ends = found.quality[[0, -1]], one.fluid.at_pressure(found.pressure[[0, -1]])
    densities = zip(found.quality[[0, -1]], ends.liquid_density, ends.vapour_density, strict=True)
    void = [fluids.homogeneous(x, rhol=rho_f, rhog=rho_g) for x, rho_f, rho_g in densities]
    expected = fluids.two_phase.two_phase_dP_acceleration(
        m=1.0, D=np.sqrt(4 / np.pi / one.mass_flux), xi=x_in, xo=x_out,
        alpha_i=void[0], alpha_o=void[1], rho_li=ends.liquid_density[0],
        rho_gi=ends.vapour_density[0], rho_lo=ends.liquid_density[1], rho_go=ends.vapour_density[1],
    )  # fmt: skip
    assert found.pressure_drop - found.friction_drop == pytest.approx(expected, rel=1e-9)


def test_with_constant_properties_quality_is_linear():
    fluid = unchanging()
    one = channel(fluid=fluid, subcooling=0.0)
    found = boil(one, *even(40))
    slope = FLUX * CHANNELS.pitch / (one.mass_flux * one.area * float(
        fluid.at_temperature(298.15).latent_heat))  # fmt: skip
    assert found.quality == pytest.approx(slope * found.position, abs=1e-12)
    assert found.quality[-1] > 0.4


def test_all_liquid_is_the_cold_plate_of_one_phase():
    """Pressure drop and wall are those of thermal.cold_plate, which knows no boiling."""
    one = channel(mass_flux=300.0, subcooling=30.0, celsius=40.0)
    flux = 2000.0
    found = boil(one, *even(50, flux))
    assert np.all(found.quality < 0)
    # for the pressure the liquid is that of saturation, 40 degC
    hot = one.fluid.at_temperature(313.15)
    args = (hot.liquid_density, hot.liquid_viscosity)
    velocity = 300.0 / float(hot.liquid_density)
    whole = pressure_drop(CHANNELS, HEIGHT, LENGTH, velocity, *args)
    reynolds = CHANNELS.reynolds(HEIGHT, velocity, *args)
    ends = header_loss(CHANNELS, reynolds, LENGTH / CHANNELS.hydraulic_diameter(HEIGHT))
    rubbed = float(whole - ends * hot.liquid_density * velocity**2 / 2)
    assert found.pressure_drop == pytest.approx(rubbed, rel=1e-4)
    liquid = one.fluid.liquid_temperature((found.enthalpy[1:] + found.enthalpy[:-1]) / 2)
    for i in (0, -1):
        conductivity = float(one.fluid.at_temperature(liquid[i]).liquid_conductivity)
        resistance = base_resistance(CHANNELS, HEIGHT, COPPER, conductivity)
        assert found.root_temperature[i] - liquid[i] == pytest.approx(flux * resistance, rel=1e-9)


def test_second_order_in_the_stations():
    # laminar all along: where the regime changes, friction has a kink
    one = channel(mass_flux=120.0, subcooling=0.0)
    drops = [boil(one, *even(n, 1e5)).pressure_drop for n in (16, 32, 64, 128)]
    errors = np.abs(np.diff(drops))
    assert np.log2(errors[:-1] / errors[1:]) == pytest.approx(2.0, abs=0.1)


def test_with_a_subcooled_inlet_the_kink_keeps_second_order_on_average():
    one = channel(subcooling=5.0)
    drops = np.array([boil(one, *even(n)).pressure_drop for n in (20, 160)])
    exact = boil(one, *even(2000)).pressure_drop
    errors = np.abs(drops - exact)
    assert np.log(errors[0] / errors[1]) / np.log(8) > 1.6


def test_saturation_temperature_falls_with_the_pressure():
    found = boil(channel(), *even(50))
    assert np.all(np.diff(found.pressure) < 0)
    assert np.all(np.diff(found.saturation_temperature) < 0)


def test_more_flow_leaves_less_vapour_and_more_margin_for_more_pressure():
    found = [boil(channel(g), *even(50)) for g in (350.0, 500.0, 700.0, 900.0)]
    assert np.all(np.diff([one.quality[-1] for one in found]) < 0)
    assert np.all(np.diff([one.margin.min() for one in found]) > 0)
    assert np.all(np.diff([one.pressure_drop for one in found]) > 0)


def test_more_heat_makes_more_vapour_a_hotter_plate_and_less_margin():
    found = [boil(channel(), *even(50, flux)) for flux in (1e5, 2e5, 4e5)]
    assert np.all(np.diff([one.quality[-1] for one in found]) > 0)
    assert np.all(np.diff([one.root_temperature[-1] for one in found]) > 0)
    assert np.all(np.diff([one.margin.min() for one in found]) < 0)


def test_the_wall_of_boiling_is_the_film_s_on_the_fins():
    one = channel(subcooling=0.0)
    found = boil(one, *even(50))
    # one fin by itself: a root of h P k A and a tanh, without efficiency
    film = found.film[25]
    half = CHANNELS.wall_thickness / 2
    growth = np.sqrt(film / (COPPER * half))
    heat = np.sqrt(film * COPPER * half) * np.tanh(growth * HEIGHT)
    floor = film * CHANNELS.channel_width / 2
    saturated = found.saturation_temperature[25:27].mean()
    rise = FLUX * CHANNELS.pitch / 2 / (heat + floor)
    assert found.root_temperature[25] - saturated == pytest.approx(rise, abs=1e-3)


def test_where_the_critical_flux_is_passed_the_plate_s_temperature_is_not_told():
    found = boil(channel(260.0), *even(100))
    assert found.margin.min() > 1  # the film breaks before the critical flux
    assert not found.wet.all()
    assert found.wet[:30].all()
    assert np.isnan(found.root_temperature[~found.wet]).all()
    assert np.isfinite(found.root_temperature[found.wet]).all()


def test_a_channel_that_dries_out_says_where():
    with pytest.raises(DriedOut, match=r"all vapour \d+ mm into channels of 100 mm"):
        boil(channel(150.0), *even(100))


def test_a_flow_that_chokes_says_where():
    with pytest.raises(ChokedFlow, match=r"\d+ mm into channels of 100 mm"):
        boil(channel(12.0, fluid=refrigerant("water"), celsius=40.0), *even(100))


def test_without_heat_nothing_boils():
    found = boil(channel(subcooling=0.0), *even(20, 0.0))
    assert np.all(np.isinf(found.margin))
    assert found.root_temperature == pytest.approx(found.saturation_temperature[:-1], abs=0.1)


def test_a_second_opinion_on_the_film_moves_only_the_wall():
    first, second = (boil(channel(film=f), *even(50)) for f in
                     ("Kim and Mudawar 2013", "Li and Wu 2010"))  # fmt: skip
    assert np.array_equal(first.pressure, second.pressure)
    assert not np.allclose(first.root_temperature, second.root_temperature, atol=0.1)


@pytest.mark.parametrize("celsius", [20.0, 40.0])
@pytest.mark.parametrize("subcooling", [0.0, 10.0])
def test_a_measured_heat_sink_dries_where_it_did(celsius, subcooling):
    """Between 38.9 and 48.9 W/cm2; what it does not say of its state is worth a tenth."""
    assert 43 < drying_flux(celsius, subcooling) < 58
