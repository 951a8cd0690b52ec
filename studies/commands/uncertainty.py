"""``waferflux uncertainty``."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .errors import plain_errors
from .files import folder_for, hand_over, load
from .options import AsJson, CaseName, NoFiles
from .sweep import interruptible, point_bar

if TYPE_CHECKING:
    from ..case_file import LoadedCase
    from ..uncertain_inputs import UncertainInput
    from ..uncertainty_answer import Uncertainty

COUNT, INDICES, SETS = 128, 8, 4096
"""As in ``studies.uncertainty``, which is slow to load."""


def uncertainty(
    case: CaseName,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=VALUES",
            help="A value that is not known, besides those with a range in the case file: PATH "
            "(its range there), 'PATH=1:20 mm', 'PATH=log-uniform 1:20 mm' (or triangular, normal)"
            ", or 'PATH=word,word'.",
        ),
    ] = None,
    only: Annotated[bool, typer.Option("--only", help="Vary only what --vary names.")] = False,
    count: Annotated[
        int, typer.Option(min=4, help="Points of the sample, a power of two.")
    ] = COUNT,
    indices: Annotated[
        int,
        typer.Option(
            min=0,
            help="Inputs with Sobol indices of their own, those that the tornado ranks first; "
            "count / 2 more points for each and for all others together. 0 for none.",
        ),
    ] = INDICES,
    by_surface: Annotated[
        bool,
        typer.Option(
            "--surface",
            help="Answer by a response surface, made of some hundred further points and checked by "
            "the sample.",
        ),
    ] = False,
    sets: Annotated[
        int | None,
        typer.Option(
            min=1, help=f"Of points that the surface answers, a power of two; {SETS} if left out."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the sample.")] = 0,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Replace one value; it is then known."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that solve.")] = 1,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget the points that are on disk.")
    ] = False,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for points, picture, tables; out/CASE-uncertainty if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Say how uncertain the answer is: scatter, chance to keep the limit, what decides it.

    Every value with a range in the case file, but for published ones, is varied. Finished points
    are on disk; broken off, the same command goes on. Exit codes as of sweep.
    """
    with plain_errors():
        loaded = load(case, values or [])
        from ..case_file import CaseError
        from ..uncertain_inputs import uncertain_inputs

        if sets is not None and not by_surface:
            raise CaseError("--sets: found without --surface; --count is meant, or both")
        inputs = uncertain_inputs(loaded, vary or [], only)
        folder = folder_for(loaded, as_json, out, no_files, "-uncertainty")
        asked = {"count": count, "indices": indices, "seed": seed, "by_surface": by_surface}
        asked |= {"sets": sets or SETS, "workers": workers, "restart": restart}
        found = _find(loaded, inputs, folder, asked)
        _hand_over(found, as_json, folder)


def _find(
    loaded: LoadedCase,
    inputs: list[UncertainInput],
    folder: Path | None,
    asked: dict[str, Any],
) -> Uncertainty:
    from ..uncertainty import uncertainty as uncertainty_of

    stoppable = nullcontext() if folder is None else interruptible(f"{folder}")
    with stoppable, point_bar() as report:
        return uncertainty_of(
            loaded,
            inputs,
            folder=folder,
            **asked,
            report=report,
            say=lambda words: print(words, file=sys.stderr),
        )


def _hand_over(found: Uncertainty, as_json: bool, folder: Path | None) -> None:
    from rich.console import Console

    from ..uncertainty_report import print_uncertainty, to_dict, write_tables

    def write(draft: Path) -> None:
        from ..uncertainty_figure import write_figure

        write_tables(found, draft)
        write_figure(found, draft / "uncertainty.png")

    hand_over(
        "uncertainty",
        lambda: to_dict(found),
        write,
        lambda: print_uncertainty(found, Console(highlight=False)),
        as_json,
        folder,
        "Picture, tables and every point are",
    )
