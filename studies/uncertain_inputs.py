"""Uncertain inputs of a case: values that are not known, the ranges and how likely within them.

Those of a case are its values with a ``range``, except published ones, which are known, and the
limits, which the answer is held against. Others are said as ``PATH``, ``PATH=DISTRIBUTION``,
``PATH=[DISTRIBUTION] a:b unit`` or ``PATH=word,word``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from geometry.units import parse_quantity, split_quantity

from .case_file import CaseError, LoadedCase
from .design_points import Axis, Coordinate, parse_axis
from .value_range import ValueRange, tidy

Distribution = Literal["uniform", "log-uniform", "triangular", "normal", "evenly"]
RANGES = get_args(Distribution)[:-1]
NORMAL_ENDS = 2.0
"""Standard deviations from the middle to the ends of a normal one."""
GRAMMAR = (
    "PATH, PATH=1:20 mm, PATH=log-uniform 1:20 mm (or triangular, normal), or PATH=word,word "
    "is meant"
)
PUBLISHED = "A"
LIMITS = "limits."


@dataclass(frozen=True)
class UncertainInput:
    """One value of the case that is not known.

    Attributes
    ----------
    axis : Axis
        Its path, unit and range, or the values that it may have.
    distribution : {"uniform", "log-uniform", "triangular", "normal", "evenly"}
        The last of a list: each value as likely.
    base : Coordinate
        Its value in the case, in the axis' unit.
    """

    axis: Axis
    distribution: Distribution
    base: Coordinate

    @property
    def path(self) -> str:
        """Its key in the case file."""
        return self.axis.path

    @property
    def ends(self) -> tuple[Coordinate, ...]:
        """The ends of its range, or every value of its list, without the base value."""
        return tuple(value for value in self.axis.values if value != self.base)

    def at(self, share: float) -> Coordinate:
        """The value below which that share of its values lies; the share from 0 to below 1.

        Examples
        --------
        >>> axis = parse_axis("layers.contact.resistance=1:16 mm**2*K/W")
        >>> UncertainInput(axis, "log-uniform", 5.0).at(0.5)
        4.0
        >>> UncertainInput(axis, "triangular", 1.0).at(0.75)
        8.5
        """
        span = self.axis.span
        if span is None or self.distribution == "uniform":
            return self.axis.at(share)
        if self.distribution == "log-uniform":
            return tidy(span.first * (span.last / span.first) ** share)
        width = span.last - span.first
        return tidy(span.first + width * self._share_of_width(share, span))

    def _share_of_width(self, share: float, span: ValueRange) -> float:
        from scipy.stats import triang, truncnorm

        if self.distribution == "triangular":
            peak = (float(self.base) - span.first) / (span.last - span.first)
            return float(triang.ppf(share, peak))
        deviations = float(truncnorm.ppf(share, -NORMAL_ENDS, NORMAL_ENDS))
        return 0.5 + 0.5 * deviations / NORMAL_ENDS

    def text(self) -> str:
        """Range and distribution in words, as ``1 to 20 mm**2*K/W``; uniform is not said."""
        unit = f" {self.axis.unit}" if self.axis.unit else ""
        if self.axis.span is None:
            return ", ".join(f"{value}" for value in self.axis.values) + unit
        words = f"{self.axis.span.first:g} to {self.axis.span.last:g}{unit}"
        return words if self.distribution == "uniform" else f"{words}, {self.distribution}"


def uncertain_inputs(
    loaded: LoadedCase, vary: Sequence[str] = (), only: bool = False
) -> list[UncertainInput]:
    """The inputs of a case that are not known.

    Parameters
    ----------
    loaded : LoadedCase
    vary : sequence of str
        More of them, or other ranges, as the module says. A value that was set has no range.
    only : bool
        Leave out those of the case's own ranges.

    Raises
    ------
    CaseError
        When a text cannot be read, a path comes twice, has no value or range in the case, or there
        are none at all.

    Examples
    --------
    >>> from studies import load_case
    >>> slab = load_case("slab")
    >>> [found.text() for found in uncertain_inputs(slab, ["heat.power=normal 15:20 kW"])]
    ['15 to 20 kW, normal']
    """
    named = [_parsed(loaded, text) for text in vary]
    paths = [found.path for found in named]
    for path in paths:
        if paths.count(path) > 1:
            raise CaseError(f"--vary: {path}: found twice; each path once is meant")
    own = [] if only else [path for path in doubtful_paths(loaded) if path not in paths]
    found = [_of_range(loaded, path, "uniform") for path in own] + named
    if not found:
        raise CaseError(f"--vary: missing, and {loaded.name} has no ranges of its own; {GRAMMAR}")
    return found


def doubtful_paths(loaded: LoadedCase) -> list[str]:
    """Paths of the case with a range, without published values and limits."""
    return [
        path
        for path, origin in loaded.provenance.items()
        if origin.range and origin.trust != PUBLISHED and not path.startswith(LIMITS)
    ]


def published_paths(loaded: LoadedCase) -> list[str]:
    """Paths of the case with a range whose value is published, so that it is varied if asked."""
    return [p for p, o in loaded.provenance.items() if o.range and o.trust == PUBLISHED]


def _parsed(loaded: LoadedCase, text: str) -> UncertainInput:
    path, equals, values = (part.strip() for part in text.partition("="))
    if not path or (equals and not values):
        raise CaseError(f"--vary: found '{text}'; {GRAMMAR}")
    if path.startswith(LIMITS):
        raise CaseError(f"--vary: {path}: a limit is what the answer is held against; --set it")
    first, _, rest = values.partition(" ")
    distribution: Distribution = first if first in RANGES else "uniform"  # type: ignore[assignment]
    if first in RANGES:
        values = rest.strip()
    if not values:
        return _of_range(loaded, path, distribution)
    axis = parse_axis(f"{path}={values}")
    if axis.span is None and first in RANGES:
        raise CaseError(f"--vary: {path}: found {first} of a list; a range is meant, as 1:20 mm")
    if axis.span is not None and axis.span.count is not None:
        raise CaseError(f"--vary: {path}: found a range with a count; 5:45 degC is meant")
    return _input(loaded, axis, distribution)


def _of_range(loaded: LoadedCase, path: str, distribution: Distribution) -> UncertainInput:
    """By the range that the case file gives."""
    origin = loaded.provenance.get(path)
    span = () if origin is None else origin.range
    if not span:
        raise CaseError(f"--vary: {path}: the case has no range for it; {GRAMMAR}")
    ends = [split_quantity(text) for text in span]
    if any(end is None for end in ends):
        values = dict.fromkeys([str(_raw(loaded, path)), *span])
        return _input(loaded, Axis(path, None, tuple(values)), "evenly")
    unit = ends[0][1]  # type: ignore[index]
    first, last = _in_unit(path, span[0], unit), _in_unit(path, span[-1], unit)
    if len(span) != 2 or not first < last:
        raise CaseError(f"{path}.range: found {' to '.join(span)}; a rising range is meant")
    axis = Axis(path, unit, (first, last), ValueRange(first, last, None, unit))
    return _input(loaded, axis, distribution)


def _input(loaded: LoadedCase, axis: Axis, distribution: Distribution) -> UncertainInput:
    """With the base value; of a list of numbers the largest, the others in proportion to it."""
    raw = _raw(loaded, axis.path)
    if axis.unit is None:
        return UncertainInput(axis, "evenly", str(raw))
    entries = raw if isinstance(raw, list) else [raw]
    numbers = [_in_unit(axis.path, entry, axis.unit) for entry in entries]
    base = tidy(max(numbers, key=abs))
    if isinstance(raw, list):
        axis = replace(axis, ratios=tuple(number / base for number in numbers))
    if axis.span is None:
        return UncertainInput(axis, "evenly", base)
    _check(axis.path, axis.span, distribution, base)
    return UncertainInput(axis, distribution, base)


def _check(path: str, span: ValueRange, distribution: Distribution, base: float) -> None:
    if distribution == "log-uniform" and (span.first <= 0 or span.unit.startswith("deg")):
        raise CaseError(
            f"--vary: {path}: found log-uniform from {span.first:g} {span.unit}; a range above "
            "zero, not of degrees, is meant"
        )
    if distribution == "triangular" and not span.first <= base <= span.last:
        raise CaseError(
            f"--vary: {path}: found the case's value {base:g} outside the range; triangular has "
            "its peak there"
        )


def _raw(loaded: LoadedCase, path: str) -> Any:
    tree: Any = loaded.raw
    for key in path.split("."):
        tree = tree.get(key) if isinstance(tree, dict) else None
    if tree is None or isinstance(tree, dict):
        raise CaseError(f"--vary: {path}: the case has no value there; --set one first")
    return tree


def _in_unit(path: str, value: Any, unit: str) -> float:
    """A number of the case file in another unit."""
    text = f"{value:.17g}" if isinstance(value, int | float) else str(value)
    try:
        wanted = unit.removesuffix("/sq")
        return tidy(parse_quantity(text, f"1{wanted}" if wanted.startswith("/") else wanted))
    except ValueError as error:
        raise CaseError(f"{path}: {error}") from None
