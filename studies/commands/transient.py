"""``waferflux transient``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import folder_for, hand_over, load
from .options import AsJson, CaseName, NoFiles, Settings
from .progress import status_line

if TYPE_CHECKING:
    from ..case_file import LoadedCase
    from ..events import Scenario
    from ..transient import TransientAnswer


def transient(
    case: CaseName,
    values: Settings = None,
    power_trace: Annotated[
        Path | None,
        typer.Option(help="CSV of time_s and power_W (of the whole device) or factor."),
    ] = None,
    power_step: Annotated[
        float | None, typer.Option(help="Power from time 0 on, in multiples of the case's.")
    ] = None,
    held: Annotated[
        bool,
        typer.Option("--held", help="Rows of a trace hold until the next; else lines join them."),
    ] = False,
    pump_trip: Annotated[
        str | None,
        typer.Option(
            metavar="TIME|FILE",
            help="The flow falls from time 0 on as exp(-t/TIME), as '2 s', or follows a CSV of "
            "time_s and flow_L_min.",
        ),
    ] = None,
    until: Annotated[str, typer.Option(help="End of the run.")] = "20 s",
    tolerance: Annotated[str, typer.Option(help="Error of a step.")] = "0.05 K",
    start: Annotated[
        str, typer.Option(help="steady, or inlet: all at the coolant's inlet temperature.")
    ] = "steady",
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and series; out/CASE-transient if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Follow a case in time: power steps and traces, and the trip of the pump.

    Exit codes as of solve; a run that physics without a solution ends still writes what came
    before.
    """
    with plain_errors():
        loaded = load(case, values or [])
        scenario = _scenario(
            loaded, power_trace, power_step, held, pump_trip, until, tolerance, start
        )
        folder = folder_for(loaded, as_json, out, no_files, "-transient")
        answer = _follow(loaded, scenario)
        _hand_over(answer, as_json, folder)
        if answer.failure is not None:
            raise answer.failure


def _scenario(
    loaded: LoadedCase,
    power_trace: Path | None,
    power_step: float | None,
    held: bool,
    pump_trip: str | None,
    until: str,
    tolerance: str,
    start: str,
) -> Scenario:
    """The scenario that the options describe."""
    from ..scenario_options import scenario

    return scenario(
        loaded,
        power_trace=power_trace,
        power_factor=power_step,
        held=held,
        pump_trip=pump_trip,
        until=until,
        tolerance=tolerance,
        start=start,
    )


def _follow(loaded: LoadedCase, scenario: Scenario) -> TransientAnswer:
    from ..transient import solve_transient

    with status_line() as show:
        return solve_transient(
            loaded,
            scenario,
            lambda time, steps: show(f"{time:.4g} s of {scenario.until:.4g} s, {steps} steps"),
        )


def _hand_over(answer: TransientAnswer, as_json: bool, folder: Path | None) -> None:
    from ..transient_report import summary_lines

    def write(draft: Path) -> None:
        from ..transient_report import figure, write_csv

        write_csv(answer, draft / "transient.csv")
        figure(answer).savefig(draft / "transient.png", dpi=150, facecolor="white")

    hand_over(
        "transient",
        answer.to_dict,
        write,
        lambda: print("\n".join(summary_lines(answer))),
        as_json,
        folder,
        "Picture and series are",
    )
