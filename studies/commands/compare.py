"""``waferflux compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import folder_named, hand_over, load
from .options import AsJson, NoFiles
from .progress import status_line

if TYPE_CHECKING:
    from ..case_file import LoadedCase
    from ..compare import Gap, Row


def compare(
    cases: Annotated[
        list[str], typer.Argument(help="Shipped cases, or paths of case files.", metavar="CASE...")
    ],
    inlet: Annotated[
        str | None,
        typer.Option(help="The same inlet for all, as '25 degC'; their own if left out."),
    ] = None,
    inlets: Annotated[
        str | None,
        typer.Option(metavar="FROM:TO:COUNT", help="A range of inlets in degC, as 20:45:6."),
    ] = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and table; out/comparison if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Set machines side by side: heat, flux, flow for a kilowatt, pressure, pump, hottest point.

    At the same inlet temperature, over a range of them, or each at its own. Exit codes as of solve.
    """
    with plain_errors():
        wanted = inlets_of(inlet, inlets)
        loaded = load_all(cases)
        folder = folder_named("comparison", as_json, out, no_files)
        rows, gaps = _find(loaded, wanted)
        _hand_over(loaded, rows, gaps, as_json, folder)


def inlets_of(inlet: str | None, inlets: str | None) -> list[float] | None:
    """Inlet temperatures [K] of ``--inlet`` or ``--inlets``; None for each case's own."""
    from geometry.units import parse_quantity

    from ..case_file import CaseError
    from ..value_range import parse_inlets

    if inlet is not None and inlets is not None:
        raise CaseError("--inlet: found with --inlets; one of the two is meant")
    if inlet is not None:
        try:
            return [parse_quantity(inlet, "K", "25 degC")]
        except ValueError as error:
            raise CaseError(f"--inlet: {error}") from None
    return None if inlets is None else parse_inlets("--inlets", inlets)


def load_all(names: list[str]) -> list[LoadedCase]:
    """Cases of different names."""
    from ..case_file import CaseError

    found = [load(name, []) for name in names]
    twice = {case.name for case in found if [c.name for c in found].count(case.name) > 1}
    if twice:
        raise CaseError(f"case: found '{min(twice)}' twice; cases of different names are meant")
    return found


def _find(loaded: list[LoadedCase], inlets: list[float] | None) -> tuple[list[Row], list[Gap]]:
    from ..compare import compare as compare_cases

    with status_line() as show:
        return compare_cases(loaded, inlets, show)


def _hand_over(
    loaded: list[LoadedCase], rows: list[Row], gaps: list[Gap], as_json: bool, folder: Path | None
) -> None:
    from rich.console import Console

    from ..compare_report import print_comparison, to_dict

    def write(draft: Path) -> None:
        from ..compare_figure import compare_figure
        from ..compare_report import write_csv

        write_csv(rows, draft / "comparison.csv")
        compare_figure(rows, loaded).savefig(draft / "comparison.png", dpi=150, facecolor="white")

    hand_over(
        "comparison",
        lambda: to_dict(rows, gaps),
        write,
        lambda: print_comparison(rows, gaps, Console(highlight=False)),
        as_json,
        folder,
        "Picture and table are",
    )
