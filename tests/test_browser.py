"""Pages in a browser without a screen: no errors, values under the pointer, sorting, downloads."""

import base64
import json
import shutil
import threading
import time

import numpy as np
import pytest
import xarray

from studies import load_case, solve
from studies.commands.solve import answer_as_json
from studies.explore import Explorer
from studies.explore_server import ExploreServer
from studies.pages.case_page import case_page
from studies.pages.sweep_page import sweep_page

webdriver = pytest.importorskip("selenium.webdriver")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("chromium") is None or shutil.which("chromedriver") is None,
        reason="chromium and chromedriver, external programs, are not installed",
    ),
    # of selenium's own making
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
SOLVED = 1e-6
"""Between a fresh solution and one begun from another [K]; the solver's tolerance leaves 1e-7."""
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}


@pytest.fixture(scope="module")
def downloads(tmp_path_factory):
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def chromium(downloads, tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    profile = tmp_path_factory.mktemp("profile")
    for flag in (*FLAGS.split(), f"--user-data-dir={profile}", "--window-size=1200,900"):
        options.add_argument(flag)
    # several downloads in a row are asked about otherwise
    several = {"profile.default_content_setting_values.automatic_downloads": 1}
    where = {"download.default_directory": str(downloads)}
    options.add_experimental_option("prefs", where | several)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def answer():
    return solve(load_case("cs3"))


@pytest.fixture(scope="module")
def page(answer, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(case_page(answer, answer_as_json(answer), "waferflux solve cs3"), "utf-8")
    return path.as_uri()


@pytest.fixture
def opened(chromium, page):
    """The page as a desk sees it; no error may be left in the console."""
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.get(page)
    yield chromium
    assert chromium.get_log("browser") == []


def find(driver, selector):
    return driver.find_element("css selector", selector)


def texts(driver, selector):
    return [e.text for e in driver.find_elements("css selector", selector)]


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("what was waited for did not come")


def test_figures_are_there_and_are_the_numbers_of_the_json(opened, answer):
    found = json.loads(answer_as_json(answer))
    shown = opened.execute_script(
        "return [...document.querySelectorAll('[data-key]')].map(e => [e.dataset.key, e.dataset.v])"
    )
    inside = opened.execute_script(
        "return JSON.parse(document.getElementById('answer').textContent)"
    )
    assert inside == found
    assert len(shown) == 10
    for key, value in shown:
        whole = found[key] if isinstance(found[key], float) else max(found[key])
        assert float(value) == whole
    assert f"{found['junction_temperature_max_degC']:.1f} °C" in texts(opened, ".headlines li")[0]
    assert len(opened.find_elements("css selector", "svg")) == 7
    assert opened.execute_script(
        "const i = new Image(); i.src = document.querySelector('image').href.baseVal;"
        "return i.decode().then(() => i.naturalWidth)"
    ) == 144  # fmt: skip


def test_pointer_over_the_map_reads_block_and_place(opened, answer):
    svg = find(opened, "[data-map=temperature] svg")
    opened.execute_script(
        "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", svg
    )
    # the last block of the first row, at the bottom right
    box = opened.execute_script(
        "const r = document.querySelectorAll('[data-map=temperature] .block')[11]"
        ".getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]"
    )
    actions = webdriver.ActionChains(opened)
    actions.w3c_actions.pointer_action.move_to_location(*map(round, box))
    actions.perform()
    words = find(opened, "[data-map=temperature] .readout").text
    found = answer.to_dict()
    block = found["block_names"].index("r0c11")
    assert words.startswith("r0c11: ")
    assert f"hottest {found['block_temperature_max_degC'][block]:.2f} °C" in words
    here = float(words.split("; ")[1].split()[0])
    field = answer.fields.junction_temperature.values[:18, 132:]
    assert field.min() - 0.01 <= here <= field.max() + 0.01


def test_keys_go_from_block_to_block(opened):
    svg = find(opened, "[data-map=drop] svg")
    readout = find(opened, "[data-map=drop] .readout")
    opened.execute_script("arguments[0].focus()", svg)
    assert readout.text.startswith("r0c0: ")
    svg.send_keys("\ue014")  # right
    assert readout.text.startswith("r0c1: ")
    svg.send_keys("\ue013")  # up, where y is larger
    assert readout.text.startswith("r1c1: ")


def test_a_click_sorts_and_a_second_turns_it_round(opened, answer):
    opened.execute_script("document.querySelectorAll('[data-table] .sort')[1].click()")
    column = "[data-table=cs3-blocks] tbody td:nth-child(2)"
    rising = [float(text) for text in texts(opened, column)]
    assert rising == sorted(round(t, 2) for t in answer.to_dict()["block_temperature_max_degC"])
    opened.execute_script("document.querySelectorAll('[data-table] .sort')[1].click()")
    assert [float(text) for text in texts(opened, column)] == rising[::-1]


def test_downloads_are_whole(opened, answer, downloads):
    for button in opened.find_elements("css selector", "button.csv, button.save"):
        button.click()
    names = {"cs3-blocks.csv", "cs3-inputs.csv", "cs3.toml", "answer.json"}
    wait_for(lambda: names <= {path.name for path in downloads.iterdir()})
    found = json.loads(answer_as_json(answer))
    rows = (downloads / "cs3-blocks.csv").read_text("utf-8").splitlines()
    assert len(rows) == 85
    assert float(rows[1].split(",")[1]) == found["block_temperature_max_degC"][0]
    assert json.loads((downloads / "answer.json").read_text("utf-8")) == found
    assert load_case(downloads / "cs3.toml").raw == load_case("cs3").raw


def test_a_phone_sees_all_without_scrolling_sideways(opened):
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    opened.refresh()
    assert opened.execute_script("return innerWidth") == 390
    assert opened.execute_script("return document.documentElement.scrollWidth") <= 390
    over = opened.execute_script(
        "return [...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll, svg') &&"
        " e.getBoundingClientRect().right > 390.5).map(e => e.outerHTML.slice(0, 80))"
    )
    assert over == []


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A grid over three values, one point without an answer, and 40 points of a sample."""
    folder, chance = tmp_path_factory.mktemp("sweep"), np.random.default_rng(0)
    inlet, flow = np.linspace(15, 40, 6), np.array([60.0, 80.0, 100.0, 140.0])
    hottest = inlet[:, None, None] + np.array([0.0, 5.0])[:, None] + 2200 / flow
    hottest[2, 1, 3] = np.nan
    reason = np.full(hottest.shape, "", dtype=object)
    reason[2, 1, 3] = "ThermalRunaway: too warm"
    dims, about = ("inlet", "path", "flow"), {"units": "degC"}
    grid = xarray.Dataset(
        {"junction_temperature_max_degC": (dims, hottest, about),
         "pump_power_W": (dims, chance.random(hottest.shape), {"units": "W"}),
         "reason": (dims, reason)},
        coords={"inlet": ("inlet", inlet, about), "path": ("path", ["single pass", "4-way"]),
                "flow": ("flow", flow, {"units": "L/min"})},
        attrs={"case": '[limits]\njunction_temperature = "60 degC"\n'},
    )  # fmt: skip
    points = xarray.Dataset(
        {name: ("point", chance.random(40)) for name in ("junction_temperature_max_degC", "drop")},
        coords={name: ("point", chance.random(40)) for name in "abcdefgh"},
    )
    pages = {}
    for name, dataset in {"grid": grid, "points": points}.items():
        (folder / f"{name}.html").write_text(sweep_page(dataset), "utf-8")
        pages[name] = ((folder / f"{name}.html").as_uri(), dataset)
    return pages


@pytest.fixture(params=["grid", "points"])
def swept_page(request, chromium, swept):
    """Address opened, name and dataset; no error may be left in the console."""
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    address, dataset = swept[request.param]
    chromium.get(address)
    yield chromium, request.param, dataset
    assert chromium.get_log("browser") == []


def choose(driver, **values):
    """As a user does with the selectors."""
    driver.execute_script(
        "const form = document.querySelector('[data-sweep] form');"
        "for (const [name, value] of Object.entries(arguments[0])) {"
        " const one = form.elements[name.replace('_', '-')]; one.value = value;"
        " one.dispatchEvent(new Event('change', {bubbles: true})); }",
        values,
    )


def drawn(driver):
    """Every element of the map with its numbers rounded, and its texts."""
    return driver.execute_script(
        "const n = (t) => t.replace(/-?\\d+\\.\\d+/g, (x) => String(Math.round(10 * x) / 10));"
        "return [...document.querySelectorAll('[data-sweep] svg g, [data-sweep] svg g *,"
        " [data-sweep] svg > text, [data-sweep] svg > path')].map(e => [e.tagName,"
        " [...e.attributes].map(a => a.name + '=' + n(a.value)).sort().join(' '),"
        " e.children.length ? '' : e.textContent.trim()]).concat("
        " [...document.querySelectorAll('[data-sweep] figcaption, [data-sweep] .limit')].map("
        " e => e.textContent))"
    )


def test_first_view_of_a_sweep_is_as_the_script_draws_it(swept_page):
    driver = swept_page[0]
    before = drawn(driver)
    choose(driver, result=1)
    assert drawn(driver) != before
    choose(driver, result=0)
    assert drawn(driver) == before


def marks_of(driver):
    return driver.find_elements("css selector", "[data-sweep] .marks > *")


def point_at(driver, element):
    """Move the pointer to the middle of an element; what the page then reads out."""
    driver.execute_script(
        "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element
    )
    box = driver.execute_script(
        "const r = arguments[0].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height"
        " / 2]",
        element,
    )
    actions = webdriver.ActionChains(driver)
    actions.w3c_actions.pointer_action.move_to_location(*map(round, box))
    actions.perform()
    return find(driver, "[data-sweep] .readout").text


def test_pointer_over_a_grid_reads_the_numbers_of_the_dataset(chromium, swept):
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    address, dataset = swept["grid"]
    chromium.get(address)
    for result, name, unit in (
        (0, "junction_temperature_max_degC", " °C"),
        (1, "pump_power_W", " W"),
    ):
        choose(chromium, result=result, across=2, up=0, at_1=1)
        values = dataset[name].values[:, 1, :]  # rows inlet, columns flow
        known = [values[at] for at in np.ndindex(values.shape) if np.isfinite(values[at])]
        marks = marks_of(chromium)
        assert len(marks) == len(known)
        for at in (0, 7, len(known) - 1):
            words = point_at(chromium, marks[at])
            assert "path 4-way" in words
            assert float(words.removesuffix(unit).split()[-1]) == float(f"{known[at]:.6g}")
    choose(chromium, result=0)
    words = point_at(chromium, find(chromium, "[data-sweep] .crosses path"))
    assert words == "inlet 25 °C, path 4-way, flow 140 L/min: no answer, ThermalRunaway: too warm"
    assert chromium.get_log("browser") == []


def test_pointer_over_points_reads_the_nearest(chromium, swept):
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    address, dataset = swept["points"]
    chromium.get(address)
    choose(chromium, result=1, across=2, up=0)
    for at in (0, 11, 39):
        words = point_at(chromium, marks_of(chromium)[at])
        assert float(words.split()[-1]) == float(f"{dataset['drop'].values[at]:.6g}")
        # of so many varied values those of the two axes
        two = (f"{name} {dataset[name].values[at]:.6g}" for name in "ac")
        assert words.startswith(", ".join(two) + ": drop ")


def test_axes_change_places_and_slices_follow(chromium, swept):
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.get(swept["grid"][0])
    choose(chromium, across=0)  # what was up goes across, what was across goes up
    form = "return [...document.querySelectorAll('[data-sweep] select')].map(s => s.value)"
    assert chromium.execute_script(form)[:3] == ["0", "0", "2"]
    assert find(chromium, ".x-label").text == "inlet [°C]"
    assert chromium.find_elements("css selector", ".lines polyline")
    choose(chromium, up=1)
    shown = [e.is_displayed() for e in chromium.find_elements("css selector", "[data-sweep] label")]
    assert shown == [True, True, True, False, False, True]
    assert len(marks_of(chromium)) == 12
    assert not chromium.find_elements("css selector", ".lines polyline")  # none over words
    assert find(chromium, "[data-sweep] figcaption").text.endswith(
        "over inlet and path, flow 60 L/min"
    )
    assert chromium.get_log("browser") == []


def test_keys_choose_and_read_without_a_pointer(chromium, swept):
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    address, dataset = swept["grid"]
    chromium.get(address)
    find(chromium, "[data-sweep] select").send_keys("p")  # the result that begins so
    assert find(chromium, ".bar-label").text == "pump_power_W [W]"
    svg = find(chromium, "[data-sweep] svg")
    chromium.execute_script("arguments[0].focus()", svg)
    svg.send_keys("\ue014\ue013")  # right, up
    value = dataset["pump_power_W"].values[1, 0, 1]
    assert find(chromium, "[data-sweep] .readout").text == (
        f"inlet 20 °C, path single pass, flow 80 L/min: pump_power_W {value:.6g} W"
    )
    assert chromium.get_log("browser") == []


def test_a_phone_and_a_printer_see_the_map(swept_page):
    driver = swept_page[0]
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    driver.refresh()
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 390
    assert driver.execute_script(
        "return [...document.querySelectorAll('[data-sweep] *')].filter("
        "e => e.getBoundingClientRect().right > 390.5).length"
    ) == 0  # fmt: skip
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not find(driver, "[data-sweep] select").is_displayed()
    assert find(driver, "[data-sweep] svg").is_displayed()
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_it_prints(opened):
    pdf = base64.b64decode(opened.execute_cdp_cmd("Page.printToPDF", {})["data"])
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) > 50_000
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not find(opened, "button.csv").is_displayed()
    assert find(opened, "[data-map=temperature] svg").is_displayed()
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.fixture(scope="module")
def explored():
    with ExploreServer(0) as server:
        server.explorer = Explorer(load_case("cs3"))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def sliders(chromium, explored):
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.get(f"http://127.0.0.1:{explored.port}/")
    return chromium


def move(driver, path, value):
    driver.execute_script(
        "const s = document.querySelector(`[name='${arguments[0]}']`); s.value = arguments[1];"
        "s.dispatchEvent(new Event('input', {bubbles: true}))",
        path,
        value,
    )


def hottest(driver):
    # in one go, since each answer puts new elements there
    return float(
        driver.execute_script(
            "return document.querySelector('[data-key=junction_temperature_max_degC]').dataset.v"
        )
    )


def test_a_moved_slider_brings_new_figures(sliders, explored):
    before = hottest(sliders)
    assert before == explored.explorer.whole.base.to_dict()["junction_temperature_max_degC"]
    move(sliders, "coolant.inlet_temperature", 30)
    status = find(sliders, ".status")
    first = wait_for(lambda: hottest(sliders) != before and status.text)
    assert "Answered in" in first
    # then, the slider at rest, on the case's own grid
    wait_for(lambda: status.get_attribute("data-whole") == "true")
    warm = solve(load_case("cs3", {"coolant.inlet_temperature": "30.0 degC"})).to_dict()
    expected = warm["junction_temperature_max_degC"]
    assert hottest(sliders) == pytest.approx(expected, abs=SOLVED, rel=0)
    assert "'coolant.inlet_temperature=30.0 degC'" in find(sliders, "#command").text
    assert sliders.get_log("browser") == []


def test_the_last_position_counts(sliders, explored):
    """A slider that moves again while the whole grid is solved; what is solved then is dropped."""
    status, before = find(sliders, ".status"), hottest(sliders)
    move(sliders, "heat.power", 30)
    quick = wait_for(lambda: hottest(sliders) != before and hottest(sliders))
    time.sleep(0.4)  # by now the whole grid is asked for
    move(sliders, "heat.power", 15)
    wait_for(lambda: hottest(sliders) < before < quick)
    wait_for(lambda: status.get_attribute("data-whole") == "true")
    less = solve(load_case("cs3", {"heat.power": "15.0 kW"})).to_dict()
    expected = less["junction_temperature_max_degC"]
    assert hottest(sliders) == pytest.approx(expected, abs=SOLVED, rel=0)


def test_the_page_survives_nonsense(sliders):
    """Sent by the page itself, so that nothing but the nonsense is wrong with it."""
    status = sliders.execute_async_script(
        "const done = arguments[0]; fetch('/solve', {method: 'POST', body: '{\"values\": 7}',"
        "headers: {'Content-Type': 'application/json'}}).then(r => done(r.status))"
    )
    assert status == 400
    assert "400" in sliders.get_log("browser")[0]["message"]
    before = hottest(sliders)
    move(sliders, "heat.power", 20)
    wait_for(lambda: hottest(sliders) < before)


def test_a_page_from_elsewhere_is_not_answered(sliders, explored, tmp_path):
    (tmp_path / "other.html").write_text("<!doctype html><title>x</title>", encoding="utf-8")
    sliders.get((tmp_path / "other.html").as_uri())
    found = sliders.execute_async_script(
        "const done = arguments[1]; fetch(arguments[0], {method: 'POST', body: '{}',"
        "headers: {'Content-Type': 'application/json'}}).then(r => done('read'), () => done('no'))",
        f"http://127.0.0.1:{explored.port}/solve",
    )
    assert found == "no"
    sliders.get_log("browser")


def test_a_phone_sees_the_sliders(sliders):
    sliders.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    sliders.refresh()
    assert sliders.execute_script("return document.documentElement.scrollWidth") <= 390
    assert find(sliders, ".sliders input").is_displayed()
