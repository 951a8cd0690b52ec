"""``waferflux plant``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import folder_for, hand_over, load
from .options import AsJson, CaseName, NoFiles, Settings
from .progress import status_line

if TYPE_CHECKING:
    from ..plant_study import PlantStudy


def plant(
    case: CaseName,
    weather: Annotated[
        str | None,
        typer.Option(help="oklahoma-city, or an EnergyPlus weather file (.epw)."),
    ] = None,
    inlets: Annotated[
        list[str] | None,
        typer.Option(
            "--inlet",
            metavar="TEMPERATURE",
            help="Coolant inlet, as '30 degC'; repeated, several are compared.",
        ),
    ] = None,
    values: Settings = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and plant.json; out/CASE-plant if left out."),
    ] = None,
    no_files: NoFiles = False,
) -> None:
    """Put the machine on its plant: distribution units, chillers, free cooling, PUE, water, cost.

    A year hour by hour from weather. Exit codes as of solve.
    """
    with plain_errors():
        loaded = load(case, values or [])
        if weather is not None:
            known = Path(weather).suffix.lower() != ".epw"
            path = weather if known else str(Path(weather).absolute())
            loaded = loaded.with_values({"plant.weather": path})
        folder = folder_for(loaded, as_json, out, no_files, "-plant")
        from ..plant_study import studies_at

        with status_line() as show:
            found = studies_at(loaded, inlets or [], show)
        _hand_over(loaded.name, found, as_json, folder)


def _hand_over(case: str, found: list[PlantStudy], as_json: bool, folder: Path | None) -> None:
    from rich.console import Console

    from ..plant_report import print_plant, to_dict

    def write(draft: Path) -> None:
        from ..plant_figure import plant_figure

        plant_figure(found).savefig(draft / "plant.png", dpi=150, facecolor="white")

    hand_over(
        "plant",
        lambda: to_dict(case, found),
        write,
        lambda: print_plant(case, found, Console(highlight=False)),
        as_json,
        folder,
        "Picture and plant.json are",
    )
