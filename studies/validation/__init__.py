"""Verification and validation: problems with known answers, and what we find for them.

Each case is a function that gives rows; its docstring is its paragraph in docs/validation.md. A new
case goes into the list of its file, or as a list of its own into ``GROUPS``: transients and other
engines belong there too.
"""

from __future__ import annotations

from collections.abc import Callable

from threadpoolctl import threadpool_limits

from . import (
    air,
    boiling,
    channels,
    conduction,
    decoupling,
    duct_flow,
    electricity,
    engines,
    headers,
    netlists,
    sheets,
    spreading,
    stack,
    transients,
    vapour_chambers,
    variance,
)
from .rows import Case, Row

# every case, by the heading that it stands under
GROUPS: dict[str, list[Case]] = {
    "Heat": [*conduction.CASES, *stack.CASES, *spreading.CASES],
    "Channels": [*channels.CASES, *duct_flow.CASES, *headers.CASES, *boiling.CASES],
    "Vapour chambers and air": [*vapour_chambers.CASES, *air.CASES],
    "Electricity": [
        *electricity.CASES,
        *sheets.CASES,
        *decoupling.CASES,
        *netlists.CASES,
    ],
    "In time": [*transients.CASES],
}
if engines.CASES:
    GROUPS["Against another engine"] = [*engines.CASES]
if variance.CASES:
    GROUPS["Uncertainty"] = [*variance.CASES]

Results = dict[str, list[tuple[Case, list[Row]]]]
"""Cases with their rows, by heading."""


def run(progress: Callable[[int, int, str], None] | None = None) -> Results:
    """Solve every case.

    Parameters
    ----------
    progress : callable, optional
        Called before each case with its number from 1, the count of all, and its title.
    """
    count = sum(map(len, GROUPS.values()))
    done = 0
    results: Results = {}
    with threadpool_limits(limits=1, user_api="blas"):
        for heading, cases in GROUPS.items():
            results[heading] = []
            for case in cases:
                done += 1
                if progress is not None:
                    progress(done, count, case.title)
                results[heading].append((case, case.solve()))
    return results


def rows_of(results: Results) -> list[Row]:
    """All rows in order."""
    return [row for cases in results.values() for _, rows in cases for row in rows]


__all__ = ["GROUPS", "Case", "Results", "Row", "rows_of", "run"]
