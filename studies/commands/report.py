"""``waferflux report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .compare import inlets_of, load_all
from .errors import plain_errors
from .failures import Pairs
from .files import folder_named, load, to_json, write_texts
from .options import Settings
from .progress import status_line

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
    values: Settings = None,
    failures: Annotated[
        bool, typer.Option("--failures", help="The page of the case's failures instead.")
    ] = False,
    pairs: Pairs = None,
    inlet: Annotated[
        str | None,
        typer.Option(help="Of a comparison: the same inlet for all, as '25 degC'."),
    ] = None,
    inlets: Annotated[
        str | None,
        typer.Option(metavar="FROM:TO:COUNT", help="Of a comparison: a range, as 20:45:6."),
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
        chosen = {
            "--set": bool(values),
            "--failures": failures,
            "--pair": bool(pairs),
            "--inlet": bool(inlet or inlets),
        }
        kind, name = _kind(cases, [option for option, given in chosen.items() if given])
        folder = folder_named(name, False, out, False)
        assert folder is not None
        if kind == "sweep":
            html = _sweep(cases[0])
        elif kind == "comparison":
            html = _comparison(cases, inlet, inlets)
        elif kind == "failures":
            html = _failures(cases[0], values or [], pairs or [])
        else:
            html = _case(cases[0], values or [])
        write_texts(folder, {PAGE: html})
        print(f"{folder / PAGE}: {len(html.encode()) / 1e3:.0f} kB, for a browser")


def _kind(cases: list[str], given: list[str]) -> tuple[str, str]:
    """Which page is meant, and the name of its folder; refuses options that do not suit it."""
    from ..case_file import CaseError

    sweeps, stem = [name for name in cases if name.endswith(".nc")], Path(cases[0]).stem
    if sweeps and len(cases) > 1:
        raise CaseError(f"report: found '{sweeps[0]}' with others; a dataset alone is meant")
    if sweeps:
        kind, name, suits = "sweep", stem, []
    elif len(cases) > 1 or "--inlet" in given:
        kind, name, suits = "comparison", "comparison", ["--inlet"]
    elif "--failures" in given:
        kind, name, suits = "failures", f"{stem}-failures", ["--set", "--failures", "--pair"]
    else:
        kind, name, suits = "case", stem, ["--set"]
    for option in given:
        if option not in suits:
            raise CaseError(f"{option}: found with a {kind}, which has no such option")
    return kind, name


def _options(values: list[str], option: str = "--set") -> list[str]:
    return [word for text in values for word in (option, text)]


def _case(case: str, values: list[str]) -> str:
    from ..answer import solve
    from ..pages.case_page import case_page
    from ..pages.template import command_line
    from .solve import answer_as_json

    loaded = load(case, values)
    with status_line() as show:
        answer = solve(loaded, lambda count, left: show(f"round {count}, residual {left:.0e}"))
    return case_page(answer, answer_as_json(answer), command_line("solve", case, *_options(values)))


def _comparison(cases: list[str], inlet: str | None, inlets: str | None) -> str:
    from ..compare import compare
    from ..compare_report import to_dict
    from ..pages.comparison_page import comparison_page
    from ..pages.template import command_line

    wanted, loaded = inlets_of(inlet, inlets), load_all(cases)
    with status_line() as show:
        rows, gaps = compare(loaded, wanted, show)
    given = (("--inlet", inlet), ("--inlets", inlets))
    options = [word for option, text in given if text is not None for word in (option, text)]
    command = command_line("compare", *cases, *options)
    return comparison_page(rows, gaps, loaded, to_json(to_dict(rows, gaps)), command)


def _failures(case: str, values: list[str], pairs: list[str]) -> str:
    from ..failure_parts import parse_failure
    from ..failure_report import summary
    from ..failures import study_failures
    from ..pages.failure_page import failure_page
    from ..pages.template import command_line
    from .failures import decided_by

    loaded = load(case, values)
    together = [parse_failure(text, loaded) for text in pairs]
    with status_line() as show:
        study = study_failures(loaded, together, progress=show)
        decided = decided_by(study, show)
    command = command_line("failures", case, *_options(values), *_options(pairs, "--pair"))
    return failure_page(study, decided, to_json(summary(study, decided)), command)


def _sweep(path: str) -> str:
    import xarray

    from ..case_file import CaseError
    from ..pages.sweep_page import sweep_page
    from ..pages.template import command_line

    try:
        with xarray.open_dataset(path, engine="h5netcdf", decode_times=False) as dataset:
            return sweep_page(dataset, command_line("report", path), Path(path).name)
    except (OSError, ValueError) as error:
        raise CaseError(f"report: {path}: {' '.join(str(error).split())}") from None
