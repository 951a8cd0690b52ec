"""A loaded case as the text of a case file: what was solved, ready to be solved again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .case_file import LoadedCase, Provenance

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def case_text(loaded: LoadedCase) -> str:
    """TOML of a case, each value with its trust, source and range.

    A value that the user set stands alone. Files that the case names are meant beside it.

    Examples
    --------
    >>> from studies import load_case
    >>> print(case_text(load_case("slab")).splitlines()[0])
    title = "Slab: 25 kW into copper under a film of 20 000 W/m2/K, 84 equal blocks"
    """
    return "\n".join(_lines(loaded.raw, (), loaded.provenance)).strip() + "\n"


def _lines(
    tree: dict[str, Any], path: tuple[str, ...], provenance: dict[str, Provenance]
) -> Iterator[str]:
    """Values of a section first, then the sections in it."""
    for key, value in tree.items():
        if not isinstance(value, dict):
            entry = provenance.get(".".join((*path, key)))
            yield f"{_key(key)} = {_annotated(value, entry)}"
    for key, value in tree.items():
        if isinstance(value, dict):
            if not value or any(not isinstance(part, dict) for part in value.values()):
                yield f"\n[{'.'.join(map(_key, (*path, key)))}]"
            yield from _lines(value, (*path, key), provenance)


def _annotated(value: Any, entry: Provenance | None) -> str:
    if entry is None or entry.trust == "set":
        return _value(value)
    parts = {"value": _value(value), "trust": _value(entry.trust)}
    if entry.source:
        parts["source"] = _value(entry.source)
    if entry.range:
        parts["range"] = _value(list(entry.range))
    return "{ " + ", ".join(f"{key} = {text}" for key, text in parts.items()) + " }"


def _value(value: Any) -> str:
    """A value as TOML; its strings have the escapes of JSON's."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)
