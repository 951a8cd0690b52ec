"""The march of the coolant: exact answers, order, monotony and its own energy balance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal.coolant_march import CoolantMarch, fitted_mean, flow_pieces


def march(cells, transfer_units, segments=1, heights=1, between=0.0):
    """A march of unit capacity rate, ``transfer_units`` over the whole length of a segment."""
    pieces = flow_pieces(1.0, cells, segments)
    n = len(pieces.cell)
    wall = (transfer_units * segments * pieces.length / heights)[:, None] * np.ones(heights)
    rate = np.full((n, heights), 1.0 / heights)
    cross = np.full((n, heights - 1), between)
    return CoolantMarch(pieces, wall, np.zeros(n), np.zeros(n), cross, rate)


@pytest.mark.parametrize("cells", [1, 4, 9])
def test_constant_wall_is_exact_for_any_number_of_cells(cells):
    m = march(cells, 2.5)
    walls = np.ones((cells, 1, 1))
    end = m.outlet(*m.temperatures(walls, None, None))[-1, 0, 0]
    assert end == pytest.approx(1 - np.exp(-2.5), rel=1e-12)


def test_varying_wall_is_second_order():
    """dT/dx = N (cos(pi x) - T): T = N [N cos + pi sin - N exp(-N x)] / (N^2 + pi^2)."""
    n = 3.0
    exact = n * (-n - n * np.exp(-n)) / (n**2 + np.pi**2)
    errors = []
    for cells in (8, 16, 32, 64):
        m = march(cells, n)
        walls = np.cos(np.pi * (np.arange(cells) + 0.5) / cells)[:, None, None]
        end = m.outlet(*m.temperatures(walls, None, None))[-1, 0, 0]
        errors.append(abs(end - exact))
    assert np.log2(errors[-2] / errors[-1]) == pytest.approx(2, abs=0.05)
    assert errors[-1] < 2e-4


@given(
    cells=st.integers(1, 23),
    segments=st.integers(1, 7),
    transfer_units=st.floats(1e-6, 1e4),
    between=st.floats(0, 100),
    seed=st.integers(0, 1000),
)
def test_heat_taken_is_heat_carried_and_coolant_stays_between_inlet_and_walls(
    cells, segments, transfer_units, between, seed
):
    m = march(cells, transfer_units, segments, heights=3, between=between)
    walls = np.random.default_rng(seed).random((cells, 3, 2))
    mean, inlet = m.temperatures(walls, None, None)
    end = m.outlet(mean, inlet)
    last = np.append(np.diff(m.pieces.segment) != 0, True)
    carried = np.sum(m.capacity_rate[last][:, :, None] * end[last])
    taken, _, _ = m.heat_taken(walls, None, None)
    assert taken.sum() == pytest.approx(carried, rel=1e-9, abs=1e-12)
    for field in (mean, inlet, end):
        assert field.min() >= -1e-12
        assert field.max() <= walls.max() + 1e-9


def test_cross_conduction_mixes_the_heights():
    walls = np.zeros((10, 2, 1))
    walls[:, 0] = 1.0
    apart, mixed = (
        m.outlet(*m.temperatures(walls, None, None))[-1, :, 0]
        for m in (march(10, 1.0, heights=2), march(10, 1.0, heights=2, between=1e6))
    )
    assert apart[1] == 0
    assert mixed[0] == pytest.approx(mixed[1], rel=1e-4)


@pytest.mark.parametrize(("cells", "segments"), [(12, 2), (7, 2), (5, 3), (3, 4), (1, 6)])
def test_pieces_cover_every_cell_once_and_every_segment_from_its_inlet(cells, segments):
    pieces = flow_pieces(2.0, cells, segments)
    np.testing.assert_allclose(np.bincount(pieces.cell, pieces.share), 1.0)
    np.testing.assert_allclose(np.bincount(pieces.segment, pieces.length), 2.0 / segments)
    for s in range(segments):
        own = pieces.segment == s
        assert pieces.start[own][0] == pytest.approx(0, abs=1e-12)
        np.testing.assert_allclose(pieces.start[own][1:], pieces.stop[own][:-1])


def test_centre_split_starts_in_the_centre_and_neighbours_share_ends():
    two = flow_pieces(1.0, 10, 2)
    assert two.cell.tolist() == [4, 3, 2, 1, 0, 5, 6, 7, 8, 9]
    four = flow_pieces(1.0, 8, 4)
    assert four.cell.tolist() == [1, 0, 2, 3, 5, 4, 6, 7]
    assert flow_pieces(1.0, 3, 1, reverse=True).cell.tolist() == [2, 1, 0]


def test_fitted_mean_joins_its_series_smoothly():
    n = np.array([0.0, 1e-9, 0.00999, 0.0101, 1.0, 50.0, 1e6])
    weight = fitted_mean(n)
    assert weight[0] == pytest.approx(0.5)
    assert np.all(np.diff(weight) >= 0)
    assert weight[4] == pytest.approx(1 / (1 - np.exp(-1)) - 1, rel=1e-14)
    assert weight[-1] == pytest.approx(1, rel=2e-6)
