"""Vapour chambers: the wick's liquid against exact shapes, limits by hand, published estimates.

Conservation: liquid drawn is what condenses or comes in through the rim, heat in is heat out.
"""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text
from scipy.integrate import quad
from typer.testing import CliRunner

from studies import CaseError, load_case, solve
from studies.chamber_answer import chamber_answer
from studies.chamber_figure import chamber_figure
from studies.cli import app
from studies.validation.vapour_chambers import limit, table
from thermal.chamber_paths import Place, feed_of, liquid_flow, paths_of, vapour_shape
from thermal.coolant import OutOfFluidRange
from thermal.refrigerant import saturated_water
from thermal.vapour_chamber import (
    Posts,
    VapourChamber,
    boiling_limit,
    capillary_limit,
    chamber_layers,
    entrainment_limit,
    interface_coefficient,
    limits,
    sonic_limit,
)
from thermal.wick import (
    DISK_FROM_RIM,
    SQUARE_FROM_RIM,
    Wick,
    disk_in_a_ring,
    sintered_conductivity,
)
from thermal.wick_flow import flow_in_wick, pressure_round_post

FREEZING = 273.15
ROOT = Path(__file__).parents[1]
WATER = saturated_water(70 + FREEZING)
WAFER = Place(0.215, 0.215, 0.215, 0.215)
H100 = Place(0.1, 0.1, 0.026, 0.0313)
CASE_NAMES = ("h100-vapour-chamber", "wafer-vapour-chamber", "wafer-vapour-chamber-posts")


def wick(**changed):
    values = {
        "permeability": 7.81e-13, "pore_radius": 15e-6, "thickness": 1e-3, "conductivity": 40.0
    }  # fmt: skip
    return Wick(**(values | changed))


def chamber(**changed):
    values = {"wall_thickness": 0.5e-3, "wick": wick(), "vapour_gap": 1e-3}
    return VapourChamber(**(values | changed))


@pytest.fixture(scope="module")
def answers():
    return {name: chamber_answer(load_case(name)) for name in CASE_NAMES}


# ------------------------------------------------------------------------------ water


def test_vapour_beyond_the_table_is_refused():
    with pytest.raises(OutOfFluidRange, match=r"water: 0 degC is outside 1 to 200"):
        saturated_water(FREEZING)


# ----------------------------------------------------------------------------- shapes


def test_square_wick_is_the_square_plate_of_second_order():
    off = [
        liquid_flow(WAFER, 1.0, 1.0, n).drop / SQUARE_FROM_RIM - 1 for n in (20, 40, 80)
    ]  # fmt: skip
    assert abs(off[-1]) < 1.5e-4
    assert math.log2(off[0] / off[1]) == pytest.approx(2.0, abs=0.01)
    assert math.log2(off[1] / off[2]) == pytest.approx(2.0, abs=0.01)


def test_pressure_scales_with_heat_over_conductance():
    one = liquid_flow(WAFER, 1.0, 1.0, 20).drop
    assert liquid_flow(WAFER, 25e3, 4e-3, 20).drop == pytest.approx(one * 25e3 / 4e-3, rel=1e-12)


@pytest.mark.parametrize("place", [WAFER, H100, Place(0.1, 0.08, 0.03, 0.03)])
def test_liquid_drawn_is_what_arrives(place):
    flow = liquid_flow(place, 700.0, 3e-3, 40)
    assert flow.balance < 1e-9
    assert flow.heat[flow.heat > 0].sum() == pytest.approx(700.0, rel=0.03)  # less in cut cells
    assert (flow.through_rim > 0) == place.device_fills_it


def test_a_tight_wick_that_draws_more_than_condenses_is_refused():
    with pytest.raises(ValueError, match="more liquid drawn than condenses"):
        flow_in_wick(1.0, 1.0, np.ones((4, 4)), 1.0, False)


@pytest.mark.parametrize("ratio", [1.3, 3.5, 20.0])
def test_closed_forms_are_darcys_law_integrated(ratio):
    """Flow through each radius, summed: 1 W drawn in all, G = 1."""

    def in_disk(r):  # disk of radius 1, ring out to the ratio
        return r**2 if r < 1 else (ratio**2 - r**2) / (ratio**2 - 1)

    def drop(flow, start):
        parts = [(start, 1.0), (1.0, ratio)]
        return sum(quad(lambda r: flow(r) / (2 * np.pi * r), *span)[0] for span in parts)

    assert disk_in_a_ring(ratio) == pytest.approx(drop(in_disk, 1e-12), rel=1e-8)


def test_round_thin_posts_are_the_lattice_sum():
    """ln 2 / (4 pi), and the mean of Dietz (1965): (1 / 4 pi) ln(4 / (e^gamma 30.8828 a^2))."""
    off = []
    for radius in (0.1, 0.05, 0.025):
        drop = pressure_round_post(radius)
        off.append(abs((drop.max() - drop.mean()) * 4 * math.pi / math.log(2) - 1))
        dietz = math.log(4 / (math.exp(np.euler_gamma) * 30.8828 * radius**2)) / (4 * math.pi)
    assert drop.mean() == pytest.approx(dietz, rel=0.03)
    assert off[2] < 2e-3
    assert off[0] > 2 * off[1] > 4 * off[2]


def test_a_post_fed_finer_needs_less():
    """Toward the finest grid from above: what is shipped is on the safe side, by some 1 %."""
    coarse, fine = (float(pressure_round_post(1 / 6, n).max()) for n in (160, 320))
    assert fine < coarse < 1.01 * fine


def test_a_device_as_large_as_the_chamber_is_fed_from_its_rim():
    assert disk_in_a_ring(1 + 1e-7) == pytest.approx(DISK_FROM_RIM, rel=1e-6)
    assert feed_of(chamber(), WAFER) == "rim"
    assert feed_of(chamber(), H100) == "condenser round the device"
    assert vapour_shape(WAFER) == 0.0


# ----------------------------------------------------------------------------- limits


@pytest.mark.parametrize("row", table(), ids=lambda row: row["wick"])
def test_published_estimates_come_out_to_their_last_digit(row):
    for place, need in (("wafer", 25e3), ("h100", 700.0)):
        lying = limit(row, place, False)
        assert round(lying) == int(row[f"{place}_W"])
        assert round(limit(row, place, True)) == int(row[f"{place}_upright_W"])
        digits = len(row[f"{place}_need"].partition(".")[2])
        assert round(need / lying, digits) == float(row[f"{place}_need"])


def test_limits_by_hand():
    """Water at 70 degC: sigma 0.06454 N/m, h 2.3330 MJ/kg, 0.19843 kg/m3 of vapour."""
    plain = chamber(nucleation_radius=2e-6)
    paths = replace(paths_of(plain, WAFER, 20), liquid=SQUARE_FROM_RIM)
    assert capillary_limit(plain, paths, WATER) == pytest.approx(
        2 * 0.06454 / 15e-6 * (7.81e-13 * 1e-3 * 977.73 * 2.3330e6 / 4.0353e-4) / 0.0736714,
        rel=1e-3,
    )
    superheat = 343.15 / (2.3330e6 * 0.19843) * 2 * 0.06454 * (1 / 2e-6 - 1 / 15e-6)
    assert boiling_limit(plain, paths, WATER) == pytest.approx(
        0.046225 * 40 / 1e-3 * superheat, rel=1e-3
    )
    assert entrainment_limit(plain, paths, WATER) == pytest.approx(
        0.046225 * 2.3330e6 * math.sqrt(0.06454 * 0.19843 / 30e-6), rel=1e-3
    )
    ratio = 1986.2 / 1493.7
    speed = math.sqrt(ratio * 461.52 * 343.15 / (2 * (ratio + 1)))
    assert sonic_limit(paths, WATER) == pytest.approx(
        0.046225 * 0.19843 * 2.3330e6 * speed, rel=1e-3
    )


def test_upright_the_wick_holds_the_head_too():
    lying = paths_of(chamber(), WAFER, 20)
    upright = paths_of(chamber(orientation="vertical"), WAFER, 20)
    share = 977.73 * 9.81 * 0.215 / (2 * 0.064538 / 15e-6)
    ratio = capillary_limit(chamber(), upright, WATER) / capillary_limit(chamber(), lying, WATER)
    assert ratio == pytest.approx(1 - share, rel=1e-4)
    coarse = chamber(orientation="vertical", wick=wick(pore_radius=100e-6))
    assert capillary_limit(coarse, upright, WATER) == 0.0


def test_vapour_in_a_narrow_gap_takes_its_part():
    wide, narrow = (chamber(vapour_gap=gap) for gap in (5e-3, 0.1e-3))
    paths = paths_of(wide, H100, 40)
    assert capillary_limit(wide, paths, WATER) > capillary_limit(narrow, paths, WATER)
    none = replace(paths, vapour=0.0)
    assert capillary_limit(wide, none, WATER) == pytest.approx(
        capillary_limit(wide, paths, WATER), rel=1e-3
    )


def test_posts_carry_the_liquid_by_hand():
    """One cell of 4 mm round a post of 0.5 mm radius, times as many as the wafer has."""
    posted = chamber(posts=Posts(pitch=4e-3, radius=0.5e-3))
    paths = paths_of(posted, WAFER)
    cell = pressure_round_post(0.5 / 4.0).max() / wick().conductance(WATER)
    along = 1e-3 / (math.pi * 0.5e-3**2) * 1e-3 / wick().conductance(WATER)
    one = wick().capillary_pressure(WATER) / (cell + along)
    assert capillary_limit(posted, paths, WATER) == pytest.approx(
        one * 0.215**2 / 4e-3**2, rel=1e-12
    )
    share = math.pi * 0.5**2 / 4**2
    assert paths.vapour_area == pytest.approx(0.215**2 * (1 - share), rel=1e-12)
    assert chamber_layers(posted, WATER)[2].along == pytest.approx(
        (1 - share) * chamber_layers(chamber(), WATER)[2].along, rel=1e-12
    )


def test_closer_posts_carry_more_until_boiling_binds():
    def at(pitch):
        posted = chamber(posts=Posts(pitch=pitch, radius=pitch / 6))
        return limits(posted, paths_of(posted, WAFER), WATER)

    far, near = at(12e-3), at(4e-3)
    assert near["capillary"] > far["capillary"]
    assert min(far, key=far.get) == "capillary"
    assert min(near, key=near.get) == "boiling"


# ------------------------------------------------------------------------- conduction


def test_sintered_copper_lies_between_its_parts():
    assert sintered_conductivity(390.0, 0.66, 1e-12) == pytest.approx(390.0)
    assert sintered_conductivity(390.0, 0.66, 1 - 1e-12) == pytest.approx(0.66)
    given, found = wick(), wick(conductivity=None, porosity=0.45)
    assert found.conductivity_with(WATER) == pytest.approx(175.5, abs=0.1)
    assert given.conductivity_with(WATER) == 40.0


def test_interface_at_full_accommodation_is_the_kinetic_limit():
    """Water at 100 degC by hand: 2.2565 MJ/kg, 0.5982 kg/m3."""
    boiling = saturated_water(373.15)
    full = interface_coefficient(1.0, boiling)
    by_hand = 2 * 2.2565e6**2 * 0.5982 / 373.15 * math.sqrt(1 / (2 * np.pi * 461.5 * 373.15))
    assert full == pytest.approx(by_hand * (1 - 101325 / (2 * 0.5982 * 2.2565e6)), rel=2e-3)
    assert interface_coefficient(0.1, boiling) / full == pytest.approx(0.1 / 1.9, rel=1e-12)


# ------------------------------------------------------------------------------ cases


def test_the_wafer_dries_out_and_posts_carry_it(answers):
    bare, posted = answers["wafer-vapour-chamber"], answers["wafer-vapour-chamber-posts"]
    assert (bare.binding, bare.carries) == ("capillary", False)
    assert 45 < 1 / bare.margin < 60
    assert bare.dry_share > 0.9
    assert bare.to_dict()["junction_temperature_degC"] is None
    assert posted.carries
    # at 70 degC, by disks: the estimate of 52 times
    warm = limits(bare.chamber, replace(bare.paths, liquid=DISK_FROM_RIM), WATER)
    assert 25e3 / warm["capillary"] == pytest.approx(52.37, abs=0.01)
    # disks of the same area carry 7 % less than the square
    assert bare.by_disks / bare.limits["capillary"] == pytest.approx(
        bare.paths.liquid / DISK_FROM_RIM, rel=1e-12
    )
    assert posted.without_posts == pytest.approx(bare.limits["capillary"], rel=0.01)
    assert posted.limits["capillary"] / posted.without_posts > 100


def test_the_h100_is_carried_with_room(answers):
    found = answers["h100-vapour-chamber"]
    assert found.carries
    assert found.feed == "condenser round the device"
    assert found.margin > 2
    assert found.dry_share == 0.0
    assert 60 < found.cooled.junction_temperature - FREEZING < 100


def test_heat_in_is_heat_out_and_the_budget_adds_up(answers):
    for found in answers.values():
        assert found.cooled.answer.heat_balance < 1e-9
        assert found.liquid is None or found.liquid.balance < 1e-9
        outside = found.cooled.answer.loaded.case.faces.top.temperature
        steps = sum(found.cooled.answer.temperature_budget.values())
        assert outside + steps == pytest.approx(found.cooled.junction_temperature, abs=1e-6)


def test_even_heat_goes_through_the_layers_by_hand(answers):
    """The wafer's heat passes straight: flux times thickness over conductivity."""
    found = answers["wafer-vapour-chamber"]
    flux, budget = 25e3 / 0.215**2, found.cooled.answer.temperature_budget
    for layer in chamber_layers(found.chamber, found.water):
        step = flux * layer.thickness / layer.across
        assert budget[layer.name] == pytest.approx(step, rel=1e-5)


def test_vapour_is_at_the_temperature_of_its_properties(answers):
    found = answers["wafer-vapour-chamber"]
    budget = found.cooled.answer.temperature_budget
    below = [budget[k] for k in ("film", "condenser wall", "condenser wick")]
    middle = 21 + FREEZING + sum(below) + budget["vapour"] / 2
    assert found.water.temperature == pytest.approx(middle, abs=2e-3)


def test_a_picture_has_the_need_and_the_limits(answers):
    for found in answers.values():
        figure = chamber_figure(found)
        words = {t.get_text() for t in figure.findobj(Text)}
        assert {"capillary", "boiling", "entrainment", "sonic"} <= words
        assert any(word.startswith("Binds:") for word in words)
        assert len(figure.axes) == (1 if found.liquid is None else 3)


# --------------------------------------------------------------------------- commands


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_command_writes_its_files_and_says_the_verdict(tmp_path):
    done = run("vapour-chamber", "wafer-vapour-chamber", "--out", str(tmp_path / "o"))
    assert done.exit_code == 0
    assert "dries out" in done.output
    assert "binds             capillary" in done.output
    names = {p.name for p in (tmp_path / "o").iterdir()}
    assert names == {"vapour-chamber.png", "vapour-chamber.csv", "vapour-chamber.json"}


def test_json_is_the_answer():
    done = run("vapour-chamber", "wafer-vapour-chamber-posts", "--json")
    found = json.loads(done.stdout)
    assert found["binding"] in found["limits_W"]
    assert found["margin"] == found["limits_W"][found["binding"]] / found["heat_W"]
    assert found["junction_temperature_degC"] == found["junction_temperature_if_wet_degC"]


def test_solve_names_the_command_that_is_meant():
    done = run("solve", "wafer-vapour-chamber", "--no-files")
    assert done.exit_code == 2
    assert "'waferflux vapour-chamber wafer-vapour-chamber' is meant" in done.stderr
    with pytest.raises(CaseError, match="waferflux vapour-chamber"):
        solve(load_case("h100-vapour-chamber"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"vapour_chamber.wick.porosity": 0.4}, "found both; either 'conductivity' or 'porosity'"),
        ({"vapour_chamber.nucleation_radius": "1 mm"}, "less than the pores' is meant"),
        (
            {"vapour_chamber.posts": {"pitch": "1 mm", "radius": "0.6 mm"}},
            "posts that stand apart are meant",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(values, words):
    with pytest.raises(CaseError, match=words) as caught:
        load_case("wafer-vapour-chamber", values)
    assert "\n" not in str(caught.value)


def test_a_case_without_a_chamber_or_with_a_small_one_is_refused():
    done = run("vapour-chamber", "slab", "--no-files")
    assert done.exit_code == 2
    assert done.stderr == (
        "slab: vapour_chamber: missing; this command needs the section\n"
    )  # fmt: skip
    small = {"vapour_chamber.width": "100 mm", "vapour_chamber.height": "100 mm"}
    with pytest.raises(CaseError, match="found smaller than the device"):
        chamber_answer(load_case("wafer-vapour-chamber", small))


def test_a_chamber_that_freezes_has_no_answer():
    cold = {"faces.top.temperature": "-90 degC"}
    done = run("vapour-chamber", "wafer-vapour-chamber", "--no-files",
               *(part for k, v in cold.items() for part in ("--set", f"{k}={v}")))  # fmt: skip
    assert done.exit_code == 3
    assert done.stderr.startswith("NoSolution: water: ")


def test_numbers_of_the_page_are_the_answers(answers):
    page = " ".join((ROOT / "docs" / "vapour-chamber.md").read_text(encoding="utf-8").split())
    bare, h100 = answers["wafer-vapour-chamber"], answers["h100-vapour-chamber"]
    best = {
        "vapour_chamber.wick.conductivity": "176 W/m/K",
        "vapour_chamber.accommodation": 1.0,
        "layers.interface.resistance": "5 mm**2*K/W",
    }
    good = chamber_answer(load_case("h100-vapour-chamber", best)).cooled.junction_temperature
    sentences = [
        f"(60 degC: {bare.limits['capillary']:.0f} W, the need is {1 / bare.margin:.1f} times",
        f"comes to {h100.cooled.junction_temperature - FREEZING:.1f} degC",
        f"to {good - FREEZING:.1f} degC at the good ends",
    ]
    for pitch in (20, 10, 6, 4):
        values = {"vapour_chamber.posts.pitch": f"{pitch} mm"}
        found = chamber_answer(load_case("wafer-vapour-chamber-posts", values))
        kilowatts = [
            f"{watts / 1e3:.{1 if watts < 1e4 else 0}f} kW"
            for watts in (found.limits["capillary"], found.through_both_wicks,
                          found.limits["boiling"])
        ]  # fmt: skip
        taken = f"{100 * (1 - found.chamber.open_share):.0f} %"
        sentences.append(f"| {pitch} mm | {' | '.join([*kilowatts, taken, found.binding])} |")
        if pitch == 6:
            gain = found.limits["capillary"] / found.without_posts
            sentences.append(f"{gain:.0f} times that without posts and {found.margin:.1f} times")
    assert [words for words in sentences if words not in page] == []
