"""``waferflux gradients``."""

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
    from ..gradients import Gradient


def gradients(
    case: CaseName,
    values: Settings = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and tables; out/CASE-gradients if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Rank every input of a case by what it moves: hottest point, worst drop, pump power.

    Every derivative, that with each block's power too, by one adjoint solution for each number.
    Exit codes as of solve.
    """
    with plain_errors():
        loaded = load(case, values or [])
        folder = folder_for(loaded, as_json, out, no_files, "-gradients")
        found = _find(loaded)
        _hand_over(found, as_json, folder)


def _find(loaded: LoadedCase) -> Gradient:
    from ..gradients import gradient

    with status_line() as show:
        return gradient(loaded, progress=show)


def _hand_over(found: Gradient, as_json: bool, folder: Path | None) -> None:
    from rich.console import Console

    from ..gradients_report import print_gradients, to_dict

    def write(draft: Path) -> None:
        from ..gradients_figure import gradients_figure
        from ..gradients_report import write_csv

        write_csv(found, draft)
        picture = gradients_figure(found)
        picture.savefig(draft / "gradients.png", dpi=110, facecolor="white")

    hand_over(
        "gradients",
        lambda: to_dict(found),
        write,
        lambda: print_gradients(found, Console(highlight=False)),
        as_json,
        folder,
        "Picture and tables are",
    )
