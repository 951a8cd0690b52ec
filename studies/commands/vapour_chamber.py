"""``waferflux vapour-chamber``."""

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
    from matplotlib.figure import Figure

    from ..chamber_answer import ChamberAnswer


def vapour_chamber(
    case: CaseName,
    values: Settings = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and curves; out/CASE-vapour-chamber if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Limits of a vapour chamber, which of them binds, its margin, and the hottest point.

    Exit codes as of solve.
    """
    with plain_errors():
        from ..chamber_answer import chamber_answer
        from ..chamber_report import summary_lines, write_csv

        loaded = load(case, values or [])
        folder = folder_for(loaded, as_json, out, no_files, "-vapour-chamber")
        with status_line() as show:
            found = chamber_answer(loaded, show)
        hand_over_pictured(
            "vapour-chamber",
            found.to_dict,
            partial(write_csv, found),
            partial(_draw, found),
            lambda: print("\n".join(summary_lines(found))),
            as_json,
            folder,
            "Picture and curves are",
        )


def _draw(found: ChamberAnswer) -> Figure:
    from ..chamber_figure import chamber_figure

    return chamber_figure(found)
