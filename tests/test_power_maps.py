"""Conservation: the cells of any grid add up to the power of the map, block by block."""

import doctest
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry import power_maps as module
from geometry.floorplan import Floorplan
from geometry.power_maps import (
    hot_spot_map,
    pixel_map,
    read_csv_map,
    uniform_map,
)

WAFER = Floorplan.blocks(0.215, 0.215, columns=12, rows=7)
CHIP = Floorplan.blocks(0.03, 0.01, columns=3, rows=1)
counts = st.integers(1, 30)
few = st.integers(1, 7)


def assert_conserved(power_map, nx, ny):
    """Each block's power, and so the total, lands in the cells to 1e-12."""
    shares = power_map.shares(nx, ny)
    assert (shares.data > 0).all()
    columns = shares.tocsc()
    sums = [math.fsum(part) for part in np.split(columns.data, columns.indptr[1:-1])]
    np.testing.assert_allclose(sums, 1, rtol=0, atol=1e-14)
    cells = math.fsum(shares @ power_map.block_power)
    assert cells == pytest.approx(power_map.total_power, rel=1e-12, abs=0)


def cell_powers(pixels, nx, ny):
    """Power of equal cells from equal pixels over the same area, one pair at a time."""
    rows, columns = pixels.shape
    cells = np.zeros((ny, nx))
    for j, i in np.ndindex(ny, nx):
        for q, p in np.ndindex(rows, columns):
            wide = min((i + 1) / nx, (p + 1) / columns) - max(i / nx, p / columns)
            tall = min((j + 1) / ny, (q + 1) / rows) - max(j / ny, q / rows)
            cells[j, i] += pixels[q, p] * max(wide, 0) * columns * max(tall, 0) * rows
    return cells


# ---------------------------------------------------------------- uniform


def test_uniform_total_is_shared_by_area():
    power_map = uniform_map(WAFER, 25_000.0)
    np.testing.assert_allclose(power_map.block_power, 25_000 / 84, rtol=1e-13)
    assert power_map.density_peak.tolist() == [1.0] * 84
    assert power_map.density_mean_square.tolist() == [1.0] * 84
    uneven = Floorplan(1.0, 1.0, [0, 0.5], [0.5, 1.0], [0, 0], [1.0, 0.5], ("tall", "short"))
    np.testing.assert_allclose(uniform_map(uneven, 30.0).block_power, [20, 10], rtol=1e-14)


def test_each_block_may_have_its_own_power():
    assert uniform_map(CHIP, [1.0, 0.0, 5.0]).block_power.tolist() == [1, 0, 5]
    np.testing.assert_allclose(
        uniform_map(CHIP, [1.0, 0.0, 5.0]).shares(6, 1) @ [1, 0, 5], [0.5, 0.5, 0, 0, 2.5, 2.5]
    )


@pytest.mark.parametrize(
    ("power", "message"),
    [
        (-1.0, "total power: found -1.0; 0 W or more is meant"),
        (math.nan, "total power: found nan; 0 W or more is meant"),
        ([1.0, 2.0], "block power: found 2 values; one total or 3, one per block, are meant"),
        ([1.0, -2.0, 3.0], "block power: found a negative number or NaN; 0 W or more is meant"),
    ],
)
def test_impossible_power_is_refused(power, message):
    with pytest.raises(ValueError, match=message):
        uniform_map(CHIP, power)


# ---------------------------------------------------------------- hot spots


@given(
    factor=st.floats(0, 4),
    area_fraction=st.floats(0.001, 0.24),
    columns=few,
    rows=few,
    nx=counts,
    ny=counts,
)
def test_hot_spots_keep_the_power_of_every_block(factor, area_fraction, columns, rows, nx, ny):
    plan = Floorplan.blocks(0.2, 0.05, columns, rows)
    assert_conserved(hot_spot_map(plan, 1234.5, factor, area_fraction), nx, ny)


def test_hot_spot_is_a_centred_rectangle_of_the_blocks_shape():
    """A quarter of the area at 3 times the mean: half each side, the rest at 1/3."""
    power = hot_spot_map(CHIP, 30.0, factor=3.0, area_fraction=0.25)
    cells = (power.shares(12, 4) @ power.block_power).reshape(4, 12)
    mean, rest = 30.0 / 48, 30.0 / 48 / 3
    expected = np.full((4, 12), rest)
    for first in (1, 5, 9):
        expected[1:3, first : first + 2] = 3 * mean
    np.testing.assert_allclose(cells, expected, rtol=1e-13)


@pytest.mark.parametrize(("f", "a"), [(2.0, 0.1), (1.0, 0.5), (4.0, 0.2), (0.0, 0.3)])
def test_hot_spot_peak_and_mean_square_are_the_formula_on_no_grid(f, a):
    rest = (1 - f * a) / (1 - a)
    power_map = hot_spot_map(WAFER, 25_000.0, f, a)
    np.testing.assert_allclose(power_map.density_peak, max(f, rest), rtol=1e-15)
    mean_square = a * f**2 + (1 - a) * rest**2
    np.testing.assert_allclose(power_map.density_mean_square, mean_square, rtol=1e-13)


def test_hot_spots_are_mirror_symmetric():
    cells = hot_spot_map(WAFER, 25_000.0, 2.0, 0.1).shares(50, 41) @ np.ones(84)
    cells = cells.reshape(41, 50)
    np.testing.assert_allclose(cells[:, ::-1], cells, rtol=1e-11)
    np.testing.assert_allclose(cells[::-1], cells, rtol=1e-11)


def test_factor_one_is_uniform():
    spots = hot_spot_map(WAFER, 25_000.0, factor=1.0, area_fraction=0.1).shares(31, 17)
    even = uniform_map(WAFER, 25_000.0).shares(31, 17)
    np.testing.assert_allclose(spots.toarray(), even.toarray(), atol=1e-15)


@pytest.mark.parametrize(
    ("factor", "area_fraction", "message"),
    [
        (10.0, 0.1, r"factor 10 over area_fraction 0.1 asks for 1 of .* below 10 is meant"),
        (20.0, 0.1, r"factor 20 over area_fraction 0.1 asks for 2 of the block's power"),
        (-1.0, 0.1, r"factor -1 over area_fraction 0.1 .* a factor from 0 to below 10 is meant"),
        (math.nan, 0.1, r"factor nan over .* a factor from 0 to below 10 is meant"),
        (0.5, 1.0, r"area_fraction: found 1; 1e-09 to below 1 is meant"),
        (2.0, 0.0, r"area_fraction: found 0; 1e-09 to below 1 is meant"),
        (2.0, math.nan, r"area_fraction: found nan"),
    ],
)
def test_spot_that_takes_more_than_the_block_has_is_refused(factor, area_fraction, message):
    with pytest.raises(ValueError, match=message) as caught:
        hot_spot_map(WAFER, 1.0, factor, area_fraction)
    assert "\n" not in str(caught.value)


def test_smallest_spot_leaves_its_power_on_the_coarsest_grid():
    assert_conserved(hot_spot_map(WAFER, 25_000.0, 9e8, 1e-9), 1, 1)


def test_thinnest_frame_around_a_dead_spot_keeps_its_power():
    assert_conserved(hot_spot_map(CHIP, 30.0, factor=0.0, area_fraction=1 - 1e-9), 3, 1)


# ---------------------------------------------------------------- pixels


@given(
    columns=few,
    rows=few,
    pixels_x=counts,
    pixels_y=counts,
    nx=counts,
    ny=counts,
    seed=st.integers(0, 999),
)
def test_any_map_keeps_its_power_on_any_grid(columns, rows, pixels_x, pixels_y, nx, ny, seed):
    rng = np.random.default_rng(seed)
    pixels = rng.random((pixels_y, pixels_x)) * (rng.random((pixels_y, pixels_x)) < 0.5)
    pixels[rng.integers(pixels_y), rng.integers(pixels_x)] += 1.0
    power_map = pixel_map(Floorplan.blocks(0.2, 0.07, columns, rows), pixels, 777.0)
    assert power_map.total_power == pytest.approx(777.0, rel=1e-14)
    assert_conserved(power_map, nx, ny)


@given(
    columns=few,
    rows=few,
    pixels_x=st.integers(1, 6),
    pixels_y=st.integers(1, 6),
    nx=few,
    ny=few,
    seed=st.integers(0, 999),
)
@settings(max_examples=50)
def test_cells_get_the_power_of_the_pixels_that_they_cover(
    columns, rows, pixels_x, pixels_y, nx, ny, seed
):
    """Whatever the blocks: they are borders in the bookkeeping, not in the heat."""
    pixels = np.random.default_rng(seed).random((pixels_y, pixels_x))
    plan = Floorplan.blocks(0.2, 0.07, columns, rows)
    power_map = pixel_map(plan, pixels, pixels.sum())
    cells = (power_map.shares(nx, ny) @ power_map.block_power).reshape(ny, nx)
    np.testing.assert_allclose(cells, cell_powers(pixels, nx, ny), rtol=1e-11)
    blocks = power_map.block_power.reshape(rows, columns)
    np.testing.assert_allclose(blocks, cell_powers(pixels, columns, rows), rtol=1e-11)


def test_grid_of_the_maps_own_resolution_returns_the_map():
    pixels = np.random.default_rng(3).random((50, 70))
    power_map = pixel_map(WAFER, pixels, pixels.sum())
    cells = power_map.shares(70, 50) @ power_map.block_power
    np.testing.assert_allclose(cells.reshape(50, 70), pixels, rtol=1e-11)


def test_one_hot_pixel_in_a_block_is_seen_in_full_whatever_the_grid():
    """One of 10 x 10 pixels in a block carries it all: peak 100, mean square 100."""
    pixels = np.zeros((70, 120))
    pixels[33, 57] = 1.0
    power_map = pixel_map(WAFER, pixels, 300.0)
    b = 3 * 12 + 5
    assert power_map.density_peak[b] == pytest.approx(100, rel=1e-13)
    assert power_map.density_mean_square[b] == pytest.approx(100, rel=1e-12)
    assert power_map.block_power[b] == pytest.approx(300, rel=1e-14)
    others = np.delete(np.arange(84), b)
    assert (power_map.block_power[others] == 0).all()
    assert (power_map.density_peak[others] == 1).all()
    np.testing.assert_allclose(power_map.density_mean_square[others], 1, rtol=1e-13)
    # a block without power spreads evenly whatever it may get later
    even = uniform_map(WAFER, 1.0).shares(31, 17).toarray()
    np.testing.assert_allclose(
        power_map.shares(31, 17).toarray()[:, others], even[:, others], atol=1e-14
    )


def test_pixel_across_a_border_is_split_by_area():
    """Three blocks under two pixels of 1 and 3: the middle one has half of each."""
    power_map = pixel_map(CHIP, [[1.0, 3.0]], 8.0)
    np.testing.assert_allclose(power_map.block_power, [4 / 3, 8 / 3, 4], rtol=1e-14)
    np.testing.assert_allclose(power_map.density_peak, [1, 1.5, 1], rtol=1e-14)
    np.testing.assert_allclose(power_map.density_mean_square, [1, 1.25, 1], rtol=1e-13)


def test_mean_square_is_never_below_one_nor_above_the_peak():
    power_map = pixel_map(WAFER, np.random.default_rng(9).random((33, 44)), 1.0)
    assert (power_map.density_mean_square >= 1 - 1e-13).all()
    assert (power_map.density_mean_square <= power_map.density_peak * (1 + 1e-13)).all()
    assert (power_map.density_peak > 1).all()


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        ([[1.0, -1.0]], "found a negative number or NaN; 0 or more is meant"),
        ([[1.0, math.inf]], "found a negative number or NaN; 0 or more is meant"),
        ([[0.0, 0.0]], "sums to nothing; a number above zero is meant"),
        ([1.0, 2.0], r"found shape \(2,\); rows of numbers are meant"),
        ([[]], r"found shape \(1, 0\); rows of numbers are meant"),
    ],
)
def test_impossible_pixels_are_refused(pixels, message):
    with pytest.raises(ValueError, match=message):
        pixel_map(CHIP, pixels, 1.0)


def test_pixels_need_blocks_that_tile_the_device():
    named = Floorplan(1.0, 1.0, [0.1], [0.2], [0.1], [0.2], ("core",))
    with pytest.raises(ValueError, match=r"equal blocks \(columns and rows\) are meant"):
        pixel_map(named, [[1.0]], 1.0)


@pytest.mark.slow
def test_a_million_pixels_on_a_million_cells_take_below_two_seconds():
    pixels = np.random.default_rng(1).random((999, 1001))
    start = time.process_time()
    power_map = pixel_map(WAFER, pixels, 25_000.0)
    cells = power_map.shares(1000, 1000) @ power_map.block_power
    assert time.process_time() - start < 2.0
    assert math.fsum(cells) == pytest.approx(25_000.0, rel=1e-12)


# ---------------------------------------------------------------- CSV files


@pytest.fixture
def csv(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "map.csv"
        path.write_text(text, encoding=encoding)
        return path

    return write


def test_first_row_of_a_file_lies_along_y_zero(csv):
    plan = Floorplan.blocks(0.03, 0.02, columns=3, rows=2)
    power_map = read_csv_map(csv("# W\n1, 2, 3\n\n4,5,6\n"), plan, values="watts")
    np.testing.assert_allclose(power_map.block_power, [1, 2, 3, 4, 5, 6], rtol=1e-14)


def test_weights_are_scaled_and_watts_are_not(csv):
    path = csv("1,1,2\n")
    weights = read_csv_map(path, CHIP, values="weights", total_power=100.0)
    np.testing.assert_allclose(weights.block_power, [25, 25, 50], rtol=1e-14)
    watts = read_csv_map(path, CHIP, values="watts")
    assert watts.total_power == pytest.approx(4.0, rel=1e-15)


def test_file_with_a_byte_order_mark_and_windows_lines_is_read(csv):
    path = csv("1,2\r\n3,4\r\n", encoding="utf-8-sig")
    assert read_csv_map(path, CHIP, values="watts").total_power == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2\n3\n", "map.csv line 2: found 1 numbers; 2 as in the first row are meant"),
        ("1,2\n3,x\n", "map.csv line 2: found 'x'; a number of 0 or more is meant"),
        ("# head\n1,nan\n", "map.csv line 2: found 'nan'; a number of 0 or more is meant"),
        ("1,inf\n", "map.csv line 1: found 'inf'; a number of 0 or more is meant"),
        ("1,2\n\n-3,4\n", "map.csv line 3: found '-3'; a number of 0 or more is meant"),
        ("1,2,\n", "map.csv line 1: found ''; a number of 0 or more is meant"),
        ("1;2\n", "map.csv line 1: found '1;2'; a number of 0 or more is meant"),
        ("0,0\n0,0\n", "map.csv: sums to nothing; a number above zero is meant"),
        ("", "map.csv: found nothing; rows of numbers are meant"),
        ("# only words\n\n", "map.csv: found nothing; rows of numbers are meant"),
    ],
)
def test_bad_file_is_refused_in_one_line(csv, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_csv_map(csv(text), CHIP, values="watts")
    assert "\n" not in str(caught.value)


def test_missing_and_unreadable_files_are_refused_in_one_line(tmp_path):
    with pytest.raises(ValueError, match=r"none\.csv: No such file or directory; a text file"):
        read_csv_map(tmp_path / "none.csv", CHIP, values="watts")
    with pytest.raises(ValueError, match=r"Is a directory; a text file is meant"):
        read_csv_map(tmp_path, CHIP, values="watts")
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(ValueError, match=r"picture\.csv: found bytes that are no text"):
        read_csv_map(tmp_path / "picture.csv", CHIP, values="watts")


@pytest.mark.parametrize(
    ("values", "total", "message"),
    [
        ("weights", None, "power map of weights: total power not given"),
        ("watts", 5.0, "power map of watts: total power is given"),
        ("kelvin", 5.0, "power map values: found 'kelvin'; 'weights' or 'watts' is meant"),
    ],
)
def test_total_power_belongs_to_weights_alone(csv, values, total, message):
    with pytest.raises(ValueError, match=message):
        read_csv_map(csv("1,2\n"), CHIP, values=values, total_power=total)


def test_examples_of_the_docstrings():
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
