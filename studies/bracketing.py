"""How far a setting may go: the largest value that still holds a limit, in few evaluations."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

AIM = 0.4
"""Of the tolerance, by which the bracket's ends are aimed beside the expected crossing."""
MOST_STEPS = 60


@dataclass(frozen=True)
class Reach:
    """How far a setting may go.

    Attributes
    ----------
    holds : float or None
        The largest value found at which the limit holds; None when it does not at the least.
    breaks : float or None
        A value just above, at which it does not; None when it holds at the most.
    """

    holds: float | None
    breaks: float | None


def reach(
    excess: Callable[[float], float],
    low: float,
    high: float,
    guess: float,
    step: float,
    tolerance: Callable[[float, float, float], bool],
) -> Reach:
    """The largest value whose excess is not above 0, by secants kept in a bracket.

    Parameters
    ----------
    excess : callable
        Grows with the value; infinite where there is nothing to evaluate.
    low, high : float
        Between which is looked.
    guess : float
        Where to begin.
    step : float
        Expected distance from the guess to the crossing, with its sign: for the second evaluation.
    tolerance : callable
        Told a value that holds, one that does not and the excess at the first, whether they are
        close enough.

    Raises
    ------
    ArithmeticError
        When the bracket does not close, as where the excess is not a number.

    Examples
    --------
    >>> close = lambda held, broken, excess: broken - held <= 1e-6
    >>> found = reach(lambda u: u**2 - 2, 0.0, 10.0, 1.0, 0.5, close)
    >>> found.holds <= 2**0.5 < found.breaks
    True
    """
    ends: dict[bool, tuple[float, float]] = {}
    trail: list[tuple[float, float]] = []
    u = min(max(guess, low), high)
    for count in range(MOST_STEPS):
        e = excess(u)
        trail.append((u, e))
        ends[e <= 0] = (u, e)
        held, broken = ends.get(True), ends.get(False)
        if held is not None and broken is not None:
            if tolerance(held[0], broken[0], held[1]):
                return Reach(held[0], broken[0])
            u = _between(held, broken, trail, count, tolerance)
        elif held is not None:
            if u >= high:
                return Reach(u, None)
            u = _beyond(trail, step, high)
        else:
            if u <= low:
                return Reach(None, u)
            u = _beyond(trail, step, low)
    raise ArithmeticError(f"no crossing found between {low:g} and {high:g}")


def _crossing(trail: list[tuple[float, float]]) -> float | None:
    """Where the straight line through the last two points crosses nought."""
    if len(trail) < 2:
        return None
    (a, ea), (b, eb) = trail[-2:]
    if not (math.isfinite(ea) and math.isfinite(eb)) or (eb - ea) * (b - a) <= 0:
        return None
    return b - eb * (b - a) / (eb - ea)


def _beyond(trail: list[tuple[float, float]], step: float, end: float) -> float:
    """The next value on the way to an end, where all so far are on the same side."""
    u = trail[-1][0]
    way = end - u
    expected = _crossing(trail)
    if len(trail) == 1 and math.isfinite(trail[0][1]):
        stride = abs(step)
    elif expected is not None:
        # a little further than where the line leads, else rounding would end on the same side
        stride = abs(expected - u) * 1.1
    else:
        stride = abs(way) / 2
    last = abs(u - trail[-2][0]) if len(trail) > 1 else 0.0
    stride = max(stride, 0.02 * last, 1e-6 * abs(way))
    # what is left of the way is done in one stride
    return end if stride >= 0.9 * abs(way) else u + math.copysign(stride, way)


def _between(
    held: tuple[float, float],
    broken: tuple[float, float],
    trail: list[tuple[float, float]],
    count: int,
    tolerance: Callable[[float, float, float], bool],
) -> float:
    """The next value between one that holds and one that does not."""
    low, high = held[0], broken[0]
    expected = _crossing(trail)
    # now and then by half, lest the secants close in from one side only
    if count % 6 == 5 or not math.isfinite(broken[1]):
        return (low + high) / 2
    if expected is None or not low < expected < high:
        expected = low + (high - low) * held[1] / (held[1] - broken[1])
    width, slope = high - low, (broken[1] - held[1]) / (high - low)
    while width > 1e-12 * abs(high) and not tolerance(expected, expected + width, -slope * width):
        width /= 2
    # first just below the crossing, then just above it: the two make the bracket
    below, above = expected - AIM * width, expected + AIM * width
    if below > low + AIM * width / 10:
        return below
    return above if above < high else (low + high) / 2
