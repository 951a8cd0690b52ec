"""``waferflux optimise``."""

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
    from ..optimise import Front
    from ..place_power import Placement


def optimise(
    case: CaseName,
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
    zones: Annotated[
        str,
        typer.Option(
            metavar="BANDSxSECTIONS",
            help="Fins closer by zone: bands across, sections along each flow path, as 1x3.",
        ),
    ] = "",
    place_power: Annotated[
        bool, typer.Option("--place-power", help="Place the blocks' power instead.")
    ] = False,
    block_power: Annotated[
        str,
        typer.Option(metavar="FROM:TO", help="Of each block, over what it has, to place power."),
    ] = "0.5:1.5",
    values: Settings = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and tables; out/CASE-optimise if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Coldest cold plate for each of several pump powers: fins, base, flow and flow path.

    Within what can be made and the case's limits. With --place-power the power of the blocks, their
    total as it is, for the coldest hottest point. Exit codes as of solve.
    """
    with plain_errors():
        loaded = load(case, values or [])
        if place_power:
            folder = folder_for(loaded, as_json, out, no_files, "-placement")
            _hand_over_placement(_place(loaded, block_power), as_json, folder)
            return
        folder = folder_for(loaded, as_json, out, no_files, "-optimise")
        limits = (least_wall, least_gap, aspect)
        found = _find(loaded, limits, hold or [], path or [], pump_power or [], _zones(zones))
        _hand_over(found, as_json, folder)


def _find(
    loaded: LoadedCase,
    limits: tuple[str, str, float],
    hold: list[str],
    paths: list[str],
    pump_powers: list[float],
    zones: tuple[int, int] | None,
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
        return front(design_space(loaded, least, hold, paths, zones), pump_powers, show)


def _zones(text: str) -> tuple[int, int] | None:
    from ..case_file import CaseError

    bands, times, sections = text.partition("x")
    if not text:
        return None
    if not (times and bands.isdigit() and sections.isdigit()):
        raise CaseError(f"--zones: found '{text}'; BANDSxSECTIONS is meant, as 1x3")
    return int(bands), int(sections)


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


def _place(loaded: LoadedCase, block_power: str) -> Placement:
    from ..case_file import CaseError
    from ..place_power import place_power

    try:
        least, most = (float(end) for end in block_power.split(":"))
    except ValueError:
        raise CaseError(
            f"--block-power: found '{block_power}'; FROM:TO is meant, as 0.5:1.5"
        ) from None
    with status_line() as show:
        return place_power(loaded, least, most, show)


def _hand_over_placement(found: Placement, as_json: bool, folder: Path | None) -> None:
    from rich.console import Console

    from ..place_power_report import placement_figure, print_placement, to_dict, write_map

    def write(draft: Path) -> None:
        if found.before.loaded.case.heat.map == "uniform":
            write_map(found, draft / "placement.csv")
        picture = placement_figure(found)
        picture.savefig(draft / "placement.png", dpi=150, facecolor="white")

    hand_over(
        "placement",
        lambda: to_dict(found),
        write,
        lambda: print_placement(found, Console(highlight=False)),
        as_json,
        folder,
        "Picture and map are",
    )
