"""The command line. Everything slow is imported inside the command that needs it."""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from .answer import Answer
    from .case_file import LoadedCase
    from .events import Scenario
    from .grid_check import GridCheck
    from .transient import TransientAnswer

VALIDATION_FAILED, BAD_INPUT, NO_SOLUTION = 1, 2, 3
"""Exit codes; 0 is an answer."""
SHOW_PROGRESS_AFTER = 1.0
"""Seconds."""

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


@app.command()
def solve(
    case: Annotated[str, typer.Argument(help="A shipped case, or the path of a case file.")],
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="Replace one value, as coolant.flow='50 L/min'; 'none' removes an optional one. "
            "May be repeated.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the answer as one JSON object and nothing else.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for pictures, fields and answer.json; out/CASE if left out."),
    ] = None,
    no_files: Annotated[bool, typer.Option("--no-files", help="Write no files.")] = False,
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
    with _plain_errors():
        loaded = _load(case, values or [])
        folder = _folder(loaded, as_json, out, no_files)
        if folder is not None:
            _check_writable(folder)
        answer = _solve(loaded, engine)
        check = _check_grid(answer, grids or 2) if check_grid or grids else None
        if folder is not None:
            _write_files(answer, folder, check)
        _print_answer(answer, as_json, folder, check)


@app.command()
def validate(
    out: Annotated[
        Path | None, typer.Option(help="Folder for validation.md and validation.json.")
    ] = None,
) -> None:
    """Solve every problem with a known answer and say how far off we are.

    Exit code 0 when every row passes, 1 when one fails.
    """
    from rich.console import Console

    from .validation import rows_of, run
    from .validation.report import print_table, to_json, to_markdown

    with _plain_errors():
        if out is not None:
            _check_writable(out)
        with _case_progress() as report:
            results = run(report)
        print_table(results, Console(highlight=False))
        if out is not None:
            _write_texts(
                out, {"validation.md": to_markdown(results), "validation.json": to_json(results)}
            )
    if not all(row.passed for row in rows_of(results)):
        raise typer.Exit(VALIDATION_FAILED)


@contextmanager
def _case_progress() -> Iterator[Callable[[int, int, str], None]]:
    """On a terminal, a line on stderr that says which case is being solved."""
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("") as status:
        yield lambda done, count, title: status.update(f"case {done} of {count}: {title}")


def _write_texts(folder: Path, texts: dict[str, str]) -> None:
    from .case_file import CaseError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CaseError(f"--out: {folder}: cannot be written: {error.strerror}") from None


@app.command()
def transient(
    case: Annotated[str, typer.Argument(help="A shipped case, or the path of a case file.")],
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Replace one value, as for solve."),
    ] = None,
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
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the answer as one JSON object and nothing else.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and series; out/CASE-transient if left out."),
    ] = None,
    no_files: Annotated[bool, typer.Option("--no-files", help="Write no files.")] = False,
) -> None:
    """Follow a case in time: power steps and traces, and the trip of the pump.

    Exit codes as of solve; a run that physics without a solution ends still writes what came
    before.
    """
    with _plain_errors():
        loaded = _load(case, values or [])
        scenario = _scenario(
            loaded, power_trace, power_step, held, pump_trip, until, tolerance, start
        )
        folder = _folder(loaded, as_json, out, no_files, "-transient")
        if folder is not None:
            _check_writable(folder)
        answer = _follow(loaded, scenario)
        if folder is not None:
            _write_transient(answer, folder)
        _print_transient(answer, as_json, folder)
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
    from .scenario_options import scenario

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
    from .transient import solve_transient

    with _status() as show:
        return solve_transient(
            loaded,
            scenario,
            lambda time, steps: show(f"{time:.4g} s of {scenario.until:.4g} s, {steps} steps"),
        )


def _write_transient(answer: TransientAnswer, folder: Path) -> None:
    from .transient_report import figure, write_csv

    def write(draft: Path) -> None:
        text = _as_json(answer.to_dict())
        (draft / "transient.json").write_text(text + "\n", encoding="utf-8")
        write_csv(answer, draft / "transient.csv")
        figure(answer).savefig(draft / "transient.png", dpi=150, facecolor="white")

    _move_in(folder, write)


def _print_transient(answer: TransientAnswer, as_json: bool, folder: Path | None) -> None:
    if as_json:
        print(_as_json(answer.to_dict()))
        return
    from .transient_report import summary_lines

    print("\n".join(summary_lines(answer)))
    if folder is not None:
        print(f"\nPicture and series are in {folder}{os.sep}")


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Wrong input and physics without a solution end the program in one line per fault."""
    from geometry.errors import NoSolution

    from .case_file import CaseError

    try:
        yield
    except CaseError as error:
        _stop(str(error), BAD_INPUT)
    except NoSolution as error:
        _stop(f"{type(error).__name__}: {' '.join(str(error).split())}", NO_SOLUTION)
    except MemoryError:
        _stop("grid: found more cells than the memory holds; fewer are meant", BAD_INPUT)


def _stop(words: str, code: int) -> NoReturn:
    print(words, file=sys.stderr)
    raise typer.Exit(code)


def _load(case: str, assignments: list[str]) -> LoadedCase:
    from .case_file import load_case, parse_assignment

    return load_case(case, dict(parse_assignment(text) for text in assignments))


def _folder(
    loaded: LoadedCase, as_json: bool, out: Path | None, no_files: bool, kind: str = ""
) -> Path | None:
    if out is not None and no_files:
        from .case_file import CaseError

        raise CaseError("--out: found with --no-files; one of the two is meant")
    if no_files or (as_json and out is None):
        return None
    return Path("out") / f"{loaded.name}{kind}" if out is None else out


def _solve(loaded: LoadedCase, engine: str | None) -> Answer:
    from .answer import solve as solve_case

    with _progress() as report:
        return solve_case(loaded, report, engine)


def _check_grid(answer: Answer, grids: int) -> GridCheck:
    from .grid_check import check_grid

    with _progress() as report:
        return check_grid(answer, grids, report)


@contextmanager
def _progress() -> Iterator[Callable[[int, float], None]]:
    """The round and residual of a solution, shown on stderr."""
    with _status() as show:
        yield lambda count, residual: show(f"round {count}, residual {residual:.0e}")


@contextmanager
def _status() -> Iterator[Callable[[str], None]]:
    """On a terminal, a line on stderr that says how far the solution is."""
    from rich.console import Console

    console = Console(stderr=True)
    status = console.status("")
    started = time.monotonic()

    def show(words: str) -> None:
        if console.is_terminal and time.monotonic() - started > SHOW_PROGRESS_AFTER:
            status.update(words)
            status.start()

    try:
        yield show
    finally:
        status.stop()


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    folder = folder.absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _check_writable(folder: Path) -> None:
    """Refuse, before the solve, a folder that cannot be written."""
    from .case_file import CaseError

    try:
        with tempfile.TemporaryDirectory(dir=_existing(folder), prefix=".waferflux-"):
            pass
    except OSError as error:
        raise CaseError(f"--out: {folder}: cannot be written: {error.strerror}") from None


def _write_files(answer: Answer, folder: Path, check: GridCheck | None = None) -> None:
    from .fields import write_netcdf, write_vtu_file
    from .figures import write_figures

    def write(draft: Path) -> None:
        (draft / "answer.json").write_text(answer_as_json(answer, check) + "\n", encoding="utf-8")
        write_figures(answer, draft)
        write_netcdf(answer, draft / "fields.nc")
        write_vtu_file(answer, draft / "fields.vtu")

    _move_in(folder, write)


def _move_in(folder: Path, write: Callable[[Path], None]) -> None:
    """Write everything beside the folder, then move it in: no file is ever seen half-written."""
    from .case_file import CaseError

    try:
        with tempfile.TemporaryDirectory(dir=_existing(folder), prefix=".waferflux-") as name:
            draft = Path(name)
            write(draft)
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(draft.iterdir()):
                os.replace(path, folder / path.name)
    except OSError as error:
        reason = error.strerror or error
        raise CaseError(f"--out: {folder}: cannot be written: {reason}") from None


def _print_answer(
    answer: Answer, as_json: bool, folder: Path | None, check: GridCheck | None = None
) -> None:
    if as_json:
        print(answer_as_json(answer, check))
        return
    from rich.console import Console

    from .console import print_summary

    print_summary(answer, Console(highlight=False))
    if check is not None:
        from .grid_check import print_grid_check

        print_grid_check(check, Console(highlight=False))
    if folder is not None:
        print(f"\nPictures, fields and answer.json are in {folder}{os.sep}")


def answer_as_json(answer: Answer, check: GridCheck | None = None) -> str:
    """The answer's dictionary as JSON; a number that is not finite becomes null."""
    found = answer.to_dict() | ({} if check is None else {"grid_check": check.to_dict()})
    return _as_json(found)


def _as_json(found: dict[str, Any]) -> str:
    return json.dumps(_finite(found), indent=2, allow_nan=False, ensure_ascii=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
