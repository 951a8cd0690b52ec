"""Adjoint derivatives of the chain, alone and with the temperature field, against differences."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from power.linearised import QUANTITIES, LinearisedNetwork, difference
from power.network import solve_network
from studies import CaseError, load_case, solve
from studies.build import build
from studies.cli import app
from studies.coupled import junction_rise, solve_coupled
from studies.sensitivity import leaves, sensitivities, with_leaf, with_lost

SMALL = {"grid.along_x": 36, "grid.along_y": 28, "layers.fins.cells": 4}
DROP, CURRENT = QUANTITIES.index("worst drop"), QUANTITIES.index("brick current")


def network_of(delivery, loads, **state):
    random = np.random.default_rng(5)
    return solve_network(
        delivery,
        loads,
        columns=12,
        rows=7,
        block_width=0.215 / 12,
        block_height=0.215 / 7,
        nominal_power=250 + 90 * random.random(84),
        wafer_temperature=315 + 8 * random.random(84),
        board_temperature=312 + 8 * random.random(84),
        brick_temperature=308 + 8 * random.random(84),
        **state,
    )


@pytest.mark.slow
@pytest.mark.parametrize("lost", [{}, {"boards": (3,)}, {"bricks": (0, 40), "supplies": (2,)}])
@pytest.mark.parametrize("pin", [("wafer heat", 24e3), ("none", None)])
def test_adjoint_of_the_chain_is_its_difference(lost, pin):
    case = load_case("cs3").case
    delivery = replace(case.delivery, outage=replace(case.delivery.outage, **lost))
    state = {"pin": pin[0], "target": pin[1]}
    solved = network_of(delivery, case.loads, **state)
    linear = LinearisedNetwork(solved.circuit, solved.unknowns, solved.pin)
    block = int(np.argmax(solved.brick_current))
    weight = np.zeros((len(QUANTITIES), 84))
    weight[DROP, 17], weight[CURRENT, block] = 1.0, 1e-3
    adjoint = linear.adjoint(weight)
    checked = 0
    for path, value in leaves(delivery):
        if value == 0:
            continue
        numbers, moved = [], []
        for sign in (1, -1):
            other = with_leaf(delivery, path, value * (1 + sign * 1e-4))
            found = network_of(other, case.loads, guess=solved, **state)
            drop = other.no_load_voltages(84) - found.block_worst_voltage
            numbers.append(drop[17] + 1e-3 * found.brick_current[block])
            moved.append(linear.with_figures(other, case.loads))
        exact = (numbers[0] - numbers[1]) / (2e-4 * value)
        change = difference(*moved, 2e-4 * value)
        ours = np.vdot(weight, change.quantities) - np.vdot(adjoint, change.residual)
        assert ours == pytest.approx(exact, rel=2e-5, abs=1e-9 / value)
        checked += abs(exact * value) > 1e-5
    assert checked >= 6


def numbers_of(loaded, case, blocks):
    machine = replace(build(loaded), case=case)
    coupled = solve_coupled(machine)
    network = coupled.drawn.network
    drop = case.delivery.no_load_voltages(84) - network.block_worst_voltage
    rise = junction_rise(machine, coupled.solver, coupled.heat).ravel()
    return 1e3 * drop[blocks[0]], network.brick_current[blocks[1]], rise[blocks[2]]


@pytest.mark.slow
@pytest.mark.parametrize("lost", [{}, {"delivery.outage.boards": [0]}])
def test_coupled_adjoint_is_the_difference_of_complete_solutions(lost):
    """To 1e-5, of which the difference itself leaves some 2e-6."""
    loaded = load_case("cs3", SMALL | lost)
    answer = solve(loaded)
    drop, current, hottest = sensitivities(loaded, answer)
    coupled = answer.coupled
    rise = junction_rise(coupled.machine, coupled.solver, coupled.heat)
    blocks = [int(np.argmax(answer.block_drop)), 0, int(np.argmax(rise))]
    blocks[1] = int(np.argmax(coupled.drawn.network.brick_current))
    step = 2e-3
    for path in (
        "delivery.bricks.regulated.load_line",
        "delivery.contact.areal_resistance",
        "delivery.boards.plane_sheet_resistance",
        "loads.leakage_fraction",
    ):
        root, *way = path.split(".")
        part = getattr(loaded.case, root)
        value = dict(leaves(part))[tuple(way)]
        up, down = (
            numbers_of(
                loaded,
                replace(loaded.case, **{root: with_leaf(part, tuple(way), value * factor)}),
                blocks,
            )
            for factor in (1 + step, 1 - step)
        )
        for found, a, b in zip((drop, current, hottest), up, down, strict=True):
            ours = {figure.path: figure.per_step for figure in found.figures}[path]
            assert ours == pytest.approx(0.01 * (a - b) / (2 * step), rel=1e-5)


@pytest.mark.slow
def test_the_plane_decides_when_a_board_is_lost_and_not_before():
    """Over what is plausible: 0.03 to 1 mohm/sq, as the case file has it."""
    lost = load_case("cs3", SMALL | {"delivery.outage.boards": [0]})
    for found in sensitivities(lost, solve(lost))[:2]:
        assert found.figures[0].path == "delivery.boards.plane_sheet_resistance"
    healthy = load_case("cs3", SMALL)
    for found in sensitivities(healthy, solve(healthy)):
        assert found.figures[0].path != "delivery.boards.plane_sheet_resistance"


@pytest.mark.slow
def test_sheets_are_taken_per_block():
    on_grid = load_case("cs3", SMALL | {"delivery.sheets.solved": "on the grid"})
    loaded, words = with_lost(on_grid, None)
    assert words == "cs3, nothing lost, low-voltage side per block"
    found = sensitivities(loaded, solve(loaded))
    healthy = load_case("cs3", SMALL)
    assert found == sensitivities(healthy, solve(healthy))
    with pytest.raises(CaseError, match=r"cs3: delivery\.sheets\.solved: found 'on the grid'"):
        sensitivities(on_grid, solve(on_grid))


def test_a_case_without_delivery_is_refused():
    loaded = load_case("slab")
    with pytest.raises(CaseError, match="slab: delivery: missing"):
        sensitivities(loaded, solve(loaded))


def run(*arguments):
    sets = [word for key, value in SMALL.items() for word in ("--set", f"{key}={value}")]
    return CliRunner().invoke(app, ["sensitivity", "cs3", *sets, *arguments])


def test_command_writes_what_it_prints(tmp_path):
    done = run("--lost", "board:0", "--json", "--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["scenario"] == "cs3 without board:0"
    figures = found["numbers"]["largest_brick_current_A"]["figures"]
    assert figures[0]["figure"] == "delivery.boards.plane_sheet_resistance"
    assert (tmp_path / "sensitivity.json").read_text() == done.stdout
    assert (tmp_path / "sensitivity.png").stat().st_size > 10_000
    with (tmp_path / "sensitivity.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(len(n["figures"]) for n in found["numbers"].values())


def test_tables_fit_a_terminal():
    done = run("--no-files")
    assert done.exit_code == 0, done.output
    assert "bricks.regulated.load_line" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\u2026" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--lost", "board:99"], "--lost: found 'board:99'; numbers from 0 to 11 are meant"),
        (["--lost", "thermal-contact:3"], "--lost: found 'thermal-contact:3'; electrical parts"),
        (["--set", "delivery=none", "--set", "loss_layers=none"], "cs3: delivery: missing"),
    ],
)
def test_wrong_input_is_one_line(arguments, words):
    done = run(*arguments, "--no-files")
    assert done.exit_code == 2
    assert done.stderr.startswith(words)
    assert done.stderr.count("\n") == 1
