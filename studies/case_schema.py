"""The schema of a case file as JSON Schema, for editors, and with the words of the code.

What a key means is what the dataclass that holds it says: the string under the field, or its lines
in the section Attributes of the class.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from .case import Case
from .case_file import TRUST

QUANTITY = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*[^\s\d.].*$"
"""A number and a unit."""
REMOVED = {"const": "none"}
"""In a file that extends another: without the value or section of the other."""
_ABOUT = {"title", "description", "default"}
_BOUNDS = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}


def case_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a case file.

    A key of a section is described in the words of the code. No key is needed, since a file that
    ``extends`` another leaves out what the other says; reading a case says what is missing.

    Examples
    --------
    >>> case_schema()["$defs"]["Coolant"]["properties"]["flow"]["anyOf"][0]["examples"]
    ['100 L/min']
    """
    schema = described_schema()
    sections = schema["$defs"]
    for section in (schema, *sections.values()):
        section.pop("required", None)
        section["properties"] = {k: _written(v) for k, v in section["properties"].items()}
    schema["properties"]["extends"] = {"type": "string", "description": "The case that it takes."}
    for kind in ("SolidLayer", "FinZone", "ContactLayer"):
        above = {"type": "string", "description": "The layer on which it is put, of a base."}
        sections[kind]["properties"]["above"] = above
    sections["annotated value"] = {
        "type": "object",
        "description": "A value and where it comes from.",
        "properties": {
            "value": True,
            "trust": {"enum": [letter for letter in TRUST if len(letter) == 1]},
            "source": {"type": "string"},
            "range": True,
        },
        "required": ["value", "trust"],
        "additionalProperties": False,
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def described_schema() -> dict[str, Any]:
    """The schema as pydantic knows it, with the meaning of every key; bounds are SI."""
    schema = TypeAdapter(Case).json_schema()
    for holder in section_classes(Case):
        section = schema if holder is Case else schema["$defs"][holder.__name__]
        section["description"] = inspect.cleandoc(holder.__doc__ or "").split("\n\n")[0]
        for key, words in meanings(holder).items():
            if key in section["properties"]:
                section["properties"][key]["description"] = words
    return schema


def section_classes(hint: Any) -> set[type]:
    """The dataclasses that a type holds, all the way down."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        fields = typing.get_type_hints(hint)
        return {hint}.union(*(section_classes(fields[f.name]) for f in dataclasses.fields(hint)))
    return set().union(*(section_classes(part) for part in typing.get_args(hint)))


def meanings(holder: type) -> dict[str, str]:
    """What the code says of each field of a dataclass, those of its bases among them."""
    found: dict[str, str] = {}
    for one in reversed(holder.__mro__):
        if dataclasses.is_dataclass(one):
            found |= dict(_from_attributes(one)) | dict(_from_strings(one))
    return {key: " ".join(words.replace("``", "`").split()) for key, words in found.items()}


def _from_strings(holder: type) -> Iterator[tuple[str, str]]:
    """The strings under the fields."""
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(holder))).body
    assert isinstance(node, ast.ClassDef)
    for field, after in zip(node.body, node.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            match after:
                case ast.Expr(value=ast.Constant(value=str(words))):
                    yield field.target.id, words


def _from_attributes(holder: type) -> Iterator[tuple[str, str]]:
    """The section Attributes of the docstring; one entry may be of several fields."""
    text = inspect.cleandoc(holder.__doc__ or "")
    section = re.search(r"^Attributes\n-+\n(.*?)(?=^\w+\n-+$|\Z)", text, re.M | re.S)
    for entry in re.split(r"\n(?=\S)", section[1].strip()) if section else ():
        names, _, words = entry.partition("\n")
        for name in names.split(" : ")[0].split(","):
            yield name.strip(), words


def _written(key: dict[str, Any]) -> dict[str, Any]:
    """A key as a file writes it: a quantity as text, any value annotated or not, or 'none'."""
    about = {name: key[name] for name in ("description", "default") if name in key}
    if not isinstance(about.get("default"), str | bool | int):
        about.pop("default", None)  # SI inside, text in a file
    kinds = [_plain(kind) for kind in key.get("anyOf", [key]) if kind.get("type") != "null"]
    if not all("$ref" in kind or kind.get("type") == "object" for kind in kinds):
        kinds.append({"$ref": "#/$defs/annotated value"})
    return about | {"anyOf": [*kinds, REMOVED]}


def _plain(kind: dict[str, Any]) -> dict[str, Any]:
    """One kind of value in the words of JSON Schema alone."""
    if "unit" in kind:
        meant = f"in {kind['unit']}" if kind["unit"] else "a number"
        examples = kind["examples"]
        return {"type": "string", "pattern": QUANTITY, "examples": examples, "$comment": meant}
    kind = {_BOUNDS.get(k, k): v for k, v in kind.items() if k not in _ABOUT}
    if "items" in kind:
        kind["items"] = _plain(kind["items"])
    if "prefixItems" in kind:
        kind["prefixItems"] = [_plain(part) for part in kind["prefixItems"]]
    if isinstance(kind.get("additionalProperties"), dict):
        parts = kind["additionalProperties"]
        # which of several kinds of layer it is, a file that extends another need not say
        kind["additionalProperties"] = _written({"anyOf": parts.get("oneOf", [parts])})
    return kind
