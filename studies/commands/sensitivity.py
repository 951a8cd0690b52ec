"""``waferflux sensitivity``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import folder_for, hand_over, load
from .options import AsJson, CaseName, NoFiles, Settings
from .progress import status_line

if TYPE_CHECKING:
    from ..case_file import LoadedCase
    from ..sensitivity import Sensitivity


def sensitivity(
    case: CaseName,
    values: Settings = None,
    lost: Annotated[
        str | None,
        typer.Option(
            metavar="PARTS",
            help="With these parts lost, as for --pair of failures: board:0, or brick:41,brick:42.",
        ),
    ] = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and table; out/CASE-sensitivity if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Rank what decides it: which figures of the power delivery move drop, currents, temperature.

    Every figure by one adjoint solution for each of the three numbers. Exit codes as of solve.
    """
    with plain_errors():
        loaded = load(case, values or [])
        folder = folder_for(loaded, as_json, out, no_files, "-sensitivity")
        scenario, found = _find(loaded, lost)
        _hand_over(loaded.name, scenario, found, as_json, folder)


def _find(loaded: LoadedCase, lost: str | None) -> tuple[str, list[Sensitivity]]:
    from ..answer import solve
    from ..sensitivity import sensitivities, with_lost

    loaded, scenario = with_lost(loaded, lost)
    with status_line() as show:
        answer = solve(loaded, lambda count, residual: show(f"round {count}"))
        return scenario, sensitivities(loaded, answer, show)


def _hand_over(
    case: str, scenario: str, found: list[Sensitivity], as_json: bool, folder: Path | None
) -> None:
    from rich.console import Console

    from ..sensitivity_report import print_sensitivities, to_dict

    def write(draft: Path) -> None:
        from ..sensitivity_report import sensitivity_figure, write_csv

        write_csv(found, draft / "sensitivity.csv")
        picture = sensitivity_figure(scenario, found)
        picture.savefig(draft / "sensitivity.png", dpi=150, facecolor="white")

    hand_over(
        "sensitivity",
        lambda: to_dict(case, scenario, found),
        write,
        lambda: print_sensitivities(scenario, found, Console(highlight=False)),
        as_json,
        folder,
        "Picture and table are",
    )
