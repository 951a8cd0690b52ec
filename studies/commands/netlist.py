"""``waferflux netlist``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import folder_named, hand_over
from .options import AsJson, NoFiles
from .progress import status_line

if TYPE_CHECKING:
    from ..netlist import NetlistAnswer


def netlist(
    file: Annotated[Path, typer.Argument(help="A SPICE netlist of R, V, I, C and L.")],
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for voltages, picture and JSON; out/NAME-netlist if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Solve a SPICE netlist of a power grid: its .op and its .tran.

    Exit code 0 with an answer, 2 when the netlist cannot be read or a node floats.
    """
    with plain_errors():
        folder = folder_named(f"{file.stem}-netlist", as_json, out, no_files)
        answer = _solve(file)
        _hand_over(answer, as_json, folder)


def _solve(file: Path) -> NetlistAnswer:
    from ..netlist import solve_file

    with status_line() as show:
        return solve_file(file, show)


def _hand_over(answer: NetlistAnswer, as_json: bool, folder: Path | None) -> None:
    from ..netlist_report import summary_lines

    def write(draft: Path) -> None:
        from ..netlist_figures import write_figures
        from ..netlist_report import write_transient, write_voltages

        write_voltages(answer, draft / "voltages.csv")
        if answer.transient is not None:
            write_transient(answer, draft / "transient.csv")
        write_figures(answer, draft)

    hand_over(
        "netlist",
        answer.to_dict,
        write,
        lambda: print("\n".join(summary_lines(answer))),
        as_json,
        folder,
        "Voltages and pictures are",
    )
