"""Designs of a sweep: what is written is what is solved, each point once."""

import doctest
import importlib
import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry.units import split_quantity
from studies.case_file import CaseError
from studies.design_points import grid, parse_axis, points_from_csv, sample
from studies.value_range import parse_range

NUMBERS = st.floats(-1e6, 1e6).map(lambda x: float(f"{x:.12g}"))
WORDS = st.from_regex(r"[a-z][a-z \-]{0,9}[a-z]", fullmatch=True)
PATHS = st.from_regex(r"[a-z]{1,5}\.[a-z_]{1,8}", fullmatch=True)
UNITS = st.sampled_from(["", "degC", "L/min", "mm", "W/m/K", "mm**2*K/W", "/K", "mohm/sq"])


@st.composite
def ranges(draw, counted=True):
    path, unit = draw(PATHS), draw(UNITS)
    first, last = sorted(draw(st.lists(NUMBERS, min_size=2, max_size=2, unique=True)))
    count = f":{draw(st.integers(2, 30))}" if counted else ""
    return f"{path}={first!r}:{last!r}{count} {unit}"


@st.composite
def lists(draw):
    path, unit = draw(PATHS), draw(UNITS)
    numbers = draw(st.lists(NUMBERS, min_size=1, max_size=8, unique=True))
    if draw(st.booleans()):
        return f"{path}={','.join(map(repr, numbers))} {unit}"
    return f"{path}={','.join(draw(st.lists(WORDS, min_size=1, max_size=6, unique=True)))}"


@settings(deadline=None)
@given(st.one_of(ranges(), ranges(counted=False), lists()))
def test_an_axis_reads_what_it_writes(text):
    axis = parse_axis(text)
    assert parse_axis(axis.text()) == axis


@settings(deadline=None)
@given(st.lists(st.one_of(ranges(), lists()), min_size=1, max_size=3))
def test_a_grid_is_the_product_in_order_without_a_point_twice(texts):
    texts = [f"p{i}{text}" for i, text in enumerate(texts)]
    design = grid(*texts)
    axes = [parse_axis(text) for text in texts]
    assert design.points == list(itertools.product(*(axis.values for axis in axes)))
    assert len(design.points) == math.prod(design.shape)
    assert len(set(design.points)) == len(design.points)
    assert [axis.path for axis in design.axes] == [text.partition("=")[0] for text in texts]


@settings(deadline=None)
@given(
    st.lists(ranges(counted=False), min_size=1, max_size=4),
    st.integers(0, 6),
    st.integers(0, 2**32),
    st.sampled_from(["latin", "sobol"]),
)
def test_a_sample_has_its_count_within_its_ranges_and_is_its_seeds(texts, power, seed, kind):
    texts = [f"p{i}{text}" for i, text in enumerate(texts)]
    design = sample(kind, texts, 2**power, seed)
    assert len(set(design.points)) == len(design.points) <= 2**power
    for axis, column in zip(design.axes, zip(*design.points, strict=True), strict=True):
        assert all(axis.span.first <= value <= axis.span.last for value in column)
    assert sample(kind, texts, 2**power, seed).points == design.points


@pytest.mark.parametrize("kind", ["latin", "sobol"])
def test_a_sample_has_one_point_in_each_stratum(kind):
    design = sample(kind, ["a.x=0:16 mm", "a.y=-8:8 K", "a.w=red,green"], 16, seed=3)
    for at, low in ((0, 0), (1, -8)):
        assert sorted(int(point[at] - low) for point in design.points) == list(range(16))
    assert sorted(point[2] for point in design.points).count("red") == 8
    assert sample(kind, ["a.x=0:16 mm"], 16, seed=4).points != [p[:1] for p in design.points]


def test_settings_are_as_the_case_file_has_them():
    design = grid("coolant.flow=50,75.5 L/min", "grid.along_x=24:48:2", "coolant.path=4-way")
    assert design.settings(0) == {
        "coolant.flow": "50 L/min",
        "grid.along_x": 24,
        "coolant.path": "4-way",
    }
    assert design.settings(2)["coolant.flow"] == "75.5 L/min"


def test_brackets_and_quotes_hold_commas_together():
    axis = parse_axis("""layers.board.conductivity=["1 W/m/K", "2 W/m/K"],'3, 4'""")
    assert axis.values == ('["1 W/m/K", "2 W/m/K"]', "3, 4")
    assert axis.setting(axis.values[0]) == ["1 W/m/K", "2 W/m/K"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("coolant.flow", "--vary: found 'coolant.flow'; PATH=5:45:9 degC"),
        ("=1:2:3", "--vary: found"),
        ("a.b=", "--vary: found"),
        ("a.b=45:5:9 degC", "a rising range such as 5:45:9 degC is meant"),
        ("a.b=5:45:1 degC", "a rising range"),
        ("a.b=5:45:2.5 degC", "a rising range"),
        ("a.b=1,,2", "found '1,,2'"),
        ("a.b=1,2,", "found '1,2,'"),
        ("a.b=1 m,2 mm", "found m and mm; one unit for all is meant"),
        ("a.b=1,2,1 mm", "found 1 twice"),
        ("a.b=x,y,x", "found x twice"),
        ("a.b=5:45 degC", "found a range without a count"),
        ("a.b=0:1:2000000", "points: found 2000000"),
    ],
)
def test_what_is_no_axis_of_a_grid_is_refused_in_one_line(text, words):
    with pytest.raises(CaseError) as refused:
        grid(text)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_designs_that_cannot_be_are_refused():
    with pytest.raises(CaseError, match=r"a\.b: found twice"):
        grid("a.b=1,2", "a.b=3,4")
    with pytest.raises(CaseError, match="found a range with a count"):
        sample("latin", ["a.b=1:2:3 K"], 5, 0)
    with pytest.raises(CaseError, match="found no range"):
        sample("latin", ["a.b=x,y"], 5, 0)
    with pytest.raises(CaseError, match="found 100; a power of two is meant for sobol, as 128"):
        sample("sobol", ["a.b=1:2 K"], 100, 0)


def test_points_of_a_file(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("coolant.flow [L/min],heat.power,coolant.path\n50,20 kW,4-way\n\n75,21 kW,x\n")
    design = points_from_csv(path)
    assert design.points == [(50.0, 20.0, "4-way"), (75.0, 21.0, "x")]
    assert design.settings(1) == {
        "coolant.flow": "75 L/min",
        "heat.power": "21 kW",
        "coolant.path": "x",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "found 0 rows"),
        ("a.b [mm]\n", "found 1 rows"),
        ("a.b,a.c\n1,2\n3\n", "point 2: 2 values are meant"),
        ("a.b,a.c\n1,2\n3,\n", "point 2: 2 values are meant"),
        ("a.b,a.b\n1,2\n", "a.b: found twice"),
        ("a.b\n1\n2\n1\n", "point 3: found again, as 1"),
    ],
)
def test_a_wrong_file_of_points_is_refused(text, words, tmp_path):
    path = tmp_path / "points.csv"
    path.write_text(text)
    with pytest.raises(CaseError, match=words):
        points_from_csv(path)


def test_a_missing_file_of_points_is_refused(tmp_path):
    with pytest.raises(CaseError, match="cannot be read"):
        points_from_csv(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "text", ["", "5", "5:", "5:45:9:2", "a:b:3", "5:5:3", "inf:3:3", "1:1e999:3"]
)
def test_what_is_no_range(text):
    assert parse_range(text) is None


@pytest.mark.parametrize("module", ["design_points", "value_range", "point_model", "sweep",
                                    "sweep_dataset", "sweep_identity"])  # fmt: skip
def test_examples_of_the_docstrings_hold(module):
    found = doctest.testmod(importlib.import_module(f"studies.{module}"))
    assert found.attempted > 0
    assert found.failed == 0


def test_a_number_and_its_unit():
    assert doctest.testmod(importlib.import_module("geometry.units")).failed == 0
    assert split_quantity("44 mohm/sq") == (44.0, "mohm/sq")
    assert split_quantity("50.csv") is None
    assert split_quantity("3 /K") == (3.0, "/K")
