"""``waferflux droop``."""

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
    from ..droop import DroopAnswer
    from ..load_changes import LoadChange


def droop(
    case: CaseName,
    values: Settings = None,
    before: Annotated[
        float | None,
        typer.Option(
            "--from", help="Activity before the step, in multiples of the case's; 0.5 if left out."
        ),
    ] = None,
    after: Annotated[
        float | None,
        typer.Option("--to", help="Activity after the step; 1 if left out."),
    ] = None,
    ramp: Annotated[
        str | None, typer.Option(help="How long a block's step takes, as '10 ns'; 0 s if left out.")
    ] = None,
    blocks: Annotated[
        str | None,
        typer.Option(help="Blocks that step, as 'r3c5,r3c6'; the others stay. All if left out."),
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(
            help="CSV of time_s and factor, or time_s and a column for each block that is named; "
            "instead of a step."
        ),
    ] = None,
    held: Annotated[
        bool,
        typer.Option("--held", help="Rows of a trace hold until the next; else lines join them."),
    ] = False,
    stagger: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Columns, rows or blocks change this long after each other."
        ),
    ] = None,
    order: Annotated[
        str, typer.Option(help="Of the stagger: column, row, or random (block by block).")
    ] = "column",
    seed: Annotated[int, typer.Option(min=0, help="Of the random order.")] = 0,
    load_is: Annotated[
        str,
        typer.Option("--load", help="law: power by the case's law; current: whatever the voltage."),
    ] = "law",
    until: Annotated[str, typer.Option(help="End of the run.")] = "200 us",
    tolerance: Annotated[str, typer.Option(help="Error of a step.")] = "0.05 mV",
    as_json: AsJson = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for picture and series; out/CASE-droop if left out.")
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Follow the voltages through a change of the load: first, second and third droop.

    Exit codes as of solve.
    """
    with plain_errors():
        from ..load_changes import load_change

        loaded = load(case, values or [])
        change = load_change(
            loaded,
            before=before,
            after=after,
            ramp=ramp,
            blocks=blocks,
            trace=trace,
            held=held,
            gap=stagger,
            order=order,
            seed=seed,
            load=load_is,
            until=until,
            tolerance=tolerance,
        )
        folder = folder_for(loaded, as_json, out, no_files, "-droop")
        answer = _follow(loaded, change)
        _hand_over(answer, as_json, folder)


def _follow(loaded: LoadedCase, change: LoadChange) -> DroopAnswer:
    from ..droop import solve_droop

    with status_line() as show:
        return solve_droop(
            loaded,
            change,
            lambda time, steps: show(f"{time:.3g} s of {change.until:.3g} s, {steps} steps"),
        )


def _hand_over(answer: DroopAnswer, as_json: bool, folder: Path | None) -> None:
    from ..droop_report import summary_lines

    def write(draft: Path) -> None:
        from ..droop_figure import droop_figure
        from ..droop_report import write_csv

        write_csv(answer, draft / "droop.csv")
        droop_figure(answer).savefig(draft / "droop.png", dpi=150, facecolor="white")

    hand_over(
        "droop",
        answer.to_dict,
        write,
        lambda: print("\n".join(summary_lines(answer))),
        as_json,
        folder,
        "Picture and series are",
    )
