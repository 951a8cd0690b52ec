"""Pictures say in words and numbers what the answer says, for every shape of case."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from studies import load_case, shipped_cases, solve
from studies.figures import (
    budgets_figure,
    flow_ways,
    temperature_figure,
    temperature_steps,
    voltage_drop_figure,
    write_figures,
)

COARSE = {"grid.along_x": 24, "grid.along_y": 21}
SOLVED = [name for name in shipped_cases() if load_case(name).case.own_cooling is None]
"""Those that `solve` takes; the others have commands of their own."""


@pytest.fixture(scope="module")
def wafer():
    return solve(load_case("cs3", COARSE))


def words_of(figure: Figure) -> str:
    texts = figure.findobj(lambda artist: hasattr(artist, "get_text"))
    return "\n".join(text.get_text() for text in texts)


QUICK = ("cs3", "cold-plate", "slab", "test-chip", "cs3-headers")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in SOLVED]
)
def test_every_shipped_case_can_be_drawn(name, tmp_path):
    coarse = {} if name == "test-chip" else {"grid.along_x": 12, "grid.along_y": 7}
    answer = solve(load_case(name, coarse))
    paths = write_figures(answer, tmp_path)
    names = {"temperature.png", "budgets.png"}
    if answer.loaded.case.delivery is not None:
        names.add("voltage_drop.png")
    if name == "cs3-headers":
        names.add("channel_flow.png")
    assert {p.name for p in paths} == names == {p.name for p in tmp_path.iterdir()}
    for path in paths:
        picture = imread(path)
        assert min(picture.shape[:2]) > 300
        assert picture[..., :3].std() > 0.05


SHAPES = {
    "one cell and one block": {
        "device.columns": 1,
        "device.rows": 1,
        "grid.along_x": 1,
        "grid.along_y": 1,
        "delivery.supplies.count": 1,
        "heat.power": "1 kW",
    },
    "a strip": {"device.height": "4 mm", "device.rows": 1, "heat.power": "400 W"},
    "a tower": {
        "device.width": "4 mm",
        "device.columns": 1,
        "heat.power": "400 W",
        "coolant.direction": "-y",
        "coolant.path": "3-way",
    },
    "a title with dollars": {"title": "costs $\\oops$ and $5"},
}


@pytest.mark.slow
@pytest.mark.parametrize("values", SHAPES.values(), ids=SHAPES)
def test_odd_shapes_can_be_drawn(values, tmp_path):
    answer = solve(load_case("cs3", COARSE | values))
    assert len(write_figures(answer, tmp_path)) == 3


def test_the_map_marks_the_hottest_point_and_the_coolant(wafer):
    words = words_of(temperature_figure(wafer))
    hottest = wafer.to_dict()["junction_temperature_max_degC"]
    assert f"hottest point {hottest:.1f} °C\nin block {wafer.hottest_block}" in words
    assert "coolant in at 21.0 °C" in words
    assert "from the centre to both ends" in words
    for label in ("x [mm]", "y [mm]", "temperature [°C]"):
        assert label in words


@pytest.mark.parametrize("name", ["r0c0", "r0c11", "r6c0"])
def test_the_ring_stands_in_the_block_that_is_named(name, wafer, monkeypatch):
    # by symmetry all four corners are as hot; rounding decides which is named
    monkeypatch.setitem(vars(wafer), "hottest_block", name)
    (axes, *_) = temperature_figure(wafer).axes
    (ring,) = (line for line in axes.lines if line.get_marker() == "o")
    x, y = (float(np.squeeze(values)) / 1e3 for values in ring.get_data())
    plan = wafer.coupled.machine.floorplan
    b = list(plan.names).index(name)
    assert plan.x0[b] <= x <= plan.x1[b]
    assert plan.y0[b] <= y <= plan.y1[b]


def test_every_block_shows_its_drop(wafer):
    words = words_of(voltage_drop_figure(wafer)).split("\n")
    assert {f"{1e3 * drop:.2f}" for drop in wafer.block_drop} <= set(words)
    assert "drop at the block's worst point [mV]" in words


def test_without_a_delivery_there_is_no_drop_to_draw():
    answer = solve(load_case("slab", {"grid.along_x": 3, "grid.along_y": 3}))
    with pytest.raises(ValueError, match="no power delivery"):
        voltage_drop_figure(answer)


def test_budgets_write_every_step(wafer):
    words = words_of(budgets_figure(wafer))
    for name, kelvin in wafer.temperature_budget.items():
        assert name in words
        assert f"{kelvin:+.2f} K" in words
    for name in wafer.power_budget:
        assert name in words
    assert f"{wafer.to_dict()['input_power_W'] / 1e3:.2f} kW" in words
    assert "85 °C" in words


def test_temperature_steps_run_from_the_inlet_to_the_hottest_point(wafer):
    inlet, *steps, hottest, limit = temperature_steps(wafer)
    assert inlet.end == pytest.approx(21.0)
    ends = [inlet.end, *(step.end for step in steps)]
    np.testing.assert_allclose([step.begin for step in steps], ends[:-1])
    assert ends[-1] == pytest.approx(hottest.begin)
    assert limit.begin == pytest.approx(85.0)


def test_the_arrows_go_with_the_flow():
    assert flow_ways(1, False) == [(0, 1)]
    assert flow_ways(1, True) == [(1, 0)]
    assert flow_ways(2, False) == [(0.5, 0), (0.5, 1)]
    # neighbours of a split meet where both take in or both let out
    ways = flow_ways(4, False)
    assert [start for start, _ in ways] == [0.25, 0.25, 0.75, 0.75]
