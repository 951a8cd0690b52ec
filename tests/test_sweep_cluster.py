"""A sweep on a Dask cluster: the same bits, also when a worker is killed in the middle."""

import os
import signal

import numpy as np
import pytest
from typer.testing import CliRunner

from studies import load_case
from studies.cli import app
from studies.design_points import grid, sample
from studies.response_surface import fit
from studies.surface_inputs import Input
from studies.sweep import sweep
from studies.sweep_workers import DIED, _unpacked

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
def test_a_point_of_which_every_worker_dies_is_a_row(cluster):
    base = load_case("slab", {"grid.along_x": 12, "grid.along_y": 7})

    def deadly(_):
        def answer(case):
            if case.case.heat.power == 20e3:
                os.kill(os.getpid(), signal.SIGKILL)
            return {"hottest_degC": case.case.heat.power / 1e3, "block_names": ["a"]}

        return answer

    found = sweep(
        base, grid("heat.power=10:30:21 kW"), model=deadly, scheduler=cluster.scheduler_address
    )
    expected = ["" if power != 20 else DIED for power in range(10, 31)]
    assert found.reason.values.tolist() == expected


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_surface_is_solved_on_the_cluster(cluster):
    """By its workers alone, to the same bits."""
    base, power = load_case("slab", {"grid.along_x": 12}), Input("heat.power", 20, 30, "kW")
    alone = fit(base, [power], checks=3)

    _unpacked.cache_clear()
    there = fit(base, [power], checks=3, scheduler=cluster.scheduler_address)
    assert _unpacked.cache_info().currsize == 0
    assert there.solves == alone.solves
    points = power.outer(np.linspace(-1, 1, 7))[:, None]
    one, other = alone(points), there(points)
    for name in ("block_temperature_max_degC", "block_temperature_mean_degC"):
        assert np.array_equal(one[name].view("u8"), other[name].view("u8"))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_an_influence_matrix_is_solved_on_the_cluster(cluster):
    base = load_case("slab", {"grid.along_x": 12, "grid.along_y": 7})
    ranges = ["heat.blocks.r1c1=250:350 W", "heat.blocks.r4c4=250:350 W"]
    design = sample("latin", ranges, 60, 1)
    alone = sweep(base, design, by_surface=True)
    _unpacked.cache_clear()
    there = sweep(base, design, by_surface=True, scheduler=cluster.scheduler_address)
    assert _unpacked.cache_info().currsize == 0
    assert set(there.answered_by.values) == {"influence matrix"}
    assert there.identical(alone)


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
