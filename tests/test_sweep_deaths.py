"""A point of which its process dies is a row with its reason, and the sweep goes on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray

from studies import load_case
from studies.design_points import grid
from studies.sweep import sweep
from studies.sweep_journal import Journal
from studies.sweep_workers import DIED

SLAB = load_case("slab", {"grid.along_x": 12, "grid.along_y": 7, "layers.slab.cells": 2})
DESIGN = grid("heat.power=10:30:21 kW")
DEADLY = 20e3
RUN = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_sweep_deaths import DESIGN, SLAB, deadly, sweep
sweep(SLAB, DESIGN, sys.argv[1], model=deadly)
"""


def deadly(base):
    """A model whose process is killed at one point."""

    def answer(case):
        if case.case.heat.power == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"hottest_degC": case.case.heat.power / 1e3, "block_names": ["a"]}

    return answer


def assert_one_row_without(found):
    reasons = found.reason.values.tolist()
    assert [reason for reason in reasons if reason] == [DIED]
    assert reasons.index(DIED) == 10
    expected = np.where(np.arange(21) == 10, np.nan, np.linspace(10, 30, 21))
    assert np.array_equal(found.hottest_degC.values, expected, equal_nan=True)


@pytest.mark.slow
def test_beside_others_it_becomes_a_row(tmp_path):
    out = tmp_path / "s.nc"
    found = sweep(SLAB, DESIGN, out, model=deadly, workers=2)
    assert_one_row_without(found)
    told = []
    again = sweep(SLAB, DESIGN, out, model=deadly, workers=2, report=told.append)
    assert again.identical(found)
    assert (told[0].found, told[0].without, len(told)) == (21, 1, 1)


@pytest.mark.slow
def test_one_that_died_by_chance_is_solved_again(tmp_path):
    mark = tmp_path / "mark"

    def killed_once(base):
        answers = deadly(base)

        def answer(case):
            if mark.exists():
                return {"hottest_degC": case.case.heat.power / 1e3, "block_names": ["a"]}
            if case.case.heat.power == DEADLY:
                mark.touch()
            return answers(case)

        return answer

    found = sweep(SLAB, DESIGN, model=killed_once, workers=2)
    assert mark.exists()
    assert (found.reason == "").all()
    assert found.hottest_degC.values.tolist() == np.linspace(10, 30, 21).tolist()


@pytest.mark.slow
def test_where_the_run_itself_dies_it_becomes_a_row_of_the_fourth_run(tmp_path):
    out = tmp_path / "s.nc"
    root = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    codes = [
        subprocess.run([sys.executable, "-c", RUN, str(out)], env=root, check=False).returncode
        for _ in range(4)
    ]
    assert codes == [-signal.SIGKILL] * 3 + [0]
    with xarray.open_dataset(out, engine="h5netcdf") as found:
        assert_one_row_without(found.load())


def test_the_journal_counts_how_often_a_point_was_begun(tmp_path):
    path = tmp_path / "j"
    for runs in (1, 2):
        with Journal(path, {"case": "a"}) as journal:
            assert journal.begun[3] == runs - 1
            journal.begin(3)
            assert journal.begun[3] == runs
    with Journal(path, {"case": "a"}) as journal:
        assert (journal.done, journal.damaged, list(journal.records())) == (set(), 0, [])
