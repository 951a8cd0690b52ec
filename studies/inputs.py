"""Every number of a case that may be a little more or less, and the case with one of them moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from geometry.materials import material

from .case import Case, FinZone, SolidLayer

Path = tuple[str, ...]
SECTIONS = ("device", "layers", "faces", "coolant", "heat", "loads", "delivery", "loop")
"""Those whose numbers move what a solution says; limits and the like do not."""


def leaves(part: Any, path: Path = ()) -> Iterator[tuple[Path, float]]:
    """Every float of a part and of its parts, with the names that lead to it."""
    if isinstance(part, float):
        yield path, part
    elif is_dataclass(part):
        for entry in fields(part):
            yield from leaves(getattr(part, entry.name), (*path, entry.name))
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from leaves(value, (*path, str(name)))
    elif isinstance(part, tuple | list):
        for number, value in enumerate(part):
            yield from leaves(value, (*path, str(number)))


def with_leaf(part: Any, path: Path, value: float) -> Any:
    """A copy of a part with one of its floats replaced.

    Examples
    --------
    >>> with_leaf({"a": (1.0, 2.0)}, ("a", "1"), 3.0)
    {'a': (1.0, 3.0)}
    """
    if not path:
        return value
    first, *rest = path
    if isinstance(part, dict):
        return {k: with_leaf(v, tuple(rest), value) if k == first else v for k, v in part.items()}
    if isinstance(part, tuple | list):
        new = [
            with_leaf(v, tuple(rest), value) if str(i) == first else v for i, v in enumerate(part)
        ]
        return type(part)(new)
    return replace(part, **{first: with_leaf(getattr(part, first), tuple(rest), value)})


def inputs(case: Case) -> Iterator[tuple[Path, float]]:
    """Numbers of the sections that a solution depends on; those that are nought are left out."""
    for section in SECTIONS:
        for path, value in leaves(getattr(case, section), (section,)):
            if value != 0:
                yield path, value


def with_plain_materials(case: Case) -> Case:
    """The case with the numbers of its materials in place of their names.

    Of fins, whose numbers have no exponent, only where the material's conductivity is constant.
    """
    return replace(case, layers={name: _plain(layer) for name, layer in case.layers.items()})


def _plain(layer: Any) -> Any:
    if not isinstance(layer, SolidLayer | FinZone) or layer.material is None:
        return layer
    known = material(layer.material)
    numbers: dict[str, Any] = {
        "material": None,
        "conductivity": known.conductivity,
        "density": known.density,
        "heat_capacity": known.heat_capacity,
    }
    if isinstance(layer, SolidLayer):
        numbers["conductivity_exponent"] = known.exponent
    elif known.exponent:
        return layer
    return replace(layer, **numbers)
