"""``waferflux air``."""

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

    from ..air_answer import AirAnswer


def air(
    case: CaseName,
    values: Settings = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and curves; out/CASE-air if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Fans against the sink, airflow for a kilowatt, fan power, and the hottest point on air.

    Exit codes as of solve.
    """
    with plain_errors():
        from ..air_answer import air_answer
        from ..air_report import summary_lines, write_csv

        loaded = load(case, values or [])
        folder = folder_for(loaded, as_json, out, no_files, "-air")
        with status_line() as show:
            found = air_answer(loaded, show)
        hand_over_pictured(
            "air",
            found.to_dict,
            partial(write_csv, found),
            partial(_draw, found),
            lambda: print("\n".join(summary_lines(found))),
            as_json,
            folder,
            "Picture and curves are",
        )


def _draw(found: AirAnswer) -> Figure:
    from ..air_figure import air_figure

    return air_figure(found)
