"""``waferflux optimise``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import folder_for, hand_over, load
from .progress import status_line

if TYPE_CHECKING:
    from ..case_file import LoadedCase
    from ..optimise import Front


def optimise(
    case: Annotated[str, typer.Argument(help="A shipped case, or the path of a case file.")],
    pump_power: Annotated[
        list[float] | None,
        typer.Option(metavar="W", help="Allowed; eight about today's if left out."),
    ] = None,
    path: Annotated[
        list[str] | None,
        typer.Option(help="A flow path to try; single pass, centre-split and 4-way if left out."),
    ] = None,
    hold: Annotated[
        list[str] | None,
        typer.Option(help="Leave as it is: wall, gap, height, base or flow."),
    ] = None,
    least_wall: Annotated[
        str, typer.Option(metavar="LENGTH", help="Of a fin; assumed if left out.")
    ] = "0.1 mm",
    least_gap: Annotated[
        str, typer.Option(metavar="LENGTH", help="Of a channel; assumed if left out.")
    ] = "0.1 mm",
    aspect: Annotated[
        float, typer.Option(help="Most of height over wall or channel; assumed if left out.")
    ] = 20.0,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Replace one value, as for solve."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the answer as one JSON object and nothing else.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and tables; out/CASE-optimise if left out."),
    ] = None,
    no_files: Annotated[bool, typer.Option("--no-files", help="Write no files.")] = False,
) -> None:
    """Coldest cold plate for each of several pump powers: fins, base, flow and flow path.

    Within what can be made and the case's limits. Exit codes as of solve.
    """
    with plain_errors():
        loaded = load(case, values or [])
        folder = folder_for(loaded, as_json, out, no_files, "-optimise")
        limits = (least_wall, least_gap, aspect)
        found = _find(loaded, limits, hold or [], path or [], pump_power or [])
        _hand_over(found, as_json, folder)


def _find(
    loaded: LoadedCase,
    limits: tuple[str, str, float],
    hold: list[str],
    paths: list[str],
    pump_powers: list[float],
) -> Front:
    from ..case_file import CaseError
    from ..design_space import Limits, design_space
    from ..optimise import front

    wall, gap, aspect = limits
    if not aspect > 0:
        raise CaseError(f"--aspect: found {aspect:g}; a number above 0 is meant, as 20")
    for watts in pump_powers:
        if not watts > 0:
            raise CaseError(f"--pump-power: found {watts:g}; watts above 0 are meant")
    least = Limits(_length("--least-wall", wall), _length("--least-gap", gap), aspect)
    with status_line() as show:
        return front(design_space(loaded, least, hold, paths), pump_powers, show)


def _length(option: str, text: str) -> float:
    from geometry.units import parse_quantity

    from ..case_file import CaseError

    try:
        found = parse_quantity(text, "m", "0.1 mm")
    except ValueError as error:
        raise CaseError(f"{option}: {error}") from None
    if not found > 0:
        raise CaseError(f"{option}: found '{text}'; a length above 0 is meant, as '0.1 mm'")
    return found


def _hand_over(found: Front, as_json: bool, folder: Path | None) -> None:
    from rich.console import Console

    from ..optimise_report import print_front, to_dict, write_csv

    def write(draft: Path) -> None:
        write_csv(found, draft / "optimise.csv")
        if found.points[0].pump_power is not None:
            from ..optimise_figure import front_figure

            picture = front_figure(found)
            picture.savefig(draft / "optimise.png", dpi=150, facecolor="white")

    hand_over(
        "optimise",
        lambda: to_dict(found),
        write,
        lambda: print_front(found, Console(highlight=False)),
        as_json,
        folder,
        "Picture and tables are",
    )
