"""What of a case could be chosen otherwise: its assumed values that have a range."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .case_file import CaseError, LoadedCase

CHOSEN_IN = ("layers", "faces", "coolant", "heat", "limits")
"""Sections whose assumed values decide where the heat goes."""
ASKED_FOR = ("coolant.inlet_temperature", "coolant.flow", "heat.power")
"""What a study asks for is no change of the design."""
_NUMBER = re.compile(r"^\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*(.*?)\s*$")


@dataclass(frozen=True)
class Change:
    """A value of the case on its way to one end of its range.

    Attributes
    ----------
    path : str
        Its key.
    now, end : str
        As the case file writes them.
    span : tuple of float or None
        Value now, at the end, and the width of its range, in ``unit``; None of a choice of words.
    unit : str
        Of the range.
    """

    path: str
    now: str
    end: str
    span: tuple[float, float, float] | None
    unit: str

    def at(self, share: float) -> str | float:
        """The value when it has moved by a share of its range's width, at most to the end."""
        if self.span is None:
            return self.end if share > 0 else self.now
        now, end, width = self.span
        way = min(share * width, abs(end - now))
        value = now + way * (1 if end > now else -1)
        return f"{value:.12g} {self.unit}" if self.unit else value

    def words(self, share: float) -> str:
        """From what to what."""
        if self.span is None:
            return f"{self.path} from {self.now} to {self.end}"
        now, value = self.span[0], _NUMBER.match(str(self.at(share)))
        assert value is not None
        return f"{self.path} from {now:.3g} to {float(value[1]):.3g} {self.unit}".rstrip()


def changes_of(loaded: LoadedCase) -> list[Change]:
    """Every assumed value with a range, once for each of its ends.

    Left out are values that are lists, and ends that the case cannot have, as channels wider than
    their pitch.
    """
    found = []
    for path, entry in loaded.provenance.items():
        if entry.trust != "D" or path.split(".")[0] not in CHOSEN_IN or path in ASKED_FOR:
            continue
        now = _value(loaded.raw, path)
        if isinstance(now, list):
            continue
        for end in entry.range:
            change = _change(loaded, path, now, end, entry.range)
            if change is not None:
                found.append(change)
    return found


def _change(
    loaded: LoadedCase, path: str, now: Any, end: str, span: Sequence[str]
) -> Change | None:
    """One end of a value's range; None where it is there, or cannot get there."""
    numbers = [_NUMBER.match(text) for text in span]
    if any(number is None for number in numbers):
        change = Change(path, str(now), end, None, "")
        return None if end == now or not _is_possible(loaded, {path: end}) else change
    units = {number[2] for number in numbers if number is not None}
    if len(span) != 2 or len(units) != 1:
        return None
    low, high = sorted(float(number[1]) for number in numbers if number is not None)
    unit, last = units.pop(), float((_NUMBER.match(end) or [0, 0])[1])
    given = _NUMBER.match(str(now))
    if given is None or given[2] != unit or float(given[1]) == last:
        return None
    change = Change(path, str(now), end, (float(given[1]), last, high - low), unit)
    return change if _is_possible(loaded, {path: change.at(1.0)}) else None


def _is_possible(loaded: LoadedCase, values: dict[str, Any]) -> bool:
    try:
        loaded.with_values(values)
    except CaseError:
        return False
    return True


def _value(tree: Any, path: str) -> Any:
    """What stands at a dotted path of the case file."""
    for key in path.split("."):
        tree = tree[key]
    return tree
