"""``waferflux loop``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import folder_for, hand_over, load
from .options import AsJson, CaseName, NoFiles, Settings
from .progress import status_line

if TYPE_CHECKING:
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

        loaded = load(case, values or [])
        folder = folder_for(loaded, as_json, out, no_files, "-loop")
        with status_line() as show:
            answer = solve(loaded, lambda count, left: show(f"round {count}, residual {left:.0e}"))
        found = loop_answer(answer)
        _hand_over(found, as_json, folder)


def _hand_over(found: LoopAnswer, as_json: bool, folder: Path | None) -> None:
    from ..loop_report import summary_lines

    def write(draft: Path) -> None:
        from ..loop_figure import loop_figure
        from ..loop_report import write_csv

        write_csv(found, draft / "loop.csv")
        loop_figure(found).savefig(draft / "loop.png", dpi=150, facecolor="white")

    hand_over(
        "loop",
        found.to_dict,
        write,
        lambda: print("\n".join(summary_lines(found))),
        as_json,
        folder,
        "Picture and curves are",
    )
