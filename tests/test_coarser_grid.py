"""The first guess from a coarser grid: it may save time, never change the answer."""

import numpy as np
import pytest

import studies.coarser_grid
from geometry.errors import ThermalRunaway
from studies import load_case
from studies.build import build
from studies.coarser_grid import on_coarser_grid, refined
from studies.coupled import solve_coupled


def test_cosines_are_refined_exactly_and_means_kept():
    def field(ny: int, nx: int) -> np.ndarray:
        y, x = (np.arange(ny) + 0.5) / ny, (np.arange(nx) + 0.5) / nx
        wave = np.cos(3 * np.pi * y)[:, None] * np.cos(5 * np.pi * x)
        return np.stack([2 + wave, 7 - 0.5 * wave])

    found = refined(field(8, 12), 26, 50)
    np.testing.assert_allclose(found, field(26, 50), atol=1e-13)
    np.testing.assert_allclose(found.mean(axis=(1, 2)), [2, 7], rtol=1e-14)


def test_small_grids_are_left_alone():
    assert on_coarser_grid(build(load_case("cs3"))) is None


HOT_SPOTS = {"heat.map": {"hot_spot_factor": 2.0, "hot_spot_area": 0.1}}
LOST = {"layers.contact.block_factors.r3c5": 20.0}


@pytest.mark.parametrize(
    ("name", "values"),
    [("cs3", {}), ("cs3", HOT_SPOTS), ("cs3", LOST), ("kawano", {}), ("test-chip", {})],
)
def test_the_answer_stays_the_same(name, values, monkeypatch):
    machine = build(load_case(name, {"grid.along_x": 72, "grid.along_y": 64} | values))
    alone = solve_coupled(machine)
    monkeypatch.setattr(studies.coarser_grid, "WORTH_IT", 1)
    assert on_coarser_grid(machine) is not None
    guessed = solve_coupled(machine)
    assert np.any(guessed.solver.rise != alone.solver.rise)
    np.testing.assert_allclose(guessed.solver.rise, alone.solver.rise, atol=2e-7)
    np.testing.assert_allclose(guessed.drawn.power, alone.drawn.power, rtol=1e-9)


def test_a_contact_map_is_sampled(monkeypatch):
    monkeypatch.setattr(studies.coarser_grid, "WORTH_IT", 1)
    machine = build(load_case("cs3", {"grid.along_x": 96, "grid.along_y": 112} | LOST))
    coarse = on_coarser_grid(machine)
    assert coarse is not None
    fine = machine.problem.stack.contacts["base"]
    expected = np.asarray(fine)[2::4, 2::4]
    np.testing.assert_array_equal(coarse.problem.stack.contacts["base"], expected)


def test_runaway_is_still_named(monkeypatch):
    monkeypatch.setattr(studies.coarser_grid, "WORTH_IT", 1)
    values = {
        "grid.along_x": 64,
        "grid.along_y": 64,
        "heat.power_is": "at nominal conditions",
        "loads.leakage_fraction": 0.4,
        "loads.leakage_per_kelvin": "0.036 /K",
        "heat.power": "60 kW",
        "delivery": None,
        "loss_layers": None,
    }
    with pytest.raises(ThermalRunaway, match="block"):
        solve_coupled(build(load_case("cs3", values)))
