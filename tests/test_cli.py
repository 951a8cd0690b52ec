"""The command line as a user meets it: exit codes, streams, files, start-up time."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

import studies.answer
from studies import load_case, shipped_cases, solve
from studies.cli import app
from studies.commands.solve import answer_as_json
from studies.console import origin_of_inputs, print_summary

COARSE = ["--set", "grid.along_x=24", "--set", "grid.along_y=21"]
FILES = {"answer.json", "temperature.png", "budgets.png", "fields.nc", "fields.vtu"}
ROOT = Path(__file__).parents[1]
SOLVED = [name for name in shipped_cases() if load_case(name).case.own_cooling is None]
"""Those that `solve` takes; the others have commands of their own."""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, list(words), prog_name="waferflux")


def started(*words, **environment):
    """The program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "studies", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        timeout=120,
    )


def test_cases_lists_each_in_one_line(run):
    result = run("cases")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line.split()[0] for line in lines] == list(shipped_cases())
    assert "Cerebras CS-3" in result.output


def test_solve_names_the_folder_at_the_end_and_fills_it(run, tmp_path):
    result = run("solve", "cs3", *COARSE)
    assert result.exit_code == 0, result.output
    assert result.stdout.rstrip().endswith(f"are in {Path('out') / 'cs3'}{os.sep}")
    folder = tmp_path / "out" / "cs3"
    assert {p.name for p in folder.iterdir()} == FILES | {"voltage_drop.png"}
    written = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    assert written["wafer_power_W"] == pytest.approx(25e3)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_second_solve_replaces_the_files_and_leaves_what_is_not_its_own(run, tmp_path):
    run("solve", "slab", "--out", "here")
    (tmp_path / "here" / "notes.txt").write_text("mine")
    result = run("solve", "slab", "--set", "heat.power=10 kW", "--out", "here")
    assert result.exit_code == 0
    assert {p.name for p in (tmp_path / "here").iterdir()} == FILES | {"notes.txt"}
    written = json.loads((tmp_path / "here" / "answer.json").read_text(encoding="utf-8"))
    assert written["wafer_power_W"] == pytest.approx(10e3)


def test_json_is_one_object_and_nothing_else(run, tmp_path):
    result = run("solve", "cs3", "--json", *COARSE, "--set", "coolant.flow=50 L/min")
    assert result.exit_code == 0
    assert result.stderr == ""
    found = json.loads(result.stdout)
    assert found["coolant_flow_L_min"] == pytest.approx(50)
    assert found["coolant_flow_L_min_per_kW"] == pytest.approx(2)
    assert list(tmp_path.iterdir()) == []


def test_json_with_out_writes_the_files_too(run, tmp_path):
    result = run("solve", "slab", "--json", "--out", "a/b")
    assert json.loads(result.stdout) == json.loads(
        (tmp_path / "a" / "b" / "answer.json").read_text(encoding="utf-8")
    )
    assert {p.name for p in (tmp_path / "a" / "b").iterdir()} == FILES


@pytest.mark.parametrize("name", SOLVED)
def test_json_of_every_case_has_no_nan(name):
    def refuse(constant):
        raise AssertionError(constant)

    coarse = {} if name == "test-chip" else {"grid.along_x": 12, "grid.along_y": 14}
    text = answer_as_json(solve(load_case(name, coarse)))
    assert json.loads(text, parse_constant=refuse)["title"]


def test_a_number_that_is_not_finite_becomes_null(monkeypatch):
    answer = solve(load_case("slab", {"grid.along_x": 2, "grid.along_y": 2}))
    monkeypatch.setattr(
        studies.answer.Answer, "to_dict", lambda _: {"a": float("nan"), "b": [1.0, float("inf")]}
    )
    assert json.loads(answer_as_json(answer)) == {"a": None, "b": [1.0, None]}


def test_no_files_writes_none(run, tmp_path):
    result = run("solve", "slab", "--no-files")
    assert result.exit_code == 0
    assert "are in" not in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_no_files_and_out_contradict_each_other(run, tmp_path):
    result = run("solve", "slab", "--no-files", "--out", "here")
    assert result.exit_code == 2
    assert result.stderr == "--out: found with --no-files; one of the two is meant\n"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_refused_before_the_solve(run, tmp_path, monkeypatch):
    def not_reached(*_):
        raise AssertionError("solved")

    monkeypatch.setattr("studies.answer.solve", not_reached)
    (tmp_path / "taken").write_text("a file")
    for out in ("taken", "taken/below"):
        result = run("solve", "slab", "--out", out)
        assert result.exit_code == 2
        assert result.stderr.startswith(f"--out: {Path(out)}: cannot be written")
        assert len(result.stderr.splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_a_folder_of_another_owner_is_refused(run, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):
        folder = Path("/proc/none")  # the superuser may write anywhere but there
    result = run("solve", "slab", "--out", str(folder))
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "cannot be written" in result.stderr


def test_nothing_is_left_half_written(run, tmp_path, monkeypatch):
    def disk_full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studies.fields.write_vtu_file", disk_full)
    result = run("solve", "slab", "--out", "here")
    assert result.exit_code == 2
    assert result.stderr == "--out: here: cannot be written: No space left on device\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("name", SOLVED)
def test_the_summary_fits_its_width(name, width):
    coarse = {} if name == "test-chip" else {"grid.along_x": 12, "grid.along_y": 14}
    answer = solve(load_case(name, coarse))
    console = Console(width=width, file=io.StringIO())
    print_summary(answer, console)
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) <= 50
    text = "\n".join(lines)
    assert "…" not in text
    assert lines[0] == answer.loaded.case.title
    assert f"{answer.to_dict()['junction_temperature_max_degC']:.1f} °C" in text


def test_the_summary_says_what_an_engineer_looks_for(run):
    text = run("solve", "cs3", *COARSE, "--no-files").stdout
    for words in (
        "below the limit of 85 °C",
        "4.00 L/min per kW of device heat",
        "per kW of input",
        "cold plate",
        "whole loop",
        "mV in block",
        "lowest voltage",
        "highest brick current",
        "highest supply load",
        "preload",
        "film and fins",
        "brick regulated stage",
        "unknowns",
        "assumed",
        "no measured temperature of this machine is public",
        "warning: channel velocity",
    ):
        assert words in text


def test_the_origin_of_inputs_counts_what_the_user_set():
    before = load_case("cs3")
    after = before.with_values({"coolant.flow": "50 L/min", "layers.base.thickness": "2 mm"})
    letters = [entry.trust for entry in before.provenance.values()]
    published, assumed = letters.count("A") + letters.count("B"), letters.count("D")
    assert origin_of_inputs(before) == f"{published} published, {assumed} assumed"
    assert origin_of_inputs(after) == (
        f"{published - 1} published, {assumed - 1} assumed, 2 set by you"
    )


def test_version_and_module_start(run):
    assert run("--version").stdout.startswith("waferflux ")
    assert started("--version").stdout.startswith("waferflux ")


def test_a_terminal_without_a_degree_sign_gets_its_answer():
    result = started("solve", "slab", "--no-files", PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert "61.9 ?C" in result.stdout


def test_help_loads_nothing_slow():
    code = (
        "import sys; from typer.testing import CliRunner; from studies.cli import app; "
        "assert CliRunner().invoke(app, ['solve', '--help']).exit_code == 0; "
        "slow = {'numpy', 'scipy', 'pint', 'xarray', 'matplotlib'} & set(sys.modules); "
        "assert not slow, slow"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
