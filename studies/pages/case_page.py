"""The page of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..case_text import case_text
from ..console import solution_rows, summary_rows
from .answer_view import blocks_table, budgets, curves_of, maps
from .meaning import headlines, meaning
from .report_page import Report, report_page
from .tables import inputs_table

if TYPE_CHECKING:
    from ..answer import Answer


def case_page(answer: Answer, answer_json: str, command: str) -> str:
    """One HTML file of an answer.

    Parameters
    ----------
    answer : Answer
    answer_json : str
        As ``waferflux solve --json`` prints it; goes into the page whole.
    command : str
        That finds the answer again.
    """
    found, loaded = answer.to_dict(), answer.loaded
    sections = {name: rows for name, rows in summary_rows(answer, found).items() if rows}
    return report_page(
        Report(
            kind=f"waferflux report of case {loaded.name}",
            title=loaded.case.title,
            description=loaded.case.description,
            caveat=loaded.case.caveat,
            headlines=headlines(found),
            meaning=meaning(answer),
            warnings=answer.warnings,
            maps=maps(answer),
            bars=budgets(answer),
            curves=curves_of(answer),
            sections=sections | {"How it was solved": _method(answer)},
            tables={"Blocks": blocks_table(answer), "Inputs of the case": inputs_table(loaded)},
            command=command,
            name=loaded.name,
            case_text=case_text(loaded),
            data_json=answer_json,
            data_name="answer.json",
        )
    )


def _method(answer: Answer) -> list[tuple[str, str]]:
    """How it was solved, with the grid and the residual."""
    found, grid = answer.to_dict(), answer.coupled.machine.problem.grid
    return [
        *solution_rows(answer, found),
        ("grid", f"{grid.nx} x {grid.ny} cells on {grid.nz} planes"),
        ("residual, relative", f"{found['residual_relative']:.0e}"),
    ]
