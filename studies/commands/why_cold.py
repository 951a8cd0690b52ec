"""``waferflux why-cold``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import folder_for, hand_over_pictured, load
from .flow import LIMIT, with_limit
from .options import AsJson, CaseName, NoFiles, Settings
from .progress import status_line

if TYPE_CHECKING:
    from ..why_cold import WhyCold


def why_cold(
    case: CaseName,
    limit: LIMIT = None,
    per_kW: Annotated[
        float,
        typer.Option(
            "--per-kW",
            min=0.01,
            max=1000,
            help="Flow to be reached, in L/min per kW of heat in the device.",
        ),
    ] = 1.5,
    inlets: Annotated[
        str, typer.Option(metavar="T,T,...", help="Inlets to be reached at that flow, in degC.")
    ] = "30,40",
    values: Settings = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and table; out/CASE-why-cold if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Say what the cold water and its flow are for, and the fewest changes to do with less.

    Changes are those of assumed values with a range in the case file. Exit codes as of solve.
    """
    with plain_errors():
        kelvins = parse_temperatures(inlets)
        loaded = load(case, with_limit(values, limit))
        folder = folder_for(loaded, as_json, out, no_files, "-why-cold")
        from ..why_cold import why_cold as study_of

        with status_line() as show:
            study = study_of(loaded, per_kW, kelvins, show)
        _hand_over(study, as_json, folder)


def parse_temperatures(text: str) -> list[float]:
    """Temperatures [K] of a list in degC.

    Examples
    --------
    >>> [round(kelvin, 2) for kelvin in parse_temperatures("30,40")]
    [303.15, 313.15]
    """
    from ..case_file import CaseError

    try:
        found = [float(part) + 273.15 for part in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(0 < kelvin < 1273.15 for kelvin in found):
        raise CaseError(f"--inlets: found '{text}'; temperatures in degC are meant, as 30,40")
    return found


def _hand_over(study: WhyCold, as_json: bool, folder: Path | None) -> None:
    from rich.console import Console

    from ..why_cold_report import budget_figure, print_study, to_dict, write_csv

    hand_over_pictured(
        "why-cold",
        partial(to_dict, study),
        partial(write_csv, study),
        partial(budget_figure, study),
        lambda: print_study(study, Console(highlight=False)),
        as_json,
        folder,
    )
