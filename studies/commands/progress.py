"""A line on stderr that says how far a command is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SHOW_PROGRESS_AFTER = 1.0
"""Seconds."""


@contextmanager
def status_line() -> Iterator[Callable[[str], None]]:
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
