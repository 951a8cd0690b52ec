"""Sweeps that change nothing but how much heat is made where: each point as a row of watts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry.power_maps import PowerMap
from geometry.units import parse_quantity

from .build import device_power_map
from .case_file import CaseError, LoadedCase
from .design_points import Design
from .surface_fitting import GaveUp
from .surface_solves import Values

Array = NDArray[np.float64]
ONLY_HEAT = re.compile(r"heat\.(power|map(\..+)?|blocks\..+|layers\.[^.]+\.power)")
"""Paths that may change nothing but watts."""
SPREAD = ("block", "x0", "x1", "y0", "y1", "density")
ALIKE = 1e-9
"""Relative difference of two spreads inside of a block that are the same."""
SAME_DIRECTION = 1e-9
"""Of the largest, below which a combination of powers is not varied."""


@dataclass(frozen=True)
class HeatDesign:
    """The points of such a sweep.

    Attributes
    ----------
    case : LoadedCase
        Of the first point; the others differ by their watts alone.
    blocks, layers : tuple of str
        What makes heat: blocks of the device, and layers that make some of their own.
    watts : array, shape (points, blocks and layers)
        Nominal power of each at each point [W].
    """

    case: LoadedCase
    blocks: tuple[str, ...]
    layers: tuple[str, ...]
    watts: Array

    @property
    def centre(self) -> Array:
        """Mean over the points of each power [W]."""
        return np.asarray(self.watts.mean(axis=0))

    def values(self, watts: Array) -> Values:
        """What a case file says for a row of watts."""
        said = [f"{float(power)!r} W" for power in watts]
        own = dict(zip(self.layers, said[len(self.blocks) :], strict=True))
        return {
            "heat.blocks": dict(zip(self.blocks, said, strict=False)),
            **{f"heat.layers.{name}.power": power for name, power in own.items()},
        }

    def directions(self) -> Array:
        """Orthonormal combinations of the powers that span all points, shape (rank, powers).

        Single powers where there are as many combinations as powers that vary.
        """
        away = self.watts - self.centre
        _, size, combined = np.linalg.svd(away, full_matrices=False)
        rank = int(np.sum(size > SAME_DIRECTION * size[0]))
        varied = np.flatnonzero(np.ptp(self.watts, axis=0) > 0)
        if rank >= len(varied):
            return np.eye(self.watts.shape[1])[varied]
        return np.asarray(combined[:rank])


def is_heat_only(design: Design) -> bool:
    """Whether a design varies nothing but paths of powers and their maps."""
    return all(ONLY_HEAT.fullmatch(axis.path) for axis in design.axes)


def heat_design(base: LoadedCase, design: Design) -> HeatDesign:
    """The watts of every point of a design that varies paths of heat alone.

    Raises
    ------
    GaveUp
        When a point cannot be, or its blocks or the heat's spread inside of them are others.
    """
    first, like = _case_and_map(base, design, 0)
    blocks, layers = tuple(like.floorplan.names), tuple(first.case.heat.layers)
    watts = np.tile(_watts(first, like), (len(design.points), 1))
    columns = _own_columns(design, blocks, layers)
    if columns is not None:
        watts[:, list(columns)] = np.array(design.points, dtype=float) * list(columns.values())
    else:
        for number in range(1, len(design.points)):
            case, power_map = _case_and_map(base, design, number)
            if not _is_alike(power_map, like):
                raise GaveUp(
                    f"point {number + 1} has other blocks, or heat spread otherwise in them"
                )
            watts[number] = _watts(case, power_map)
    if not np.ptp(watts, axis=0).any():
        raise GaveUp("all points make the same heat")
    return HeatDesign(first, blocks, layers, watts)


def _case_and_map(base: LoadedCase, design: Design, number: int) -> tuple[LoadedCase, PowerMap]:
    try:
        case = base.with_values(design.settings(number))
        return case, device_power_map(case)
    except CaseError as error:
        raise GaveUp(f"point {number + 1}: {str(error).splitlines()[0]}") from None


def _watts(case: LoadedCase, power_map: PowerMap) -> Array:
    own = [layer.power for layer in case.case.heat.layers.values()]
    return np.concatenate([power_map.block_power, own])


def _own_columns(
    design: Design, blocks: tuple[str, ...], layers: tuple[str, ...]
) -> dict[int, float] | None:
    """Of each axis the power that it sets, by number, and its unit [W]; None where it sets more."""
    paths = [f"heat.blocks.{name}" for name in blocks]
    paths += [f"heat.layers.{name}.power" for name in layers]
    if not all(axis.unit and axis.path in paths for axis in design.axes):
        return None
    return {paths.index(axis.path): parse_quantity(f"1 {axis.unit}", "W") for axis in design.axes}


def _is_alike(one: PowerMap, other: PowerMap) -> bool:
    """Whether two maps differ by the powers of their blocks alone."""
    if one.floorplan.names != other.floorplan.names:
        return False
    pairs: list[tuple[Any, Any]] = [
        (getattr(one.in_block_map, name), getattr(other.in_block_map, name)) for name in SPREAD
    ]
    return all(len(a) == len(b) and np.allclose(a, b, rtol=ALIKE, atol=ALIKE) for a, b in pairs)
