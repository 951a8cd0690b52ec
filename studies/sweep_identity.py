"""What makes two sweeps the same: case, design, seed, and the programs that solve it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .case_file import PATH_KEYS, LoadedCase
from .case_text import case_text
from .design_points import Design
from .point_model import Model
from .version import program_version

LIBRARIES = ("numpy", "scipy")
"""Whose versions may move the last digits of an answer."""


def versions() -> dict[str, str]:
    """Of the program and of the libraries that compute."""
    return {"waferflux": program_version()} | {n: importlib.metadata.version(n) for n in LIBRARIES}


def identity(base: LoadedCase, design: Design, model: Model, by_surface: bool) -> dict[str, str]:
    """What must be the same for points to belong together, by its name in words.

    The files that the case names count with their content.
    """
    axes = [(axis.path, axis.unit) for axis in design.axes]
    return {
        "case": _digest([base.raw, list(_contents(base, design))]),
        "design": _digest([design.kind, axes, design.points]),
        "seed": str(design.seed),
        "version": ", ".join(f"{name} {number}" for name, number in versions().items()),
        "model": f"{model.__module__}.{model.__qualname__}",
        "method": "surface" if by_surface else "every point solved",
    }


def _contents(base: LoadedCase, design: Design) -> Iterator[str]:
    """Digests of every file that the case or a point of the design names."""
    named = {str(given_at(base.raw, key)) for key in (*PATH_KEYS, "coolant.fluid")}
    for axis in design.axes:
        if axis.unit is None:
            named |= {str(value) for value in axis.values}
    for name in sorted(named):
        path = base.folder / name
        try:
            yield hashlib.sha256(path.read_bytes()).hexdigest()
        except (OSError, ValueError):
            continue


def given_at(tree: Any, path: str) -> Any:
    """What a case file's tree has at a dotted path; None where it has nothing."""
    for key in path.split("."):
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def case_as_toml(base: LoadedCase) -> str:
    """The case, with all that was set or extended put in, as a case file.

    Examples
    --------
    >>> import tomllib
    >>> from studies import load_case
    >>> slab = load_case("slab")
    >>> tomllib.loads(case_as_toml(slab)) == slab.raw
    True
    """
    return case_text(replace(base, provenance={}))
