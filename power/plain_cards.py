"""Runs of plain cards, a letter, two nodes and a plain number on each line, taken many at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

KINDS = "rvicl"
"""Letters of the cards that are understood."""


class PlainCards(NamedTuple):
    """Lines that are all plain cards."""

    letters: NDArray[np.uint8]
    names: list[str]
    first: list[str]
    second: list[str]
    values: NDArray[np.float64]


def plain_cards(text: str) -> PlainCards | None:
    r"""Lines in lower case, each with an end, as plain cards; None when one of them is not.

    Examples
    --------
    >>> plain_cards("r1 a b 1.5\nv1 a 0 1\n").values.tolist()
    [1.5, 1.0]
    >>> plain_cards("r1 a b 1.5k\n") is None
    True
    """
    if "$" in text or ";" in text:
        return None
    # one list of words, without a list for each line, is what makes this fast
    words, lines = text.replace("\n", " ; ").split(), text.count("\n")
    if len(words) != 5 * lines or words[4::5].count(";") != lines:
        return None
    names, numbers = words[::5], words[3::5]
    letters = np.frombuffer("".join([name[0] for name in names]).encode("utf-8"), np.uint8)
    if len(letters) != lines or not np.isin(letters, [*map(ord, KINDS)]).all():
        return None
    try:
        values = np.fromiter(map(float, numbers), float, lines)
    except ValueError:
        return None
    # Python takes nan, inf and 1_000 for numbers
    if not np.isfinite(values).all() or "_" in "".join(numbers):
        return None
    return PlainCards(letters, names, words[1::5], words[2::5], values)
