"""A sweep on a Dask cluster: the same bits, also when a worker is killed in the middle."""

import os
import signal

import numpy as np
import pytest
from typer.testing import CliRunner

from studies import load_case
from studies.cli import app
from studies.design_points import grid
from studies.sweep import sweep

distributed = pytest.importorskip("distributed")


@pytest.fixture
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as made:
        yield made


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_worker_killed_in_the_middle_loses_nothing(cluster, tmp_path):
    base = load_case("slab", {"grid.along_x": 12, "grid.along_y": 7})
    design = grid("heat.power=10:30:61 kW")
    killed, told = [], []

    def kill_one(now):
        told.append(now.done)
        if now.done == 5:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    found = sweep(
        base, design, tmp_path / "s.nc", scheduler=cluster.scheduler_address, report=kill_one
    )
    assert len(killed) == 1
    assert told == list(range(62))
    alone = sweep(base, design)
    for name in ("junction_temperature_max_degC", "block_temperature_max_degC", "block_power_W"):
        assert np.array_equal(found[name].values.view("u8"), alone[name].values.view("u8"))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_scheduler_that_is_not_there_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("studies.sweep_workers.CONNECT_SECONDS", 0.5)
    done = CliRunner().invoke(
        app,
        ["sweep", "slab", "--vary", "heat.power=10,20 kW", "--out", str(tmp_path / "s.nc"),
         "--scheduler", "tcp://127.0.0.1:9"],
    )  # fmt: skip
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].startswith("--scheduler: tcp://127.0.0.1:9: no scheduler")
