"""A sweep loses nothing and repeats nothing, whenever it is killed and whoever solves it."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
import xarray
from typer.testing import CliRunner

from geometry.errors import VoltageCollapse
from studies import load_case, solve
from studies.case_file import CaseError
from studies.cli import app
from studies.design_points import grid, points_from_csv, sample
from studies.surface_outputs import Layout
from studies.sweep import sweep
from studies.sweep_files import table

ROOT = Path(__file__).parent.parent
SMALL = {"grid.along_x": 12, "grid.along_y": 7, "layers.slab.cells": 2}
POINTS = ("heat.power=10:30:11 kW", "layers.slab.thickness=5,8,10 mm")


@pytest.fixture(scope="module")
def slab():
    return load_case("slab", SMALL)


@pytest.fixture(scope="module")
def undisturbed(slab):
    return sweep(slab, grid(*POINTS))


def assert_same_bits(found, other):
    """All but the times, to the last bit."""
    assert set(found.variables) == set(other.variables)
    for name in set(found.variables) - {"point_seconds"}:
        one, two = found[name].values, other[name].values
        assert found[name].dims == other[name].dims
        assert one.shape == two.shape
        if one.dtype.kind == "f":
            assert np.array_equal(one.view("u8"), two.view("u8")), name
        else:
            assert one.tolist() == two.tolist(), name


def opened(path):
    with xarray.open_dataset(path, engine="h5netcdf") as found:
        return found.load()


# what is in the dataset


def test_a_point_is_the_solution_of_its_case(slab, undisturbed):
    point = undisturbed.sel(heat_power=30, layers_slab_thickness=8)
    case = slab.with_values({"heat.power": "30 kW", "layers.slab.thickness": "8 mm"})
    told = solve(case).to_dict()
    for name in ("junction_temperature_max_degC", "wafer_power_W"):
        assert float(point[name]) == pytest.approx(told[name], abs=1e-7)
    blocks = point.block_temperature_max_degC
    assert blocks.values == pytest.approx(told["block_temperature_max_degC"], abs=1e-7)
    assert blocks.block.values.tolist() == told["block_names"]
    assert (blocks.units, undisturbed.heat_power.units) == ("degC", "kW")


def test_dimensions_of_a_grid_are_the_paths(undisturbed):
    assert undisturbed.junction_temperature_max_degC.dims == (
        "heat_power",
        "layers_slab_thickness",
    )
    assert undisturbed.layers_slab_thickness.values.tolist() == [5, 8, 10]
    assert (undisturbed.reason == "").all()
    # more heat makes it hotter, thickness does too
    assert (undisturbed.junction_temperature_max_degC.diff("heat_power") > 0).all()
    assert (undisturbed.junction_temperature_max_degC.diff("layers_slab_thickness") > 0).all()


def test_the_dataset_holds_case_seed_and_versions(slab, tmp_path):
    out = tmp_path / "s.nc"
    sweep(slab, sample("latin", ["heat.power=10:30 kW"], 3, seed=7), out)
    found = opened(out)
    assert tomllib.loads(found.attrs["case"]) == slab.raw
    assert found.attrs["seed"] == 7
    assert json.loads(found.attrs["versions"])["numpy"] == np.__version__
    assert found.heat_power.dims == ("point",)
    assert found.heat_power.attrs["units"] == "kW"


def test_points_without_a_solution_are_rows_with_their_reason(slab):
    leaky = slab.with_values(
        {
            "heat.at": "slab",
            "heat.active_thickness": "1 mm",
            "loads.law": "dynamic and leakage",
            "loads.nominal_voltage": "1 V",
            "loads.leakage_fraction": 0.25,
            "loads.leakage_temperature": "30 degC",
            "loads.leakage_per_kelvin": "0.01 /K",
            "loads.leakage_per_volt": "3 /V",
        }
    )
    found = sweep(
        leaky, grid("layers.slab.thickness=5,0.5 mm", "loads.leakage_per_kelvin=0.01,1 /K")
    )
    reasons = found.reason.values
    assert reasons[0, 0] == ""
    assert reasons[0, 1].startswith("ThermalRunaway: ")
    assert "heat.active_thickness: found 1 mm; less than" in reasons[1, 0]
    solved = np.isfinite(found.junction_temperature_max_degC.values)
    assert solved.tolist() == [[True, False], [False, False]]
    assert np.isnan(found.block_temperature_max_degC.values[0, 1]).all()


def test_windows_of_layers_are_numbers_of_their_own():
    small = {"grid.along_x": 24, "grid.along_y": 14, "layers.fins.cells": 4}
    pair = load_case("cs3-dram", small)
    found = sweep(pair, grid("coolant.flow=60,100 L/min"))
    for point, flow in enumerate((60, 100)):
        told = solve(pair.with_values({"coolant.flow": f"{flow} L/min"})).to_dict()
        window = told["layer_windows"]["dram"]
        assert found.dram_greatest_degC.values[point] == pytest.approx(window["greatest_degC"])
        assert found.dram_margin_K.values[point] == pytest.approx(window["margin_K"])
        assert bool(found.dram_holds.values[point]) == window["holds"]
        # a surface gives none of them
        assert not any("dram" in name for name, _ in Layout.of(told).names)
        assert Layout.of(told).row(told).dtype == float
    assert found.dram_window_least_degC.isnull().all()
    assert found.dram_greatest_degC.units == "degC"


def collapsing(base):
    """A model that has no answer above 20 kW, and counts as any other."""

    def answer(case):
        if case.case.heat.power > 20e3:
            raise VoltageCollapse("too much")
        return {"hottest_degC": case.case.heat.power / 1e3, "block_names": ["a"], "warnings": []}

    return answer


def test_another_model_can_answer(slab):
    found = sweep(slab, grid("heat.power=10,20,30 kW"), model=collapsing)
    assert found.hottest_degC.values[:2].tolist() == [10, 20]
    assert found.reason.values.tolist() == ["", "", "VoltageCollapse: too much"]


@pytest.mark.parametrize(
    ("vary", "words"),
    [
        ("heat.pwer=1:2:3 kW", "slab: heat.pwer: unknown key; power"),
        ("heat.power=1:2:3 K", "slab: heat.power: found '1 K', a unit of another kind"),
        ("heat.power=1:2:3", "slab: heat.power: found 1; a number in W as text is meant"),
        ("heat.power=0:2:3 kW", "slab: heat.power: found '0 kW'; more than 0 is meant"),
        ("layers.slab.material=copper,coper", "slab: layers.slab"),
        ("heat.map.csv=none.csv", "slab: heat.map"),
        ("grid.along_x=12:15:7", "slab: grid.along_x: found 12.5; a whole number is meant"),
        ("grid.along_x=12,12.5", "slab: grid.along_x: found 12.5; a whole number is meant"),
    ],
)
def test_a_value_that_cannot_be_stops_before_anything_is_solved(slab, vary, words, tmp_path):
    def never(base):
        raise AssertionError("solved")

    with pytest.raises(CaseError) as refused:
        sweep(slab, grid(vary), tmp_path / "s.nc", model=never)
    assert str(refused.value).startswith(words)
    assert len(str(refused.value).splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_table_has_a_row_for_each_point(slab, undisturbed, tmp_path):
    import csv

    import pyarrow.parquet

    from studies.sweep_files import write_table

    for name in ("t.csv", "t.parquet"):
        write_table(undisturbed, tmp_path / name)
    columns = table(undisturbed)
    assert columns["heat_power"][:3] == [10, 10, 10]
    assert columns["layers_slab_thickness"][:3] == [5, 8, 10]
    assert pyarrow.parquet.read_table(tmp_path / "t.parquet").to_pydict() == columns
    with open(tmp_path / "t.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["junction_temperature_max_degC"]) for row in rows] == columns[
        "junction_temperature_max_degC"
    ]


# the same, whoever solves it and in whatever order


def test_the_order_of_the_points_does_not_matter(slab, undisturbed, tmp_path):
    points = [(30.0, 8.0), (10.0, 10.0), (20.0, 5.0)]
    lines = ["heat.power [kW],layers.slab.thickness [mm]", *(f"{a},{b}" for a, b in points)]
    (tmp_path / "p.csv").write_text("\n".join(lines))
    found = sweep(slab, points_from_csv(tmp_path / "p.csv"))
    for at, (power, thickness) in enumerate(points):
        same = undisturbed.sel(heat_power=power, layers_slab_thickness=thickness)
        for name in ("junction_temperature_max_degC", "block_temperature_mean_degC"):
            assert found[name].values[at].tobytes() == same[name].values.tobytes()


@pytest.mark.slow
def test_two_processes_come_to_the_same_bits(slab, undisturbed, tmp_path):
    found = sweep(slab, grid(*POINTS), tmp_path / "s.nc", workers=2)
    assert_same_bits(found, undisturbed)
    assert_same_bits(opened(tmp_path / "s.nc"), undisturbed)


@pytest.mark.slow
def test_a_model_of_a_script_goes_to_the_processes(slab):
    """One that cannot be found by its name."""
    local = lambda base: collapsing(base)  # noqa: E731
    found = sweep(slab, grid("heat.power=10:30:5 kW"), model=local, workers=2)
    assert (found.reason != "").values.tolist() == [False, False, False, True, True]


def test_two_ways_to_solve_are_refused(slab):
    with pytest.raises(CaseError, match="--workers: found with --scheduler"):
        sweep(slab, grid("heat.power=10,20 kW"), workers=2, scheduler="tcp://localhost:8786")
    with pytest.raises(CaseError, match="--workers: found 0"):
        sweep(slab, grid("heat.power=10,20 kW"), workers=0)


# broken off and gone on


def test_a_finished_sweep_solves_nothing_again(slab, undisturbed, tmp_path):
    out = tmp_path / "s.nc"
    sweep(slab, grid(*POINTS), out)
    told = []
    size = out.with_name("s.nc.journal").stat().st_size
    assert_same_bits(sweep(slab, grid(*POINTS), out, report=told.append), undisturbed)
    assert (told[0].found, told[0].points, len(told)) == (33, 33, 1)
    assert out.with_name("s.nc.journal").stat().st_size == size


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"values": {"layers.slab.conductivity": "380 W/m/K"}}, "case"),
        ({"design": grid("heat.power=10:30:4 kW")}, "design"),
    ],
)
def test_another_sweep_into_the_same_file_is_refused(slab, change, word, tmp_path):
    out = tmp_path / "s.nc"
    design = grid("heat.power=10:30:3 kW")
    sweep(slab, design, out)
    before = out.read_bytes()
    other = slab.with_values(change.get("values", {}))
    with pytest.raises(CaseError, match=f"a sweep with another {word}; the same, another --out"):
        sweep(other, change.get("design", design), out)
    assert out.read_bytes() == before
    assert sweep(other, change.get("design", design), out, restart=True).reason.size > 2


def test_a_changed_file_of_the_case_is_another_case(tmp_path):
    (tmp_path / "map.csv").write_text("1,2\n3,4\n")
    text = (ROOT / "studies/cases/slab.toml").read_text().replace("along_x = 48", "along_x = 12")
    (tmp_path / "mine.toml").write_text(text + '[heat.map]\ncsv = "map.csv"\n')
    design = grid("heat.power=10,20 kW")
    sweep(load_case(tmp_path / "mine.toml"), design, tmp_path / "s.nc")
    (tmp_path / "map.csv").write_text("1,2\n3,5\n")
    with pytest.raises(CaseError, match="another case"):
        sweep(load_case(tmp_path / "mine.toml"), design, tmp_path / "s.nc")


def test_results_without_their_journal_are_not_overwritten(slab, tmp_path):
    out = tmp_path / "s.nc"
    out.write_text("mine")
    with pytest.raises(CaseError, match="found without its journal"):
        sweep(slab, grid("heat.power=10,20 kW"), out)
    assert out.read_text() == "mine"


def test_a_full_disk_keeps_what_was_finished(slab, undisturbed, tmp_path, monkeypatch):
    out, written = tmp_path / "s.nc", os.write

    def full(file, data):
        if data.startswith(b"{") or b'"point": 4' in data:
            written(file, data[:50])
            raise OSError(28, "No space left on device")
        return written(file, data)

    monkeypatch.setattr("studies.sweep_journal.os.write", full)
    with pytest.raises(CaseError) as refused:
        sweep(slab, grid(*POINTS), out)
    assert str(refused.value) == (
        f"{out}.journal: cannot be written: No space left on device; "
        "4 finished points are kept in it"
    )
    monkeypatch.undo()
    told = []
    assert_same_bits(sweep(slab, grid(*POINTS), out, report=told.append), undisturbed)
    assert (told[0].found, told[0].damaged) == (4, 0)


def test_an_interruption_leaves_the_finished_points_in_the_file(slab, undisturbed, tmp_path):
    out = tmp_path / "s.nc"

    def interrupt(now):
        if now.done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(slab, grid(*POINTS), out, report=interrupt)
    found = opened(out)
    reasons = found.reason.values.ravel().tolist()
    assert (reasons.count(""), reasons.count("not solved yet")) == (5, 28)
    assert_same_bits(sweep(slab, grid(*POINTS), out), undisturbed)


def killed_at_random(slab, undisturbed, out, kills, longest, seed):
    """Fork, kill, go on; from the beginning again whenever it was finished. Gives runs finished."""
    rng, design, finished, done = random.Random(seed), grid(*POINTS), 0, 0
    while done < kills:
        child = os.fork()
        if child == 0:
            os.setsid()
            try:
                sweep(slab, design, out)
            finally:
                os._exit(0)
        time.sleep(rng.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        done += os.WIFSIGNALED(status)
        if not os.WIFSIGNALED(status):
            assert_same_bits(opened(out), undisturbed)
            finished += 1
            for path in out.parent.iterdir():
                path.unlink()
    told = []
    assert_same_bits(sweep(slab, design, out, report=told.append), undisturbed)
    assert_same_bits(opened(out), undisturbed)
    assert told[-1].done == told[-1].points == 33
    assert len(told) == 1 + 33 - told[0].found
    return finished


# Python 3.12 warns of forks beside threads; a library's idle ones are no harm here
FORKS = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@FORKS
def test_killed_three_times_it_comes_to_the_same_bits(slab, undisturbed, tmp_path):
    killed_at_random(slab, undisturbed, tmp_path / "s.nc", 3, 0.2, seed=1)


@FORKS
@pytest.mark.slow
def test_killed_sixty_times_it_comes_to_the_same_bits(slab, undisturbed, tmp_path):
    assert killed_at_random(slab, undisturbed, tmp_path / "s.nc", 60, 0.5, seed=2) > 1


def command(out, *more):
    varied = [word for text in POINTS for word in ("--vary", text)]
    small = [word for path, value in SMALL.items() for word in ("--set", f"{path}={value}")]
    return [sys.executable, "-m", "studies", "sweep", "slab", *small, *varied, "--out", out, *more]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_the_command_with_processes_is_ended_and_goes_on(number, undisturbed, tmp_path):
    out, here = tmp_path / "s.nc", {**os.environ, "PYTHONPATH": str(ROOT)}
    journal = tmp_path / "s.nc.journal"
    process = subprocess.Popen(
        command(out, "--workers", "2"), env=here, stderr=subprocess.PIPE, text=True
    )
    while not journal.exists() or journal.read_bytes().count(b"\n") < 2:
        time.sleep(0.001)
        assert process.poll() is None
    process.send_signal(number)
    # its processes, which hold this end too, end with it
    _, words = process.communicate(timeout=60)
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    elif process.returncode:  # else it was done before it heard of it
        assert process.returncode == 130
        assert words.splitlines() == [
            f"interrupted; what was finished is kept in {journal}, and the same command goes on"
        ]
    run = subprocess.run(
        command(out, "--workers", "2"), env=here, capture_output=True, text=True, check=True
    )
    assert " of 33 points found on disk, " in run.stderr
    assert_same_bits(opened(out), undisturbed)


# the command


def run(*arguments):
    return CliRunner().invoke(app, ["sweep", *arguments])


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return [word for path, value in SMALL.items() for word in ("--set", f"{path}={value}")]


def test_the_command_writes_results_picture_and_table(small):
    vary = ["--vary", POINTS[0], "--vary", POINTS[1]]
    done = run("slab", *small, *vary, "--out", "a/s.nc", "--table", "a/s.csv")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in Path("a").iterdir()) == [
        "s.csv",
        "s.nc",
        "s.nc.journal",
        "s.png",
    ]
    assert "slab: 33 of 33 points solved" in done.output
    assert "hottest at 30 kW, 10 mm" in done.output
    again = run("slab", *small, *vary, "--out", "a/s.nc", "--json")
    assert "33 of 33 points found on disk, 0 to go" in again.stderr
    told = json.loads(again.stdout)
    assert (told["points"], told["solved"], len(told["rows"])) == (33, 33, 33)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--vary: missing"),
        (["--vary", "heat.pwer=1,2 kW"], "slab: heat.pwer: unknown key"),
        (["--vary", "heat.power=1,2 kW", "--out", "s.dat"], "--out: found 's.dat'"),
        (["--vary", "heat.power=1,2 kW", "--table", "s.xls"], "--table: found 's.xls'"),
        (["--vary", "heat.power=1,2 kW", "--count", "3"], "--count: found without --design"),
        (["--vary", "heat.power=1:2 kW", "--design", "latin"], "--count: missing"),
        (["--points", "p.csv", "--vary", "heat.power=1,2 kW"], "--points: found with --vary"),
        (["--points", "p.csv"], "--points: p.csv: cannot be read"),
    ],
)
def test_wrong_input_is_one_line(small, arguments, words):
    done = run("slab", *arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith(words)
    assert len(done.stderr.splitlines()) == 1
    assert not Path("out").exists()


def test_no_solution_anywhere_is_exit_code_3(small):
    done = run("cs3", "--vary", "layers.fins.channel_width=0.7,0.8 mm",
               "--set", "grid.along_x=12", "--set", "grid.along_y=7")  # fmt: skip
    assert done.exit_code == 3
    assert done.stderr == "no point has a solution\n"
    assert Path("out/cs3-sweep.nc").exists()


@pytest.mark.parametrize(
    "vary",
    [
        ["heat.power=10:30:3 kW"],
        ["heat.power=10:30:3 kW", "layers.slab.thickness=5,10 mm"],
        ["heat.power=10,20 kW", "layers.slab.material=copper,silicon"],
    ],
)
def test_the_picture_has_what_was_varied(slab, vary):
    from studies.sweep_figure import sweep_figure

    free = slab.with_values(
        {f"layers.slab.{key}": None for key in ("conductivity", "density", "heat_capacity")}
        | {"layers.slab.material": "copper"}
        if len(vary) > 1 and "material" in vary[1]
        else {}
    )
    axes = sweep_figure(sweep(free, grid(*vary))).axes
    labels = " ".join(label for a in axes for label in (a.get_xlabel(), a.get_ylabel()))
    assert all(text.partition("=")[0] in labels for text in vary)
    assert "hottest point [°C]" in labels
