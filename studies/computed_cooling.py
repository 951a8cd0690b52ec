"""A case whose chamber or air sink is physics, turned into layers and a film, and solved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geometry.errors import NoSolution
from thermal.air_heat_sink import AirSink, SinkState, operating_point
from thermal.coolant import FREEZING, OutOfFluidRange
from thermal.refrigerant import Saturation, saturated_water
from thermal.vapour_chamber import VapourChamber, chamber_layers

from .answer import Answer, solve
from .case_file import CaseError, LoadedCase

FIRST_VAPOUR = 60.0 + FREEZING
"""Guess of the vapour's temperature [K]."""
SETTLED = 1e-4
"""Kelvins by which the vapour's temperature still moves."""
ROUNDS = 40


@dataclass(frozen=True)
class Cooled:
    """A solved case with what cools it.

    Attributes
    ----------
    loaded : LoadedCase
        As it was read.
    answer : Answer
        Of the layers and the film that it comes to.
    water : Saturation or None
        In the chamber, where there is one.
    sink : SinkState or None
        On top, where there is one.
    """

    loaded: LoadedCase
    answer: Answer
    water: Saturation | None
    sink: SinkState | None

    @property
    def power(self) -> float:
        """Heat made in the device [W]."""
        return self.answer.silicon_power

    @property
    def junction_temperature(self) -> float:
        """Hottest point [K]."""
        return float(self.answer.block_temperature_max.max())


def solve_cooled(loaded: LoadedCase, progress: Callable[[str], None] = lambda _: None) -> Cooled:
    """Solve a case with a vapour chamber, an air sink or both.

    The sink's film is even over its base; the chamber conducts as its vapour's mean temperature
    has it, found in rounds. Whether its wick carries the heat is another question.

    Raises
    ------
    CaseError
        When the case cannot be used.
    NoSolution
        When the vapour settles nowhere or leaves 1 to 200 degC, or the fans do not carry the air.
    """
    case = loaded.case
    heat = case.heat.power
    if heat is None:
        raise CaseError(f"{loaded.name}: heat.power: missing; chamber and sink need it")
    sink = None if case.air_sink is None else operating_point(case.air_sink, heat)
    if case.vapour_chamber is None:
        return Cooled(loaded, solve(_plain(loaded, None, sink)), None, sink)
    vapour = FIRST_VAPOUR
    for count in range(ROUNDS):
        progress(f"round {count + 1}, vapour at {vapour - FREEZING:.2f} degC")
        try:
            water = saturated_water(vapour)
        except OutOfFluidRange as error:
            raise NoSolution(str(error)) from None
        answer = solve(_plain(loaded, water, sink))
        before, vapour = vapour, vapour_temperature(answer)
        if abs(vapour - before) < SETTLED:
            return Cooled(loaded, answer, water, sink)
    raise NoSolution(f"the vapour does not settle near {vapour - FREEZING:.1f} degC")


def vapour_temperature(answer: Answer) -> float:
    """Mean over the vapour's space [K]."""
    solver = answer.coupled.solver
    plane = answer.coupled.machine.problem.stack.planes("vapour")[0]
    field = solver.temperature[plane]
    return float(np.average(field, weights=solver.cover.get(plane, np.ones(field.shape))))


def _plain(loaded: LoadedCase, water: Saturation | None, sink: SinkState | None) -> LoadedCase:
    """The case with layers and a film in place of chamber and sink."""
    case, layers = loaded.case, {}
    values: dict[str, Any] = {"vapour_chamber": None, "air_sink": None}
    if case.air_sink is not None and sink is not None:
        layers["sink base"] = _base(case.air_sink)
        film = 1.0 / (sink.resistance * case.air_sink.base_area)
        values["faces.top"] = {
            "film_coefficient": f"{film!r} W/m**2/K",
            "temperature": f"{case.air_sink.inlet_temperature!r} K",
        }
    if case.vapour_chamber is not None and water is not None:
        layers |= _chamber(case.vapour_chamber, water)
    values["layers"] = layers | loaded.raw["layers"]
    made = loaded.with_values(values)
    # origins stay those of the file: what was put in is computed from them
    return replace(made, provenance=loaded.provenance)


def _base(sink: AirSink) -> dict[str, Any]:
    return {
        "thickness": f"{sink.base_thickness!r} m",
        "conductivity": f"{sink.conductivity!r} W/m/K",
        "width": f"{sink.length!r} m",
        "height": f"{sink.width!r} m",
    }


def _chamber(chamber: VapourChamber, water: Saturation) -> dict[str, Any]:
    outline = {
        key: f"{side!r} m"
        for key, side in (("width", chamber.width), ("height", chamber.height))
        if side is not None
    }
    return {
        layer.name: {
            "thickness": f"{layer.thickness!r} m",
            "conductivity": [f"{k!r} W/m/K" for k in (layer.along, layer.along, layer.across)],
            "cells": 1 if layer.name == "vapour" else 2,
        }
        | outline
        for layer in chamber_layers(chamber, water)
    }
