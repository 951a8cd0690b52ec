"""``waferflux droop`` and ``waferflux impedance``: answers, files, and refusals in one line."""

import csv
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from studies import frozen_network, load_case, solve
from studies.case_file import CaseError
from studies.cli import app
from studies.droop import solve_droop
from studies.droop_figure import droop_figure
from studies.droop_report import summary_lines
from studies.impedance import solve_impedance
from studies.load_changes import load_change
from studies.words import frequency_as_text, ohms_as_text, time_as_text


def invoke(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


SMALL = {"grid.along_x": 24, "grid.along_y": 28, "layers.fins.cells": 4}


@pytest.fixture(scope="module")
def cs3():
    return load_case("cs3")


@pytest.fixture(scope="module")
def droop(cs3):
    return solve_droop(cs3, load_change(cs3, ramp="10 ns"))


@pytest.fixture(scope="module")
def impedance(cs3):
    return solve_impedance(cs3, "r3c5", "r3c6", target=300e-6)


def test_droop_ends_where_the_case_is(cs3, droop):
    network = solve(cs3).coupled.drawn.network
    assert np.allclose(droop.voltage[-1], network.block_voltage, rtol=1e-9, atol=0)
    assert np.allclose(droop.brick_current[-1], network.brick_current, rtol=1e-7, atol=0)


def test_balances_of_the_case(droop):
    assert droop.charge_balance < 1e-9
    assert droop.energy_balance < 1e-6


def test_currents_end_where_the_case_is(cs3):
    change = load_change(cs3, before=0.2, load="current", until="2 ms")
    answer = solve_droop(cs3, change)
    currents = answer.frozen.steady.block_current
    assert np.allclose(answer.brick_current[0].sum(), 0.2 * currents.sum(), rtol=1e-9, atol=0)
    assert np.allclose(answer.voltage[-1], answer.frozen.steady.block_voltage, rtol=1e-9, atol=0)


def test_headline_numbers_are_those_of_the_series(droop):
    found = droop.to_dict()
    assert found["lowest_voltage_V"] == min(found["lowest_block_voltage_V"])
    assert found["scenario"] == {
        "from": 0.5,
        "to": 1.0,
        "ramp_s": pytest.approx(1e-8),
        "blocks": None,
        "load": "law",
        "stagger_s": 0.0,
        "order": "column",
        "seed": None,
        "until_s": pytest.approx(2e-4),
    }
    first, second, third = found["droops"]
    assert [d["name"] for d in found["droops"]] == ["first", "second", "third"]
    assert first["loop_frequency_Hz"] > second["loop_frequency_Hz"] > third["loop_frequency_Hz"]
    assert first["time_s"] < second["time_s"] < third["time_s"]
    assert first["voltage_V"] == pytest.approx(found["lowest_voltage_V"], abs=1e-4)
    assert first["depth_mV"] > first["below_end_mV"] > 0


def test_one_block_alone_falls_less_than_all(cs3, droop):
    alone = solve_droop(cs3, load_change(cs3, ramp="10 ns", blocks="r3c5"))
    assert alone.names[alone.droops["first"].block] == "r3c5"
    assert alone.droops["second"] is None or alone.droops["second"].depth < 0.02
    assert alone.droops["first"].depth < droop.droops["first"].depth


def test_stagger_by_column_is_gentler(cs3, droop):
    late = solve_droop(cs3, load_change(cs3, ramp="10 ns", gap="20 ns", until="1 us"))
    assert late.droops["first"].depth < 0.95 * droop.droops["first"].depth


@pytest.mark.slow
def test_stagger_by_chance_is_repeatable(cs3):
    def run():
        change = load_change(cs3, ramp="10 ns", gap="1 ns", order="random", seed=5, until="1 us")
        return solve_droop(cs3, change)

    assert np.array_equal(run().voltage, run().voltage)


def test_droop_writes_picture_series_and_numbers(tmp_path):
    done = invoke("droop", "cs3", "--to", 0.3, "--until", "20 us", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "first overshoot" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"droop.png", "droop.csv", "droop.json"}
    found = json.loads((tmp_path / "droop.json").read_text(encoding="utf-8"))
    with (tmp_path / "droop.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(found["time_s"])
    name = found["lowest_voltage_in_block"]
    assert float(rows[-1]["time_s"]) == pytest.approx(2e-5)
    assert min(float(row[f"block_{name}_V"]) for row in rows) == pytest.approx(
        found["lowest_voltage_V"], abs=1e-8
    )


def test_trace_by_block(tmp_path, cs3):
    trace = tmp_path / "burst.csv"
    trace.write_text("# a burst in one block\ntime_s,r3c5\n0,0.5\n1e-7,1.5\n2e-7,0.5\n")
    answer = solve_droop(cs3, load_change(cs3, trace=trace, until="2 us"))
    assert answer.names[answer.lowest[0]] == "r3c5"
    assert answer.droops == {}
    assert "single step" in "\n".join(summary_lines(answer))
    assert answer.to_dict()["scenario"]["trace"] == str(trace)
    (axes, _) = droop_figure(answer).axes
    assert axes.get_xscale() == "linear"


def test_held_rows_jump(tmp_path, cs3):
    trace = tmp_path / "steps.csv"
    trace.write_text("time_s,factor\n0,0.5\n1e-8,0.9\n")
    change = load_change(cs3, trace=trace, held=True)
    assert change.activity.at(0.9e-8).max() == 0.5
    assert change.activity.at(1e-8, before=True).max() == 0.5
    assert change.activity.at(1e-8).min() == 0.9


def test_impedance_of_the_case(impedance):
    found = impedance.to_dict()
    alone, together = (np.array(found[f"{k}_magnitude_ohm"]) for k in ("alone", "together"))
    assert alone[0] < together[0]
    assert np.array(found["transfer_magnitude_ohm"])[0] < alone[0]
    parts = [peak["parts"] for peak in found["peaks_together"]]
    assert [p.split(",")[0] for p in parts] == [
        "capacitance of bulk and ceramic",
        "capacitance of ceramic",
        "capacitance of the die",
    ]
    for low, high in found["above_target_Hz"]:
        inside = (impedance.frequency >= low) & (impedance.frequency <= high)
        assert (np.maximum(alone, together)[inside] > 300e-6).all()
    outside = np.maximum(alone, together) <= 300e-6
    assert outside[0]


def test_lowest_impedance_is_the_slope_at_rest(cs3, impedance):
    solver = impedance.frozen.network
    activity, change = impedance.frozen.activity * np.ones(84), 1e-4
    more = solver.at_rest(activity + change * np.eye(84)[impedance.block])
    less = solver.at_rest(activity - change * np.eye(84)[impedance.block])
    load = solver.load_voltage
    voltage = (more + less)[load] / 2
    drawn = (
        solver.load_current(voltage, activity + change * np.eye(84)[impedance.block])
        - solver.load_current(voltage, activity - change * np.eye(84)[impedance.block])
    )[impedance.block]
    slope = (less - more)[load][impedance.block] / drawn
    assert abs(impedance.alone[0]) == pytest.approx(slope, rel=1e-3)


def test_impedance_writes_picture_series_and_numbers(tmp_path):
    done = invoke("impedance", "cs3", "--block", "r0c0", "--to", "r6c11", "--ripple", "50 mV",
                  "--current-step", "150 A", "--out", tmp_path)  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "target of 333 uohm: exceeded from" in done.stdout
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"impedance.png", "impedance.csv", "impedance.json"}
    header = (tmp_path / "impedance.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.startswith("frequency_Hz,alone_magnitude_ohm,alone_phase_deg")


def test_a_high_target_is_kept():
    done = invoke("impedance", "cs3", "--target", "1 ohm", "--no-files")
    assert "target of 1 ohm: kept at every frequency" in done.stdout


REFUSED = {
    "step with trace": (["droop", "cs3", "--trace", "x.csv", "--to", 1],
                        "--to: found with --trace"),
    "negative factor": (["droop", "cs3", "--from=-1"], "--from: found -1"),
    "ramp without unit": (["droop", "cs3", "--ramp", "10"], "--ramp: found '10' without a unit"),
    "no end": (["droop", "cs3", "--until", "0 s"], "--until: found '0 s'; above 0 s"),
    "order": (["droop", "cs3", "--order", "spiral"], "--order: found 'spiral'"),
    "load": (["droop", "cs3", "--load", "power"], "--load: found 'power'"),
    "block": (["droop", "cs3", "--blocks", "r9c9"], "--blocks: found 'r9c9'"),
    "no trace": (["droop", "cs3", "--trace", "none.csv"], "--trace: none.csv: cannot be read"),
    "no dynamics": (["droop", "cs3", "--set", "delivery.dynamics=none"],
                    "cs3: delivery.dynamics: missing"),
    "no delivery": (["impedance", "slab"], "slab: delivery.dynamics: missing"),
    "no such block": (["impedance", "cs3", "--block", "r7c0"], "--block: found 'r7c0'"),
    "no such other": (["impedance", "cs3", "--to", "x"], "--to: found 'x'"),
    "target twice": (["impedance", "cs3", "--target", "1 mohm", "--ripple", "1 mV"],
                     "--ripple: found with --target"),
    "half a target": (["impedance", "cs3", "--ripple", "1 mV"], "--current-step: missing"),
    "no target": (["impedance", "cs3", "--target", "0 ohm"], "--target: found '0 ohm'"),
    "negative": (["droop", "cs3", "--set", "delivery.dynamics.contact_inductance=-1 pH"],
                 "delivery.dynamics.contact_inductance"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_input_is_refused_in_one_line(name):
    arguments, words = REFUSED[name]
    done = invoke(*arguments, "--no-files")
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith(words) or words in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time_s,factor\n", "found no rows"),
        ("t,factor\n0,1\n", "line 1: found 't,factor'"),
        ("time_s,r9c9\n0,1\n", "line 1: found 'r9c9'"),
        ("time_s,r0c0,r0c0\n0,1,1\n", "line 1: found a block twice"),
        ("time_s,factor\n0,x\n", "line 2: found '0,x'"),
        ("time_s,factor\n0,1\n0,1\n", "line 3: found 0 s; a rising time"),
    ],
)
def test_wrong_traces_are_refused(text, words, tmp_path, cs3):
    trace = tmp_path / "trace.csv"
    trace.write_text(text)
    with pytest.raises(CaseError, match=r"^--trace: .*") as refusal:
        load_change(cs3, trace=trace)
    assert words in str(refusal.value)


def test_a_load_that_no_voltage_survives_is_exit_code_3():
    done = invoke("droop", "cs3", "--set", 'loads.law="constant power"', "--no-files")
    assert done.exit_code == 3
    assert "VoltageCollapse: at" in done.stderr


def test_ideal_bricks_are_warned_of():
    done = invoke("droop", "cs3", "--set", "delivery.bricks.regulated.load_line=0 ohm",
                  "--until", "1 us", "--no-files")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "warning: without a load line" in done.stdout


def test_numbers_with_their_prefix():
    assert time_as_text(1.0) == "1 s"
    assert time_as_text(9.9996e-7) == "1 us"
    assert frequency_as_text(1e9) == "1 GHz"
    assert ohms_as_text(3e-13) == "0.3 pohm"
    assert ohms_as_text(0.0) == "0 pohm"


DOCS = (Path(__file__).parent.parent / "docs" / "dynamics.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^\| `(--ramp [^|]*)` \| (.*) \|$", DOCS, re.M)


def test_the_docs_show_what_helps():
    assert len(SHOWN) == 11


@pytest.mark.slow
@pytest.mark.parametrize(("options", "numbers"), SHOWN)
def test_droops_in_the_docs_are_what_the_command_finds(options, numbers):
    done = invoke("droop", "cs3", "--json", *shlex.split(options))
    found = json.loads(done.stdout)
    depths = [f"{d['depth_mV']:.1f}" if d["seen"] else "-" for d in found["droops"]]
    assert [*depths, f"{found['lowest_voltage_V']:.4f}"] == numbers.split(" | ")


def test_loops_in_the_docs_are_those_of_the_case(droop):
    for loop in droop.loops:
        words = f"| {loop.name} | {loop.parts}, {frequency_as_text(loop.frequency)} |"
        assert words in DOCS


def test_a_brick_held_at_its_limit_is_refused():
    values = {"delivery.outage.boards": [0], "delivery.bricks.over_limit": "constant current"}
    with pytest.raises(CaseError, match=r"cs3: delivery\.bricks: found one held at its current"):
        frozen_network.freeze(load_case("cs3", values | SMALL))


def test_bricks_that_do_not_regulate_last_are_refused():
    values = {
        "delivery.bricks.first": "regulated",
        "delivery.bricks.regulated.voltage": "4 V",
        "delivery.bricks.fixed_ratio.output_resistance": "0.01 mohm",
    }
    with pytest.raises(CaseError, match="last stage does not regulate"):
        frozen_network.freeze(load_case("cs3", values | SMALL))


def test_a_lost_brick_is_lost_in_time_too():
    """At rest the network is that of the chain without it, and the brick gives nothing."""
    frozen = frozen_network.freeze(load_case("cs3", SMALL | {"delivery.outage.bricks": [41]}))
    network = frozen.network
    x = network.at_rest(np.full(network.blocks, frozen.activity))
    np.testing.assert_allclose(x[network.load_voltage], frozen.steady.block_voltage, rtol=1e-9)
    assert abs(x[network.brick_current][41]) < 1e-9
    assert x[network.brick_current][40] > 330


def test_sheets_on_the_grid_are_followed_per_block():
    one, other = (
        frozen_network.freeze(load_case("cs3", SMALL | {"delivery.sheets.solved": how}))
        for how in ("per block", "on the grid")
    )
    np.testing.assert_array_equal(one.steady.block_voltage, other.steady.block_voltage)
