"""The validation: every row passes, the page is what the command writes, failures are told."""

import dataclasses
import io
import json
import math
import re
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

import studies.validation
from studies.cli import app
from studies.validation import GROUPS, Case, Row, rows_of, run
from studies.validation.report import print_table, to_json, to_markdown

PAGE = Path(__file__).parent.parent / "docs" / "validation.md"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
GOOD = Row("good", 2.0, 2.0 + 1e-12, "K", 1e-3, "by hand")
BAD = Row("bad", 2.0, 2.5, "K", 0.1, "by hand")


@pytest.fixture(scope="module")
def results():
    return run()


def last_digit(text):
    """The worth of one unit in a number's last digit."""
    mantissa, _, exponent = text.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals)


@pytest.mark.slow
def test_every_row_passes(results):
    rows = rows_of(results)
    assert len(rows) >= 40
    assert [row for row in rows if not row.passed] == []


@pytest.mark.slow
def test_rows_have_names_of_their_own_and_sources(results):
    rows = rows_of(results)
    assert len({row.name for row in rows}) == len(rows)
    assert all(row.source for row in rows)


@pytest.mark.slow
def test_page_is_what_the_command_writes(results):
    """Words to the letter, numbers to one unit of their last printed digit."""
    new, old = to_markdown(results), PAGE.read_text(encoding="utf-8")
    assert NUMBER.sub("#", new) == NUMBER.sub("#", old)
    pairs = zip(NUMBER.findall(new), NUMBER.findall(old), strict=True)
    assert [(a, b) for a, b in pairs if abs(float(a) - float(b)) > 1.001 * last_digit(b)] == []


@pytest.mark.slow
def test_every_case_has_a_paragraph_and_rows(results):
    page = to_markdown(results)
    for cases in GROUPS.values():
        for case in cases:
            assert len(case.words) > 60
            assert f"### {case.title}\n\n{case.words}\n\n| what |" in page


@pytest.mark.slow
def test_progress_names_each_case(monkeypatch):
    told = []
    monkeypatch.setattr(studies.validation, "GROUPS", {"Electricity": GROUPS["Electricity"]})
    run(lambda done, count, title: told.append((done, count, title)))
    titles = [case.title for case in GROUPS["Electricity"]]
    assert told == [(i, len(titles), title) for i, title in enumerate(titles, 1)]


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({}, True),
        ({"value": 2.002}, False),
        ({"value": math.nan}, False),
        ({"relative": True, "value": 2.0019}, True),
        ({"least_order": 1.9, "order": 1.8}, False),
        ({"least_order": 1.9}, False),
        ({"least_order": 1.9, "order": 2.0}, True),
        ({"least_order": 1.9, "order": math.nan}, False),
    ],
)
def test_a_row_passes_by_error_and_order(changes, passes):
    assert dataclasses.replace(GOOD, **changes).passed == passes


def test_failure_is_printed_and_is_exit_code_1(tmp_path, monkeypatch):
    monkeypatch.setattr(
        studies.validation,
        "GROUPS",
        {"Made up": [Case("One of each", lambda: [GOOD, BAD])]},
    )
    done = CliRunner().invoke(app, ["validate", "--out", str(tmp_path)])
    assert done.exit_code == 1
    assert "FAILS" in done.stdout
    assert "2 rows, 1 fail" in done.stdout
    found = json.loads((tmp_path / "validation.json").read_text(encoding="utf-8"))
    assert found["passed"] is False
    assert [row["passed"] for row in found["rows"]] == [True, False]
    assert found["rows"][1]["error"] == pytest.approx(0.5)
    assert "| bad | 2 K | 2.5 K | 0.5 K | 0.1 K |  | NO | by hand |" in (
        tmp_path / "validation.md"
    ).read_text(encoding="utf-8")


def test_success_is_exit_code_0(monkeypatch):
    monkeypatch.setattr(studies.validation, "GROUPS", {"Made up": [Case("One", lambda: [GOOD])]})
    done = CliRunner().invoke(app, ["validate"])
    assert done.exit_code == 0, done.output
    assert "1 rows, all pass" in done.stdout


@pytest.mark.slow
def test_table_has_every_row_on_a_narrow_terminal(results):
    text = io.StringIO()
    print_table(results, Console(file=text, width=100))
    assert text.getvalue().count(" ok") == len(rows_of(results))
    assert json.loads(to_json(results))["passed"] is True
