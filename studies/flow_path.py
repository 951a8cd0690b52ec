"""How the channels' length is split into flow paths, as a case file says it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

FlowPath = Annotated[str, Field(pattern=r"^(single pass|centre-split|[1-9]\d?-way)$")]
"""'single pass', 'centre-split' (in at the centre, out at both ends) or 'N-way'."""


def segments_of(path: str) -> int:
    """Flow paths along the channels' length.

    Examples
    --------
    >>> segments_of("centre-split"), segments_of("4-way")
    (2, 4)
    """
    named = {"single pass": 1, "centre-split": 2}
    return named.get(path) or int(path.removesuffix("-way"))
