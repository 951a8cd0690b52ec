"""The written face: every key is documented, every command runs, every number is the answer's."""

import re
import runpy
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from studies import load_case, shipped_cases, solve
from studies.case import Case
from studies.case_file import parse_assignment
from studies.case_schema import described_schema, section_classes
from studies.cli import app

ROOT = Path(__file__).parent.parent
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
        *sorted((ROOT / "docs").glob("*.md")),
    )
}
README, MACHINE = PAGES["README.md"], PAGES["docs/machine.md"]
CASE_FILE = PAGES["docs/case-file.md"]

TABLES = runpy.run_path(str(ROOT / "docs" / "case_tables.py"))


def rows(text):
    """Cells of the table rows of a text, without the header."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_section_of_the_schema_has_its_heading():
    assert sorted(held.__name__ for held in section_classes(Case)) == sorted(TABLES["HEADINGS"])


def test_tables_of_keys_are_those_of_the_code():
    assert TABLES["with_tables"](CASE_FILE) == CASE_FILE, "make docs writes them anew"


def test_every_key_says_what_it_means():
    schema = described_schema()
    silent = [
        f"{name}.{key}"
        for name, held in {"Case": schema, **schema["$defs"]}.items()
        for key, about in held["properties"].items()
        if not about.get("description")
    ]
    assert silent == []


def test_every_shipped_case_is_in_the_readme():
    for name in shipped_cases():
        assert f"| `{name}` |" in README


def fenced(page, language):
    # every block is matched, so that no closing fence is taken for an opening one
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.M | re.S)
    return [block for marked, block in blocks if marked == language]


def recipes():
    """The whole cases that the docs show, by the file name in their first line."""
    blocks = [block for page in PAGES.values() for block in fenced(page, "toml")]
    return {block.split("\n", 1)[0].removeprefix("# "): block for block in blocks}


def files():
    """The maps, floorplans and property tables, the line with their names taken off."""
    blocks = [block for page in PAGES.values() for block in fenced(page, "text")]
    named = [block.split("\n", 1) for block in blocks if re.match(r"# [\w-]+\.\w+\n", block)]
    return {name.removeprefix("# "): text for name, text in named}


COMMANDS = sorted(
    {
        line
        for page in PAGES.values()
        for block in fenced(page, "")
        for line in block.splitlines()
        # validate has tests of its own
        if line.startswith("waferflux ") and not line.startswith("waferflux validate")
    }
)


def test_docs_show_commands_and_recipes():
    assert len(COMMANDS) >= 10
    commands = " ".join(COMMANDS)
    for name in recipes():
        assert name in commands or name == "lidded.toml"
    assert set(files()) == {"my-map.csv", "my-chip.flp", "my-chip.ptrace", "my-coolant.csv"}


LONG = re.compile(
    r"check-grid|failures|flow cs3|why-cold|--inlets|transient|outage|two-phase|sweep cs3"
    r"|uncertainty cs3|optimise|gradients|sensitivity|compare|plant|report|droop"
    r"|impedance|air |chamber"
)
"""Commands that take longer than a few seconds."""


@pytest.mark.parametrize(
    "command",
    [pytest.param(line, marks=pytest.mark.slow if LONG.search(line) else ()) for line in COMMANDS],
)
def test_commands_in_the_docs_run(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (recipes() | files()).items():
        Path(name).write_text(text, encoding="utf-8")
    for text in (block for page in PAGES.values() for block in fenced(page, "spice")):
        Path(text.split("\n", 1)[0].removeprefix("* ")).write_text(text, encoding="utf-8")
    arguments = shlex.split(command)[1:]
    if arguments[0] == "solve" and "--json" not in arguments:
        arguments.append("--no-files")  # pictures and files have tests of their own
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("block", fenced(README, "python"))
def test_python_in_the_readme_runs(block, capsys):
    exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out


HOW_TO = ("power-maps", "own-racks", "reading-results")


@pytest.mark.slow
@pytest.mark.parametrize("page", HOW_TO)
def test_python_in_the_how_to_pages_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    blocks = fenced(PAGES[f"docs/{page}.md"], "python")
    assert blocks
    names = {}
    for block in blocks:  # one page is one program
        exec(compile(block, f"{page}.md", "exec"), names)


@pytest.fixture(scope="module")
def cs3():
    return solve(load_case("cs3"))


def test_numbers_of_the_readme_are_the_answers(cs3):
    found, watts = cs3.to_dict(), cs3.power_budget
    bricks = watts["brick fixed-ratio stage"] + watts["brick regulated stage"]
    load_line = cs3.loaded.case.delivery.bricks.regulated.load_line
    share = 100 * found["wafer_power_W"] / found["input_power_W"]
    kelvins = cs3.temperature_budget
    warmer = solve(load_case("cs3", {"coolant.inlet_temperature": "30 degC"}))
    sentences = [
        f"**Hottest point {found['junction_temperature_max_degC']:.1f} degC**",
        f"mean of the wafer is {found['junction_temperature_mean_degC']:.1f} degC",
        f"coolant rise {kelvins['coolant rise']:.2f} K",
        f"film and fins {kelvins['film and fins']:.2f} K",
        f"copper base {kelvins['base']:.2f} K",
        f"contact {kelvins['contact']:.2f} K",
        f"wafer {kelvins['wafer']:.2f} K",
        f"hot spot {kelvins['hot spot']:.2f} K",
        f"{found['coolant_flow_L_min_per_kW']:.2f} L/min per kW of heat in the wafer",
        f"{found['coolant_flow_L_min_per_input_kW']:.2f} per kW drawn from the wall",
        f"drops {found['cold_plate_pressure_drop_kPa']:.1f} kPa",
        f"the whole loop {found['loop_pressure_drop_kPa']:.1f} kPa",
        f"the pump takes {found['pump_power_W']:.0f} W",
        f"the cold plate at {found['coolant_outlet_degC']:.1f} degC",
        f"{found['channel_velocity_m_s']:.2f} m/s in copper channels",
        f"set-point to circuits is {cs3.block_drop.max() * 1e3:.1f} mV",
        f"line ({1e3 * load_line * max(found['brick_current_A']):.0f} mV)",
        f"{found['input_power_W'] / 1e3:.2f} kW come from the wall",
        f"{share:.1f} % of it reaches the wafer",
        f"The bricks lose {bricks / 1e3:.2f} kW",
        f"the supplies {watts['supply'] / 1e3:.2f} kW",
        f"the connector {watts['contact']:.0f} W",
        f"feeders {watts['feed']:.1f} W",
        f"makes the hottest point {warmer.to_dict()['junction_temperature_max_degC']:.1f} degC",
        f"({found['unknowns']:_} unknowns)".replace("_", " "),
    ]
    plain = " ".join(README.split())
    assert [words for words in sentences if words not in plain] == []


def test_trust_letters_are_counted_right():
    trust = [entry.trust for entry in load_case("cs3").provenance.values()]
    words = f"Of the {len(trust)} annotated values"
    counts = {letter: trust.count(letter) for letter in "ABCD"}
    readme, machine = (" ".join(page.split()) for page in (README, MACHINE))
    assert words in readme
    assert words in machine
    assert f"{counts['A']} are published for this machine (trust A)" in readme
    assert f"{counts['B']} are published elsewhere or for a sibling (B)" in readme
    assert f"{counts['D']} are assumed (D)" in readme
    assert counts["C"] == 0
    for letter, count in counts.items():
        assert re.search(rf"^\| {letter} \|.*\| {count} \|$", MACHINE, re.M)


def provenance_rows():
    loaded = load_case("cs3")
    for path, entry in loaded.provenance.items():
        value = loaded.raw
        for key in path.split("."):
            value = value[key]
        text = " x ".join(map(str, value)) if isinstance(value, list) else str(value)
        span = " to ".join(entry.range)
        yield f"| `{path}` | {text} | {entry.trust} | {span} | {entry.source} |"


def test_every_annotated_number_of_the_machine_is_in_its_table():
    lines = MACHINE.splitlines()
    assert [row for row in provenance_rows() if row not in lines] == []


def alternatives():
    table = MACHINE.split("## What the doubtful numbers are worth")[1].split("\n### ")[0]
    return [pytest.param(row, id=row[0]) for row in rows(table)]


@pytest.mark.parametrize("row", alternatives())
def test_alternatives_are_what_the_command_finds(row, cs3):
    words = shlex.split(row[1].strip("`"))
    assert words[::2] == ["--set"] * (len(words) // 2)
    answer = solve(load_case("cs3", dict(parse_assignment(text) for text in words[1::2])))

    def top(a):
        return a.to_dict()["junction_temperature_max_degC"]

    def drop(a):
        return 1e3 * float(a.block_drop.max())

    assert row[2:] == [
        f"{top(answer):.1f}",
        f"{top(answer) - top(cs3):+.1f}",
        f"{drop(answer):.1f}",
        f"{drop(answer) - drop(cs3):+.1f}",
        f"{answer.silicon_power / 1e3:.2f}",
        f"{answer.to_dict()['input_power_W'] / 1e3:.2f}",
    ]


def test_readme_quotes_the_alternatives():
    change = {param.values[0][0]: param.values[0][3] for param in alternatives()}
    low, high = (change[f"contact at the {end} end of its range"] for end in ("low", "high"))
    plain = " ".join(README.split())
    assert f"{low} to {high} K over its range" in plain
    assert f"25 kW by {change['25 kW is the input to the boards']} K" in plain
    spots = change["hot spots: twice the density on a tenth of each block"]
    assert f"hot spots by {spots} K" in plain


def test_tests_that_the_docs_name_exist():
    named = {
        found
        for page in PAGES.values()
        for found in re.findall(r"`(tests/\w+\.py)::(test_\w+)`", page)
    }
    assert len(named) > 15
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), (path, name)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    # what is elsewhere is fetched by make linkcheck alone
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", PAGES[page]):
        assert ((ROOT / page).parent / target).exists(), target


def test_the_gallery_has_every_picture():
    shown = re.findall(r"\]\(pictures/([^)]+)\)", PAGES["docs/gallery.md"])
    assert sorted(shown) == sorted(path.name for path in (ROOT / "docs" / "pictures").iterdir())


def test_every_page_is_in_the_site():
    listed = re.findall(r"- file: (\S+)|root: (\S+)", (ROOT / "docs" / "_toc.yml").read_text())
    pages = [Path(page).stem for page in PAGES if page.startswith("docs/")]
    assert sorted("".join(names) for names in listed) == sorted(pages)


def test_numbers_in_the_words_of_the_tutorial_are_those_of_its_cells():
    cells = r"^```\{code-cell\}.*?^```$"
    words = re.sub(cells, "", PAGES["docs/tutorial.md"].split("---", 2)[2], flags=re.M | re.S)
    computed = " ".join(re.findall(cells, PAGES["docs/tutorial.md"], flags=re.M | re.S))
    found = re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?!\w|\.\d)", words)
    assert len(found) > 30
    assert [number for number in found if not re.search(rf"\b{number}\b", computed)] == []
