"""``waferflux export-netlist``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .errors import plain_errors
from .files import load, write_texts
from .options import CaseName, Settings
from .progress import status_line


def export_netlist(
    case: CaseName,
    file: Annotated[Path, typer.Argument(help="The netlist to write.")],
    values: Settings = None,
    grid: Annotated[
        bool,
        typer.Option(
            "--grid",
            help="Only the low-voltage side, linear: resistors, voltage and current sources.",
        ),
    ] = False,
) -> None:
    """Solve a case and write its power delivery, at the solved temperatures, as a SPICE netlist.

    The whole chain runs in ngspice; what --grid writes, in waferflux netlist as well. Sheets on the
    grid are taken per block.
    """
    from ..answer import solve
    from ..netlist_export import netlist_text

    with plain_errors():
        loaded = load(case, values or []).per_block()
        with status_line() as show:
            answer = solve(loaded, lambda count, left: show(f"round {count}, residual {left:.0e}"))
        text = netlist_text(answer, file.name, grid)
        write_texts(file.parent, {file.name: text})
        print(f"{len(text.splitlines())} lines are in {file}")
