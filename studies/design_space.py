"""The designs of a cold plate that an optimisation may choose: dimensions, flow and flow path.

Fins of one thickness may stand closer in some zones than in others: each zone has a channel width
of its own, the first that of ``gap``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry.units import parse_quantity

from .answer import LITRES_PER_MINUTE
from .case import SolidLayer
from .case_file import CaseError, LoadedCase

Array = NDArray[np.float64]
LEAST = 0.1e-3
"""Wall and channel that can be made [m]; assumed, of fine copper fins."""
HIGHEST_ASPECT = 20.0
"""Height over wall and over channel that can be made; assumed."""
PATHS = ("single pass", "centre-split", "4-way")
WIDEST = 30.0
"""Wall and channel, over the least of each."""
FLOWS = (0.1, 4.0)
"""Looked at, over the case's own."""
VARIABLES = ("wall", "gap", "height", "base", "flow")
UNIFORM = (1, 1)
MOST_ZONES = 12


@dataclass(frozen=True)
class Limits:
    """What can be made; every default is assumed.

    Attributes
    ----------
    least_wall, least_gap : float
        Fin thickness and channel width [m].
    highest_aspect : float
        Of the height over either.
    """

    least_wall: float = LEAST
    least_gap: float = LEAST
    highest_aspect: float = HIGHEST_ASPECT


@dataclass(frozen=True)
class DesignSpace:
    """Variables of a case's cold plate with their bounds.

    Attributes
    ----------
    loaded : LoadedCase
    limits : Limits
        The case's own design included: where it is finer, what it has is the limit.
    today : dict of variable to float
        Of the case [m, m3/s].
    zones : (int, int)
        Bands across the channels and sections along every flow path with fins of their own density.
    bounds : dict of variable to (float, float)
        Of those that are free.
    paths : tuple of str
        Flow paths to choose from.
    base_layer : str or None
        Between the fins and what is cooled, where there is such a layer.
    """

    loaded: LoadedCase
    limits: Limits
    today: dict[str, float]
    bounds: dict[str, tuple[float, float]]
    paths: tuple[str, ...]
    base_layer: str | None
    zones: tuple[int, int] = UNIFORM
    free: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Order the free variables."""
        order = (*VARIABLES, *self.gaps[1:])
        object.__setattr__(self, "free", tuple(v for v in order if v in self.bounds))

    @property
    def gaps(self) -> tuple[str, ...]:
        """Variables that are channel widths, band by band, each from the inlet on."""
        return gap_names(self.zones)

    def with_fins_alike(self) -> DesignSpace:
        """The same with one channel width everywhere."""
        kept = [name for name in self.today if name not in self.gaps[1:]]
        return replace(
            self,
            today={name: self.today[name] for name in kept},
            bounds={name: self.bounds[name] for name in kept if name in self.bounds},
            zones=UNIFORM,
        )

    def gap_table(self, values: Mapping[str, float]) -> list[list[float]]:
        """Channel widths [m], a row for each band."""
        bands, sections = self.zones
        return np.reshape([values[name] for name in self.gaps], (bands, sections)).tolist()

    def values(self, logs: Array) -> dict[str, float]:
        """Every variable of a design given by logarithms over today's of the free ones."""
        grown = zip(self.free, np.exp(logs), strict=True)
        return self.today | {name: self.today[name] * float(times) for name, times in grown}

    def logs(self, values: Mapping[str, float]) -> Array:
        """The inverse of ``values``."""
        return np.log([values[name] / self.today[name] for name in self.free])

    def log_bounds(self) -> list[tuple[float, float]]:
        """Bounds of the logarithms."""
        found = []
        for name in self.free:
            low, high = np.log(np.array(self.bounds[name]) / self.today[name])
            found.append((float(low), float(high)))
        return found

    def settings(self, values: Mapping[str, float], path: str, digits: int = 17) -> dict[str, Any]:
        """What to ``--set`` for a design."""
        assert self.loaded.case.fin_zone is not None
        fins = f"layers.{self.loaded.case.fin_zone[0]}"

        def length(metres: float) -> str:
            return f"{1e3 * metres:.{digits}g} mm"

        found: dict[str, Any] = {
            f"{fins}.channel_width": length(values["gap"]),
            f"{fins}.pitch": length(values["gap"] + values["wall"]),
            f"{fins}.thickness": length(values["height"]),
            "coolant.flow": f"{values['flow'] * LITRES_PER_MINUTE:.{digits}g} L/min",
            "coolant.path": path,
        }
        if self.zones != UNIFORM or self.loaded.case.fin_zone[1].fin_density is not None:
            pitch = values["gap"] + values["wall"]
            found[f"{fins}.fin_density"] = [
                [float(f"{pitch / (gap + values['wall']):.{digits}g}") for gap in row]
                for row in self.gap_table(values)
            ]
        if self.base_layer is not None:
            found[f"layers.{self.base_layer}.thickness"] = length(values["base"])
        return found

    def slenderness(self, logs: Array) -> Array:
        """Logarithms of the highest aspect over those of wall and channels; not negative if fit."""
        values = self.values(logs)
        most = self.limits.highest_aspect
        return np.log([most * values[name] / values["height"] for name in ("wall", *self.gaps)])

    def slenderness_slopes(self) -> Array:
        """Derivatives of ``slenderness``, (1 + zones, free): constants."""
        narrow = ("wall", *self.gaps)
        found = np.zeros((len(narrow), len(self.free)))
        for column, name in enumerate(self.free):
            found[:, column] = -1.0 if name == "height" else [name == each for each in narrow]
        return found

    def bounds_met(self, values: Mapping[str, float]) -> list[str]:
        """Names of the bounds on which a design lies."""
        words = {
            ("wall", 0): "least wall",
            ("gap", 0): "least channel",
            ("height", 0): "least height",
            ("height", 1): "greatest height",
            ("base", 0): "least base",
            ("base", 1): "greatest base",
        }
        found = []
        for name in self.free:
            for end, bound in enumerate(self.bounds[name]):
                if abs(values[name] / bound - 1) < 1e-4:
                    kind = "gap" if name in self.gaps else name
                    found.append(words.get((kind, end), f"{name} looked at"))
        wall, *channels = self.slenderness(self.logs(values))
        room = {"wall": wall, "channel": min(channels)}
        found += [f"aspect of the {side}" for side, left in room.items() if left < 1e-4]
        return list(dict.fromkeys(found))


def design_space(
    loaded: LoadedCase,
    limits: Limits | None = None,
    held: Sequence[str] = (),
    paths: Sequence[str] = (),
    zones: tuple[int, int] | None = None,
) -> DesignSpace:
    """Variables of a case and their bounds.

    Heights and bases may be in the ``range`` that the case file gives, else from half to twice.

    Parameters
    ----------
    loaded : LoadedCase
    limits : Limits, optional
    held : sequence of str
        Variables that stay as they are, of ``wall``, ``gap``, ``height``, ``base`` and ``flow``.
    paths : sequence of str
        Flow paths to choose from; ``PATHS`` and the case's own if empty.
    zones : (int, int), optional
        Bands across the channels and sections along every flow path; those of the case's
        ``fin_density`` if left out.

    Raises
    ------
    CaseError
        When the case has no channels or no given flow, nothing is left free, or there are more
        zones than the grid or a search can hold.
    """
    case, limits = loaded.case, limits or Limits()
    if case.fin_zone is None or case.coolant is None:
        raise CaseError(f"{loaded.name}: layers: found no channels; a layer with them is meant")
    if case.coolant.film_coefficient is not None:
        raise CaseError(
            f"{loaded.name}: coolant.film_coefficient: found, which knows no channels; it is meant "
            "to be left out"
        )
    if case.loop is not None and case.loop.pumps is not None:
        raise CaseError(
            f"{loaded.name}: loop.pumps: found; for optimise a given flow is meant, as "
            "waferflux solve finds it"
        )
    for name in held:
        if name not in VARIABLES:
            raise CaseError(f"--hold: found '{name}'; one of {', '.join(VARIABLES)} is meant")
    zone, fins = case.fin_zone
    today = {
        "wall": fins.wall_thickness,
        "gap": fins.channel_width,
        "height": fins.thickness,
        "flow": case.coolant.flow,
    }
    density, zones = fins.density_by_zone, _zones(loaded, zones)
    today |= dict.fromkeys(gap_names(zones), fins.channel_width)
    if density is not None and (density.bands, density.sections) == zones:
        widths = density.channels(fins).channel_width.ravel().tolist()
        today |= dict(zip(gap_names(zones), widths, strict=True))
    limits = _fit_for(limits, today)
    bounds = {
        "wall": (limits.least_wall, WIDEST * limits.least_wall),
        "gap": (limits.least_gap, WIDEST * limits.least_gap),
        "height": _range(loaded, f"layers.{zone}.thickness", fins.thickness),
        "flow": (FLOWS[0] * today["flow"], FLOWS[1] * today["flow"]),
    }
    base = _base(loaded)
    if base is not None:
        name, thickness = base
        today["base"] = thickness
        bounds["base"] = _range(loaded, f"layers.{name}.thickness", thickness)
    bounds |= dict.fromkeys(gap_names(zones), bounds["gap"])
    held = [*held, *gap_names(zones)] if "gap" in held else held
    bounds = {name: bound for name, bound in bounds.items() if name not in held}
    if not bounds:
        raise CaseError("--hold: found every variable; one is meant to be left free")
    chosen = tuple(paths) or tuple(dict.fromkeys((case.coolant.path, *PATHS)))
    below = None if base is None else base[0]
    return DesignSpace(loaded, limits, today, bounds, chosen, below, zones)


def gap_names(zones: tuple[int, int]) -> tuple[str, ...]:
    """Names of the channel widths of so many bands and sections."""
    return ("gap", *(f"gap {number + 1}" for number in range(1, zones[0] * zones[1])))


def _zones(loaded: LoadedCase, asked: tuple[int, int] | None) -> tuple[int, int]:
    """Bands and sections to give fins of their own."""
    case = loaded.case
    assert case.fin_zone is not None
    density = case.fin_zone[1].density_by_zone
    if asked is None:
        return UNIFORM if density is None else (density.bands, density.sections)
    bands, sections = asked
    if not 1 <= bands * sections <= MOST_ZONES:
        raise CaseError(
            f"--zones: found {bands}x{sections}; {MOST_ZONES} zones at the most are meant"
        )
    if case.coolant is not None and case.coolant.headers is not None and asked != UNIFORM:
        raise CaseError("--zones: found with coolant.headers; one of the two is meant")
    return asked


def _fit_for(limits: Limits, today: Mapping[str, float]) -> Limits:
    """The limits, widened to what the case already has."""
    gap = min(width for name, width in today.items() if name.startswith("gap"))
    finest = min(today["wall"], gap)
    return Limits(
        min(limits.least_wall, today["wall"]),
        min(limits.least_gap, gap),
        max(limits.highest_aspect, today["height"] / finest),
    )


def _range(loaded: LoadedCase, path: str, now: float) -> tuple[float, float]:
    known = loaded.provenance.get(path)
    if known is None or len(known.range) != 2:
        return 0.5 * now, 2.0 * now
    low, high = (parse_quantity(end, "m") for end in known.range)
    return min(low, now), max(high, now)


def _base(loaded: LoadedCase) -> tuple[str, float] | None:
    """The layer below the fins and its thickness, where it is a solid that makes no heat."""
    names = list(loaded.case.layers)
    assert loaded.case.fin_zone is not None
    below = names[names.index(loaded.case.fin_zone[0]) + 1 :][:1]
    for name in below:
        layer = loaded.case.layers[name]
        if isinstance(layer, SolidLayer) and name != loaded.case.heat.at:
            return name, layer.thickness
    return None
