"""Headers: closed forms of how they share the flow, and the lanes of channels that they feed."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geometry.materials import ConductivityLaw
from geometry.stack import Layer, Stack
from thermal.cold_plate import Channels
from thermal.fin_zone import CoolantFlow
from thermal.headers import Header, Manifold, distribution
from thermal.plate_headers import PlateHeaders
from thermal.steady import SteadySolver, ThermalProblem

from .rows import Case, Row, observed_order
from .stack import WATER

Array = NDArray[np.float64]

DENSITY, FLOW, DROP = 998.0, 1.6e-3, 40e3
"""[kg/m3], [m3/s], and of even channels [Pa]."""
GROUPS = (16, 32, 64)
WIDE = 1e9
"""Hydraulic diameter without friction [m], or area without momentum [m2]."""
CLOSED: list[tuple[Literal["Z", "U"], float, float]] = [("U", 0.5, 0.0), ("U", 0.0, 0.8),
                                                        ("Z", 0.0, 0.8)]  # fmt: skip
"""Type, and ``theta rho U^2 / 2c`` of the header that divides and of the one that combines."""


def _header(strength: float) -> Header:
    """Without friction, of momentum factor 1 and the given ``rho U^2 / 2c``."""
    area = WIDE if strength == 0 else FLOW / np.sqrt(2 * DROP * strength / DENSITY)
    return Header(float(area), WIDE, 0.2, 1.0)


def _remaining(kind: str, dividing: float, combining: float, x: Array) -> Array:
    """Share of the flow that is left in the dividing header at x, by the closed forms."""
    root = np.sqrt(dividing or combining)
    if kind == "Z":
        return np.asarray(1 - np.sinh(root * x) / np.sinh(root))
    form = np.sin if dividing else np.sinh
    return np.asarray(form(root * (1 - x)) / form(root))


def _worst_error(kind: Literal["Z", "U"], dividing: float, combining: float, groups: int) -> float:
    """Of the share of any group."""
    mean = FLOW / groups

    def channels(flow: Array) -> Array:
        return np.asarray(DROP * (flow / mean) * np.abs(flow / mean))

    manifold = Manifold(_header(dividing), _header(combining), kind, groups)
    found = distribution(manifold, channels, FLOW, DENSITY, 1e-3)
    exact = -np.diff(_remaining(kind, dividing, combining, np.arange(groups + 1) / groups)) * groups
    return float(np.abs(found.share - exact).max())


def momentum_rows() -> list[Row]:
    """Headers whose momentum alone shares the flow unevenly.

    With w the share of the flow still in the dividing header and channels of ``c share^2``,
    ``w'' = -B w`` where the header that divides decides, ``w'' = B w`` where the one that combines
    does, ``B = theta rho U^2 / 2c``. Share of the worst group, 16, 32 and 64 groups.
    """
    rows = []
    for kind, dividing, combining in CLOSED:
        errors = [_worst_error(kind, dividing, combining, groups) for groups in GROUPS]
        which = "that divides" if dividing else "that combines"
        rows.append(
            Row(f"{kind}-type, momentum of the header {which}", 0.0, errors[-1], "", 1e-4,
                "closed form", order=observed_order(errors), least_order=1.9)
        )  # fmt: skip
    return rows


def lane_rows() -> list[Row]:
    """Lanes of channels under a Z-type pair of headers, with nothing conducted across.

    Each lane then takes the heat made over it, and its coolant warms by that heat over its own flow
    times heat capacity.
    """
    headers = PlateHeaders(kind="Z", width=4e-3, depth=4e-3, groups=5)
    channels = Channels(channel_width=0.3e-3, pitch=0.6e-3)
    flow = CoolantFlow("fins", channels, 3e-3, WATER, 293.15, 3e-5, "x", 1, 8e3, headers)
    stack = Stack([Layer("fins", 3e-3, ConductivityLaw(390.0, 1e-12, 390.0), 3)])
    problem = ThermalProblem(stack, 0.04, 0.03, 20, 10, {}, flow)
    watts = 400.0
    solver = SteadySolver(problem).solve({2: np.full((10, 20), watts / 200)}, tolerance=1e-12)
    assert solver.march is not None
    assert solver.division.distribution is not None
    _, end = solver.coolant_rise()
    rate = solver.march.rate_by_cell[-1]
    outlet = np.sum(rate * end[-1], axis=0) / np.sum(rate, axis=0)
    share = solver.division.distribution.share
    capacity = 998.2 * 4184.0 * 3e-5
    rows = [
        Row(f"outlet of the {words} fed lane, rise", watts / (capacity * share[group]),
            float(outlet[2 * group]), "K", 1e-8, "its heat over its flow", True)
        for words, group in (("least", 0), ("best", 4))
    ]  # fmt: skip
    carried = solver.coolant_heat()
    return [*rows, Row("heat carried away", watts, carried, "W", 1e-9, "heat put in", True)]


CASES = [
    Case("Headers that share by momentum", momentum_rows),
    Case("Lanes of uneven flow", lane_rows),
]
