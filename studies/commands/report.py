"""``waferflux report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import folder_named, load, write_texts
from .progress import status_line

if TYPE_CHECKING:
    from ..case_file import LoadedCase

PAGE = "report.html"


def report(
    cases: Annotated[
        list[str],
        typer.Argument(
            help="One case for its page, several for a comparison, or the dataset (.nc) of a "
            "sweep.",
            metavar="CASE|FILE...",
        ),
    ],
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Replace one value, as for solve."),
    ] = None,
    failures: Annotated[
        bool, typer.Option("--failures", help="The page of the case's failures instead.")
    ] = False,
    inlet: Annotated[
        str | None,
        typer.Option(help="Of a comparison: the same inlet for all, as '25 degC'."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of report.html; one under out/ if left out."),
    ] = None,
) -> None:
    """Write one HTML page that holds all it needs: figures, maps, budgets, tables, inputs, method.

    Exit codes as of solve.
    """
    with plain_errors():
        words = ["report", *cases, *(w for text in values or [] for w in ("--set", text))]
        words += ["--failures"] if failures else []
        words += ["--inlet", inlet] if inlet is not None else []
        name, kind = _kind(cases, values or [], failures, inlet)
        folder = folder_named(name, False, out, False)
        assert folder is not None
        if kind == "sweep":
            html = _sweep(Path(cases[0]), words)
        elif kind == "comparison":
            html = _comparison(cases, inlet, words)
        else:
            loaded = load(cases[0], values or [])
            html = _failures(loaded, words) if kind == "failures" else _case(loaded, values or [])
        write_texts(folder, {PAGE: html})
        print(f"{folder / PAGE}: {len(html.encode()) / 1e3:.0f} kB; open it in a browser")


def _kind(
    cases: list[str], values: list[str], failures: bool, inlet: str | None
) -> tuple[str, str]:
    """Name of the folder, and which page is meant."""
    from ..case_file import CaseError

    stem = Path(cases[0]).stem
    sweeps = [name for name in cases if name.endswith(".nc")]
    if sweeps and (len(cases) > 1 or values or failures or inlet):
        raise CaseError(f"report: found '{sweeps[0]}' with more; the dataset of a sweep alone is meant")
    if sweeps:
        return stem, "sweep"
    if len(cases) > 1:
        if values or failures:
            option = "--set" if values else "--failures"
            raise CaseError(f"{option}: found with several cases; it is meant for one")
        return "comparison", "comparison"
    if inlet is not None:
        raise CaseError("--inlet: found with one case; it is meant for a comparison")
    return (f"{stem}-failures", "failures") if failures else (stem, "case")


def _case(loaded: LoadedCase, values: list[str]) -> str:
    from ..answer import solve
    from ..pages.case_page import case_page
    from ..pages.template import command_line
    from .solve import answer_as_json

    with status_line() as show:
        answer = solve(loaded, lambda count, left: show(f"round {count}, residual {left:.0e}"))
    command = command_line("solve", loaded.name, *(w for text in values for w in ("--set", text)))
    return case_page(answer, answer_as_json(answer), command)
