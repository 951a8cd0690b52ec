"""``waferflux flow``."""

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
    from ..least_flow import FlowStudy

LIMIT = Annotated[
    str | None,
    typer.Option(
        metavar="TEMPERATURE",
        help="Of the hottest point, as '85 degC'; limits.junction_temperature if left out.",
    ),
]


def flow(
    case: CaseName,
    limit: LIMIT = None,
    inlet: Annotated[
        str,
        typer.Option(metavar="FROM:TO:COUNT", help="Coolant inlets, in degC."),
    ] = "5:45:9",
    values: Settings = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for picture and table; out/CASE-flow if left out.")
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Least coolant flow that holds the junction limit, over inlet temperatures.

    With what holds the flow down: erosion or the case's own limits of velocity and pressure, and
    the dew point of the room. Exit codes as of solve; an inlet at which nothing holds is a row.
    """
    with plain_errors():
        from ..value_range import parse_inlets

        inlets = parse_inlets("--inlet", inlet)
        loaded = load(case, with_limit(values, limit))
        folder = folder_for(loaded, as_json, out, no_files, "-flow")
        from ..least_flow import flow_study

        with status_line() as show:
            study = flow_study(loaded, inlets, show)
        _hand_over(study, as_json, folder)


def with_limit(values: list[str] | None, limit: str | None) -> list[str]:
    """The assignments of ``--set`` with that of ``--limit``."""
    chosen = [] if limit is None else [f'limits.junction_temperature="{limit}"']
    return [*(values or []), *chosen]


def _hand_over(study: FlowStudy, as_json: bool, folder: Path | None) -> None:
    from rich.console import Console

    from ..least_flow_report import print_study, region_figure, to_dict, write_csv

    hand_over_pictured(
        "flow",
        partial(to_dict, study),
        partial(write_csv, study),
        partial(region_figure, study),
        lambda: print_study(study, Console(highlight=False)),
        as_json,
        folder,
    )
