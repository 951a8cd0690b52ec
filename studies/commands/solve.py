"""``waferflux solve``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import folder_for, load, move_in, to_json
from .options import AsJson, CaseName, NoFiles
from .progress import status_line

if TYPE_CHECKING:
    from ..answer import Answer
    from ..case_file import LoadedCase
    from ..grid_check import GridCheck


def solve(
    case: CaseName,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="Replace one value, as coolant.flow='50 L/min'; 'none' removes an optional one. "
            "May be repeated.",
        ),
    ] = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for pictures, fields and answer.json; out/CASE if left out."),
    ] = None,
    no_files: NoFiles = False,
    engine: Annotated[
        str | None,
        typer.Option(
            help="Of the temperature field: cosine, amg (needs PyAMG), or fipy to check "
            "independently; the one that suits the case if left out."
        ),
    ] = None,
    check_grid: Annotated[
        bool,
        typer.Option(
            "--check-grid",
            help="Solve again on a finer grid and say how uncertain the grid leaves the numbers.",
        ),
    ] = False,
    grids: Annotated[
        int | None,
        typer.Option(
            min=2, max=3, help="Grids of --check-grid, the case's own among them; 2 if left out."
        ),
    ] = None,
) -> None:
    """Solve a case: temperatures, voltages and coolant need together.

    Exit code 0 with an answer, 2 when the input is wrong, 3 when the physics has no steady state.
    """
    with plain_errors():
        loaded = load(case, values or [])
        folder = folder_for(loaded, as_json, out, no_files)
        answer = _solve(loaded, engine)
        check = _check_grid(answer, grids or 2) if check_grid or grids else None
        if folder is not None:
            _write_files(answer, folder, check)
        _print_answer(answer, as_json, folder, check)


def _solve(loaded: LoadedCase, engine: str | None) -> Answer:
    from ..answer import solve as solve_case

    with _progress() as report:
        return solve_case(loaded, report, engine)


def _check_grid(answer: Answer, grids: int) -> GridCheck:
    from ..grid_check import check_grid

    with _progress() as report:
        return check_grid(answer, grids, report)


@contextmanager
def _progress() -> Iterator[Callable[[int, float], None]]:
    """The round and residual of a solution, shown on stderr."""
    with status_line() as show:
        yield lambda count, residual: show(f"round {count}, residual {residual:.0e}")


def _write_files(answer: Answer, folder: Path, check: GridCheck | None = None) -> None:
    from ..fields import write_netcdf, write_vtu_file
    from ..figures import write_figures
    from ..sheet_fields import has_sheets, write_sheets_vtu

    def write(draft: Path) -> None:
        (draft / "answer.json").write_text(answer_as_json(answer, check) + "\n", encoding="utf-8")
        write_figures(answer, draft)
        write_netcdf(answer, draft / "fields.nc")
        write_vtu_file(answer, draft / "fields.vtu")
        if has_sheets(answer):
            write_sheets_vtu(answer, draft / "sheets.vtu")

    move_in(folder, write)


def _print_answer(
    answer: Answer, as_json: bool, folder: Path | None, check: GridCheck | None = None
) -> None:
    if as_json:
        print(answer_as_json(answer, check))
        return
    from rich.console import Console

    from ..console import print_summary

    print_summary(answer, Console(highlight=False))
    if check is not None:
        from ..grid_check import print_grid_check

        print_grid_check(check, Console(highlight=False))
    if folder is not None:
        print(f"\nPictures, fields and answer.json are in {folder}{os.sep}")


def answer_as_json(answer: Answer, check: GridCheck | None = None) -> str:
    """The answer and the check of its grid as one JSON object."""
    found = answer.to_dict() | ({} if check is None else {"grid_check": check.to_dict()})
    return to_json(found)
