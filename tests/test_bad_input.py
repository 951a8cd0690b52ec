"""Wrong input ends in one line per fault: the key and what is meant. It leaves nothing behind."""

import re

import pytest
from typer.testing import CliRunner

from studies import CaseError, load_case
from studies.cli import app

SLAB = """
title = "A slab of copper"
[device]
width = "20 mm"
height = "10 mm"
[grid]
along_x = 4
along_y = 2
[layers.body]
thickness = "1 mm"
material = "copper"
[faces.top]
temperature = "20 degC"
film_coefficient = "5000 W/m**2/K"
[heat]
at = "bottom face"
power = "50 W"
"""
BLOCK = r"block \d+ \(column \d+, row \d\)"
COARSE = ("grid.along_x=24", "grid.along_y=21")


@pytest.fixture
def solve(tmp_path, monkeypatch):
    """Solve a case by the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(case, *assignments):
        words = ["solve", str(case)]
        for text in assignments:
            words += ["--set", text]
        return CliRunner().invoke(app, words, prog_name="waferflux")

    return run


def assert_refused(result, *fragments, code=2, lines=1):
    assert result.exit_code == code, (result.output, result.exception)
    assert "Traceback" not in result.output
    assert len(result.stderr.splitlines()) == lines, result.stderr
    assert result.stdout == ""
    for fragment in fragments:
        assert fragment in result.stderr


SET_FAULTS = {
    "unit of another kind": (
        "coolant.flow='100 kg/min'",
        "coolant.flow: found '100 kg/min', a unit of another kind; a number in m**3/s is meant",
    ),
    "unknown unit": ("coolant.flow='100 glug'", "coolant.flow: found '100 glug', an unknown unit"),
    "no unit": ("coolant.flow=100", "coolant.flow: found 100; a number in m**3/s as text is meant"),
    "zero flow": ("coolant.flow='0 L/min'", "coolant.flow: found '0 L/min'; more than 0 is meant"),
    "negative thickness": (
        "layers.base.thickness='-3 mm'",
        "layers.base.thickness: found '-3 mm'; more than 0 is meant",
    ),
    "not a number, as text": ("heat.power='nan W'", "heat.power: found 'nan W'; a number in W"),
    "not a number": (
        "loads.leakage_fraction=nan",
        "loads.leakage_fraction: found nan; a finite number is meant",
    ),
    "infinity": (
        "loads.leakage_fraction=inf",
        "loads.leakage_fraction: found inf; a finite number is meant",
    ),
    "unknown key": ("coolant.flov='5 L/min'", "coolant.flov: unknown key; flow is meant"),
    "unknown section": ("colant.flow='5 L/min'", "colant: unknown key; coolant"),
    "unknown key of a layer": (
        "layers.base.thicknes='3 mm'",
        "layers.base.thicknes: unknown key; thickness is meant",
    ),
    "missing key": ("layers.base.thickness=none", "layers.base.thickness: missing"),
    "missing section": ("grid=none", "grid: missing; this key is needed"),
    "section that is a number": ("device=3", "device: found 3; a section of its own is meant"),
    "layer that is a number": ("layers.base=3", "layers.base: found 3; a section of its own"),
    "zero cells": ("grid.along_x=0", "grid.along_x: found 0; 1 or more is meant"),
    "cells in words": ("grid.along_x=many", "grid.along_x: found 'many'; a whole number is meant"),
    "a part of a cell": ("grid.along_x=1.5", "grid.along_x: found 1.5; a whole number is meant"),
    "too many cells": (
        "grid={along_x = 100000, along_y = 100000}",
        "grid: found 100000 x 100000 cells on 22 planes; 200000000 in all or fewer are meant",
    ),
    "wrong choice": (
        "coolant.direction=z",
        "coolant.direction: found 'z'; 'x', '-x', 'y' or '-y' is meant",
    ),
    "wrong path of the flow": (
        "coolant.path=zigzag",
        "coolant.path: found 'zigzag'; 'single pass', 'centre-split' or 'N-way'",
    ),
    "unknown material": (
        "layers.base.material=coper",
        "layers.base: found material 'coper'; one of copper is meant",
    ),
    "two materials": (
        "layers.base.conductivity='1 W/m/K'",
        "layers.base: found both; either 'material' or 'conductivity' is meant",
    ),
    "conductivity with another unit": (
        "layers.board.conductivity='30 W'",
        "layers.board.conductivity: found '30 W', a unit of another kind; a number in W/m/K",
    ),
    "two of three conductivities": (
        "layers.board.conductivity=['1 W/m/K', '2 W/m/K']",
        "layers.board.conductivity: found ['1 W/m/K', '2 W/m/K']; a longer list is meant",
    ),
    "unknown fluid": ("coolant.fluid=oil", "coolant.fluid: found 'oil'; one of water, pg25"),
    "fluid that is a number": ("coolant.fluid=7", "coolant.fluid: found 7; text or a section"),
    "fluid table that is not there": (
        "coolant.fluid=oil.csv",
        "coolant.fluid: ",
        "oil.csv: the fluid table cannot be read",
    ),
    "inlet beyond the fluid's range": (
        "coolant.inlet_temperature='120 degC'",
        "coolant.inlet_temperature: water: 120.0 degC is outside 0 to 100 degC",
    ),
    "channel wider than its pitch": (
        "layers.fins.channel_width='0.7 mm'",
        "layers.fins.channel_width: found 0.7 mm with a pitch of 0.6 mm; a channel narrower",
    ),
    "contact at the end of the stack": (
        "layers.paste={resistance = '5 mm**2*K/W'}",
        "layers.paste: a contact is meant to stand between two solid layers",
    ),
    "contact that says nothing": (
        "layers.contact.resistance=none",
        "layers.contact: found none; one of resistance, film and dry is meant",
    ),
    "unknown map": ("heat.map=even", "heat.map: found 'even'; 'uniform' or a section of its own"),
    "half a map": (
        "heat.map={hot_spot_factor = 2.0}",
        "heat.map: found hot_spot_factor; one of hot_spot_factor with hot_spot_area, csv",
    ),
    "hot spot of more than all": (
        "heat.map={hot_spot_factor = 20.0, hot_spot_area = 0.1}",
        "heat.map: hot spot factor 20",
    ),
    "map that is not there": ("heat.map={csv = 'no.csv'}", "heat.map: ", "no.csv: No such file"),
    "heat in a layer that is none": (
        "heat.at=waver",
        "heat.at: found 'waver'; one of lid, base, wafer",
    ),
    "sheet thicker than its layer": (
        "heat.active_thickness='5 mm'",
        "heat.active_thickness: found 5 mm; less than layers.wafer.thickness of 0.775 mm",
    ),
    "no power": ("heat.power=none", "heat.power: missing; the power of the whole device is meant"),
    "channels without a coolant": (
        "coolant=none",
        "coolant: missing; layers.fins has channels, so a coolant is meant",
    ),
    "delivery without loads": (
        "loads=none",
        "loads: missing; a power delivery needs the loads' law",
    ),
    "pads wider than their pitch": (
        "delivery.wafer_grid.pad_diameter='3 mm'",
        "delivery.wafer_grid.pad_diameter: found 0.003 m; less than the pitch",
    ),
    "title that is a number": ("title=5", "title: found 5; text is meant"),
    "supplies that do not go round": (
        "delivery.supplies={count = 5, rating = '9 kW', voltage = '50 V', droop = '2 mohm', "
        "loss_fixed = 0.01, loss_linear = 0.01, loss_quadratic = 0.01, feed = 'per board'}",
        "supplies.count: found 5 with feed 'per board'; one supply for each of the 12 boards",
    ),
}


@pytest.mark.parametrize("fault", SET_FAULTS.values(), ids=SET_FAULTS)
def test_a_wrong_value_is_refused_in_one_line(fault, solve, tmp_path):
    assignment, *fragments = fault
    assert_refused(solve("cs3", assignment), "cs3: ", *fragments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["coolant.flow", "=5", "  =", ""])
def test_a_set_without_path_or_value_is_refused(text, solve, tmp_path):
    assert_refused(solve("cs3", text), f"--set: found '{text}'; path=value is meant")
    assert list(tmp_path.iterdir()) == []


def test_several_faults_are_told_at_once_a_line_each(solve):
    result = solve("cs3", "coolant.flow='0 L/min'", "grid.along_x=0", "heat.pover='5 W'")
    assert_refused(result, lines=3)
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == [
        "coolant.flow",
        "grid.along_x",
        "heat.pover",
    ]


def test_missing_case_names_the_nearest(solve, tmp_path):
    assert_refused(solve("cs33"), "case: found no 'cs33', shipped or as a file; cs3 is shipped")
    assert_refused(solve("nowhere/my.toml"), "case: found no 'nowhere/my.toml'")
    assert_refused(solve(tmp_path), "case: found no")
    assert list(tmp_path.iterdir()) == []


FILES = {
    "not TOML": ("title = ", "own.toml: not a TOML file: Invalid value"),
    "a picture": ("\x00\x01", "own.toml: not a TOML file"),
    "empty": ("", "own: "),
    "trust that is none": (
        SLAB.replace('"50 W"', '{ value = "50 W", trust = "Z" }'),
        "heat.power.trust: found 'Z'; A, B, C or D is meant",
    ),
    "trust that is a list": (
        SLAB.replace('"50 W"', '{ value = "50 W", trust = ["A"] }'),
        "heat.power.trust: found '['A']'; A, B, C or D is meant",
    ),
}


@pytest.mark.parametrize("fault", FILES.values(), ids=FILES)
def test_a_wrong_file_is_refused(fault, solve, tmp_path):
    text, fragment = fault
    (tmp_path / "own.toml").write_text(text)
    lines = 5 if text == "" else 1
    assert_refused(solve("own.toml"), fragment, lines=lines)
    assert [p.name for p in tmp_path.iterdir()] == ["own.toml"]


def test_the_file_that_the_wrong_ones_come_from_is_right(solve, tmp_path):
    (tmp_path / "own.toml").write_text(SLAB)
    assert solve("own.toml").exit_code == 0


MAPS = {
    "ragged": ("1, 2, 3\n4, 5\n", "map.csv line 2"),
    "words": ("1, 2\n3, four\n", "four"),
    "empty": ("", "map.csv"),
    "sums to nothing": ("0, 0\n0, 0\n", "sums to nothing"),
    "negative": ("1, 2\n3, -4\n", "-4"),
    "nan": ("1, 2\n3, nan\n", "nan"),
}


@pytest.mark.parametrize("fault", MAPS.values(), ids=MAPS)
def test_a_wrong_map_is_refused(fault, solve, tmp_path):
    text, fragment = fault
    (tmp_path / "own.toml").write_text(SLAB + '[heat.map]\ncsv = "map.csv"\n')
    (tmp_path / "map.csv").write_text(text)
    assert_refused(solve("own.toml"), "own: heat.map: ", fragment)
    assert {p.name for p in tmp_path.iterdir()} == {"own.toml", "map.csv"}


def test_coolant_that_leaves_its_range_on_the_way_is_refused(solve, tmp_path):
    result = solve("cs3", *COARSE, "coolant.inlet_temperature='90 degC'", "coolant.flow='5 L/min'")
    assert_refused(result, "coolant.flow: ", "water: ", "is outside 0 to 100 degC")
    assert list(tmp_path.iterdir()) == []


def test_voltage_collapse_names_the_block(solve, tmp_path):
    result = solve("cs3", *COARSE, "delivery.boards.segment_resistance='30 ohm'")
    assert_refused(result, code=3)
    assert re.match(rf"VoltageCollapse: {BLOCK}", result.stderr), result.stderr
    assert list(tmp_path.iterdir()) == []


def test_thermal_runaway_names_the_block(solve, tmp_path):
    result = solve(
        "cs3",
        *COARSE,
        "delivery=none",
        "loss_layers=none",
        "heat.power_is='at nominal conditions'",
        "loads.leakage_per_kelvin='0.08 /K'",
        "layers.contact.resistance='40 mm**2*K/W'",
    )
    assert_refused(result, code=3)
    assert re.match(rf"ThermalRunaway: {BLOCK}", result.stderr), result.stderr
    assert list(tmp_path.iterdir()) == []


def test_leakage_beyond_the_pinned_power_names_the_block(solve, tmp_path):
    result = solve(
        "cs3", *COARSE, "loads.leakage_per_kelvin='0.2 /K'", "coolant.inlet_temperature='70 degC'"
    )
    assert_refused(result, code=3)
    assert re.match(rf"ThermalRunaway: {BLOCK}", result.stderr), result.stderr
    assert list(tmp_path.iterdir()) == []


def test_from_python_the_same_faults_are_a_case_error():
    with pytest.raises(CaseError, match=r"^cs3: grid\.along_x: found 0; 1 or more is meant$"):
        load_case("cs3", {"grid.along_x": 0})
