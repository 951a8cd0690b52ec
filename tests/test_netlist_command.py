"""``waferflux netlist`` and ``waferflux export-netlist`` as a user meets them."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from studies.cli import app
from studies.netlist import solve_file
from studies.netlist_figures import drop_figure, places, transient_figure

GRID = """* a small grid
V1 p 0 1.8
R0 p n3_0_0 0.25
Vs n3_0_0 n1_0_0 0
R1 n1_0_0 n1_100_0 1
R2 n1_0_0 n1_0_50 2
R3 n1_100_0 n1_100_50 2
R4 n1_0_50 n1_100_50 1
I1 n1_100_50 0 10m
{more}
.end
"""
IN_TIME = """C1 n1_100_50 0 1n
I2 n1_100_0 0 PULSE(0 20m 1n 0.1n 0.1n 3n 9n)
.tran 0.1n 9n
.print tran v(n1_100_50) v(p)"""
FILES = {"netlist.json", "voltages.csv", "drop.png"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("grid.sp").write_text(GRID.format(more=".op"), encoding="utf-8")
    Path("time.sp").write_text(GRID.format(more=IN_TIME), encoding="utf-8")
    return lambda *words: CliRunner().invoke(app, list(words), prog_name="waferflux")


def table(path):
    with Path(path).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_operating_point_says_what_was_found_and_fills_the_folder(run):
    done = run("netlist", "grid.sp")
    assert done.exit_code == 0, done.output
    drop = 10 * (0.25 + 1 / (1 / 3 + 1 / 3))
    assert f"worst drop {drop:.6g} mV at node n1_100_50: {1.8 - drop / 1e3:.6g} V" in done.stdout
    assert "8 elements (5 R, 2 V, 1 I), 6 nodes, 1 of them merged by shorts" in done.stdout
    assert done.stdout.rstrip().endswith(f"are in {Path('out') / 'grid-netlist'}{os.sep}")
    folder = Path("out/grid-netlist")
    assert {p.name for p in folder.iterdir()} == FILES
    rows = {row["node"]: row for row in table(folder / "voltages.csv")}
    assert len(rows) == 6
    assert float(rows["n1_100_50"]["voltage_V"]) == pytest.approx(1.8 - drop / 1e3, abs=1e-12)
    assert float(rows["n1_100_50"]["drop_V"]) == pytest.approx(drop / 1e3, rel=1e-8)


def test_run_in_time_writes_the_printed_nodes(run):
    done = run("netlist", "time.sp", "--json", "--out", "here")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found == json.loads(Path("here/netlist.json").read_text(encoding="utf-8"))
    assert {p.name for p in Path("here").iterdir()} == FILES | {"transient.csv", "transient.png"}
    rows = table("here/transient.csv")
    assert list(rows[0]) == ["time_s", "worst_drop_V", "worst_node", "v(n1_100_50)_V", "v(p)_V"]
    assert len(rows) == found["transient"]["steps"] + 1
    worst = max(rows, key=lambda row: float(row["worst_drop_V"]))
    assert worst["worst_node"] == found["transient"]["worst_node"]
    assert 1e3 * float(worst["worst_drop_V"]) == pytest.approx(found["transient"]["worst_drop_mV"])
    of_node = {r["node"]: float(r["largest_drop_in_time_V"]) for r in table("here/voltages.csv")}
    assert of_node[worst["worst_node"]] == pytest.approx(float(worst["worst_drop_V"]), rel=1e-8)
    assert found["transient"]["worst_drop_mV"] > found["worst_drop_mV"]


def test_json_alone_writes_nothing(run, tmp_path):
    done = run("netlist", "grid.sp", "--json")
    assert json.loads(done.stdout)["worst_node"] == "n1_100_50"
    assert not (tmp_path / "out").exists()
    done = run("netlist", "grid.sp", "--no-files")
    assert done.exit_code == 0
    assert not (tmp_path / "out").exists()


BAD = {
    "away.sp": "away.sp: cannot be read: No such file or directory",
    "floating.sp": "node b and 1 joined to it: nothing joins it to a source or ground",
    "word.sp": "word.sp:2: r1: found 'x'; a number is meant",
    "loop.sp": "loop.sp:3: closes a loop of voltage sources, shorts and inductors whose voltages "
    "do not add up to 0; no finite current flows in it",
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_solved_ends_in_one_line(run, name):
    texts = {
        "floating.sp": "t\nV1 a 0 1\nR1 a 0 1\nR2 b c 1\n.end\n",
        "word.sp": "t\nR1 a 0 x\n.end\n",
        "loop.sp": "t\nV1 a 0 1\nV2 a 0 2\n.end\n",
    }
    if name in texts:
        Path(name).write_text(texts[name], encoding="utf-8")
    done = run("netlist", name)
    assert done.exit_code == 2
    assert done.stderr == BAD[name] + "\n"
    assert done.stdout == ""


def test_notes_and_warnings_are_printed(run):
    Path("quiet.sp").write_text("t\nV1 a 0 1\nR1 a b 1\n.options x=1\n", encoding="utf-8")
    done = run("netlist", "quiet.sp", "--no-files")
    assert "note: .options was passed over" in done.stdout
    assert "note: there is no .end" in done.stdout
    assert "warning: no current source draws anything: every drop is 0" in done.stdout
    assert "  no node drops" in done.stdout


def test_export_and_read_back(run):
    coarse = ("--set", "grid.along_x=12", "--set", "grid.along_y=14")
    done = run("export-netlist", "cs3", "deep/chain.cir", *coarse)
    assert done.exit_code == 0, done.output
    chain = Path("deep/chain.cir").read_text(encoding="utf-8")
    assert done.stdout == f"{len(chain.splitlines())} lines are in {Path('deep/chain.cir')}\n"
    assert chain.startswith("* power delivery of cs3\n* case cs3: Cerebras CS-3")
    assert run("export-netlist", "cs3", "grid.cir", "--grid", *coarse).exit_code == 0
    done = run("netlist", "grid.cir", "--json")
    assert json.loads(done.stdout)["current_sources"] == 84
    done = run("netlist", "deep/chain.cir", "--no-files")
    assert done.exit_code == 2
    assert "found a card that is none of R, V, I, C and L" in done.stderr


def test_export_without_power_delivery_is_refused(run):
    done = run("export-netlist", "slab", "slab.cir")
    assert done.exit_code == 2
    assert done.stderr == "slab: delivery: found none; a power delivery is meant\n"
    assert not Path("slab.cir").exists()


def test_map_shows_the_largest_drop_at_each_place(run):
    answer = solve_file("grid.sp")
    nodes, xy = places(answer.netlist.nodes)
    assert len(nodes) == 5
    axes = drop_figure(answer).axes[0]
    tiles = axes.images[0].get_array()
    drop = 1e3 * answer.state.drop
    assert tiles.shape == (2, 2)
    for node, (x, y) in zip(nodes, xy, strict=True):
        assert tiles[int(y / 50), int(x / 100)] >= drop[node] - 1e-12
    assert tiles.max() == drop.max()
    np.testing.assert_allclose(axes.images[0].get_extent(), [-50, 150, -25, 75])


def test_distribution_counts_every_node_that_has_no_place(run):
    Path("plain.sp").write_text(
        "t\nV1 a 0 1\nR1 a b 1\nR2 b c 1\nI1 c 0 1m\n.end\n", encoding="utf-8"
    )
    axes = drop_figure(solve_file("plain.sp")).axes[0]
    assert sum(bar.get_height() for bar in axes.patches) == 3


def test_picture_in_time_has_the_printed_nodes(run):
    answer = solve_file("time.sp")
    above, below = transient_figure(answer).axes
    np.testing.assert_allclose(above.lines[0].get_ydata(), 1e3 * answer.transient.worst_drop)
    assert [line.get_label() for line in below.lines] == ["n1_100_50", "p"]
    assert below.get_xlabel() == "time [ns]"
