"""Conservation: the shares of a block over the cells sum to 1 on any grid.

Ownership: a block's maximum comes from cells whose centre lies in it, whatever its neighbours do.
"""

import doctest
import math
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry import floorplan as module
from geometry.floorplan import Floorplan, block_maximum, block_means, block_shares

WAFER = Floorplan.blocks(0.215, 0.215, columns=12, rows=7)
counts = st.integers(1, 40)
few = st.integers(1, 9)
side = st.floats(1e-3, 1.0)


def column_sums(shares):
    columns = shares.tocsc()
    return np.array([math.fsum(part) for part in np.split(columns.data, columns.indptr[1:-1])])


def overlap_shares(floorplan, nx, ny):
    """Area of each block in each cell over the block's, one pair at a time."""
    dx, dy = floorplan.width / nx, floorplan.height / ny
    shares = np.zeros((ny * nx, floorplan.n_blocks))
    for b in range(floorplan.n_blocks):
        for j in range(ny):
            for i in range(nx):
                wide = min(floorplan.x1[b], (i + 1) * dx) - max(floorplan.x0[b], i * dx)
                tall = min(floorplan.y1[b], (j + 1) * dy) - max(floorplan.y0[b], j * dy)
                shares[j * nx + i, b] = max(wide, 0) * max(tall, 0) / floorplan.areas[b]
    return shares


def owned(position, count, n):
    """Cells along one axis that equal block ``position`` of ``count`` owns, in exact fractions."""
    low, high = Fraction(position, count), Fraction(position + 1, count)
    within = [i for i in range(n) if low <= Fraction(2 * i + 1, 2 * n) <= high]
    centre = (low + high) / 2
    around = [i for i in range(n) if Fraction(i, n) <= centre <= Fraction(i + 1, n)]
    return within or around


def owned_maximum(field, columns, rows):
    ny, nx = field.shape
    return [
        field[np.ix_(owned(row, rows, ny), owned(column, columns, nx))].max()
        for row in range(rows)
        for column in range(columns)
    ]


def random_field(nx, ny, seed):
    return np.random.default_rng(seed).random((ny, nx))


# ---------------------------------------------------------------- the floorplan itself


def test_blocks_are_numbered_row_by_row_from_the_origin():
    plan = Floorplan.blocks(6.0, 4.0, columns=3, rows=2)
    assert plan.names == ("r0c0", "r0c1", "r0c2", "r1c0", "r1c1", "r1c2")
    assert plan.x0.tolist() == [0, 2, 4, 0, 2, 4]
    assert plan.y1.tolist() == [2, 2, 2, 4, 4, 4]
    assert (plan.columns, plan.rows, plan.n_blocks) == (3, 2, 6)


def test_wafer_blocks_tile_the_wafer():
    assert WAFER.n_blocks == 84
    np.testing.assert_allclose(WAFER.areas, 0.215**2 / 84, rtol=1e-14)


def test_floorplan_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        WAFER.x0[0] = 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 0.0}, "floorplan width: found 0.0; a length above zero is meant"),
        ({"height": math.nan}, "floorplan height: found nan; a length above zero is meant"),
        ({"names": ("a", "a")}, "block 'a' appears twice"),
        ({"names": ()}, r"x0: found shape \(2,\); one edge for each of the 0 names"),
        ({"x1": [1.0, 2.1]}, r"block 'b': found x from 1 to 2.1 m; a block inside the device"),
        ({"y0": [-0.1, 0.0]}, r"block 'a': found y from -0.1 to 1 m; a block inside the device"),
        ({"x1": [0.0, 2.0]}, r"block 'a': found x from 0 to 0 m; at least 2e-06 m"),
        ({"x1": [math.nan, 2.0]}, r"block 'a': found x from 0 to nan m; at least"),
        ({"x1": [1.0]}, r"x1: found shape \(1,\); one edge for each of the 2 names"),
    ],
)
def test_impossible_floorplan_is_refused_in_one_line(change, message):
    given = {
        "width": 2.0,
        "height": 1.0,
        "x0": [0.0, 1.0],
        "x1": [1.0, 2.0],
        "y0": [0.0, 0.0],
        "y1": [1.0, 1.0],
        "names": ("a", "b"),
    }
    with pytest.raises(ValueError, match=message) as caught:
        Floorplan(**(given | change))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("columns", "rows", "key"), [(0, 1, "columns"), (1, -1, "rows")])
def test_no_blocks_is_refused(columns, rows, key):
    with pytest.raises(ValueError, match=f"floorplan {key}: found"):
        Floorplan.blocks(1.0, 1.0, columns, rows)


def test_empty_floorplan_is_refused():
    with pytest.raises(ValueError, match="found no block"):
        Floorplan(1.0, 1.0, [], [], [], [], ())


def test_no_cells_are_refused():
    with pytest.raises(ValueError, match="found 0 x 3 cells; 1 or more each way is meant"):
        block_shares(WAFER, 0, 3)


# ---------------------------------------------------------------- shares and means


@given(width=side, height=side, columns=few, rows=few, nx=counts, ny=counts)
def test_every_block_keeps_its_power_on_any_grid(width, height, columns, rows, nx, ny):
    plan = Floorplan.blocks(width, height, columns, rows)
    shares = block_shares(plan, nx, ny)
    assert shares.shape == (nx * ny, columns * rows)
    assert (shares.data > 0).all()
    np.testing.assert_allclose(column_sums(shares), 1, rtol=0, atol=1e-14)
    means = block_means(plan, nx, ny)
    np.testing.assert_allclose(means.sum(axis=1), 1, rtol=0, atol=1e-13)


@given(columns=few, rows=few, nx=st.integers(1, 12), ny=st.integers(1, 12))
@settings(max_examples=40)
def test_shares_are_the_overlapped_areas(columns, rows, nx, ny):
    plan = Floorplan.blocks(0.3, 0.07, columns, rows)
    expected = overlap_shares(plan, nx, ny)
    np.testing.assert_allclose(block_shares(plan, nx, ny).toarray(), expected, atol=1e-14)
    np.testing.assert_allclose(block_means(plan, nx, ny).toarray(), expected.T, atol=1e-14)


@given(seed=st.integers(0, 10_000), nx=st.integers(1, 12), ny=st.integers(1, 12))
@settings(max_examples=40)
def test_named_rectangles_with_gaps_and_overlaps_keep_their_power(seed, nx, ny):
    low = np.random.default_rng(seed).random((2, 5)) * [[0.8], [0.4]]
    high = low + np.random.default_rng(seed + 1).uniform(0.01, 0.1, (2, 5))
    plan = Floorplan(1.0, 0.5, low[0], high[0], low[1], high[1], tuple("abcde"))
    shares = block_shares(plan, nx, ny)
    np.testing.assert_allclose(column_sums(shares), 1, rtol=0, atol=1e-14)
    np.testing.assert_allclose(shares.toarray(), overlap_shares(plan, nx, ny), atol=1e-13)


def test_uniform_power_heats_every_cell_alike_on_a_grid_that_does_not_divide_the_blocks():
    cells = block_shares(WAFER, 31, 17) @ np.full(84, 25_000 / 84)
    np.testing.assert_allclose(cells, 25_000 / (31 * 17), rtol=1e-13)


@pytest.mark.parametrize("refinement", [1, 2, 5, 10])
def test_aligned_grid_leaves_no_slivers_across_borders(refinement):
    assert block_shares(WAFER, 12 * refinement, 7 * refinement).nnz == 84 * refinement**2


def test_mean_of_a_linear_field_is_its_value_at_the_block_centre():
    nx, ny = 36, 14
    x, y = (np.arange(nx) + 0.5) * WAFER.width / nx, (np.arange(ny) + 0.5) * WAFER.height / ny
    field = 300 + 40 * x[None, :] - 90 * y[:, None]
    centres = 300 + 20 * (WAFER.x0 + WAFER.x1) - 45 * (WAFER.y0 + WAFER.y1)
    np.testing.assert_allclose(block_means(WAFER, nx, ny) @ field.ravel(), centres, rtol=1e-14)


def test_power_and_mean_are_adjoint():
    """Power times mean temperature equals the sum of cell power times cell temperature."""
    rng = np.random.default_rng(5)
    power, field = rng.random(84), rng.random((23, 41))
    by_blocks = power @ (block_means(WAFER, 41, 23) @ field.ravel())
    by_cells = (block_shares(WAFER, 41, 23) @ power) @ field.ravel()
    assert by_blocks == pytest.approx(by_cells, rel=1e-14)


@given(columns=few, rows=few, nx=counts, ny=counts)
@settings(max_examples=40)
def test_shares_follow_mirror_and_transpose(columns, rows, nx, ny):
    shares = block_shares(Floorplan.blocks(0.3, 0.1, columns, rows), nx, ny).toarray()
    shares = shares.reshape(ny, nx, rows, columns)
    np.testing.assert_allclose(shares[:, ::-1, :, ::-1], shares, atol=1e-12)
    np.testing.assert_allclose(shares[::-1, :, ::-1, :], shares, atol=1e-12)
    turned = block_shares(Floorplan.blocks(0.1, 0.3, rows, columns), ny, nx).toarray()
    turned = turned.reshape(nx, ny, columns, rows)
    np.testing.assert_allclose(turned.transpose(1, 0, 3, 2), shares, atol=1e-15)


# ---------------------------------------------------------------- maxima


@given(columns=few, rows=few, nx=counts, ny=counts, seed=st.integers(0, 99))
def test_maximum_is_over_the_cells_whose_centre_lies_in_the_block(columns, rows, nx, ny, seed):
    field = random_field(nx, ny, seed)
    found = block_maximum(Floorplan.blocks(0.215, 0.07, columns, rows), field)
    assert found.value.tolist() == owned_maximum(field, columns, rows)


@given(columns=few, rows=few, nx=counts, ny=counts, seed=st.integers(0, 99))
def test_mirrored_and_transposed_fields_have_mirrored_and_transposed_maxima(
    columns, rows, nx, ny, seed
):
    field = random_field(nx, ny, seed)
    plan = Floorplan.blocks(0.215, 0.07, columns, rows)
    turned = Floorplan.blocks(0.07, 0.215, rows, columns)

    def maxima(values):
        return block_maximum(plan, values).value.reshape(rows, columns)

    np.testing.assert_array_equal(maxima(field[:, ::-1]), maxima(field)[:, ::-1])
    np.testing.assert_array_equal(maxima(field[::-1]), maxima(field)[::-1])
    by_turned = block_maximum(turned, field.T).value.reshape(columns, rows)
    np.testing.assert_array_equal(by_turned.T, maxima(field))


@pytest.mark.parametrize(("nx", "ny"), [(12, 7), (24, 21), (20, 10), (32, 29), (100, 100)])
def test_no_block_takes_its_maximum_from_a_hotter_neighbour(nx, ny):
    for hot in (0, 17, 40, 83):
        row, column = divmod(hot, 12)
        field = np.zeros((ny, nx))
        field[np.ix_(owned(row, 7, ny), owned(column, 12, nx))] = 1.0
        assert np.flatnonzero(block_maximum(WAFER, field).value).tolist() == [hot]


def test_cell_with_its_centre_on_a_border_belongs_to_both_blocks():
    pair = Floorplan.blocks(0.3, 0.1, columns=2, rows=1)
    assert block_maximum(pair, [[1.0, 3.0, 2.0]]).value.tolist() == [3.0, 3.0]


def test_blocks_finer_than_the_grid_take_the_cell_that_they_lie_in():
    plan = Floorplan.blocks(0.6, 0.1, columns=6, rows=1)
    assert block_maximum(plan, [[1.0, 2.0]]).value.tolist() == [1, 1, 1, 2, 2, 2]
    # the middle one of three has its centre on the face between two cells
    plan = Floorplan.blocks(0.3, 0.1, columns=3, rows=1)
    assert block_maximum(plan, [[1.0, 5.0]]).value.tolist() == [1, 5, 5]


def test_block_thin_in_y_is_searched_along_all_its_length_in_x():
    strip = Floorplan(1.0, 1.0, [0.2], [0.8], [0.45], [0.49], ("strip",))
    field = np.zeros((3, 10))
    field[1] = [9, 9, 1, 2, 3, 7, 5, 6, 9, 9]
    found = block_maximum(strip, field)
    assert (found.value[0], found.cell[0]) == (7.0, 15)


def test_maximum_tells_where_it_is():
    field = np.zeros((14, 24))
    field[5, 20] = 2.5
    found = block_maximum(WAFER, field)
    b = 2 * 12 + 10
    assert (found.value[b], found.cell[b]) == (2.5, 5 * 24 + 20)
    assert found.x[b] == pytest.approx(20.5 * 0.215 / 24, rel=1e-15)
    assert found.y[b] == pytest.approx(5.5 * 0.215 / 14, rel=1e-15)
    np.testing.assert_array_equal(field.ravel()[found.cell], found.value)


def test_maximum_of_negative_temperatures_is_theirs():
    np.testing.assert_array_equal(block_maximum(WAFER, np.full((9, 5), -3.0)).value, -3.0)


def test_flat_field_is_refused():
    with pytest.raises(ValueError, match=r"found shape \(84,\); \(ny, nx\) is meant"):
        block_maximum(WAFER, np.zeros(84))


# ---------------------------------------------------------------- speed and examples


def test_a_million_cells_take_well_below_half_a_second():
    field = random_field(1000, 1000, 1)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        block_shares(WAFER, 1000, 1000)
        block_maximum(WAFER, field)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.3


def test_a_million_cells_keep_the_power_to_rounding():
    sums = column_sums(block_shares(WAFER, 1000, 1000))
    np.testing.assert_allclose(sums, 1, rtol=0, atol=1e-14)


def test_examples_of_the_docstrings():
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
