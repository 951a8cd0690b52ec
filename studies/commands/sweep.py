"""``waferflux sweep``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from .errors import NO_SOLUTION, plain_errors, stop
from .files import load, to_json
from .options import CaseName, Settings

if TYPE_CHECKING:
    import xarray

    from ..design_points import Design
    from ..sweep import Progress

INTERRUPTED = 130
"""Exit code, as shells have it for Ctrl-C."""
HOUR = 3600.0
"""Points over which the rate is reckoned [s]."""


class Kind(StrEnum):
    """Designs of ``--design``."""

    GRID = "grid"
    LATIN = "latin"
    SOBOL = "sobol"


def sweep(
    case: CaseName,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=VALUES",
            help="What to vary: a range 'coolant.flow=50:150:5 L/min', a list "
            "'coolant.flow=50,100 L/min' or words 'coolant.path=single pass,4-way'. Several make "
            "every combination.",
        ),
    ] = None,
    points: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Points, a row each; the header has paths, 'coolant.flow [L/min]'.",
        ),
    ] = None,
    design: Annotated[
        Kind,
        typer.Option(
            help="grid: every combination; latin or sobol: samples of ranges without a count, as "
            "'coolant.flow=50:150 L/min'."
        ),
    ] = Kind.GRID,
    count: Annotated[int | None, typer.Option(help="Samples of latin or sobol.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of latin or sobol; 0 if left out.")
    ] = None,
    values: Settings = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.nc", help="out/CASE-sweep.nc if left out.")
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also a table, .csv or .parquet (needs pyarrow)."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that solve.")] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Of a Dask scheduler, whose workers solve instead."),
    ] = None,
    by_surface: Annotated[
        bool,
        typer.Option(
            "--surface",
            help="Answer points by a response surface where that pays, or by an influence matrix "
            "where nothing but heat varies: within 0.05 K of the solution, from some tens of them.",
        ),
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget the points that are on disk.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the results as one JSON object and nothing else.")
    ] = False,
) -> None:
    """Solve a case at many design points; broken off, the same command goes on where it was.

    The results are one netCDF file with a picture beside it. A point without a solution is a row
    with its reason. Exit code 0 with results, 2 when the input is wrong or the disk is full, 3 when
    no point has a solution, 130 when interrupted.
    """
    with plain_errors():
        loaded = load(case, values or [])
        found_design = _design(vary or [], points, design, count, seed)
        target = out or Path("out") / f"{loaded.name}-sweep.nc"
        from ..sweep import sweep as sweep_case
        from ..sweep_files import check_names

        check_names(target, table)
        with interruptible(f"{target}.journal"), point_bar() as report:
            found = sweep_case(
                loaded,
                found_design,
                target,
                workers=workers,
                scheduler=scheduler,
                restart=restart,
                by_surface=by_surface,
                report=report,
                say=lambda words: print(words, file=sys.stderr),
            )
        _hand_over(found, target, table, as_json)


def _design(
    vary: list[str], points: Path | None, kind: Kind, count: int | None, seed: int | None
) -> Design:
    from ..case_file import CaseError
    from ..design_points import grid, points_from_csv, sample

    if kind is Kind.GRID and (count is not None or seed is not None):
        option = "--seed" if count is None else "--count"
        raise CaseError(f"{option}: found without --design; latin or sobol is meant with it")
    if points is not None:
        if vary or kind is not Kind.GRID:
            raise CaseError("--points: found with --vary or --design; one of them is meant")
        return points_from_csv(points)
    if kind is Kind.GRID:
        return grid(*vary)
    if count is None:
        raise CaseError(f"--count: missing; a number of samples is meant with --design {kind}")
    return sample(kind.value, vary, count, seed or 0)  # type: ignore[arg-type]


@contextmanager
def interruptible(kept: str) -> Iterator[None]:
    """Ctrl-C and a request to end are one line that says where finished points are kept."""

    def ask(*_: Any) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield
    except KeyboardInterrupt:
        stop(
            f"interrupted; what was finished is kept in {kept}, and the same command goes on",
            INTERRUPTED,
        )
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def point_bar() -> Iterator[Callable[[Progress], None]]:
    """On a terminal a bar with rate, time left and failed points; what was on disk in any case.

    Sweeps one after the other each begin it anew.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("points, {task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[without]} without a solution"),
    )
    shown = console.is_terminal
    with Bar(*columns, console=console, disable=not shown, speed_estimate_period=HOUR) as bar:
        task = bar.add_task("", start=False, total=None, rate="", without=0)

        def report(now: Progress) -> None:
            if now.done == now.found:
                _say_what_is_there(now)
                # time left is reckoned from what this run solves
                bar.reset(task, total=now.points, completed=now.found)
            speed = bar.tasks[0].speed
            rate = (
                "" if not speed else f"{speed:.3g}/s" if speed > 0.1 else f"{1 / speed:.0f} s each"
            )
            bar.update(task, completed=now.done, without=now.without, rate=rate)

        yield report


def _say_what_is_there(now: Progress) -> None:
    if now.damaged:
        print(
            f"{now.damaged} damaged records on disk are left out; their points are solved again",
            file=sys.stderr,
        )
    if now.found:
        to_go = now.points - now.found
        print(f"{now.found} of {now.points} points found on disk, {to_go} to go", file=sys.stderr)


def _hand_over(found: xarray.Dataset, target: Path, table: Path | None, as_json: bool) -> None:
    from rich.console import Console

    from ..sweep_figure import write_figure
    from ..sweep_files import write_table
    from ..sweep_report import print_sweep, summary

    if table is not None:
        write_table(found, table)
    told = summary(found)
    if as_json:
        print(to_json(told))
    picture = write_figure(found, target.with_suffix(".png")) if told["solved"] else None
    if not as_json:
        print_sweep(found, Console(highlight=False))
        files = [target, *(path for path in (picture, table) if path is not None)]
        print(f"\nResults are in {', '.join(map(str, files))}")
    if not told["solved"]:
        stop("no point has a solution", NO_SOLUTION)
