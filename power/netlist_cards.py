"""The words of a card: numbers with engineering suffixes, and sources with their waveforms."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .netlist import TransientCard

SUFFIXES = {
    "t": 1e12, "g": 1e9, "meg": 1e6, "k": 1e3, "mil": 25.4e-6, "m": 1e-3, "u": 1e-6, "n": 1e-9,
    "p": 1e-12, "f": 1e-15,
}  # fmt: skip
"""As SPICE has them: m is milli and f femto in either case; letters behind are a unit."""
NUMBER = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(meg|mil|[tgkmunpf])?([a-df-z][a-z]*)?", re.ASCII
)
MARKS = str.maketrans("(),=", "    ")
WAVES = ("pulse", "pwl")


class CardError(ValueError):
    """A card that cannot be read; the message does not say where."""


def number(text: str) -> float:
    """Value of a number with an engineering suffix and perhaps a unit, in lower case.

    Raises
    ------
    CardError
        When it is none, and for the suffix a, which is atto to some programs and ampere to readers.

    Examples
    --------
    >>> [number(text) for text in ("4.7kohm", "10meg", "2mil", "5", "1e-3v")]
    [4700.0, 10000000.0, 5.08e-05, 5.0, 0.001]
    """
    matched = NUMBER.fullmatch(text)
    if matched is None:
        raise CardError(f"found '{text}'; a number is meant")
    digits, suffix, unit = matched.groups()
    if suffix is None and (unit or "").startswith("a"):
        raise CardError(
            f"found '{text}'; a number without 'a' is meant, which is atto to some programs"
        )
    value = float(digits) * SUFFIXES.get(suffix or "", 1.0)
    if not math.isfinite(value):
        raise CardError(f"found '{text}'; a finite number is meant")
    return value


@dataclass(frozen=True)
class Source:
    """What a V or I card says.

    Attributes
    ----------
    constant : float or None
        At the operating point [V or A]; None when only a waveform is given.
    wave : str or None
        ``"pulse"`` or ``"pwl"``.
    numbers : list of float
        Of the waveform.
    """

    constant: float | None
    wave: str | None
    numbers: list[float]


def source(words: list[str]) -> Source:
    """Read what follows the nodes of a V or I card.

    Examples
    --------
    >>> source("dc 1.8 pulse(0 1 2n)".split())
    Source(constant=1.8, wave='pulse', numbers=[0.0, 1.0, 2e-09])
    """
    tokens = " ".join(words).translate(MARKS).split()
    constant, wave, numbers = None, None, []
    while tokens:
        word = tokens.pop(0)
        if word in WAVES and wave is None:
            wave, numbers = word, _leading_numbers(tokens)
        elif word == "ac":
            _leading_numbers(tokens)  # small signals, which no analysis here asks for
        elif constant is None:
            if word == "dc" and not tokens:
                raise CardError("found nothing behind 'dc'; a number is meant")
            constant = number(tokens.pop(0) if word == "dc" else word)
        else:
            raise CardError(f"found '{word}'; a value, pulse(...) or pwl(...) is meant")
    if constant is None and wave is None:
        raise CardError("found no value; a number, pulse(...) or pwl(...) is meant")
    return Source(constant, wave, numbers)


def _leading_numbers(tokens: list[str]) -> list[float]:
    """Take the numbers off the front."""
    found = []
    while tokens and (tokens[0][0].isdigit() or tokens[0][0] in "+-."):
        found.append(number(tokens.pop(0)))
    return found


Points = NDArray[np.float64]


def line_points(numbers: list[float]) -> Points:
    """Points (time, value) of a PWL waveform, shape (points, 2)."""
    if len(numbers) < 2 or len(numbers) % 2:
        raise CardError(f"found {len(numbers)} numbers in pwl; pairs of time and value are meant")
    points = np.array(numbers).reshape(-1, 2)
    if np.any(np.diff(points[:, 0]) <= 0):
        raise CardError("found pwl times that do not grow; each later than the one before is meant")
    return points


def pulse_numbers(
    numbers: list[float], step: float, stop: float
) -> tuple[float, float, float, float, float, float, float]:
    """The seven numbers of a PULSE, those left out or 0 taken from ``.tran`` as SPICE does.

    Rise and fall are then the step, width and period the end of the run.
    """
    if not 2 <= len(numbers) <= 7:
        raise CardError(f"found {len(numbers)} numbers in pulse; 2 to 7 are meant")
    low, high, delay, rise, fall, width, period = [*numbers, *[0.0] * (7 - len(numbers))]
    if min(delay, rise, fall, width, period) < 0:
        raise CardError("found a time below 0 in pulse; 0 or more is meant")
    rise, fall = rise or step, fall or step
    taken = rise + (width or stop) + fall
    if period and taken > period * (1 + 1e-9):
        raise CardError(
            f"found a pulse of {taken:g} s in a period of {period:g} s; no longer than it is meant"
        )
    # a pulse whose period is left out comes but once
    return low, high, delay, rise, fall, width or stop, period or delay + taken + stop


def transient_card(words: list[str]) -> TransientCard:
    """Read what follows ``.tran``; without a longest step that is the step."""
    if "uic" in words:
        raise CardError("found uic; a run that starts from the operating point is meant")
    if not 2 <= len(words) <= 4:
        raise CardError(f"found {len(words)} numbers; step, end, start and longest step are meant")
    step, stop, start, longest = [*map(number, words), *[0.0] * (4 - len(words))]
    if not 0 < step <= stop or not 0 <= start < stop or longest < 0:
        raise CardError("found times in no order; 0 < step <= end and 0 <= start < end are meant")
    return TransientCard(step, stop, start, min(longest or step, step))
