"""``waferflux two-phase``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import folder_for, hand_over_pictured, load
from .options import AsJson, CaseName, NoFiles, Settings
from .progress import status_line

if TYPE_CHECKING:
    from ..answer import Answer
    from ..two_phase import TwoPhaseAnswer


def two_phase(
    case: CaseName,
    against: Annotated[
        str | None,
        typer.Option(metavar="CASE", help="A case with water to set beside it, as cs3."),
    ] = None,
    values: Settings = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and table; out/CASE if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Boil a refrigerant in a case's cold plate: flow, quality, dryout, junction temperature.

    Exit code 0 with an answer, 2 when the input is wrong, 3 when the plate dries out entirely.
    """
    with plain_errors():
        loaded = load(case, values or [])
        folder = folder_for(loaded, as_json, out, no_files)
        from ..two_phase import solve_two_phase

        with status_line() as show:
            beside = _solve(against)
            found = solve_two_phase(loaded, show)
        _hand_over(found, beside, as_json, folder)


def _solve(against: str | None) -> Answer | None:
    if against is None:
        return None
    from ..answer import solve
    from ..case_file import CaseError

    other = load(against, [])
    if other.case.coolant is None:
        raise CaseError(f"--against: {other.name}: coolant: missing; a case with one is meant")
    return solve(other)


def _hand_over(
    found: TwoPhaseAnswer, beside: Answer | None, as_json: bool, folder: Path | None
) -> None:
    from ..two_phase_report import figure, summary_lines, to_dict, write_csv

    hand_over_pictured(
        "two-phase",
        partial(to_dict, found, beside),
        partial(write_csv, found),
        partial(figure, found),
        lambda: print("\n".join(summary_lines(found, beside))),
        as_json,
        folder,
    )
