"""The JSON Schema of case files takes what the program takes, and refuses what it refuses."""

import copy
import json
import tomllib

import jsonschema
import pytest
from typer.testing import CliRunner

from studies import CaseError, load_case, shipped_cases
from studies.case import Case
from studies.case_schema import case_schema, meanings, section_classes
from studies.cli import app


@pytest.fixture(scope="module")
def check():
    schema = case_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", shipped_cases())
def test_every_shipped_case_is_of_the_schema(name, check):
    document = tomllib.loads(shipped_cases()[name].read_text(encoding="utf-8"))
    assert [error.message for error in check.iter_errors(document)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("coolant.flow", 100),
        ("coolant.flow", "100"),
        ("coolant.direction", "z"),
        ("coolant.speed", "1 m/s"),
        ("device.columns", 0),
        ("device.columns", "twelve"),
        ("layers.wafer.thickness", 0.775),
        ("layers.wafer.colour", "blue"),
        ("delivery.bricks.current_limit", -1.0),
        ("coolant.flow", {"value": "100 L/min", "trust": "E"}),
    ],
)
def test_what_the_program_refuses_is_not_of_the_schema(path, value, check):
    document = tomllib.loads(shipped_cases()["cs3"].read_text(encoding="utf-8"))
    wrong = section = copy.deepcopy(document)
    *above, last = path.split(".")
    for key in above:
        section = section[key]
    section[last] = value
    assert list(check.iter_errors(wrong))
    # the letter is read before values that replace others are put in
    if not isinstance(value, dict):
        with pytest.raises(CaseError):
            load_case("cs3", {path: value})


def test_sections_are_told_apart_by_their_names():
    names = [held.__name__ for held in section_classes(Case)]
    assert len(set(names)) == len(names)


def test_meanings_come_from_strings_attributes_and_bases():
    held = {one.__name__: meanings(one) for one in section_classes(Case)}
    assert held["Device"]["width"] == "Along x [m]."
    assert held["Film"]["conductivity"] == "Of the film [W/(m K)]."
    assert held["FinZone"]["channel_width"] == held["AirSink"]["channel_width"]


def test_the_command_prints_it():
    done = CliRunner().invoke(app, ["schema"])
    assert done.exit_code == 0
    assert json.loads(done.output) == json.loads(json.dumps(case_schema()))
