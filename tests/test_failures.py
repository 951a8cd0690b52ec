"""Failures: quick states against full solutions, the throttled activity, and the command."""

import csv
import io
import json

import numpy as np
import pytest
from numpy.testing import assert_allclose
from rich.console import Console
from typer.testing import CliRunner

from studies import load_case, solve
from studies.case_file import CaseError
from studies.cli import app
from studies.failure_parts import Failure, parse_failure, single_failures
from studies.failure_report import print_failures, rows, summary, to_csv
from studies.failure_response import response_about
from studies.failure_states import Faults
from studies.failures import SHARE, consequence, excesses, study_failures

SMALL = {
    "device.width": "71.7 mm",
    "device.height": "92.1 mm",
    "device.columns": 4,
    "device.rows": 3,
    "heat.power": "3571 W",
    "coolant.flow": "33 L/min",
    "faces.bottom.flow": "2.1 L/min",
    "delivery.supplies.count": 2,
    "grid.along_x": 24,
    "grid.along_y": 24,
}
"""A seventh of the CS-3: 12 blocks as large as its, and two supplies."""


def small(**changes):
    return load_case("cs3", SMALL | changes)


@pytest.fixture(scope="module")
def study():
    return study_failures(small(), [Failure((("brick", 0), ("brick", 1)))])


@pytest.fixture(scope="module")
def faults():
    answer = solve(small())
    return Faults(answer, response_about(answer.coupled))


def of(study, name):
    return next(c for c in study.consequences if c.failure.name == name)


@pytest.mark.parametrize(
    ("name", "kelvin", "volt"),
    [
        ("brick:0", 0.05, 1e-6),
        ("brick:5", 0.05, 1e-6),
        ("board:1", 0.05, 5e-6),
        ("supply:1", 0.05, 1e-6),
        ("brick:5,brick:6", 0.05, 2e-6),
        ("contact:5", 0.05, 1e-4),
        ("contact:0", 0.05, 1e-4),
    ],
)
def test_quick_states_are_those_of_the_full_solution(faults, name, kelvin, volt):
    """A lost contact carries a quarter of a volt, of which copper's 0.4 %/K is 1 mV/K."""
    failure = parse_failure(name, faults.loaded)
    machine, activity = faults.machine_with(failure), faults.healthy.network.activity
    quick, full = faults.quick(machine, activity, faults.healthy), faults.full(machine, activity)
    assert np.abs(quick.hottest - full.hottest).max() < kelvin
    assert np.abs(quick.network.block_voltage - full.network.block_voltage).max() < volt
    assert np.abs(quick.network.brick_temperature - full.network.brick_temperature).max() < 0.2
    moved = np.abs(full.hottest - faults.healthy.hottest).max()
    if "supply" not in name:
        assert moved > 5 * np.abs(quick.hottest - full.hottest).max()
    assert faults.error(failure, quick) == pytest.approx(
        (
            np.abs(quick.hottest - full.hottest).max(),
            np.abs(quick.network.block_voltage - full.network.block_voltage).max(),
        )
    )


def test_nothing_lost_is_the_solved_state(faults):
    quick = faults.quick(faults.machine, faults.healthy.network.activity, faults.healthy)
    assert_allclose(quick.hottest, faults.healthy.hottest, atol=1e-6)
    assert_allclose(quick.network.block_voltage, faults.healthy.network.block_voltage, rtol=1e-9)


def test_every_part_is_lost_once(study):
    kinds = [c.failure.kind for c in study.consequences]
    counts = {kind: kinds.count(kind) for kind in kinds}
    assert counts == {"brick": 12, "board": 4, "supply": 2, "contact": 12, "pair": 1}
    assert len(study.singles) == 30
    assert study.temperature_error < 0.05
    assert study.voltage_error < 1e-4
    assert any(name.startswith("contact") for name in study.checked)


def test_power_balances_and_limits_hold_in_every_row(study):
    limits = study.answer.loaded.case.limits
    for found in study.consequences:
        for state in (found.state, found.throttled):
            assert state is None or state.network.balance < 1e-9
        if found.verdict == "survives":
            assert max(excesses(limits, found.state).values()) <= 0
            assert found.exceeded == ()
        else:
            assert excesses(limits, found.state)[found.exceeded[0]] > 0
            assert max(excesses(limits, found.throttled).values()) <= 0


def test_a_little_more_activity_would_pass_a_limit(study, faults):
    limits, throttled = faults.loaded.case.limits, 0
    for name in ("brick:0", "board:0", "contact:5"):
        found = of(study, name)
        assert found.verdict == "throttles"
        machine = faults.machine_with(found.failure)
        activity = (found.activity_share + 3 * SHARE) * faults.healthy.network.activity
        more = faults.quick(machine, activity, found.throttled)
        assert max(excesses(limits, more).values()) > 0
        throttled += 1
    assert throttled == 3


def test_mirrored_failures_have_mirrored_consequences(study):
    """Single-ended feeders break the symmetry in y; in x it stays."""
    for kind, one, other in (("brick", 0, 3), ("board", 1, 2), ("contact", 4, 7)):
        left, right = of(study, f"{kind}:{one}"), of(study, f"{kind}:{other}")
        assert left.activity_share == pytest.approx(right.activity_share, abs=2 * SHARE)
        here = left.state.network.block_voltage.reshape(3, 4)
        there = right.state.network.block_voltage.reshape(3, 4)
        assert_allclose(here, there[:, ::-1], rtol=1e-6)


def test_pair_is_worse_than_each_of_its_parts(study):
    pair, one = of(study, "brick:0,brick:1"), of(study, "brick:0")
    assert (
        pair.state.network.block_worst_voltage.min() < one.state.network.block_worst_voltage.min()
    )
    assert pair.activity_share < one.activity_share


def test_lost_thermal_contact_is_a_full_solution(faults):
    found = consequence(faults, parse_failure("thermal-contact:5", faults.loaded))
    worse = solve(small(**{"layers.contact.block_factors": {"r1c1": 20.0}}))
    hottest = float(worse.block_temperature_max.max())
    # that solution pins the heat, the failure holds the activity
    assert float(found.state.hottest.max()) == pytest.approx(hottest, abs=1.0)
    assert hottest > float(faults.healthy.hottest.max()) + 10
    every = single_failures(faults.loaded, thermal_contacts=True)
    assert sum(failure.is_thermal for failure in every) == 12


def test_feeds_are_lost_where_there_are_two():
    case = small(**{"delivery.supplies.feed": "A/B", "delivery.boards.feed_resistance": "1 mohm"})
    names = [failure.name for failure in single_failures(case)]
    assert [name for name in names if name.startswith("feed")] == ["feed:0", "feed:1"]
    assert not any(failure.kind == "feed" for failure in single_failures(small()))


def test_what_is_lost_already_is_not_lost_again():
    case = small(**{"delivery.outage.bricks": [3], "delivery.outage.boards": [1]})
    names = [failure.name for failure in single_failures(case)]
    assert "brick:3" not in names
    assert "board:1" not in names
    assert "brick:4" in names
    both = Failure((("brick", 4),)).outage(case.case.delivery.outage)
    assert (both.bricks, both.boards) == ((3, 4), (1,))


def of_case(name, **changes):
    answer = solve(small(**changes))
    faults = Faults(answer, response_about(answer.coupled))
    return consequence(faults, parse_failure(name, faults.loaded))


def test_collapse_is_a_failure_with_its_reason():
    """A constant power behind a contact a thousand times worse has no steady state."""
    found = of_case(
        "contact:5",
        **{
            "loads": {"law": "constant power", "nominal_voltage": "1 V"},
            "delivery.outage.contact_factor": 1000,
        },
    )
    assert found.state is None
    assert found.verdict == "throttles"
    assert found.exceeded == ("no steady state",)
    assert "no steady voltage" in found.reason
    assert 0 < found.activity_share < 0.1


def test_machine_that_no_activity_saves_fails():
    """With a least voltage above the set-point nothing helps."""
    found = of_case("supply:0", **{"limits.block_voltage": "1.1 V"})
    assert (found.verdict, found.activity_share, found.throttled) == ("fails", 0.0, None)
    assert found.exceeded == ("supply load", "voltage")


def test_rows_are_those_of_the_csv_and_of_the_json(study):
    table = rows(study)
    assert table[0]["scenario"] == "cs3, brick:0 lost"
    read = list(csv.DictReader(to_csv(study).splitlines()))
    assert [row["failure"] for row in read] == [row["failure"] for row in table]
    assert float(read[5]["worst_drop_mV"]) == table[5]["worst_drop_mV"]
    whole = json.loads(json.dumps(summary(study)))
    assert whole["failures"][0]["worst_brick"] == "r0c1"
    survived = sum(row["verdict"] == "survives" for row in table if row["kind"] != "pair")
    assert whole["single_failures_survived"] == survived


def run(*arguments):
    sets = [word for key, value in SMALL.items() for word in ("--set", f"{key}={value}")]
    return CliRunner().invoke(app, ["failures", "cs3", *sets, *arguments])


@pytest.mark.slow
def test_command_prints_and_writes_the_same(tmp_path):
    done = run("--json", "--out", str(tmp_path / "there"), "--pair", "brick:5,brick:6")
    assert done.exit_code == 0, done.output
    files = sorted(path.name for path in (tmp_path / "there").iterdir())
    assert files == ["failures.csv", "failures.json", "failures.png"]
    text = (tmp_path / "there" / "failures.json").read_text()
    assert text == done.stdout
    whole = json.loads(text)
    assert whole["single_failures"] == 30
    assert whole["failures"][-1]["kind"] == "pair"


def test_summary_on_the_terminal(study):
    console = Console(record=True, width=80, file=io.StringIO())
    print_failures(study, None, console)
    text = console.export_text()
    survived = sum(c.verdict == "survives" for c in study.singles)
    assert f"{survived} of 30 single failures survive with all of the activity" in text
    assert "brick:0 brick:1" in text
    least = min(c.activity_share for c in study.singles if c.failure.kind == "contact")
    assert f"contact: 0 of 12; the worst leaves {100 * least:.0f} % of the activity" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pair", "brick:12"], "--pair: found 'brick:12'; numbers from 0 to 11 are meant"),
        (["--pair", "brik:1"], "--pair: found 'brik:1'; KIND:NUMBER is meant, KIND one of brick,"),
        (["--pair", "brick"], "--pair: found 'brick'; KIND:NUMBER is meant"),
        (["--set", "delivery=none"], "cs3: delivery: missing; failures are those of a power"),
        (["--no-files", "--out", "x"], "--out: found with --no-files"),
    ],
)
def test_command_refuses_in_one_line(arguments, message):
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


def test_thermal_contacts_need_a_contact():
    bare = small(**{"layers.contact": None})
    with pytest.raises(CaseError, match="layers: found no contact"):
        single_failures(bare, thermal_contacts=True)
