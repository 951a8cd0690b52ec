"""What is wrong with a sweep before anything is solved: a path that is not there, a wrong unit.

A value that cannot be by itself stops the sweep. Values that only do not go together, as channels
wider than their pitch, make a point with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from .build import build
from .case_file import CaseError, LoadedCase
from .design_points import Axis, Design

MOST_LOOKED_AT = 200
"""Values of an axis of numbers that are all tried; of more, the least and the largest."""


def check_values(base: LoadedCase, design: Design) -> None:
    """Put each value by itself into the base case.

    Raises
    ------
    CaseError
        One line for each fault of the first value that cannot be.
    """
    for axis in design.axes:
        for setting in _telling(axis):
            _check(base, axis, setting)


def _telling(axis: Axis) -> Iterator[Any]:
    """Settings of an axis that show what is wrong with it."""
    values = list(dict.fromkeys(axis.values))
    if axis.unit is not None and len(values) > MOST_LOOKED_AT:
        values = [min(values), max(values)]
    return map(axis.setting, values)


def _check(base: LoadedCase, axis: Axis, setting: Any) -> None:
    try:
        case = base.with_values({axis.path: setting})
        if axis.unit is None:
            build(case)  # refuses a fluid or a file that is not there
    except CaseError as error:
        if axis.unit is None or not _may_be_with_others(error):
            raise


def _may_be_with_others(error: CaseError) -> bool:
    """Whether all that is wrong is how the value goes with the rest of the case."""
    cause = error.__context__
    if not isinstance(cause, ValidationError):
        return True
    return all(fault["type"] == "value_error" for fault in cause.errors())
