"""Options that most commands have."""

from __future__ import annotations

from typing import Annotated

import typer

CaseName = Annotated[str, typer.Argument(help="A shipped case, or the path of a case file.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Replace one value, as for solve."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the answer as one JSON object and nothing else.")
]
NoFiles = Annotated[bool, typer.Option("--no-files", help="Write no files.")]
