"""``waferflux loop``."""

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

    from ..loop_answer import LoopAnswer


def loop(
    case: CaseName,
    values: Settings = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and curves; out/CASE-loop if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Pressure budget of the coolant loop, pump and system curves, and where they meet.

    Exit codes as of solve.
    """
    with plain_errors():
        from ..answer import solve
        from ..loop_answer import loop_answer
        from ..loop_report import summary_lines, write_csv

        loaded = load(case, values or [])
        folder = folder_for(loaded, as_json, out, no_files, "-loop")
        with status_line() as show:
            answer = solve(loaded, lambda count, left: show(f"round {count}, residual {left:.0e}"))
        found = loop_answer(answer)
        hand_over_pictured(
            "loop",
            found.to_dict,
            partial(write_csv, found),
            partial(_draw, found),
            lambda: print("\n".join(summary_lines(found))),
            as_json,
            folder,
            "Picture and curves are",
        )


def _draw(found: LoopAnswer) -> Figure:
    from ..loop_figure import loop_figure

    return loop_figure(found)
