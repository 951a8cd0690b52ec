"""HotSpot's files: watts by name, wherever the names stand."""

import math

import numpy as np
import pytest

from geometry.hotspot_files import read_hotspot, read_hotspot_floorplan, read_power_trace

FLOORPLAN = """# name\twidth\theight\tleft-x\tbottom-y
cache\t0.010\t0.004\t0.000\t0.000

   # cores above, with a gap of 2 mm between them
core_0\t0.004\t0.006\t0.000\t0.004
core_1\t0.004\t0.006\t0.006\t0.004\t1.75e6\t0.01
"""
TRACE = "core_1 cache\tcore_0\n10 2\t30\n20\t4 \t50\n"
WIDTH = HEIGHT = 0.010


@pytest.fixture
def files(tmp_path):
    def write(floorplan=FLOORPLAN, trace=TRACE):
        paths = tmp_path / "chip.flp", tmp_path / "chip.ptrace"
        for path, text in zip(paths, (floorplan, trace), strict=True):
            path.write_text(text)
        return paths

    return write


def test_rectangles_are_read_by_name(files):
    plan = read_hotspot_floorplan(files()[0], WIDTH, HEIGHT)
    assert plan.names == ("cache", "core_0", "core_1")
    assert plan.columns is None
    np.testing.assert_allclose(plan.x0, [0, 0, 0.006], atol=1e-17)
    np.testing.assert_allclose(plan.x1, [0.010, 0.004, 0.010], rtol=1e-15)
    np.testing.assert_allclose(plan.y0, [0, 0.004, 0.004], atol=1e-17)
    np.testing.assert_allclose(plan.y1, [0.004, 0.010, 0.010], rtol=1e-15)


@pytest.mark.parametrize(
    ("row", "watts"), [(None, [3, 40, 15]), (0, [2, 30, 10]), (1, [4, 50, 20])]
)
def test_power_is_the_mean_of_the_trace_or_one_row(files, row, watts):
    power_map = read_hotspot(*files(), WIDTH, HEIGHT, row=row)
    np.testing.assert_allclose(power_map.block_power, watts, rtol=1e-15)
    assert power_map.density_peak.tolist() == [1, 1, 1]
    assert power_map.density_mean_square.tolist() == [1, 1, 1]


def test_gap_stays_cold_and_watts_lie_in_their_rectangles(files):
    power_map = read_hotspot(*files(), WIDTH, HEIGHT, row=0)
    cells = (power_map.shares(5, 5) @ power_map.block_power).reshape(5, 5)
    expected = np.zeros((5, 5))
    expected[:2] = 2 / 10
    expected[2:, :2] = 30 / 6
    expected[2:, 3:] = 10 / 6
    np.testing.assert_allclose(cells, expected, rtol=1e-13, atol=0)


@pytest.mark.parametrize(("nx", "ny"), [(1, 1), (7, 3), (64, 33)])
def test_power_is_conserved_on_any_grid(files, nx, ny):
    power_map = read_hotspot(*files(), WIDTH, HEIGHT)
    cells = math.fsum(power_map.shares(nx, ny) @ power_map.block_power)
    assert cells == pytest.approx(58.0, rel=1e-14)


def test_power_of_overlapping_rectangles_adds(files):
    floorplan = "all 0.01 0.01 0 0\ncorner 0.005 0.005 0 0\n"
    power_map = read_hotspot(*files(floorplan, "all corner\n8 3\n"), WIDTH, HEIGHT)
    cells = power_map.shares(2, 2) @ power_map.block_power
    np.testing.assert_allclose(cells, [5, 2, 2, 2], rtol=1e-14)


def test_wiring_between_blocks_is_passed_over(files):
    path, _ = files(FLOORPLAN + "cache core_0 0.5\ncore_0\tcore_1\t0.1\n")
    assert read_hotspot_floorplan(path, WIDTH, HEIGHT).names == ("cache", "core_0", "core_1")


BAD = [
    ("cache 0.010 0.004\n", TRACE, r"chip\.flp line 1: found 3 columns; name, width, height"),
    ("cache core_0 1\n", TRACE, r"chip\.flp: floorplan: found no block; one or more is meant"),
    (
        "cache 0.010 0.004 0\n",
        TRACE,
        r"chip\.flp line 1: found 4 columns; name, width, height, left x and bottom y are meant",
    ),
    ("cache 10mm 0.004 0 0\n", TRACE, r"chip\.flp line 1: found '10mm'; a number is meant"),
    ("a 1 1 nan 0\n", TRACE, r"chip\.flp line 1: found 'nan'; a number is meant"),
    ("# none\n", TRACE, r"chip\.flp: found nothing"),
    ("a .01 .01 .001 0\n", "a\n1\n", r"chip\.flp: floorplan block 'a': found x from 0.001 to"),
    ("a 0 .01 0 0\n", "a\n1\n", r"chip\.flp: floorplan block 'a': found x from 0 to 0 m"),
    ("a .01 .01 0 0\n" * 2, "a\n1\n", r"chip\.flp: floorplan: block 'a' appears twice"),
    (FLOORPLAN, "cache core_0\n1 2\n", r"chip\.ptrace: has no 'core_1'; every block of .*flp is"),
    (
        FLOORPLAN,
        "cache core_0 core_1 gpu npu io pll\n1 2 3 4 5 6 7\n",
        r"chip\.flp: has no 'gpu', 'npu', 'io' and 1 more; every block of .*ptrace is meant",
    ),
    (FLOORPLAN, "cache core_0 core_0\n1 2 3\n", r"chip\.ptrace: 'core_0' appears twice"),
    (FLOORPLAN, "cache core_0 core_1\n", r"chip\.ptrace: found names only; a row of watts"),
    (
        FLOORPLAN,
        "cache core_0 core_1\n1 2 3\n1 2\n",
        r"chip\.ptrace line 3: found 2 numbers; 3, one per name, are meant",
    ),
    (FLOORPLAN, "cache core_0 core_1\n1 -2 3\n", r"chip\.ptrace line 2: found '-2'; a number of 0"),
    (FLOORPLAN, "cache core_0 core_1\n0 0 0\n", r"chip\.ptrace: sums to nothing"),
]


@pytest.mark.parametrize(("floorplan", "trace", "message"), BAD)
def test_bad_files_are_refused_in_one_line(files, floorplan, trace, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_hotspot(*files(floorplan, trace), WIDTH, HEIGHT)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("row", [2, -1])
def test_row_that_the_trace_has_not_is_refused(files, row):
    with pytest.raises(ValueError, match=rf"chip\.ptrace: found no row {row}; 0 to 1 is meant"):
        read_power_trace(files()[1], row)


def test_missing_file_is_refused_in_one_line(tmp_path, files):
    with pytest.raises(ValueError, match=r"none\.ptrace: No such file or directory"):
        read_hotspot(files()[0], tmp_path / "none.ptrace", WIDTH, HEIGHT)
