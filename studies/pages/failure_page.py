"""The page of a failure study."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..case_text import case_text
from ..failure_report import Decided, rows, summary_lines
from ..failures import FailureStudy
from ..figures import ORANGE, SKY, Step
from ..sensitivity_report import deciding_lines
from .charts import Waterfall, waterfall
from .maps import Map, block_map
from .meaning import Headline
from .report_page import Report, report_page
from .tables import Column, Table, inputs_table, table

Array = NDArray[np.float64]

COLUMNS = (
    Column("failure", "lost"),
    Column("kind", "kind"),
    Column("verdict", "verdict"),
    Column("throttled_activity_share", "activity left", ".3f"),
    Column("worst_drop_mV", "worst drop [mV]", ".2f"),
    Column("worst_drop_block", "in block"),
    Column("worst_brick_current_share", "brick, of its limit", ".3f"),
    Column("worst_brick", "at block"),
    Column("supply_load_share", "supply, of its rating", ".3f"),
    Column("lowest_voltage_V", "lowest voltage [V]", ".4f"),
    Column("hottest_degC", "hottest [°C]", ".2f"),
    Column("hottest_block", "in block"),
    Column("why", "limits passed"),
    Column("no_solution", "why no state"),
)
MAPS = (
    ("brick", "worst_drop_mV", 1.0, "Brick lost here: worst drop", "mV"),
    ("brick", "worst_brick_current_share", 100.0, "Brick lost here: highest brick current",
     "% of limit"),
    ("brick", "hottest_degC", 1.0, "Brick lost here: hottest point", "°C"),
    ("contact", "worst_drop_mV", 1.0, "Contact lost here: worst drop", "mV"),
    ("thermal-contact", "hottest_degC", 1.0, "Thermal contact lost here: hottest point", "°C"),
)  # fmt: skip
"""Kind, key, factor, title and unit."""
CAPTION = (
    "The number is the worst in the whole machine when the part at that place is lost. Framed: a "
    "limit is passed and the machine throttles."
)


def failure_page(study: FailureStudy, decided: Decided, data: str, command: str) -> str:
    """One HTML file of a failure study.

    Parameters
    ----------
    study : FailureStudy
    decided : Decided
        What moves the worst loss, or None.
    data : str
        As ``waferflux failures --json`` prints it.
    command : str
        That finds the answer again.
    """
    loaded, found = study.answer.loaded, rows(study)
    return report_page(
        Report(
            kind=f"waferflux report of the failures of case {loaded.name}",
            title=loaded.case.title,
            description="Every part lost in turn, and what becomes of the machine.",
            caveat=loaded.case.caveat,
            headlines=_headlines(found),
            meaning=[line.strip() for line in summary_lines(study)],
            warnings=study.answer.warnings,
            maps=_maps(study, found),
            bars_heading="Boards, supplies and feeds",
            bars=_bars(found),
            sections_heading="What decides the worst loss",
            sections={} if decided is None else _deciding(decided),
            tables=_tables(loaded.name, found) | {"Inputs of the case": inputs_table(loaded)},
            command=command,
            name=loaded.name,
            verb="failures",
            case_text=case_text(loaded),
            data_json=data,
            data_name="failures.json",
        )
    )


def _tables(name: str, found: list[dict[str, Any]]) -> dict[str, Table]:
    """Single failures, and those of several parts together."""
    pairs = [row for row in found if row["kind"] == "pair"]
    single = [row for row in found if row["kind"] != "pair"]
    tables = {"Failures": table(f"{name}-failures", COLUMNS, single)}
    if pairs:
        tables["Parts that fail together"] = table(f"{name}-pairs", COLUMNS, pairs)
    return tables


def _deciding(decided: Decided) -> dict[str, list[tuple[str, str]]]:
    """What the terminal says of it: a heading, then a line for each figure."""
    assert decided is not None
    heading, *lines = (line.strip() for line in deciding_lines(*decided))
    parts = [line.partition(": ") for line in lines]
    return {heading.rstrip(":"): [(name, words) for name, _, words in parts]}


def _headlines(found: list[dict[str, Any]]) -> list[Headline]:
    """How many single failures end how."""
    single = [row["verdict"] for row in found if row["kind"] != "pair"]
    named = {
        "survives": ("single_failures_survived", "single failures survived"),
        "throttles": ("single_failures_throttled", "make it throttle"),
        "fails": ("single_failures_failed", "end it"),
    }
    counts = [(key, words, single.count(verdict)) for verdict, (key, words) in named.items()]
    return [Headline(key, words, n, str(n), f"of {len(single)}") for key, words, n in counts]


def _maps(study: FailureStudy, found: list[dict[str, Any]]) -> list[Map]:
    plan, drawn = study.answer.coupled.machine.floorplan, []
    for kind, key, factor, title, unit in MAPS:
        lost = {_number(row): row for row in found if row["kind"] == kind}
        if not any(row[key] is not None for row in lost.values()):
            continue
        values: Array = np.full(plan.n_blocks, np.nan)
        words, framed = ["cannot be lost alone"] * plan.n_blocks, [False] * plan.n_blocks
        for block, row in lost.items():
            values[block] = np.nan if row[key] is None else factor * row[key]
            words[block], framed[block] = _words(row), row["verdict"] != "survives"
        name = f"{kind}-{key}"
        drawn.append(
            block_map(name, title, plan, values, unit, words, framed=framed, caption=CAPTION)
        )
    return drawn


def _number(row: dict[str, Any]) -> int:
    return int(row["failure"].split(":")[1])


def _words(row: dict[str, Any]) -> str:
    """What the pointer finds where a part is lost."""
    if row["worst_drop_mV"] is None:
        return f"{row['verdict']}, {row['no_solution']}"
    return (
        f"{row['verdict']} with {100 * row['throttled_activity_share']:.0f} % of the activity; "
        f"drop {row['worst_drop_mV']:.2f} mV in {row['worst_drop_block']}, brick "
        f"{100 * row['worst_brick_current_share']:.0f} % of its limit at {row['worst_brick']}, "
        f"hottest {row['hottest_degC']:.2f} °C in {row['hottest_block']}"
    )


def _bars(found: list[dict[str, Any]]) -> list[Waterfall]:
    """Activity that is left when a board, a supply or a feed is lost."""
    drawn = []
    for kind in ("board", "supply", "feed", "pair"):
        steps = [
            Step(
                row["failure"],
                0.0,
                100 * row["throttled_activity_share"],
                f"{100 * row['throttled_activity_share']:.0f} %",
                SKY if row["verdict"] == "survives" else ORANGE,
            )
            for row in found
            if row["kind"] == kind
        ]
        if steps:
            drawn.append(waterfall(f"Activity left, {kind} lost [%]", steps))
    return drawn
