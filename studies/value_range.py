"""A range of values as commands take it: FROM:TO, with a count and a unit behind."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .case_file import CaseError
from .coolant_need import FREEZING

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"\s*({NUMBER})\s*:\s*({NUMBER})\s*(?::\s*(\d+)(?![\d.]))?\s*([^\s:].*?)?\s*$")
MOST_INLETS = 200


@dataclass(frozen=True)
class ValueRange:
    """From one number to another.

    Attributes
    ----------
    first, last : float
        Rising, in ``unit``.
    count : int or None
        Of the values, 2 or more; None where the range says only its ends.
    unit : str
        As it was written; may be empty.
    """

    first: float
    last: float
    count: int | None
    unit: str

    def values(self) -> list[float]:
        """As many as ``count``, evenly spread, ends included; of 12 digits."""
        spread = np.linspace(self.first, self.last, self.count or 2)
        return [tidy(float(value)) for value in spread]


def tidy(value: float) -> float:
    """The number of 12 digits that is nearest: 0.3 for 0.1 + 0.2."""
    return float(f"{value:.12g}")


def parse_range(text: str) -> ValueRange | None:
    """A text such as ``5:45:9 degC`` or ``5:45 degC``; None where it is no rising range.

    Examples
    --------
    >>> parse_range("5:45:9 degC")
    ValueRange(first=5.0, last=45.0, count=9, unit='degC')
    >>> parse_range("0:1:3").values()
    [0.0, 0.5, 1.0]
    >>> parse_range("45:5:9 degC") is None
    True
    """
    found = _RANGE.match(text)
    if found is None:
        return None
    first, last = float(found[1]), float(found[2])
    count = None if found[3] is None else int(found[3])
    rising = np.isfinite(last - first) and first < last
    if not rising or (count is not None and count < 2):
        return None
    return ValueRange(first, last, count, found[4] or "")


def parse_inlets(option: str, text: str) -> list[float]:
    """Coolant inlets [K] of FROM:TO:COUNT in degC.

    Raises
    ------
    CaseError
        When the text says something else; names the option.

    Examples
    --------
    >>> [round(kelvin - 273.15, 6) for kelvin in parse_inlets("--inlet", "5:45:3")]
    [5.0, 25.0, 45.0]
    """
    found = parse_range(text)
    if (
        found is None
        or not 2 <= (found.count or 0) <= MOST_INLETS
        or found.unit not in ("", "degC")
        or found.first <= -FREEZING
    ):
        raise CaseError(
            f"{option}: found '{text}'; FROM:TO:COUNT in degC is meant, as 5:45:9, rising, "
            f"of 2 to {MOST_INLETS}"
        )
    return [celsius + FREEZING for celsius in found.values()]
