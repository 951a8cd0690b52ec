"""``waferflux validate``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from .errors import VALIDATION_FAILED, plain_errors
from .files import check_writable, write_texts


def validate(
    out: Annotated[
        Path | None, typer.Option(help="Folder for validation.md and validation.json.")
    ] = None,
) -> None:
    """Solve every problem with a known answer and say how far off we are.

    Exit code 0 when every row passes, 1 when one fails.
    """
    from rich.console import Console

    from ..validation import rows_of, run
    from ..validation.report import print_table, to_json, to_markdown

    with plain_errors():
        if out is not None:
            check_writable(out)
        with _case_progress() as report:
            results = run(report)
        print_table(results, Console(highlight=False))
        if out is not None:
            write_texts(
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
