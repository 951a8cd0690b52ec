"""Racks: the law behind a vendor's table of flows, cases that extend others, and the comparison.

Conservation: what leaves in the coolant is its flow times its heat capacity times its rise; every
watt that a machine draws from the wall is found again.
"""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from studies import CaseError, load_case, shipped_cases, solve
from studies.cli import app
from studies.compare import at_inlet, compare, device_heat, in_figures
from studies.plant_study import study as plant_study
from thermal.coolant import constant_fluid, named_fluid
from thermal.rack import NoFlow, Rack, RackFlow, volumetric_heat_capacity

WATER = named_fluid("water")
COARSE = {"grid.along_x": 14, "grid.along_y": 12}
RACKS = ("gb200-nvl72", "gb300-nvl72", "vera-rubin")
CELSIUS = 273.15
PAGE = (Path(__file__).parent.parent / "docs" / "racks.md").read_text(encoding="utf-8")


def gb300():
    return load_case("gb300-nvl72").case.rack


# ---------------------------------------------------------------- the law behind the table


def test_constant_outlet_meets_the_vendors_table():
    """One fitted number, the outlet; heat (90 % of 135 kW) and water are inputs."""
    rack = gb300()
    flows = [rack.flow_at(t, WATER) for t in rack.flow.inlet_temperature]
    assert np.abs(np.divide(flows, rack.flow.flow) - 1).max() < 0.012
    drops = [rack.flow.drop(flow) for flow in flows]
    assert np.abs(np.divide(drops, rack.flow.pressure_drop) - 1).max() < 0.03
    assert rack.flow.outlet(rack.liquid_heat, WATER) - CELSIUS == pytest.approx(54.84, abs=0.01)


@pytest.mark.parametrize(("heat", "worst"), [(121.5e3, 0.012), (135e3, 0.045)])
def test_the_table_itself_tells_how_much_heat_is_in_the_liquid(heat, worst):
    """The whole 135 kW fits the table four times worse than 90 % of it."""
    flow = gb300().flow
    rows = zip(flow.inlet_temperature, flow.flow, strict=True)
    off = [flow.at(t, heat, WATER) / v - 1 for t, v in rows]
    assert worst * 0.9 < np.abs(off).max() < worst * 1.1


def test_the_fit_finds_the_outlet_that_made_the_table():
    fluid = constant_fluid(1000.0, 4000.0, 1e-3, 0.6)
    inlets = [290.0, 300.0, 310.0]
    made = [50e3 / (4e6 * (327.5 - t)) for t in inlets]
    drops = [2e9 * v**1.7 for v in made]
    flow = RackFlow(law="constant outlet", flow=made, inlet_temperature=inlets, pressure_drop=drops)
    assert flow.outlet(50e3, fluid) == pytest.approx(327.5, abs=1e-6)
    assert flow.at(295.0, 50e3, fluid) == pytest.approx(50e3 / (4e6 * 32.5), rel=1e-6)
    assert flow.drop(1.3 * made[0]) == pytest.approx(2e9 * (1.3 * made[0]) ** 1.7, rel=1e-9)


def test_one_row_of_pressure_grows_with_the_square_of_the_flow():
    flow = RackFlow(law="fixed", flow=["100 L/min"], pressure_drop=["50 kPa"])
    assert flow.drop(2 * flow.flow[0]) == pytest.approx(200e3, rel=1e-12)
    assert RackFlow(law="fixed", flow=["100 L/min"]).drop(1e-3) is None


def test_a_table_is_met_on_its_rows_and_refused_outside():
    rack = load_case("gb300-nvl72", {"rack.flow.law": "table"}).case.rack
    for inlet, flow in zip(rack.flow.inlet_temperature, rack.flow.flow, strict=True):
        assert rack.flow_at(inlet, WATER) == pytest.approx(flow, rel=1e-12)
    for celsius in (24.9, 45.1):
        with pytest.raises(NoFlow, match="outside the table of flows, 25 to 45 degC"):
            rack.flow_at(celsius + CELSIUS, WATER)


def test_no_flow_is_enough_at_the_outlet_temperature():
    with pytest.raises(NoFlow, match=r"not below the 54\.8 degC"):
        gb300().flow_at(54.85 + CELSIUS, WATER)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rack.flow.law": "fixed"}, "one flow alone is meant"),
        ({"rack.flow.inlet_temperature": None}, "two or more and as many"),
        ({"rack.flow.pressure_drop": ["2 psi"]}, "none or 5"),
        ({"rack.flow.flow": ["5 L/min"] * 5}, "rising rows are meant"),
        ({"rack.flow": None}, "both or neither are meant"),
        ({"rack.packages": 100}, r"found 140 kW in its packages; no more than the 121\.5 kW"),
        ({"heat.power": None, "heat.map": {"csv": "x.csv", "values": "watts"}}, r"heat\.power"),
        ({"loop": {}}, "beside a delivery or a loop"),
    ],
)
def test_a_rack_that_cannot_be_is_refused_in_one_line(change, words):
    with pytest.raises(CaseError, match=words) as refused:
        load_case("gb300-nvl72", change)
    assert len(str(refused.value).splitlines()) == 1


# ---------------------------------------------------------------- cases


@pytest.mark.parametrize("name", RACKS)
def test_the_package_gets_its_share_of_the_racks_flow(name):
    """What `solve` takes is what `compare` would give it, to the digits of the file."""
    loaded = load_case(name)
    moved, _ = at_inlet(loaded, loaded.case.coolant.inlet_temperature)
    assert moved.case.coolant.flow == pytest.approx(loaded.case.coolant.flow, rel=1e-4)


def test_published_fluxes_are_met():
    """88.6 W/cm2 of the GB300 and 54.1 of the CS-3: powers and areas are inputs."""
    rows, _ = compare([load_case("gb300-nvl72", COARSE), load_case("cs3", COARSE)])
    assert rows[0].mean_flux / 1e4 == pytest.approx(88.6, abs=0.05)
    assert rows[1].mean_flux / 1e4 == pytest.approx(54.1, abs=0.05)
    assert rows[0].silicon_area * 1e6 == pytest.approx(72 * 1581, rel=2e-4)


def test_the_air_cooled_node_lies_in_the_published_range():
    """54 to 72 degC at an inlet of 25 degC; film and chamber were chosen so."""
    rows, _ = compare([load_case("hgx-h100-air")])
    assert 54 < rows[0].junction_temperature - CELSIUS < 72
    assert rows[0].flow is None
    assert rows[0].liquid_heat is None


@pytest.mark.parametrize("name", shipped_cases())
def test_every_value_of_an_extending_case_keeps_its_origin(name):
    loaded = load_case(name)
    for path, entry in loaded.provenance.items():
        value = loaded.raw
        for key in path.split("."):
            value = value[key]
        assert entry.trust in "ABCD"
        assert value != "none"


def test_extends_lays_a_file_over_its_base(tmp_path):
    path = tmp_path / "warm.toml"
    path.write_text(
        'extends = "cs3"\ntitle = "warm"\n[layers.contact]\nresistance = "none"\n'
        'pressure = "none"\ndry.pressure = "345 kPa"\n[coolant]\n'
        'inlet_temperature = { value = "30 degC", trust = "D", source = "a warmer plant" }\n',
        encoding="utf-8",
    )
    base, warm = load_case("cs3"), load_case(path)
    by_hand = load_case(
        "cs3",
        {
            "title": "warm",
            "layers.contact.resistance": None,
            "layers.contact.pressure": None,
            "layers.contact.dry.pressure": "345 kPa",
            "coolant.inlet_temperature": "30 degC",
        },
    )
    assert warm.case == by_hand.case
    assert list(warm.case.layers) == list(base.case.layers)
    assert warm.provenance["coolant.inlet_temperature"].source == "a warmer plant"
    assert "layers.contact.resistance" not in warm.provenance
    assert warm.provenance["coolant.flow"] == base.provenance["coolant.flow"]


def test_extends_keeps_the_files_of_its_base_and_takes_a_base_beside_it(tmp_path):
    (tmp_path / "a.toml").write_text('extends = "cold-plate"\ntitle = "a"\n', encoding="utf-8")
    (tmp_path / "b.toml").write_text('extends = "a.toml"\ntitle = "b"\n', encoding="utf-8")
    found = solve(load_case(tmp_path / "b.toml", COARSE)).to_dict()
    wanted = solve(load_case("cold-plate", COARSE)).to_dict()
    assert found["title"] == "b"
    assert found["junction_temperature_max_degC"] == wanted["junction_temperature_max_degC"]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"a.toml": 'extends = "cs33"'}, "a.toml: extends: found no 'cs33'"),
        ({"a.toml": "extends = 3"}, "a.toml: extends: found no '3'"),
        ({"a.toml": 'extends = "a.toml"'}, "a.toml: extends: found 'a.toml', which extends this"),
        (
            {"a.toml": 'extends = "b.toml"', "b.toml": 'extends = "a.toml"'},
            "b.toml: extends: found 'a.toml', which extends this",
        ),
    ],
)
def test_a_base_that_cannot_be_is_refused(texts, words, tmp_path):
    for name, text in texts.items():
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    with pytest.raises(CaseError) as refused:
        load_case(tmp_path / "a.toml")
    assert str(refused.value).startswith(words)
    assert len(str(refused.value).splitlines()) == 1


# ---------------------------------------------------------------- the comparison


@pytest.mark.slow
@pytest.mark.parametrize("celsius", [22.0, 40.0])
def test_energy_is_conserved_in_every_row(celsius):
    names = ("cs1", "cs3", "cs4", *RACKS, "hgx-h100-air", "cold-plate")
    cases = [load_case(name, COARSE) for name in names]
    rows, gaps = compare(cases, [celsius + CELSIUS])
    assert not gaps
    for case, row in zip(cases, rows, strict=True):
        assert row.balance < 1e-9
        assert row.peak_flux >= row.mean_flux * (1 - 1e-12)
        assert row.silicon_heat == pytest.approx(row.mean_flux * row.silicon_area, rel=1e-12)
        rack = case.case.rack
        if rack is not None and row.flow is not None:
            capacity = row.flow * volumetric_heat_capacity(WATER, row.inlet_temperature)
            assert row.rise * capacity == pytest.approx(row.liquid_heat, rel=1e-9)
            package = rack.package_flow(row.flow, case.case.heat.power)
            # every package and the rest of the rack give the coolant the same rise
            rest = row.flow - rack.packages * package
            assert rest * volumetric_heat_capacity(WATER, row.inlet_temperature) * row.rise == (
                pytest.approx(row.liquid_heat - row.silicon_heat, rel=1e-9)
            )


def test_every_watt_from_the_wall_is_found_again():
    """Drawn = to the coolant + what the supplies lose to the air."""
    case = load_case("cs3", COARSE)
    rows, _ = compare([case])
    moved, _ = at_inlet(case, rows[0].inlet_temperature)
    watts = solve(moved).power_budget
    assert rows[0].liquid_heat + watts["supply"] == pytest.approx(rows[0].input_power, rel=1e-9)


def test_the_rise_is_that_of_all_paths_mixed():
    case = load_case("cs3", COARSE)
    rows, _ = compare([case])
    answer = solve(case)
    need = answer.coolant
    bricks = need.face_outlet_temperature["bottom"]
    assert need.outlet_temperature != pytest.approx(bricks, abs=0.01)
    low, high = sorted((need.outlet_temperature, bricks))
    assert low < rows[0].inlet_temperature + rows[0].rise < high
    assert rows[0].flow == pytest.approx(115 / 60e3, rel=1e-12)


def test_the_peak_flux_is_the_hot_spots():
    hot = {"heat.map": {"hot_spot_factor": 2.0, "hot_spot_area": 0.25}}
    without = dict.fromkeys(("delivery", "loads", "loss_layers", "loop"))
    case = load_case("cs3", hot | without | {"grid.along_x": 48, "grid.along_y": 28})
    heat, area = device_heat(solve(case))
    assert float((heat / area).max()) == pytest.approx(2 * heat.sum() / area.sum(), rel=1e-9)


def test_an_inlet_without_an_answer_is_a_gap_and_all_gaps_an_error():
    case = load_case("gb300-nvl72", COARSE | {"rack.flow.law": "table"})
    rows, gaps = compare([case], [20 + CELSIUS, 30 + CELSIUS])
    assert len(rows) == 1
    assert gaps[0].inlet_temperature == 20 + CELSIUS
    assert "outside the table" in gaps[0].reason
    with pytest.raises(CaseError, match="outside the table"):
        compare([case], [20 + CELSIUS])


def test_a_table_of_flows_beyond_the_coolants_range_is_refused():
    inlets = [f"{t} degC" for t in (25, 30, 35, 40, 145)]
    case = load_case("gb300-nvl72", COARSE | {"rack.flow.inlet_temperature": inlets})
    with pytest.raises(CaseError, match=r"gb300-nvl72: rack\.flow: water: 145\.0 degC is outside"):
        compare([case])


def test_figures_say_nothing_that_is_not_known():
    rows, _ = compare([load_case("vera-rubin", COARSE)])
    found = in_figures(rows[0])
    assert found["flow_L_min_per_kW_to_liquid"] == pytest.approx(1.5, rel=1e-12)
    assert found["pressure_drop_kPa"] is None
    assert found["pump_W_per_kW_to_liquid"] is None


# ---------------------------------------------------------------- the command


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, ["compare", *words])


def test_compare_prints_and_writes_what_it_found(run, tmp_path):
    done = run("gb300-nvl72", "hgx-h100-air", "--inlets", "25:45:3")
    assert done.exit_code == 0, done.output
    folder = tmp_path / "out" / "comparison"
    assert {p.name for p in folder.iterdir()} == {
        "comparison.json", "comparison.csv", "comparison.png"
    }  # fmt: skip
    found = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))["machines"]
    with (folder / "comparison.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == len(found) == 6
    for line, row in zip(lines, found, strict=True):
        assert line["case"] == row["case"]
        assert float(line["junction_max_degC"]) == pytest.approx(row["junction_max_degC"], rel=1e-5)
        assert f"{row['junction_max_degC']:.1f}" in done.output
    assert lines[0]["flow_L_min"] == f"{found[0]['flow_L_min']:.6g}"
    assert lines[3]["flow_L_min"] == ""
    assert max(map(len, done.output.splitlines())) <= 80


def test_compare_at_one_inlet_says_json_alone(run, tmp_path):
    done = run("gb300-nvl72", "gb200-nvl72", "--inlet", "30 degC", "--json")
    found = json.loads(done.stdout)
    assert [row["inlet_degC"] for row in found["machines"]] == pytest.approx([30.0, 30.0])
    assert found["without_answer"] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["cs3", "cs3"], "case: found 'cs3' twice"),
        (["cs33"], "case: found no 'cs33'"),
        (["cs3", "--inlet", "30"], "--inlet: found '30' without a unit"),
        (["cs3", "--inlet", "30 degC", "--inlets", "20:30:2"], "--inlet: found with --inlets"),
        (["cs3", "--inlets", "20:30"], "--inlets: found '20:30'"),
        (["cs3", "--inlets", "30:20:4"], "--inlets: found '30:20:4'"),
        (["cs3", "--inlets", "20:nan:4"], "--inlets: found '20:nan:4'"),
        (["cs3", "--out", "a", "--no-files"], "--out: found with --no-files"),
        (["gb300-nvl72", "--inlet", "70 degC"], "gb300-nvl72: inlet 70 degC"),
        (["cs3", "--inlet", "170 degC"], "cs3: coolant.inlet_temperature"),
    ],
)
def test_a_wrong_comparison_is_refused_in_one_line(run, words, found):
    done = run(*words)
    assert done.exit_code == 2
    assert done.stderr.startswith(found)
    assert len(done.stderr.splitlines()) == 1


def test_bars_and_lines_are_drawn():
    from studies.compare_figure import compare_figure

    cases = [load_case(name, COARSE) for name in ("gb300-nvl72", "vera-rubin", "hgx-h100-air")]
    bars = compare_figure(compare(cases)[0], cases)
    words = [t.get_text() for axes in bars.axes for t in axes.texts]
    assert words.count("on air") == 3
    assert words.count("not known") == 1
    rows, _ = compare(cases, [30 + CELSIUS, 40 + CELSIUS])
    lines = compare_figure(rows, cases)
    drawn = {line.get_label(): line for line in lines.axes[0].lines}
    assert list(drawn) == ["gb300-nvl72", "vera-rubin", "gb300-nvl72: vendor's table"]
    assert drawn["gb300-nvl72"].get_ydata() == pytest.approx(
        [row.flow * 6e7 / row.liquid_heat for row in rows[:2]], rel=1e-12
    )


def test_a_rack_needs_a_flow_where_heat_leaves_in_the_coolant():
    with pytest.raises(ValueError, match="both or neither"):
        Rack(packages=1, input_power="1 kW", liquid_fraction=0.5)


# ---------------------------------------------------------------- the page


def page_rows(first):
    """Cells of the rows of the page's tables whose first cell holds what ``first`` accepts."""
    lines = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ")]
    return [cells for line in lines if first((cells := [cell.strip() for cell in line])[0])]


def test_the_page_has_the_law_beside_the_table():
    rack = gb300()
    rows = page_rows(str.isdigit)
    assert len(rows) == 5
    vendor = zip(rack.flow.inlet_temperature, rack.flow.flow, rack.flow.pressure_drop, strict=True)
    for row, (inlet, flow, drop) in zip(rows, vendor, strict=True):
        law = rack.flow_at(inlet, WATER)
        by_law = rack.flow.drop(law)
        assert row == [
            f"{inlet - CELSIUS:.0f}",
            f"{flow * 6e4:.0f}",
            f"{law * 6e4:.1f}",
            f"{100 * (law / flow - 1):+.1f}",
            f"{drop / 1e3:.1f}",
            f"{by_law / 1e3:.1f}",
            f"{100 * (by_law / drop - 1):+.1f}",
        ]


SHOWN = (
    ("input_power_kW", ".1f"),
    ("liquid_heat_kW", ".1f"),
    ("mean_flux_W_cm2", ".1f"),
    ("flow_L_min", ".0f"),
    ("flow_L_min_per_kW_to_liquid", ".2f"),
    ("flow_L_min_per_kW_input", ".2f"),
    ("rise_K", ".1f"),
    ("pressure_drop_kPa", ".0f"),
    ("pump_W_per_kW_to_liquid", ".1f"),
    ("junction_max_degC", ".1f"),
    ("junction_margin_K", ".1f"),
)


@pytest.mark.slow
def test_the_page_has_what_the_comparison_finds():
    rows = page_rows(lambda cell: cell.startswith("`"))
    assert len(rows) == 10
    found, _ = compare([load_case(row[0].strip("`")) for row in rows], [30 + CELSIUS])
    for row, machine in zip(rows, found, strict=True):
        figures = in_figures(machine)
        values = [(figures[key], form) for key, form in SHOWN]
        assert row[1:] == ["" if v is None else format(v, form) for v, form in values]


def test_what_stands_behind_a_machine_is_that_of_the_plant_command():
    """Chillers and PUE of the comparison are those of ``waferflux plant`` for the same machine."""
    case = load_case("cs3", {"grid.along_x": 24, "grid.along_y": 28})
    [row], _ = compare([case])
    study = plant_study(solve(case))
    assert row.plant is not None
    assert row.plant.chiller_power == pytest.approx(study.year.chiller_power_mean_W, rel=2e-3)
    assert row.plant.pue == pytest.approx(study.year.pue, rel=2e-3)


def test_warmer_water_needs_fewer_chillers():
    case = load_case("gb300-nvl72")
    rows, _ = compare([case], [293.15, 303.15, 318.15])
    chillers = [row.chiller_per_liquid_heat for row in rows]
    # at 45 degC they run in the hottest hours of the year only
    assert chillers[0] > chillers[1] > 100 * chillers[2] > 0
    assert rows[0].plant.pue > rows[2].plant.pue > 1


@pytest.mark.slow
def test_plants_of_the_page_are_those_found():
    lines = PAGE.split("| CDUs per MW to liquid |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    shown = {words[1].strip(" `"): words for words in (line.split("|") for line in lines)}
    assert len(shown) == 5
    rows, _ = compare([load_case(name) for name in shown], [303.15])
    for row in rows:
        found, words = in_figures(row), shown[row.case]
        assert words[2].strip() == f"{found['chiller_W_per_kW_to_liquid']:.0f}"
        assert words[3].strip() == f"{found['pue']:.2f}"
        assert words[4].strip() == found["cdu"]
        assert words[5].strip() == f"{found['cdus_per_MW_to_liquid']:.2f}"
        assert words[6].strip() == found["cdu_limited_by"]
