"""Pages: their numbers are the answer's, a case cannot put markup into them, nothing is fetched."""

import base64
import dataclasses
import hashlib
import html
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import xarray
from typer.testing import CliRunner

from studies import load_case, shipped_cases, solve
from studies.case_file import Provenance
from studies.case_text import case_text
from studies.cli import app
from studies.commands.files import to_json
from studies.commands.solve import answer_as_json
from studies.compare import compare
from studies.compare_report import to_dict
from studies.failure_parts import parse_failure
from studies.failure_report import rows, summary
from studies.failures import study_failures
from studies.fields import junction_temperature
from studies.figures import Step, temperature_steps
from studies.pages.answer_view import maps
from studies.pages.case_page import case_page
from studies.pages.charts import NAMES, Series, curves, waterfall
from studies.pages.comparison_page import comparison_page
from studies.pages.failure_page import failure_page
from studies.pages.maps import block_map
from studies.pages.sweep_axes import sweep_axis
from studies.pages.sweep_columns import point_dimensions, results_of, varied_of
from studies.pages.sweep_map import sweep_map
from studies.pages.sweep_page import sweep_page
from studies.pages.tables import Column, inputs_table, table

SMALL = {"grid.along_x": 24, "grid.along_y": 14}
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


class Page(HTMLParser):
    """Elements of a page with their attributes, and the text of its scripts."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.scripts, self.cells = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.cdata_elem == "script":
            self.scripts[-1] += data

    def data(self, name):
        """What a script of data holds."""
        tags = [attrs for tag, attrs in self.elements if tag == "script"]
        at = [attrs.get("id") for attrs in tags].index(name)
        return json.loads(self.scripts[at])

    def program(self):
        """Scripts that run."""
        tags = [attrs for tag, attrs in self.elements if tag == "script"]
        return [text for text, attrs in zip(self.scripts, tags, strict=True) if not attrs]


@pytest.fixture(scope="module")
def answer():
    return solve(load_case("cs3", SMALL))


@pytest.fixture(scope="module")
def text(answer):
    return case_page(answer, answer_as_json(answer), "waferflux solve cs3")


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_the_page_holds_the_json_of_solve(answer, page):
    assert page.data("answer") == json.loads(answer_as_json(answer))


def test_headlines_are_the_numbers_of_the_json(answer, page):
    found = answer.to_dict()
    shown = {a["data-key"]: float(a["data-v"]) for tag, a in page.elements if "data-key" in a}
    assert len(shown) == 10
    for key, value in shown.items():
        assert value == (found[key] if isinstance(found[key], float) else max(found[key])), key


def test_table_of_blocks_holds_the_numbers_of_the_json(answer, text):
    found = answer.to_dict()
    row = re.search(r"<tr><td>r3c5</td>(.*?)</tr>", text)[1]
    numbers = [float(v) for v in re.findall(r'data-v="([^"]+)"', row)]
    block = found["block_names"].index("r3c5")
    keys = ("block_temperature_max_degC", "block_temperature_mean_degC", "block_power_W",
            "block_voltage_V", "block_drop_mV", "brick_current_A")  # fmt: skip
    assert numbers == [found[key][block] for key in keys]


def test_nothing_is_fetched(text, page):
    addresses = [v for _, a in page.elements for k, v in a.items() if k in ("src", "href")]
    assert addresses
    assert all(v.startswith(("data:", "#")) for v in addresses)
    assert "url(h" not in text
    assert "@import" not in text


def test_only_the_scripts_of_the_page_may_run(page):
    policy = next(a["content"] for tag, a in page.elements if "http-equiv" in a)
    assert policy.startswith("default-src 'none'")
    allowed = re.search(r"script-src (.*)", policy)[1].split()
    assert page.program()
    for script in page.program():
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in allowed


def test_a_case_cannot_put_markup_into_its_page(answer, page):
    case = load_case("cs3", SMALL | {"title": HOSTILE, "description": HOSTILE, "caveat": HOSTILE})
    hostile = solve(case)
    text = case_page(hostile, answer_as_json(hostile), "waferflux solve " + HOSTILE)
    found = Page(text)
    assert [tag for tag, _ in found.elements] == [tag for tag, _ in page.elements]
    assert found.data("answer")["title"] == HOSTILE
    assert f"<h1>{html.escape(HOSTILE, quote=False)}".split('"')[0] in text


def test_sources_and_ranges_cannot_either():
    slab = load_case("slab")
    odd = slab.provenance | {"heat.power": Provenance("D", HOSTILE, (HOSTILE, HOSTILE))}
    elements = []
    for provenance in (slab.provenance, odd):
        found = solve(dataclasses.replace(slab, provenance=provenance))
        elements.append(Page(case_page(found, answer_as_json(found), "")).elements)
    assert [tag for tag, _ in elements[0]] == [tag for tag, _ in elements[1]]


def test_case_in_the_page_is_the_case_that_was_solved(tmp_path, page):
    (tmp_path / "again.toml").write_text(page.data("case-text")[0], encoding="utf-8")
    again, first = load_case(tmp_path / "again.toml"), load_case("cs3", SMALL)
    assert again.raw == first.raw
    assert again.provenance == {p: v for p, v in first.provenance.items() if v.trust != "set"}


@pytest.mark.parametrize("name", shipped_cases())
def test_text_of_a_case_reads_back(name, tmp_path):
    loaded = load_case(name)
    (tmp_path / "again.toml").write_text(case_text(loaded), encoding="utf-8")
    again = load_case(tmp_path / "again.toml")
    assert again.raw == loaded.raw
    assert again.provenance == loaded.provenance


def test_text_of_a_case_keeps_any_letter(tmp_path):
    odd = 'a "b" \\ \x7f \t é ü \u2028 # [x]'
    (tmp_path / "again.toml").write_text(case_text(load_case("slab", {"title": odd})), "utf-8")
    assert load_case(tmp_path / "again.toml").case.title == odd


def test_inputs_have_value_letter_source_and_range(answer):
    found = {row[0].text: [cell.text for cell in row] for row in inputs_table(answer.loaded).rows}
    for path, entry in answer.loaded.provenance.items():
        assert found[path][2:] == [entry.trust, entry.source, " to ".join(entry.range)]
    assert found["coolant.flow"][1] == "100 L/min"
    assert found["grid.along_x"][1:3] == ["24", "set"]


def test_map_holds_the_field(answer):
    packed, field = maps(answer)[0].data["field"], junction_temperature(answer)
    numbers = np.frombuffer(base64.b64decode(packed["numbers"]), "<u2")
    read = packed["low"] + packed["step"] * numbers.reshape(packed["ny"], packed["nx"])
    assert np.abs(read - field).max() <= packed["step"]
    assert packed["step"] < 1e-3


def test_sheets_have_a_map_of_the_voltage():
    sheets = {"delivery.sheets.solved": "on the grid"}
    found = solve(load_case("cs3", SMALL | sheets))
    packed = {one.name: one for one in maps(found)}["voltage"].data["field"]
    state = found.coupled.drawn.sheets
    assert packed["low"] == 1e3 * state.worst_voltage.min()
    assert packed["low"] == pytest.approx(1e3 * found.to_dict()["load_voltage_min_V"])


def test_a_field_lies_where_it_is_said_to(answer):
    plan = answer.coupled.machine.floorplan
    part = (0.25 * plan.width, 0.5 * plan.height, 0.5 * plan.width, 0.25 * plan.height)
    given = {"field": np.eye(4), "part": part}
    drawn = block_map("m", "m", plan, np.zeros(84), "K", [""] * 84, **given)
    left, top, width, height = drawn.data["box"]
    assert width == pytest.approx(drawn.width / 2)
    assert height == pytest.approx(drawn.height / 4)
    assert left - drawn.width / 4 == pytest.approx(15)
    assert top - drawn.height / 4 == pytest.approx(26)  # from the top, where y is largest


def test_large_field_keeps_its_worst_point(answer):
    plan = answer.coupled.machine.floorplan
    field = np.random.default_rng(0).random((333, 450))
    drawn = block_map("m", "m", plan, np.zeros(84), "K", [""] * 84, field=field)
    packed = drawn.data["field"]
    assert (packed["nx"], packed["ny"]) == (150, 111)
    assert packed["low"] + 65534 * packed["step"] == pytest.approx(field.max(), rel=1e-12)
    drawn = block_map(
        "m", "m", plan, np.zeros(84), "K", [""] * 84, field=field, least_is_worst=True
    )
    assert drawn.data["field"]["low"] == field.min()


def test_blocks_of_a_map_lie_as_on_the_device(answer):
    blocks = {b["name"]: b for b in maps(answer)[1].data["blocks"]}
    assert blocks["r0c0"]["y"] > blocks["r6c0"]["y"]  # y = 0 is at the bottom
    assert blocks["r0c0"]["x"] < blocks["r0c11"]["x"]
    assert f"drop {max(answer.to_dict()['block_drop_mV']):.2f} mV" in blocks["r0c0"]["words"]


def test_bars_are_as_long_as_their_numbers(answer):
    steps = temperature_steps(answer)
    drawn = waterfall("t", steps)
    lengths = [(b.width, abs(s.end - s.begin)) for b, s in zip(drawn.bars, steps, strict=True)]
    assert len({round(width / kelvin, 1) for width, kelvin in lengths if kelvin > 1}) == 1
    assert waterfall("t", [Step("a", 0.0, 2.0, "2", "red")]).bars[0].left == NAMES


def test_curves_leave_out_what_is_not_known():
    drawn = curves("c", "c", "x", "y", [Series("a", [0, 1, 2], [5.0, np.nan, 7.0])])
    assert [p[2:] for p in drawn.data["series"][0]["points"]] == [(0.0, 5.0), (2.0, 7.0)]
    assert "nan" not in drawn.drawn[0]["line"]


def test_cells_of_a_table_keep_the_whole_number():
    made = table("t", [Column("a", "A", ".1f"), Column("b", "B")],
                 [{"a": 1.23456789, "b": "x"}, {"a": None}, {"a": np.nan}])  # fmt: skip
    assert (made.rows[0][0].text, made.rows[0][0].value) == ("1.2", "1.23456789")
    assert [row[0].text for row in made.rows[1:]] == ["", ""]


@pytest.mark.parametrize("name", ["slab", "test-chip", "kawano", "hgx-h100-air"])
def test_cases_with_less_have_pages_too(name):
    found = solve(load_case(name))
    text = case_page(found, answer_as_json(found), f"waferflux solve {name}")
    assert Page(text).data("answer")["case"] == name
    assert not re.search(r'="[^"]*\b(nan|inf|None)\b[^"]*"', text)


def test_page_of_a_comparison():
    cases = [load_case("cs3", SMALL), load_case("hgx-h100-air")]
    found, gaps = compare(cases, [298.15, 308.15])
    text = comparison_page(found, gaps, cases, to_json(to_dict(found, gaps)), "waferflux compare")
    assert Page(text).data("answer") == to_dict(found, gaps)
    for row in found:
        assert f'data-v="{row.junction_temperature - 273.15}"' in text
    # over a range of inlets there are curves, at one inlet bars
    assert 'data-curves="junction_max_degC"' in text
    one = [row for row in found if row.inlet_temperature == 298.15]
    assert 'data-curves="' not in comparison_page(one, [], cases, "{}", "")


def test_page_of_failures():
    few = {"device.columns": 4, "device.rows": 2, "heat.power": "2.5 kW"}
    loaded = load_case("cs3", SMALL | few)
    study = study_failures(loaded, [parse_failure("brick:1,brick:2", loaded)])
    text = failure_page(study, None, to_json(summary(study)), "waferflux failures cs3")
    page = Page(text)
    assert page.data("answer")["failures"] == json.loads(to_json({"f": rows(study)}))["f"]
    counts = {a["data-key"]: int(a["data-v"]) for _, a in page.elements if "data-key" in a}
    assert sum(counts.values()) == len(study.singles)
    for row in rows(study):
        assert f"<tr><td>{row['failure']}</td>" in text
    # the two bricks have a table of their own, of one row, which is theirs
    single, pairs = (re.search(rf'data-table="cs3-{name}".*?</table>', text, re.S)[0]
                     for name in ("failures", "pairs"))  # fmt: skip
    assert pairs.count("<tr><td>") == 1
    assert "<tr><td>brick:1,brick:2</td>" in pairs
    assert single.count("<tr><td>") == len(study.singles)


def made_up():
    """30 points of which one has no answer."""
    inlet, flow = np.linspace(15, 40, 6), np.linspace(60, 140, 5)
    hottest = inlet[:, None] + 2200 / flow
    hottest[2, 1] = np.nan
    reason = np.full((6, 5), "", dtype=object)
    reason[2, 1] = "ThermalRunaway: too warm"
    dims = ("inlet", "flow")
    drop = np.arange(120.0).reshape(6, 5, 4)
    return xarray.Dataset(
        {
            "junction_temperature_max_degC": (dims, hottest, {"units": "degC"}),
            "block_drop_mV": ((*dims, "block"), drop, {"units": "mV"}),
            "reason": (dims, reason),
        },
        coords={
            "inlet": ("inlet", inlet, {"units": "degC", "long_name": "coolant.inlet_temperature"}),
            "flow": ("flow", flow, {"units": "L/min", "long_name": "coolant.flow"}),
            "block": ("block", list("abcd")),
        },
        attrs={"title": HOSTILE},
    )


def test_page_of_a_sweep_over_a_grid():
    swept = made_up()
    text = sweep_page(swept, "waferflux sweep", "made.nc")
    page = Page(text)
    lines = [s for s in page.scripts if s.startswith('{"series"')]
    first = json.loads(lines[0])
    assert len(lines) == 2
    assert len(first["series"]) == 5  # along the finest axis, a curve for each flow
    known = sorted(p[3] for s in first["series"] for p in s["points"])
    hottest = swept.junction_temperature_max_degC.values
    assert known == sorted(hottest[np.isfinite(hottest)].tolist())
    assert "1 of them have no answer" in text
    assert "ThermalRunaway: too warm" in text
    assert 'data-v="119.0"' in text  # of a number per block the largest
    assert "<script>alert" not in text


def test_page_of_a_sweep_over_points():
    numbers = np.random.default_rng(0).random((3, 20))
    swept = xarray.Dataset(
        {"junction_temperature_max_degC": ("point", numbers[0])},
        coords={"a": ("point", numbers[1]), "b": ("point", numbers[2])},
    )
    page = Page(sweep_page(swept))
    drawn = [json.loads(s) for s in page.scripts if s.startswith('{"series"')]
    assert [one["x"] for one in drawn] == ["a", "b"]
    assert all(len(one["series"][0]["points"]) == 20 for one in drawn)


LIMITS = {"case": '[limits]\njunction_temperature = "60 degC"\n'}


def numbers_of(result, shape):
    return np.frombuffer(base64.b64decode(result["numbers"]), "<f8").reshape(shape)


def map_of(swept):
    dims = point_dimensions(swept)
    return sweep_map(swept, dims, varied_of(swept, dims), results_of(swept, dims))


def test_map_of_a_grid_holds_the_numbers_of_the_dataset():
    swept, found = made_up(), map_of(made_up())
    hottest, drop = found.data["results"]
    expected = swept.junction_temperature_max_degC.values
    assert np.array_equal(numbers_of(hottest, (6, 5)), expected, equal_nan=True)
    assert np.array_equal(numbers_of(drop, (6, 5)), swept.block_drop_mV.max("block"))
    assert drop["label"] == "largest block_drop_mV [mV]"
    assert found.data["reasons"] == {"11": "ThermalRunaway: too warm"}
    assert [axis["label"] for axis in found.data["axes"]] == [
        "coolant.inlet_temperature [°C]", "coolant.flow [L/min]"
    ]  # fmt: skip
    assert (len(found.view["marks"]), len(found.view["crosses"])) == (29, 1)
    # the coldest is dark, the hottest light; they lie where they are
    marks = {(m["x"], m["y"]): m["fill"] for m in found.view["marks"]}
    assert marks[max(x for x, _ in marks), max(y for _, y in marks)] == "#440154"
    assert marks[min(x for x, _ in marks), min(y for _, y in marks)] == "#fde725"


def test_line_of_the_limit_is_where_the_result_meets_it():
    """Inlet over flow, the field linear in both: the line is straight, x + 0.2 y = 60."""
    x, y = np.array([10.0, 25.0, 40.0, 60.0]), np.array([0.0, 50.0, 200.0])
    swept = xarray.Dataset(
        {"junction_temperature_max_degC": (("b", "a"), x + 0.2 * y[:, None], {"units": "degC"})},
        coords={"a": ("a", x), "b": ("b", y)},
        attrs=LIMITS,
    )
    found = map_of(swept)
    across, up = (sweep_axis(swept, name, is_grid=True) for name in "ab")
    result = found.data["results"][0]
    lines = result["lines"]["0,1"]
    assert (len(lines), len(lines[0])) == (1, 1)
    a = np.interp([share for _, share in lines[0][0]], across.at, x)
    b = np.interp([share for share, _ in lines[0][0]], up.at, y)
    assert a + 0.2 * b == pytest.approx(60, abs=0.02)
    assert len(a) > 3
    assert result["caption"] == (
        "Orange: the junction limit of 60 °C, which 8 of 12 points with an answer keep."
    )
    assert found.view["lines"]
    # where the limit itself is varied there is no one line
    swept.attrs["varied"] = "limits.junction_temperature"
    assert map_of(swept).data["results"][0]["limit"] is None


def test_slices_of_a_grid_have_lines_of_their_own():
    x, y = np.linspace(0, 10, 6), np.linspace(0, 10, 7)
    field = x[:, None, None] + np.array([50.0, 55.0, 99.0])[:, None] + y
    swept = xarray.Dataset(
        {"junction_temperature_max_degC": (("x", "word", "y"), field)},
        coords={"x": ("x", x), "word": ("word", ["p", "q", "r"]), "y": ("y", y)},
        attrs=LIMITS,
    )
    lines = map_of(swept).data["results"][0]["lines"]
    assert set(lines) == {"0,2"}  # not over words
    assert [len(one) for one in lines["0,2"]] == [1, 1, 0]
    middle = [np.mean([a + b for a, b in one[0]]) for one in lines["0,2"][:2]]
    assert middle[0] > middle[1] + 0.2  # the warmer slice meets it sooner


def test_values_in_any_order_lie_in_order():
    swept = xarray.Dataset(coords={"a": ("a", [140.0, 60.0, 100.0])})
    axis = sweep_axis(swept, "a", is_grid=True)
    assert axis.at == pytest.approx([5 / 6, 1 / 6, 1 / 2])
    assert np.array(axis.edges) == pytest.approx(np.array([[2, 3], [0, 1], [1, 2]]) / 3)


def test_steps_of_a_budget_are_results_of_their_own():
    budget = np.random.default_rng(0).random((3, 4, 2))
    swept = xarray.Dataset(
        {
            "rounds": (("a", "b"), budget[..., 0]),
            "temperature_budget_K": (("a", "b", "step"), budget, {"units": "K"}),
        },
        coords={"a": ("a", [1.0, 2, 3]), "b": ("b", [1.0, 2, 3, 4]), "step": ["film", "base"]},
    )
    found = map_of(swept).data["results"]
    assert [one["words"] for one in found] == [
        "rounds", "temperature_budget_K, film", "temperature_budget_K, base"
    ]  # fmt: skip
    assert np.array_equal(numbers_of(found[2], (3, 4)), budget[..., 1])


def test_a_large_sweep_is_thinned_and_says_so():
    field = np.random.default_rng(0).random((250, 40))
    swept = xarray.Dataset(
        {"junction_temperature_max_degC": (("a", "b"), field)},
        coords={"a": ("a", np.arange(250.0)), "b": ("b", np.arange(40.0))},
    )
    found = map_of(swept)
    assert found.note == "The map shows one in 3 of a; the dataset has all."
    assert np.array_equal(numbers_of(found.data["results"][0], (84, 40)), field[::3])


def test_map_of_points_rings_those_beyond_the_limit():
    numbers = np.random.default_rng(0).random((3, 20))
    hottest = 40 + 40 * numbers[0]
    hottest[3] = np.nan
    swept = xarray.Dataset(
        {"junction_temperature_max_degC": ("point", hottest, {"units": "degC"})},
        coords={"a": ("point", numbers[1]), "b": ("point", numbers[2])},
        attrs=LIMITS,
    )
    view = map_of(swept).view
    assert sum(mark["over"] for mark in view["marks"]) == np.sum(hottest > 60)
    assert (len(view["marks"]), len(view["crosses"])) == (19, 1)


def test_a_dataset_cannot_put_markup_into_its_page():
    def named(words):
        about = {"units": words, "long_name": words}
        return xarray.Dataset(
            {"drop": (("a", "b"), [[1.0, 2.0], [3.0, np.nan]], about),
             "reason": (("a", "b"), np.array([["", ""], ["", words]], dtype=object))},
            coords={"a": ("a", [1.0, 2.0], about), "b": ("b", [words, "other"], about)},
        )  # fmt: skip

    plain, hostile = (Page(sweep_page(named(words))) for words in ("plain", HOSTILE))
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in plain.elements]
    data = json.loads(next(s for s in hostile.scripts if s.startswith('{"grid"')))
    assert data["reasons"]["3"] == HOSTILE


def test_a_sweep_of_one_value_has_no_map():
    swept = xarray.Dataset(
        {"junction_temperature_max_degC": ("a", [1.0, 2.0])}, coords={"a": ("a", [1.0, 2.0])}
    )
    assert map_of(swept) is None
    assert "data-sweep" not in sweep_page(swept).replace("[data-sweep]", "")


def test_sweep_without_points_is_refused():
    with pytest.raises(ValueError, match="no point"):
        sweep_page(xarray.Dataset(), source="empty.nc")


def run(*words):
    return CliRunner().invoke(app, ["report", *words])


def test_command_writes_the_page(tmp_path):
    done = run("slab", "--set", "heat.power=20 kW", "--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "waferflux solve slab --set &#39;heat.power=20 kW&#39;" in text
    assert Page(text).data("answer")["wafer_power_W"] == 20e3


def test_command_writes_the_page_of_a_dataset(tmp_path):
    made_up().to_netcdf(tmp_path / "made.nc", engine="h5netcdf")
    done = run(str(tmp_path / "made.nc"), "--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert "report of a sweep made.nc" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["cs3", "cs4", "--set", "heat.power=1 kW"], "--set"),
        (["cs3", "cs4", "--failures"], "--failures"),
        (["cs3", "--inlet", "30"], "--inlet"),
        (["cs3", "--pair", "brick:1,brick:2"], "--pair"),
        (["cs3", "--failures", "--pair", "brick:1,brick:999"], "--pair"),
        (["no.nc", "--failures"], "--failures"),
        (["no.nc", "cs3"], "report"),
        (["no.nc"], "report"),
        (["cs3", "cs3"], "case"),
        (["nothing"], "case"),
    ],
)
def test_wrong_words_are_refused_in_one_line(words, key, tmp_path):
    done = run(*words, "--out", str(tmp_path))
    assert done.exit_code == 2
    assert done.stderr.startswith(key + ":")
    assert done.stderr.count("\n") == 1
