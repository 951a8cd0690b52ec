"""How a command ends when the input is wrong or the physics has no solution."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

VALIDATION_FAILED, BAD_INPUT, NO_SOLUTION = 1, 2, 3
"""Exit codes; 0 is an answer."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Wrong input and physics without a solution end the program in one line per fault."""
    from geometry.errors import NoSolution

    from ..case_file import CaseError

    try:
        yield
    except CaseError as error:
        stop(str(error), BAD_INPUT)
    except NoSolution as error:
        stop(f"{type(error).__name__}: {' '.join(str(error).split())}", NO_SOLUTION)
    except MemoryError:
        stop("grid: found more cells than the memory holds; fewer are meant", BAD_INPUT)


def stop(words: str, code: int) -> NoReturn:
    """Say on stderr why, and end with an exit code."""
    print(words, file=sys.stderr)
    raise typer.Exit(code)
