"""``waferflux failures``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geometry.errors import NoSolution

from .errors import plain_errors
from .files import folder_for, hand_over, load
from .options import CaseName, NoFiles, Settings
from .progress import status_line

if TYPE_CHECKING:
    from ..failure_report import Decided
    from ..failures import FailureStudy

Pairs = Annotated[
    list[str] | None,
    typer.Option(
        "--pair",
        metavar="KIND:NUMBER,...",
        help="Parts that fail together, as brick:41,brick:42, beside the single failures. "
        "KIND is brick, board, supply, feed, contact or thermal-contact. May be repeated.",
    ),
]


def failures(
    case: CaseName,
    values: Settings = None,
    pairs: Pairs = None,
    thermal_contacts: Annotated[
        bool,
        typer.Option(
            "--thermal-contacts",
            help="Lose the thermal contact of each block, too; takes minutes.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the study as one JSON object and nothing else.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture, CSV and JSON; out/CASE-failures if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Lose every brick, board, supply, feed and contact of a case, one at a time.

    Exit codes as of solve; a failure that is not survived is an answer.
    """
    with plain_errors():
        from ..failure_parts import parse_failure
        from ..failures import study_failures

        loaded = load(case, values or [])
        together = [parse_failure(text, loaded) for text in pairs or []]
        folder = folder_for(loaded, as_json, out, no_files, "-failures")
        with status_line() as show:
            study = study_failures(loaded, together, thermal_contacts, show)
            decided = decided_by(study, show)
        _hand_over(study, decided, as_json, folder)


def decided_by(study: FailureStudy, show: Callable[[str], None]) -> Decided:
    """What moves the worst loss of a brick, board, supply or feed."""
    from ..answer import solve
    from ..failure_report import worst_of_the_chain
    from ..sensitivity import sensitivities, with_lost

    worst = worst_of_the_chain(study)
    if worst is None:
        return None
    loaded, scenario = with_lost(study.answer.loaded, worst.failure.name)
    try:
        return scenario, sensitivities(loaded, solve(loaded), show)
    except NoSolution:
        return None


def _hand_over(study: FailureStudy, decided: Decided, as_json: bool, folder: Path | None) -> None:
    from rich.console import Console

    from ..failure_report import print_failures, summary

    def write(draft: Path) -> None:
        from ..failure_figure import write_failure_figure
        from ..failure_report import to_csv

        (draft / "failures.csv").write_text(to_csv(study), encoding="utf-8")
        write_failure_figure(study, draft / "failures.png")

    hand_over(
        "failures",
        lambda: summary(study, decided),
        write,
        lambda: print_failures(study, decided, Console(highlight=False)),
        as_json,
        folder,
        "Picture, failures.csv and failures.json are",
    )
