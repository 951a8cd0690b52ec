"""A case whose coolant boils: the stack above the plate, the least flow, the command."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from geometry.materials import material
from studies import load_case
from studies.case_file import CaseError
from studies.cli import app
from studies.two_phase import solve_two_phase
from studies.two_phase_plate import Plate
from studies.two_phase_report import summary_lines, to_dict

CASE = "wafer-two-phase"
QUICK = {"two_phase.stations": 40}


def quick(**values):
    return load_case(CASE, QUICK | {f"two_phase.{key}": value for key, value in values.items()})


def state_of(loaded):
    return Plate(loaded).at(loaded.case.two_phase)


def run(*words):
    return CliRunner().invoke(app, ["two-phase", *words])


@pytest.fixture(scope="module")
def answer():
    return solve_two_phase(quick())


def test_the_heat_of_the_map_is_in_the_refrigerant():
    """Enthalpy gained by all paths is the device's power."""
    state = state_of(quick())
    gained = sum(np.ptp(path.boiling.enthalpy) for path in state.paths) / len(state.paths)
    assert gained * state.mass_flow == pytest.approx(25e3, rel=1e-9)


@pytest.mark.parametrize("direction", ["x", "-x", "y", "-y"])
@pytest.mark.parametrize("path", ["single pass", "centre-split", "4-way"])
def test_an_uneven_map_keeps_its_heat_on_every_path(tmp_path, direction, path):
    (tmp_path / "map.csv").write_text("1,2,5\n3,1,1\n", encoding="utf-8")
    loaded = quick(direction=direction, path=path).with_values(
        {"heat.map": None, "heat.map.csv": str(tmp_path / "map.csv"), "two_phase.flow": "35 L/min"}
    )
    state = state_of(loaded)
    gained = sum(np.ptp(each.boiling.enthalpy) for each in state.paths) / len(state.paths)
    assert gained * state.mass_flow == pytest.approx(25e3, rel=1e-9)
    # the map's rows count from y = 0, its columns from x = 0
    columns, rows = np.array([4, 3, 6]), np.array([8, 5])
    across = columns if direction.endswith("x") else rows
    ends = across[[0, -1]] if direction[0] != "-" else across[[-1, 0]]
    if path == "single pass":
        flux = state.paths[0].boiling.footprint_flux
        assert flux[0] / flux[-1] == pytest.approx(ends[0] / ends[1])


def test_the_junction_is_the_stack_in_series():
    state = state_of(quick(inlet_subcooling="0 K"))
    path = state.paths[0]
    flux = 25e3 / 0.215**2
    copper, silicon = (material(name).law for name in ("copper", "silicon"))
    kelvin = path.boiling.root_temperature[5]
    kelvin += flux * 3e-3 / copper.z + flux * 5e-6
    below = kelvin
    for _ in range(20):
        below = kelvin + flux * 0.775e-3 / silicon.at((kelvin + below) / 2)[2]
    assert copper.exponent == 0
    assert path.junction[5] == pytest.approx(below, abs=1e-6)


def test_a_layer_that_makes_its_heat_all_through_is_cooler():
    sheet = state_of(quick())
    whole = state_of(quick().with_values({"heat.active_thickness": None}))
    assert 0.5 < sheet.hottest - whole.hottest < 3


def test_the_least_flow_is_the_least(answer):
    least = answer.least
    assert least.passed == []
    assert answer.bound == "the outlet's quality"
    assert least.outlet_quality == pytest.approx(0.5, abs=2e-4)
    settings = answer.loaded.case.two_phase
    with_less = quick(flow=f"{0.999 * 6e4 * least.settings.flow} L/min")
    assert state_of(with_less).passed
    assert least.settings.flow < settings.flow


def test_a_wider_margin_binds_in_its_turn():
    found = solve_two_phase(quick(least_margin=3))
    assert found.bound == "the margin to the critical heat flux"
    assert found.least.margin == pytest.approx(3, rel=1e-3)
    assert "the margin to the critical heat flux is not kept" in found.warnings


def test_no_flow_that_is_enough_is_said():
    found = solve_two_phase(quick(refrigerant="water", saturation_temperature="100 degC",
                                  least_margin=100, flow="5 L/min"))  # fmt: skip
    assert found.least is None
    assert "No flow is enough: " in "\n".join(summary_lines(found))
    assert to_dict(found)["at_the_least_flow"] is None


def test_a_warmer_plate_asks_for_more_since_its_vapour_takes_less():
    cold, warm = (
        solve_two_phase(quick(saturation_temperature=t)).least.mass_flow
        for t in ("15 degC", "45 degC")
    )
    assert warm > cold


def test_both_films_and_both_refrigerants_are_near_each_other(answer):
    assert answer.second_opinion == pytest.approx(answer.state.hottest, abs=2)
    other = state_of(quick(refrigerant="R1234ze(E)", flow="20 L/min"))
    assert other.hottest == pytest.approx(answer.state.hottest, abs=3)


def test_text_and_files(tmp_path):
    ran = run(CASE, "--out", str(tmp_path), "--set", "two_phase.stations=40", "--against", "kawano")
    assert ran.exit_code == 0
    for words in ("17 L/min of liquid", "0.68 L/min per kW", "times that of the walls",
                  "At the least flow", "Against kawano", "1.11 L/min per kW"):  # fmt: skip
        assert words in ran.output
    assert {path.name for path in tmp_path.iterdir()} == {
        "two-phase.json", "two-phase.csv", "two-phase.png"
    }  # fmt: skip
    with (tmp_path / "two-phase.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 40
    assert {row["path"] for row in rows} == {"1", "2"}
    assert float(rows[39]["quality"]) == pytest.approx(0.36, abs=0.02)


def test_json_is_one_object():
    ran = run(CASE, "--json", "--set", "two_phase.stations=40")
    found = json.loads(ran.stdout)
    now = found["at_the_flow_of_the_case"]
    assert now["flow_of_liquid_L_min_per_kW"] == pytest.approx(0.68)
    assert now["not_kept"] == []
    assert found["against"] is None


def test_a_wall_that_dries_is_said_and_its_temperature_is_not():
    ran = run(CASE, "--no-files", "--set", "two_phase.stations=40",
              "--set", "two_phase.flow=8 L/min")  # fmt: skip
    assert ran.exit_code == 0
    assert "not known, a wall dries" in ran.output
    assert re.search(r"warning: the walls dry \d+ mm into channels of 108 mm", ran.output)


def test_a_plate_that_dries_out_has_no_solution():
    ran = run(CASE, "--no-files", "--set", "two_phase.flow=5 L/min")
    assert ran.exit_code == 3
    assert ran.output.startswith("DriedOut: the refrigerant is all vapour 8")


@pytest.mark.parametrize("command", ["solve", "loop", "transient", "flow"])
def test_other_commands_refuse_it_in_one_line(command):
    ran = CliRunner().invoke(app, [command, CASE, "--no-files"])
    assert ran.exit_code == 2
    assert len(ran.output.strip().splitlines()) == 1
    assert ran.output.startswith(f"{CASE}: ")
    if command == "solve":
        assert f"'waferflux two-phase {CASE}' is meant" in ran.output


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"coolant.fluid": "water"}, "coolant"),
        ({"two_phase.saturation_temperature": "95 degC"}, "R134a: 95 degC is outside -40 to 70"),
        ({"two_phase.refrigerant": "R22"}, "two_phase.refrigerant: found 'R22'"),
        ({"two_phase.path": "3 ways"}, "two_phase.path: found '3 ways'; 'single pass'"),
        ({"two_phase.inlet_subcooling": "300 K"}, "two_phase.inlet_subcooling: found"),
        ({"two_phase.flow": "17"}, "two_phase.flow: found '17' without a unit"),
        ({"faces.bottom.temperature": "20 degC"}, "faces.bottom: found beside two_phase"),
        ({"heat.at": "lid"}, "heat.at: with two_phase a layer below the channels is meant"),
        ({"layers.contact.block_factors": {"r0c0": 2.0}}, "block_factors: found beside two_phase"),
        ({"layers.wafer.width": "300 mm"}, "two_phase: layers as large as the device are meant"),
    ],
)
def test_what_cannot_be_is_refused(values, words):
    with pytest.raises(CaseError, match=r".*") as refused:
        Plate(load_case(CASE, values)).at(load_case(CASE, values).case.two_phase)
    assert words in str(refused.value)


def test_without_the_section_the_command_refuses():
    ran = run("cs3", "--no-files")
    assert ran.exit_code == 2
    assert ran.output.strip() == "cs3: two_phase: missing; what boils is meant"


PAGE = (Path(__file__).parents[1] / "docs" / "two-phase.md").read_text(encoding="utf-8")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.split("The least flow keeps")[1].splitlines()
        if line.startswith("| R")]  # fmt: skip
CHANGES = {
    "R134a, boiling at 25 degC": {},
    "R134a, boiling at 45 degC": {"saturation_temperature": "45 degC"},
    "R1234ze(E), 25 degC": {"refrigerant": "R1234ze(E)"},
    "R134a, single pass": {"path": "single pass"},
    "R134a, 4-way": {"path": "4-way"},
}


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_page_s_least_flows_are_the_answers(row):
    loaded = load_case(CASE, {f"two_phase.{k}": v for k, v in CHANGES[row[0]].items()})
    found = solve_two_phase(loaded)
    least = found.least
    assert row[1:6] == [
        f"{6e4 * least.settings.flow / 25:.3f}",
        f"{least.mass_flow:.3f}",
        f"{least.pressure_drop / 1e3:.1f}",
        f"{least.margin:.2f}",
        f"{least.hottest - 273.15:.1f}",
    ]
    assert (row[6] == "the film") == (found.bound == "the film of liquid on the walls")


@pytest.mark.slow
def test_the_page_s_first_table_is_the_answer():
    found = solve_two_phase(load_case(CASE))
    for state in (found.state, found.least):
        numbers = (
            f"{6e4 * state.settings.flow / 25:.3f}",
            f"{state.outlet_quality:.3f}",
            f"{state.pressure_drop / 1e3:.1f}",
            f"{state.margin:.2f}",
            f"{state.hottest - 273.15:.1f}",
        )
        table = PAGE.split("![Quality")[0]
        assert [n for n in numbers if f"| {n} |" not in table] == []
    assert f"{abs(found.second_opinion - found.state.hottest):.1f} K apart" in PAGE
