"""``waferflux impedance``."""

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
    from matplotlib.figure import Figure

    from ..impedance import ImpedanceAnswer


def impedance(
    case: CaseName,
    values: Settings = None,
    block: Annotated[
        str | None, typer.Option(help="Block that draws, as r3c5; the centre one if left out.")
    ] = None,
    other: Annotated[
        str | None, typer.Option("--to", help="Block whose voltage is looked at as well.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Impedance to hold the block against, as '50 uohm'.")
    ] = None,
    ripple: Annotated[
        str | None,
        typer.Option(help="Allowed change of voltage; with --current-step a target."),
    ] = None,
    current_step: Annotated[
        str | None, typer.Option(help="Of one block; ripple over step is the target.")
    ] = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and series; out/CASE-impedance if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Impedance of the power delivery at a block from 1 kHz to 1 GHz, its peaks named.

    Exit codes as of solve.
    """
    with plain_errors():
        from ..impedance import solve_impedance
        from ..impedance_report import summary_lines, write_csv

        loaded = load(case, values or [])
        wanted = _target(target, ripple, current_step)
        folder = folder_for(loaded, as_json, out, no_files, "-impedance")
        with status_line() as show:
            answer = solve_impedance(
                loaded, block, other, wanted, lambda n, of: show(f"frequency {n} of {of}")
            )
        hand_over_pictured(
            "impedance",
            answer.to_dict,
            partial(write_csv, answer),
            partial(_draw, answer),
            lambda: print("\n".join(summary_lines(answer))),
            as_json,
            folder,
            "Picture and series are",
        )


def _target(target: str | None, ripple: str | None, current_step: str | None) -> float | None:
    """The target that the options describe [ohm]."""
    from ..case_file import CaseError

    if target is not None:
        for option, text in (("--ripple", ripple), ("--current-step", current_step)):
            if text is not None:
                raise CaseError(f"{option}: found with --target; one of the two is meant")
        return _above_nought("--target", target, "ohm", "50 uohm")
    if ripple is None and current_step is None:
        return None
    if ripple is None or current_step is None:
        missing = "--ripple" if ripple is None else "--current-step"
        raise CaseError(f"{missing}: missing; --ripple and --current-step are meant together")
    return _above_nought("--ripple", ripple, "V", "50 mV") / _above_nought(
        "--current-step", current_step, "A", "150 A"
    )


def _above_nought(option: str, text: str, unit: str, example: str) -> float:
    from geometry.units import parse_quantity

    from ..case_file import CaseError

    try:
        found = parse_quantity(text, unit, example)
    except ValueError as error:
        raise CaseError(f"{option}: {error}") from None
    if not found > 0:
        raise CaseError(f"{option}: found '{text}'; above 0 {unit} is meant")
    return found


def _draw(answer: ImpedanceAnswer) -> Figure:
    from ..impedance_figure import impedance_figure

    return impedance_figure(answer)
