"""``waferflux plant``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import check_writable, folder_for, load, move_in, to_json
from .progress import status_line

if TYPE_CHECKING:
    from ..plant_study import PlantStudy


def plant(
    case: Annotated[str, typer.Argument(help="A shipped case, or the path of a case file.")],
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
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Replace one value, as for solve."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the answer as one JSON object and nothing else.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for picture and plant.json; out/CASE-plant if left out."),
    ] = None,
    no_files: Annotated[bool, typer.Option("--no-files", help="Write no files.")] = False,
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
        if folder is not None:
            check_writable(folder)
        from ..plant_study import studies_at

        with status_line() as show:
            found = studies_at(loaded, inlets or [], show)
        if folder is not None:
            _write(loaded.name, found, folder)
        _print(loaded.name, found, as_json, folder)


def _write(case: str, found: list[PlantStudy], folder: Path) -> None:
    from ..plant_figure import plant_figure
    from ..plant_report import to_dict

    def write(draft: Path) -> None:
        text = to_json(to_dict(case, found))
        (draft / "plant.json").write_text(text + "\n", encoding="utf-8")
        plant_figure(found).savefig(draft / "plant.png", dpi=150, facecolor="white")

    move_in(folder, write)


def _print(case: str, found: list[PlantStudy], as_json: bool, folder: Path | None) -> None:
    from ..plant_report import print_plant, to_dict

    if as_json:
        print(to_json(to_dict(case, found)))
        return
    from rich.console import Console

    print_plant(case, found, Console(highlight=False))
    if folder is not None:
        print(f"\nPicture and plant.json are in {folder}{os.sep}")
