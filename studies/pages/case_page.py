"""The page of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..case_text import case_text
from ..console import solution_rows, summary_rows
from .answer_view import answer_view, blocks_table
from .tables import inputs_table
from .template import page

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
    found, case = answer.to_dict(), answer.loaded.case
    sections = {name: rows for name, rows in summary_rows(answer, found).items() if rows}
    return page(
        "case.html.j2",
        name=answer.loaded.name,
        title=case.title,
        description=case.description,
        caveat=case.caveat,
        answer=answer_view(answer),
        sections=sections | {"How it was solved": _method(answer)},
        tables={"Blocks": blocks_table(answer), "Inputs of the case": inputs_table(answer.loaded)},
        answer_json=answer_json,
        case_text=case_text(answer.loaded),
        command=command,
    )


def _method(answer: Answer) -> list[tuple[str, str]]:
    """How it was solved, with the grid and the residual."""
    found, grid = answer.to_dict(), answer.coupled.machine.problem.grid
    return [
        *solution_rows(answer, found),
        ("grid", f"{grid.nx} x {grid.ny} cells on {grid.nz} planes"),
        ("residual, relative", f"{found['residual_relative']:.0e}"),
    ]
