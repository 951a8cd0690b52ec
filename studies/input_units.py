"""The unit in which a case file gives a number."""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass
from typing import Any, get_type_hints

from geometry.units import parse_quantity, split_quantity, unit_of

from .case_file import LoadedCase
from .inputs import Path

FREEZING = 273.15


@dataclass(frozen=True)
class InputUnit:
    """A unit of the case file.

    Attributes
    ----------
    name : str
        As the case writes it, else of the SI; nothing where the number has none.
    size : float
        In SI.
    zero : float
        Where its scale begins, in SI.
    is_temperature : bool
    """

    name: str
    size: float = 1.0
    zero: float = 0.0
    is_temperature: bool = False

    def shown(self, value: float) -> float:
        """A value in SI in this unit."""
        return (value - self.zero) / self.size


def input_unit(loaded: LoadedCase, path: Path) -> InputUnit:
    """Unit of an input: as the case file has it, or of the SI."""
    si = _si_unit(loaded.case, path)
    if si is None:
        return InputUnit("")
    if si == "K":
        return InputUnit("degC", zero=FREEZING, is_temperature=True)
    given = as_given(loaded, path)
    split = split_quantity(given) if isinstance(given, str) else None
    if split is None:
        return InputUnit(si)
    _, name = split
    return InputUnit(name, parse_quantity(f"1 {name}", si))


def _si_unit(part: Any, path: Path) -> str | None:
    """Unit of the field that a path ends in, or of the list or table of numbers there."""
    found = None
    for name in path:
        if is_dataclass(part):
            found = unit_of(get_type_hints(type(part), include_extras=True)[name])
            part = getattr(part, name)
        else:
            part = part[name] if isinstance(part, dict) else part[int(name)]
    return found


def as_given(loaded: LoadedCase, path: Path) -> Any:
    """An input as the case file has it; None where it says nothing."""
    given: Any = loaded.raw
    for name in path:
        if isinstance(given, dict):
            given = given.get(name)
        elif isinstance(given, list | tuple):
            given = given[int(name)]
        else:
            return None
    return given


def in_si(loaded: LoadedCase, path: Path, text: str) -> float:
    """What a text would be as the value of an input."""
    si = _si_unit(loaded.case, path)
    return float(text) if si is None else parse_quantity(text, si)
