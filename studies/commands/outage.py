"""``waferflux outage``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import folder_for, hand_over, load
from .options import AsJson, CaseName, NoFiles, Settings
from .progress import status_line

if TYPE_CHECKING:
    from ..outage import OutageStudy


def outage(
    case: CaseName,
    values: Settings = None,
    event: Annotated[
        list[str] | None,
        typer.Option(help="One event, as often as you like; all of them if left out."),
    ] = None,
    until: Annotated[str, typer.Option(help="How long each event is followed.")] = "30 min",
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and tables; out/CASE-outage if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Pumps, chillers or facility water lost: new steady state, and the time until a limit.

    Events: pump, pumps, chiller, chillers, plant, water. Exit codes as of solve.
    """
    with plain_errors():
        from ..outage import outage_study
        from ..scenario_options import quantity_option

        loaded = load(case, values or [])
        folder = folder_for(loaded, as_json, out, no_files, "-outage")
        end = quantity_option("--until", until, "s", "30 min")
        with status_line() as show:
            study = outage_study(loaded, end, event or (), show)
        _hand_over(study, as_json, folder)


def _hand_over(study: OutageStudy, as_json: bool, folder: Path | None) -> None:
    from ..outage_report import summary, summary_lines

    def write(draft: Path) -> None:
        from ..outage_figure import outage_figure
        from ..outage_report import write_csv

        write_csv(study, draft)
        outage_figure(study).savefig(draft / "outage.png", dpi=150, facecolor="white")

    hand_over(
        "outage",
        lambda: summary(study),
        write,
        lambda: print("\n".join(summary_lines(study))),
        as_json,
        folder,
        "Picture and tables are",
    )
