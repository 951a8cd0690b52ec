"""Why cold: what steps are worth, and that the set of changes found is the cheapest there is."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from studies import CaseError, load_case, solve
from studies.cli import app
from studies.design_changes import changes_of
from studies.flow_ceilings import ceilings
from studies.operating_points import coarser
from studies.why_cold import SHARE_STEP, Target, cheapest, why_cold

SMALL = {"grid.along_x": 24, "grid.along_y": 14, "layers.fins.cells": 4} | {
    # given by hand a value has no range: fewer changes to try
    "layers.lid.thickness": "2 mm",
    "layers.contact.pressure": "345 kPa",
    "layers.socket.thickness": "1 mm",
    "layers.board.thickness": "3 mm",
    "layers.board.density": "2500 kg/m**3",
    "layers.board.heat_capacity": "900 J/kg/K",
    "layers.bricks.thickness": "5 mm",
    "layers.bricks.density": "3000 kg/m**3",
    "layers.bricks.heat_capacity": "750 J/kg/K",
    "faces.bottom.film_coefficient": "10000 W/m**2/K",
    "faces.bottom.flow": "15 L/min",
    "heat.active_thickness": "20 um",
}
TARGET = Target(313.15, 37.5 / 60_000)
LIMIT = 338.15


def quiet(words):
    pass


def limited(celsius):
    return load_case("cs3", SMALL | {"limits.junction_temperature": f"{celsius} degC"})


def holds(loaded, values, limit=LIMIT):
    """By a complete solution of its own."""
    values = {
        "coolant.inlet_temperature": f"{TARGET.inlet} K",
        "coolant.flow": f"{TARGET.flow} m**3/s",
    } | values
    answer = solve(loaded.with_values(values))
    within = answer.coolant.velocity <= 1.5
    return bool(answer.block_temperature_max.max() <= limit and within)


@pytest.fixture(scope="module")
def study():
    return why_cold(limited(65), 1.5, [303.15, 313.15])


@pytest.mark.slow
def test_a_set_of_two_is_found_and_holds(study):
    found = study.found[-1]
    assert found.target.flow == pytest.approx(TARGET.flow)
    assert found.unchanged.hottest > LIMIT
    assert len(found.changes) == 2
    assert holds(study.loaded, {c.path: c.at(found.share) for c in found.changes})
    less = found.share - 2 * SHARE_STEP
    assert not holds(study.loaded, {c.path: c.at(less) for c in found.changes})


@pytest.mark.slow
def test_no_single_change_would_do(study):
    changes = changes_of(study.loaded)
    assert len(changes) >= 10
    assert not any(holds(study.loaded, {c.path: c.at(1.0)}) for c in changes)


@pytest.mark.slow
def test_no_other_pair_moves_less(study):
    """Every pair of those that help, at a little less than the share found."""
    found = study.found[-1]
    less = found.share - 2 * SHARE_STEP
    helpful = [
        c for c in changes_of(study.loaded)
        if c.path.startswith("layers.") and c.span is not None
        and c.path.split(".")[1] in ("fins", "base", "contact", "wafer")
    ]  # fmt: skip
    for i, one in enumerate(helpful):
        for other in helpful[i + 1 :]:
            if one.path != other.path:
                values = {c.path: c.at(less) for c in (one, other)}
                assert not holds(study.loaded, values), values


@pytest.mark.slow
def test_targets_that_the_machine_meets_need_no_change(study):
    for found in study.found[:2]:
        assert found.changes == ()
        assert found.passed == ""
        assert found.changed.hottest <= LIMIT


def test_the_junction_limit_is_a_choice_where_it_has_a_range():
    paths = {c.path for c in changes_of(load_case("cs3"))}
    assert "limits.junction_temperature" in paths
    assert "limits.junction_temperature" not in {c.path for c in changes_of(limited(65))}


@pytest.mark.slow
def test_a_target_out_of_reach_is_said():
    found = cheapest(limited(45), TARGET, quiet)
    assert found.changes is None
    assert found.changed is None
    assert "above the junction limit" in found.passed


@pytest.mark.slow
def test_a_step_gone_is_worth_what_a_case_without_it_gains(study):
    """A contact that takes nothing: solved, not subtracted."""
    bare = coarser(study.loaded).with_values(
        {"layers.contact.resistance": "0 mm**2*K/W", "layers.contact.pressure": None}
    )
    contact = next(w for w in study.steps if w.name == "contact")
    warmest = {"coolant.inlet_temperature": f"{contact.warmest} K"}
    assert solve(bare.with_values(warmest)).block_temperature_max.max() == pytest.approx(
        LIMIT, abs=0.15
    )
    least = {"coolant.flow": f"{contact.least * 25} L/min"}
    assert solve(bare.with_values(least)).block_temperature_max.max() == pytest.approx(
        LIMIT, abs=0.15
    )


@pytest.mark.slow
def test_values_at_their_end_are_worth_what_a_solution_says(study):
    choice = next(w for w in study.choices if w.name.startswith("layers.contact.resistance"))
    better = study.loaded.with_values({"layers.contact.resistance": "1 mm**2*K/W"})
    warmest = better.with_values({"coolant.inlet_temperature": f"{choice.warmest} K"})
    top = solve(warmest).block_temperature_max.max()
    assert top == pytest.approx(LIMIT, abs=0.05 + abs(study.coarse_error) + 0.02)


@pytest.mark.slow
def test_velocity_counts_against_a_change():
    """A low fin zone cools better at the same flow, but the water is too fast for copper."""
    loaded = limited(65)
    low = next(c for c in changes_of(loaded) if c.words(1.0).startswith("layers.fins.thickness"))
    values = {low.path: low.at(1.0), "coolant.flow": "37.5 L/min"}
    answer = solve(loaded.with_values(values))
    assert answer.coolant.velocity > ceilings(loaded.case)[0].most
    assert low.path not in {c.path for c in cheapest(loaded, TARGET, quiet).changes}


def test_changes_stay_in_their_ranges():
    by_path = {(c.path, c.end): c for c in changes_of(load_case("cs3"))}
    contact = by_path["layers.contact.resistance", "1 mm**2*K/W"]
    assert contact.at(0.1) == "3.1 mm**2*K/W"
    assert contact.at(1.0) == "1 mm**2*K/W"
    assert by_path["coolant.path", "4-way"].at(0.01) == "4-way"
    # channels wider than their pitch cannot be
    assert ("layers.fins.channel_width", "1 mm") not in by_path
    assert not any(path.startswith(("delivery", "grid", "coolant.flow")) for path, _ in by_path)


def test_a_case_that_cannot_run_is_refused():
    with pytest.raises(CaseError, match="cannot run as it is"):
        why_cold(limited(85).with_values({"coolant.flow": "0.5 L/min"}), 1.5, [303.15])


@pytest.mark.slow
def test_command_writes_words_table_and_picture(tmp_path):
    few = {"layers.base.thickness": "3 mm", "layers.wafer.thickness": "0.775 mm"}
    few |= {"layers.fins.thickness": "3 mm", "layers.fins.pitch": "0.6 mm"}
    values = SMALL | few | {"coolant.path": "centre-split"}
    options = [f"--set={key}={value}" for key, value in values.items()]
    command = ["why-cold", "cs3", *options, "--inlets", "40", "--limit", "65 degC"]
    done = CliRunner().invoke(app, [*command, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    names = {"why-cold.json", "why-cold.csv", "why-cold.png"}
    assert {path.name for path in tmp_path.iterdir()} == names
    found = json.loads((tmp_path / "why-cold.json").read_text(encoding="utf-8"))
    assert [t["inlet_degC"] for t in found["targets"]] == pytest.approx([21, 40])
    assert len(found["targets"][1]["changes"]) == 2
    plain = " ".join(done.output.split())
    assert "1.5 L/min per kW at 21 °C: no change needed" in plain
    assert "Cheapest: 2 changes" in plain


def test_docs_say_what_the_targets_come_to():
    page = (Path(__file__).parent.parent / "docs" / "flow.md").read_text(encoding="utf-8")
    tops = []
    for inlet in (21, 30, 40):
        values = {"coolant.flow": "37.5 L/min", "coolant.inlet_temperature": f"{inlet} degC"}
        tops.append(solve(load_case("cs3", values)).block_temperature_max.max() - 273.15)
    first, *others = (f"{top:.1f}" for top in tops)
    words = (
        f"1.5 L/min per kW make {first} degC at the hottest point at an inlet of 21 degC, "
        f"{others[0]} at 30 and {others[1]} at 40"
    )
    assert words in " ".join(page.split())


def test_wrong_inlets_are_refused_in_a_line():
    done = CliRunner().invoke(app, ["why-cold", "cs3", "--inlets", "warm", "--no-files"])
    assert done.exit_code == 2
    assert done.output == "--inlets: found 'warm'; temperatures in degC are meant, as 30,40\n"
