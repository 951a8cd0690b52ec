"""``waferflux explore``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .errors import plain_errors
from .files import load
from .options import CaseName, Settings
from .progress import status_line

if TYPE_CHECKING:
    from ..explore_server import ExploreServer

PORT = 8765


def explore(
    case: CaseName,
    values: Settings = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="On this machine; 0 for any that is free.")
    ] = PORT,
) -> None:
    """Serve a page with sliders to this machine, until Ctrl-C: each move is solved at once.

    Exit codes as of solve.
    """
    with plain_errors():
        from ..explore import Explorer

        loaded = load(case, values or [])
        with _listening(port) as server:
            with status_line() as show:
                server.explorer = Explorer(loaded, show)
            try:
                at = f"http://127.0.0.1:{server.port}/"
                print(f"{loaded.name} is at {at} until Ctrl-C", flush=True)
                server.serve_forever()
            except KeyboardInterrupt:
                print("stopped")


def _listening(port: int) -> ExploreServer:
    from ..case_file import CaseError
    from ..explore_server import ExploreServer

    try:
        return ExploreServer(port)
    except OSError as error:
        raise CaseError(
            f"--port: found {port}; one that is free is meant: {error.strerror}"
        ) from None
