"""The command line. Everything slow is imported inside the command that needs it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from .commands.air import air
from .commands.compare import compare
from .commands.droop import droop
from .commands.explore import explore
from .commands.export_netlist import export_netlist
from .commands.failures import failures
from .commands.flow import flow
from .commands.gradients import gradients
from .commands.impedance import impedance
from .commands.loop import loop
from .commands.netlist import netlist
from .commands.optimise import optimise
from .commands.outage import outage
from .commands.plant import plant
from .commands.report import report
from .commands.schema import schema
from .commands.sensitivity import sensitivity
from .commands.solve import solve
from .commands.sweep import sweep
from .commands.transient import transient
from .commands.two_phase import two_phase
from .commands.uncertainty import uncertainty
from .commands.validate import validate
from .commands.vapour_chamber import vapour_chamber
from .commands.why_cold import why_cold

app = typer.Typer(
    name="waferflux",
    help="Heat, power delivery and coolant need of wafer-scale machines, solved together.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def main() -> None:
    """Entry point of the ``waferflux`` command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # a terminal that knows no degree sign still gets its answer
            stream.reconfigure(errors="replace")
    app(prog_name="waferflux")


def _version(wanted: bool) -> None:
    if wanted:
        from .version import program_version

        typer.echo(f"waferflux {program_version()}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def cases() -> None:
    """List the cases that come with the program."""
    import tomllib

    from .case_file import shipped_cases

    found = shipped_cases()
    for name, path in found.items():
        title = tomllib.loads(path.read_text(encoding="utf-8")).get("title", "")
        typer.echo(f"{name:{max(map(len, found))}}  {title}")


for command in (
    solve,
    transient,
    failures,
    sensitivity,
    gradients,
    optimise,
    droop,
    impedance,
    netlist,
    export_netlist,
    flow,
    why_cold,
    loop,
    outage,
    plant,
    vapour_chamber,
    air,
    compare,
    two_phase,
    sweep,
    report,
    explore,
    schema,
    uncertainty,
    validate,
):
    app.command()(command)
