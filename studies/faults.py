"""What pydantic finds wrong with a case, in plain words: one line per fault.

Each line says the key, what was found and what is meant.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from .case import Case, FinZone, SolidLayer

Fault = Mapping[str, Any]
"""One entry of pydantic's ``ValidationError.errors()``."""

_PLAIN = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "path_type": "the path of a file",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dataclass_type": "a section of its own",
    "dict_type": "a section of its own",
    "tuple_type": "a list",
    "list_type": "a list",
    "too_long": "a shorter list",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "{ge:g} or more",
    "less_than": "less than {lt:g}",
    "less_than_equal": "{le:g} or less",
}
_PATH_WORDS = "'single pass', 'centre-split' or 'N-way' such as '4-way'"
_PATTERNS = {"coolant.path": _PATH_WORDS, "two_phase.path": _PATH_WORDS}
_WRONG_KIND = {"dataclass_type", "string_type", "tuple_type", "literal_error", "quantity"}
"""Faults that may say no more than that another branch of a union was meant."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What would break a line in two."""
_LAYER_KINDS: dict[str, list[type]] = {"<solid>": [SolidLayer], "<fin zone>": [FinZone]}


def fault_lines(faults: Iterable[Fault]) -> list[str]:
    """A line for each fault, sorted; the branches of a union count as one."""
    by_place: dict[str, list[Fault]] = {}
    for fault in faults:
        by_place.setdefault(_place(fault), []).append(fault)
    lines: set[str] = set()
    for place, found in by_place.items():
        deeper = any(other.startswith(f"{place}.") for other in by_place)
        lines |= set(_lines_at(place, found, deeper))
    return sorted(one_line(line) for line in lines)


def one_line(text: str) -> str:
    """The text with line breaks and other control characters written out."""
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def _lines_at(place: str, faults: list[Fault], deeper: bool) -> Iterator[str]:
    """Lines for all that is wrong with one value."""
    other_branch = [f for f in faults if f["type"] in _WRONG_KIND]
    own = [f for f in faults if f["type"] not in _WRONG_KIND]
    yield from (_line(place, fault) for fault in own)
    if own or (deeper and isinstance(other_branch[0]["input"], dict | list)):
        return  # the branch that was meant says what is wrong
    quantity = [f for f in other_branch if f["type"] == "quantity"]
    if quantity:
        yield f"{place}: {quantity[0]['msg']}"
        return
    meant = " or ".join(dict.fromkeys(_meant(place, fault) for fault in other_branch))
    yield f"{place}: found {_shown(other_branch[0]['input'])}; {meant} is meant"


def _line(place: str, fault: Fault) -> str:
    kind = fault["type"]
    if kind == "missing":
        holder, _, last = place.rpartition(".")
        if last.isdigit():
            return f"{holder}: found {_shown(fault['input'])}; a longer list is meant"
        return f"{place}: missing; this key is needed"
    if kind == "unexpected_keyword_argument" and "<fin zone>" in fault["loc"]:
        key = place.rpartition(".")[2]
        if key in ("width", "height", "x_offset", "y_offset"):
            return (
                f"{place}: found, but channels span the stack's whole rectangle; no {key} is meant"
            )
    if kind == "unexpected_keyword_argument":
        return f"{place}: unknown key; {_nearest_keys(place, fault)} is meant"
    if kind == "value_error":
        return _own_words(place, str(fault["msg"]).removeprefix("Value error, "))
    return f"{place}: found {_shown(fault['input'])}; {_meant(place, fault)} is meant"


def _meant(place: str, fault: Fault) -> str:
    """What should have been there."""
    kind = fault["type"]
    if kind == "literal_error":
        return str(fault["ctx"]["expected"])
    if kind == "string_pattern_mismatch" and place in _PATTERNS:
        return _PATTERNS[place]
    if kind in _PLAIN:
        return _PLAIN[kind].format(**fault.get("ctx", {}))
    message = str(fault["msg"])
    return message[0].lower() + message[1:]


def _own_words(place: str, message: str) -> str:
    """Message of a check of our own, which may begin with the key within its section."""
    if not place:
        return message
    last = place.rpartition(".")[2]
    message = message.removeprefix(f"{last}.").removeprefix(f"{last}: ")
    key = re.match(r"(\w+)[.:]", message)
    known = {f.name for holder in _holders(place.split(".")) for f in dataclasses.fields(holder)}
    return f"{place}.{message}" if key and key[1] in known else f"{place}: {message}"


def _nearest_keys(place: str, fault: Fault) -> str:
    *section, key = place.split(".")
    tags = [classes for part in fault["loc"] if (classes := _LAYER_KINDS.get(str(part)))]
    holders: list[Any] = _holders(section)
    if tags and len(section) == 2:
        holders = tags[0]
    known = sorted({f.name for holder in holders for f in dataclasses.fields(holder)} - {key})
    near = difflib.get_close_matches(key, known, n=3, cutoff=0.5)
    return " or ".join(near) if near else f"one of {', '.join(known)}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else text[:57] + "..."


def _place(fault: Fault) -> str:
    """Dotted path of the value, without the names that pydantic gives to branches of a union."""
    return ".".join(str(part) for part in fault["loc"] if not _is_branch(part))


def _is_branch(part: Any) -> bool:
    text = str(part)
    return text.startswith("<") or "[" in text or text in _branch_names()


@lru_cache(maxsize=1)
def _branch_names() -> frozenset[str]:
    return frozenset({c.__name__ for c in _classes(Case)} | {"str", "float"})


def _classes(root: Any) -> Iterator[type]:
    """The dataclasses that a type holds, itself included."""
    if dataclasses.is_dataclass(root) and isinstance(root, type):
        yield root
        for hint in typing.get_type_hints(root).values():
            yield from _classes(hint)
    elif typing.get_origin(root) in (typing.Union, types.UnionType, tuple, dict, typing.Annotated):
        for part in typing.get_args(root):
            yield from _classes(part)


def _holders(section: list[str]) -> list[Any]:
    """The dataclasses whose fields are the keys of a section."""
    holders: list[Any] = [Case]
    for key in section:
        found: list[Any] = []
        for holder in holders:
            hint = typing.get_type_hints(holder).get(key)
            found += [hint] if hint is not None else []
        if not found:  # a name that the user gave, such as a layer's: the section stays
            continue
        holders = [c for hint in found for c in _direct_classes(hint)]
    return holders


def _direct_classes(hint: Any) -> list[type]:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return [hint]
    return [c for part in typing.get_args(hint) for c in _direct_classes(part)]
