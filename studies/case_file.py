"""Reading a case: from TOML, with overrides, to a validated case; refusing in one line per fault.

A value in a file is a number without a unit, text, or ``{ value, trust, source, range }``: trust A
published for this machine, B published elsewhere, C computed from those, D assumed. A file with
``extends`` takes another case and says only what is different.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from .case import Case
from .faults import fault_lines

if TYPE_CHECKING:
    from .influence import Influence

TRUST = {
    "A": "published for this machine",
    "B": "published elsewhere",
    "C": "computed",
    "D": "assumed",
    "set": "set by the user",
}
_ANNOTATION_KEYS = {"value", "trust", "source", "range"}
PATH_KEYS = {"heat.map.csv", "heat.map.floorplan", "heat.map.trace"}


class CaseError(ValueError):
    """A case that cannot be used; one line per fault."""


@dataclass(frozen=True)
class Provenance:
    """Where a number comes from: its letter, its source and the range it may have."""

    trust: str
    source: str = ""
    range: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadedCase:
    """A validated case with the origin of its numbers.

    Attributes
    ----------
    name : str
        The shipped name or the file's stem.
    case : Case
    provenance : dict of path to Provenance
        Of every annotated value, by its dotted path.
    raw : dict
        What was validated, units and all.
    folder : Path
        From which the case's relative paths count.
    """

    name: str
    case: Case
    provenance: dict[str, Provenance]
    raw: dict[str, Any]
    folder: Path

    def with_values(self, values: Mapping[str, Any]) -> LoadedCase:
        """A copy with some values replaced, by dotted path.

        Examples
        --------
        >>> warm = load_case("cs3").with_values({"coolant.inlet_temperature": "30 degC"})
        >>> round(warm.case.coolant.inlet_temperature - 273.15, 6)
        30.0
        """
        raw = _copy(self.raw)
        for path, value in values.items():
            _set(raw, path, value)
        kept = {p: v for p, v in self.provenance.items() if values.keys().isdisjoint(_above(p))}
        new = {path: Provenance("set") for path, value in values.items() if value is not None}
        provenance = kept | new
        return LoadedCase(
            self.name, _validate(raw, self.name, self.folder), provenance, raw, self.folder
        )

    @property
    def has_sheets(self) -> bool:
        """Whether its low-voltage side is solved as sheets on the grid."""
        delivery = self.case.delivery
        return delivery is not None and delivery.sheets_on_grid is not None

    def per_block(self) -> LoadedCase:
        """The same with one value per block in the low-voltage side instead of sheets."""
        return self.with_values({"delivery.sheets.solved": "per block"} if self.has_sheets else {})

    def influence(self) -> Influence:
        """How much each block warms each other about the solved state, for many power maps.

        See ``studies.influence``.
        """
        from .influence import influence

        return influence(self)


def shipped_cases() -> dict[str, Path]:
    """The cases that come with the program, by name."""
    folder = Path(str(files(__package__).joinpath("cases")))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load_case(name: str | Path, values: Mapping[str, Any] | None = None) -> LoadedCase:
    """Read a case.

    Parameters
    ----------
    name : str or Path
        A shipped name, such as ``"cs3"``, or the path of a TOML file.
    values : mapping of dotted path to value, optional
        Replace these; None removes an optional one.

    Returns
    -------
    LoadedCase

    Raises
    ------
    CaseError
        When the file is missing or says something that cannot be; one line per fault, each with
        the key, what was found and what is meant.

    Examples
    --------
    >>> load_case("cs3").case.device.columns
    12
    """
    path = _find(name)
    raw, provenance = _read(path, ())
    loaded = LoadedCase(path.stem, None, provenance, raw, path.parent)  # type: ignore[arg-type]
    if values:
        return loaded.with_values(values)
    return dataclasses.replace(loaded, case=_validate(raw, path.stem, path.parent))


def parse_assignment(text: str) -> tuple[str, Any]:
    """Path and value of a command-line ``path=value``; a value that is no TOML is text.

    Raises
    ------
    CaseError
        When there is no path or no equals sign.

    Examples
    --------
    >>> parse_assignment("coolant.flow=50 L/min")
    ('coolant.flow', '50 L/min')
    >>> parse_assignment("grid.along_x=96")
    ('grid.along_x', 96)
    """
    path, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not path:
        raise CaseError(f"--set: found '{text}'; path=value is meant, as coolant.flow='50 L/min'")
    if value == "none":
        return path, None
    try:
        return path, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return path, value


def _find(name: str | Path) -> Path:
    known = shipped_cases()
    if str(name) in known:
        return known[str(name)]
    path = Path(name)
    if path.is_file():
        return path
    near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5) or list(known)
    raise CaseError(
        f"case: found no '{name}', shipped or as a file; {' or '.join(near)} is shipped"
    )


def _read(path: Path, inside: tuple[Path, ...]) -> tuple[dict[str, Any], dict[str, Provenance]]:
    """Values and their origins of a file laid over those of the case that it extends."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaseError(f"{path.name}: not a TOML file: {error}") from None
    except OSError as error:
        raise CaseError(f"{path}: cannot be read: {error.strerror}") from None
    base = document.pop("extends", None)
    provenance: dict[str, Provenance] = {}
    raw = _strip(document, "", provenance)
    if base is None:
        return raw, provenance
    below = _base_of(path, base)
    inside = (*inside, path.resolve())
    if below.resolve() in inside:
        raise CaseError(
            f"{path.name}: extends: found '{base}', which extends this; a base is meant"
        )
    under, origins = _read(below, inside)
    _keep_paths(under, below.parent, path.parent)
    for key, value in _leaves(raw):
        _set(under, key, None if value == "none" else value)
        origins = {p: v for p, v in origins.items() if not (p + ".").startswith(key + ".")}
    return under, origins | provenance


def _base_of(path: Path, base: Any) -> Path:
    """The file that ``extends`` names: shipped, or beside the file that says so."""
    beside = path.parent / str(base)
    try:
        return beside if isinstance(base, str) and beside.is_file() else _find(str(base))
    except CaseError as error:
        words = str(error).removeprefix("case: ")
        raise CaseError(f"{path.name}: extends: {words}") from None


def _keep_paths(raw: dict[str, Any], folder: Path, new_folder: Path) -> None:
    """Make the relative paths of a base whole, where its folder is not the extending file's."""
    if folder.resolve() == new_folder.resolve():
        return
    for key, value in list(_leaves(raw)):
        is_path = key in PATH_KEYS or (key == "coolant.fluid" and str(value).endswith(".csv"))
        if is_path and isinstance(value, str):
            _set(raw, key, str(folder.resolve() / value))


def _above(path: str) -> Iterator[str]:
    """A dotted path and the sections that it is in."""
    parts = path.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def _leaves(tree: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with its dotted path; an empty section is a value."""
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield above + key, value


def _copy(tree: Any) -> Any:
    return {k: _copy(v) for k, v in tree.items()} if isinstance(tree, dict) else tree


def _strip(tree: Any, path: str, provenance: dict[str, Provenance]) -> Any:
    """The tree with annotated values replaced by the values themselves."""
    if not isinstance(tree, dict):
        return tree
    if "value" in tree and set(tree) <= _ANNOTATION_KEYS:
        trust = tree.get("trust", "")
        if not isinstance(trust, str) or trust not in TRUST or trust == "set":
            raise CaseError(f"{path}.trust: found '{trust}'; A, B, C or D is meant")
        span = tree.get("range", [])
        span = span if isinstance(span, list) else [span]
        provenance[path] = Provenance(trust, str(tree.get("source", "")), tuple(map(str, span)))
        return tree["value"]
    return {k: _strip(v, f"{path}.{k}" if path else k, provenance) for k, v in tree.items()}


def _set(tree: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for key in parents:
        # a section may take the place of one value, as heat.map.csv that of heat.map = "uniform"
        if not isinstance(tree.get(key), dict):
            tree[key] = {}
        tree = tree[key]
    if value is None:
        tree.pop(last, None)
    else:
        tree[last] = value


def _in_place(raw: dict[str, Any]) -> dict[str, Any]:
    """The case with its layers where their ``above`` puts them, which no schema knows.

    Raises
    ------
    CaseError
        When a layer is to stand above one that there is not.
    """
    layers = raw.get("layers")
    if not isinstance(layers, dict):
        return raw
    order = list(layers)
    moved = {n: layer["above"] for n, layer in layers.items() if "above" in _section(layer)}
    for name, below in moved.items():
        if below == name or below not in order:
            others = ", ".join(other for other in order if other != name)
            raise CaseError(f"layers.{name}.above: found '{below}'; one of {others} is meant")
    # as often as there are moves, since one may stand above another that moves after it
    for _ in moved:
        for name, below in moved.items():
            order.remove(name)
            order.insert(order.index(below), name)
    for name, below in moved.items():
        if order.index(name) > order.index(below):
            raise CaseError(f"layers.{name}.above: found '{below}', which is to stand above it")
    bare = {n: {k: v for k, v in layers[n].items() if k != "above"} for n in moved}
    return raw | {"layers": {name: (layers | bare)[name] for name in order}}


def _section(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _validate(raw: dict[str, Any], name: str, folder: Path) -> Case:
    try:
        placed = _in_place(raw)
    except CaseError as error:
        raise CaseError(f"{name}: {error}") from None
    try:
        return TypeAdapter(Case).validate_python(placed, context={"units_required": True})
    except ValidationError as error:
        lines = fault_lines(error.errors(include_url=False))
        raise CaseError("\n".join(f"{name}: {line}" for line in lines)) from None
