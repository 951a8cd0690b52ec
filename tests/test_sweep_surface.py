"""Sweeps answered by a response surface: near the solutions, stated, and the same again."""

import numpy as np
import pytest

from studies import CaseError, load_case, solve
from studies.design_points import grid
from studies.sweep import sweep

SLAB = load_case("slab", {"grid.along_x": 12, "grid.along_y": 12})
DESIGN = grid("heat.power=15:30:11 kW", "faces.top.temperature=10:30:11 degC")


def test_points_of_a_surface_are_near_the_solutions_and_say_so(tmp_path):
    found = sweep(SLAB, DESIGN, tmp_path / "a.nc", by_surface=True)
    assert set(found.answered_by.values.ravel()) == {"surface"}
    assert found.surface_solutions.max() < 121 / 2
    for power, inlet in ((15, 10), (22.5, 18), (30, 30)):
        point = found.sel(heat_power=power, faces_top_temperature=inlet)
        values = {"heat.power": f"{power} kW", "faces.top.temperature": f"{inlet} degC"}
        answer = solve(SLAB.with_values(values)).to_dict()
        for name in ("junction_temperature_max_degC", "junction_temperature_mean_degC"):
            assert point[name] == pytest.approx(answer[name], abs=0.05)
        assert point.block_temperature_max_degC.values == pytest.approx(
            np.array(answer["block_temperature_max_degC"]), abs=0.05
        )


def test_a_broken_off_run_comes_to_the_same_numbers(tmp_path):
    whole = sweep(SLAB, DESIGN, tmp_path / "a.nc", by_surface=True)
    journal = tmp_path / "a.nc.journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:30]) + lines[30][:100])
    assert sweep(SLAB, DESIGN, tmp_path / "a.nc", by_surface=True).identical(whole)


def test_points_of_a_surface_and_solved_ones_are_not_mixed(tmp_path):
    sweep(SLAB, DESIGN, tmp_path / "a.nc", by_surface=True)
    with pytest.raises(CaseError, match="a sweep with another method"):
        sweep(SLAB, DESIGN, tmp_path / "a.nc")


@pytest.mark.parametrize(
    ("design", "said"),
    [
        (grid("heat.power=15:30:3 kW"), "no surface: 3 points are no more than twice"),
        (grid("grid.along_x=4:40:37"), "no surface: grid.along_x is no continuous number"),
        (grid("heat.map=uniform", "heat.power=15:30:2 kW"), "no surface: heat.map is no"),
    ],
)
def test_without_a_surface_points_are_solved_and_it_is_said_why(design, said):
    words = []
    found = sweep(SLAB, design, by_surface=True, say=words.append)
    assert words[-1].startswith(said)
    assert "answered_by" not in found
    assert np.all(found.reason == "")
