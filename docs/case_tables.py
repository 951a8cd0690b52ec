"""The tables of keys in case-file.md, made from the code; ``make docs`` runs this.

Each table stands under the heading of its section and is written anew; words around it are kept.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pint

from studies.case_schema import described_schema

PAGE = Path(__file__).parent / "case-file.md"
HEADINGS = {
    "Case": "Top level",
    "Device": "`[device]`",
    "GridCells": "`[grid]`",
    "SolidLayer": "`[layers.NAME]` of a solid",
    "FinZone": "`[layers.NAME]` of a fin zone",
    "ContactLayer": "`[layers.NAME]` of a contact",
    "Film": "`film` of a contact",
    "DryContact": "`dry` of a contact",
    "Coolant": "`[coolant]`",
    "ConstantProperties": "`[coolant.fluid]`",
    "PlateHeaders": "`[coolant.headers]`",
    "TwoPhase": "`[two_phase]`",
    "Faces": "`[faces]`",
    "OuterFace": "`[faces.FACE]`",
    "Heat": "`[heat]`",
    "LayerHeat": "`[heat.layers.NAME]`",
    "MapChoice": "`[heat.map]`",
    "Loads": "`[loads]`",
    "Delivery": "`[delivery]`",
    "Supplies": "`[delivery.supplies]`",
    "Boards": "`[delivery.boards]`",
    "Bricks": "`[delivery.bricks]`",
    "FixedRatioStage": "`[delivery.bricks.fixed_ratio]`",
    "RegulatedStage": "`[delivery.bricks.regulated]`",
    "Warming": "`warming` of supplies and bricks",
    "Outage": "`[delivery.outage]`",
    "Contact": "`[delivery.contact]`",
    "WaferGrid": "`[delivery.wafer_grid]`",
    "Sheets": "`[delivery.sheets]`",
    "CurrentLimits": "`[delivery.sheets.limits]`",
    "Dynamics": "`[delivery.dynamics]`",
    "CapacitorBank": "`[delivery.dynamics.capacitors.NAME]`",
    "LossLayers": "`[loss_layers]`",
    "Loop": "`[loop]`",
    "Hose": "`[loop.hoses.NAME]`",
    "Part": "`[loop.parts.NAME]`",
    "Pumps": "`[loop.pumps]`",
    "BrickPlates": "`[loop.brick_plates]`",
    "VapourChamber": "`[vapour_chamber]`",
    "Wick": "`[vapour_chamber.wick]`",
    "Posts": "`[vapour_chamber.posts]`",
    "AirSink": "`[air_sink]`",
    "Fans": "`[air_sink.fan]`",
    "Rack": "`[rack]`",
    "RackFlow": "`[rack.flow]`",
    "Limits": "`[limits]`",
    "Window": "`[limits.layers.NAME]`",
    "Room": "`[room]`",
    "Plant": "`[plant]`",
    "PlantOutage": "`[plant.outage]`",
    "Cost": "`[plant.cost]`",
}
"""Of each section of the schema, by the dataclass that is its schema."""
UNITS = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
BOUNDS = {
    "gt": "above {}",
    "exclusiveMinimum": "above {}",
    "ge": "from {}",
    "minimum": "from {}",
    "lt": "below {}",
    "exclusiveMaximum": "below {}",
    "le": "up to {}",
    "maximum": "up to {}",
}


def with_tables(page: str) -> str:
    """The page with every table of keys as the code has it.

    Raises
    ------
    ValueError
        When a section of the schema has no heading with a table under it.
    """
    schema = described_schema()
    for name, section in {"Case": schema, **schema["$defs"]}.items():
        heading = f"### {HEADINGS.get(name, name)}\n"
        begin, found, rest = page.partition(heading)
        own = re.split(r"^##", rest, maxsplit=1, flags=re.M)[0]
        before, *after = re.split(r"(?:^\|.*\n)+", own, maxsplit=1, flags=re.M)
        if not found or not after:
            raise ValueError(f"docs/case-file.md: no '{heading.strip()}' with a table for {name}")
        words = "\n" + after[0].lstrip("\n")
        page = begin + heading + before + table(section) + words + rest[len(own) :]
    return page


def table(section: dict[str, Any]) -> str:
    """Keys, values, defaults and meanings of one section."""
    needed = section.get("required", ())
    lines = ["| key | value | if left out | meaning |", "|---|---|---|---|"]
    for name, key in section["properties"].items():
        words = _without_si(key["description"])
        default = "**needed**" if name in needed else default_of(key)
        lines.append(f"| `{name}` | {value_of(key)} | {default} | {words} |")
    return "\n".join(lines) + "\n"


def _without_si(words: str) -> str:
    """Without the units that numbers have inside; words of a file as code."""
    words = re.sub(r"(?<![\w`])'([^']+)'(?!\w)", r"`\1`", words)
    found = re.sub(r"\s*\[[A-Za-z0-9\-][^\],]*\]", "", words).lstrip(" ,;.")
    return found if words.startswith(found) else found[:1].upper() + found[1:]


def value_of(key: dict[str, Any]) -> str:
    """What may stand there: an example with its unit, words, a number and its bounds."""
    kinds = [kind for kind in key.get("anyOf", [key]) if kind.get("type") != "null"]
    return " or ".join(dict.fromkeys(_kind(kind) for kind in kinds))


def _kind(kind: dict[str, Any]) -> str:
    if "$ref" in kind:
        return "section"
    if "enum" in kind or "const" in kind:
        return ", ".join(f"`{word}`" for word in kind.get("enum", [kind.get("const")]))
    if "unit" in kind:
        return _bounded(f'`"{kind["examples"][0]}"`', kind, kind["unit"], kind["examples"][0])
    if kind["type"] == "array":
        return f"list of {_kind(kind.get('items') or kind['prefixItems'][0])}"
    if kind["type"] == "object":
        parts = kind["additionalProperties"]
        return f"{_kind(parts)} for each name" if "type" in parts else "sections by name"
    plain = {"integer": "count", "boolean": "`true`, `false`", "string": "text"}
    words = "path" if kind.get("format") == "path" else plain.get(kind["type"], kind["type"])
    return _bounded(words, kind)


def _bounded(words: str, kind: dict[str, Any], unit: str = "", example: str = "") -> str:
    # a bound that another is inside of says nothing, nor does absolute zero
    skipped = {"ge", "minimum"} if {"gt", "exclusiveMinimum"} & kind.keys() else set()
    skipped |= {"gt"} if "degC" in example else set()
    bounds = [
        form.format(shown(kind[bound], unit, example))
        for bound, form in BOUNDS.items()
        if bound in kind and bound not in skipped and abs(kind[bound]) < 1e9
    ]
    return ", ".join([words, " ".join(bounds)]) if bounds else words


def default_of(key: dict[str, Any]) -> str:
    """The default as a file would write it."""
    default = key.get("default")
    if default is None or default == "" or isinstance(default, list | dict):
        return "-"
    kinds = [kind for kind in key.get("anyOf", [key]) if "unit" in kind]
    if kinds and isinstance(default, float):
        return shown(default, kinds[0]["unit"], kinds[0]["examples"][0])
    if isinstance(default, str | bool):
        return str(default).lower() if default is True or default is False else default
    return f"{default:g}"


def shown(value: float, unit: str, example: str) -> str:
    """An SI number in the unit of an example, or one that suits its size better."""
    if not unit or value == 0:
        return f"{value:_.9g}".replace("_", " ")
    written = example.partition(" ")[2]
    quantity = UNITS.Quantity(value, unit).to(UNITS.parse_units(written.removesuffix("/sq")))
    if 0.1 <= abs(quantity.magnitude) < 1e4:
        return f"{round(quantity.magnitude, 9):g} {written}"
    return f"{round(quantity.to_compact().magnitude, 9):g} {quantity.to_compact().units:~P}"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
