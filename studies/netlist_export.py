"""The power delivery of a solved case as a netlist, with where it comes from at its head."""

from __future__ import annotations

from power.grid_export import grid_netlist
from power.spice_export import chain_netlist

from .answer import Answer
from .case_file import CaseError
from .version import program_version


def netlist_text(answer: Answer, file_name: str, grid: bool = False) -> str:
    """The chain from the supplies to the loads, or its low-voltage side alone, as a netlist.

    Parameters
    ----------
    answer : Answer
        A solved case.
    file_name : str
        What the remark on how to run it calls the file.
    grid : bool
        Only the low-voltage side, as resistors, voltage and current sources.

    Raises
    ------
    CaseError
        When the case has no power delivery, or one that a netlist cannot say.
    """
    network, loaded = answer.coupled.drawn.network, answer.loaded
    if network is None:
        raise CaseError(f"{loaded.name}: delivery: found none; a power delivery is meant")
    run = f"ngspice -b {file_name}" + (f", or waferflux netlist {file_name}" if grid else "")
    title = "low-voltage side" if grid else "power delivery"
    remarks = [
        f"case {loaded.name}: {' '.join(loaded.case.title.split())}",
        f"written by waferflux {program_version()}",
        f"run: {run}",
    ]
    make = grid_netlist if grid else chain_netlist
    try:
        return make(network, f"* {title} of {loaded.name}", remarks)
    except ValueError as error:
        raise CaseError(f"{loaded.name}: {error}") from None
