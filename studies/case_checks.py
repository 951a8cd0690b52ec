"""Whether the sections of a case fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thermal.cdu import cdu_named
from thermal.contact import ContactLayer

from .case_heat import MapChoice
from .case_layers import FinZone, SolidLayer
from .footprints import check_footprints

if TYPE_CHECKING:
    from .case import Case

MOST_CELLS = 200_000_000
"""In the whole grid: some 20 GB."""


def check_sections(case: Case) -> None:
    """Refuse sections that do not fit each other.

    Raises
    ------
    ValueError
        One line that names the key.
    """
    for check in (
        _check_layers,
        _check_size,
        _check_cooling,
        _check_heat,
        _check_named_layers,
        _check_delivery,
        _check_rack,
        _check_loop,
        check_footprints,
    ):
        check(case)


def _check_layers(case: Case) -> None:
    names = list(case.layers)
    contact = [isinstance(layer, ContactLayer) for layer in case.layers.values()]
    if not names or all(contact):
        raise ValueError("layers: found no solid; one layer or more is meant")
    covered = case.vapour_chamber is not None or case.air_sink is not None
    for i, name in enumerate(names):
        at_end = i == len(names) - 1 or (i == 0 and not covered)
        if contact[i] and (at_end or contact[i - 1]):
            raise ValueError(f"layers.{name}: a contact is meant to stand between two solid layers")
    if sum(isinstance(layer, FinZone) for layer in case.layers.values()) > 1:
        raise ValueError("layers: found two fin zones; one at the most is meant")


def _check_size(case: Case) -> None:
    planes = sum(getattr(layer, "cells", 0) for layer in case.layers.values())
    along_x, along_y = case.grid.along_x, case.grid.along_y
    if along_x * along_y * planes > MOST_CELLS:
        raise ValueError(
            f"grid: found {along_x} x {along_y} cells on {planes} planes; "
            f"{MOST_CELLS} in all or fewer are meant"
        )


def _check_cooling(case: Case) -> None:
    zone, coolant, faces = case.fin_zone, case.coolant, vars(case.faces)
    _check_densities(case)
    if case.two_phase is not None:
        _check_two_phase(case)
        return
    if zone is not None and coolant is None:
        raise ValueError(f"coolant: missing; layers.{zone[0]} has channels, so a coolant is meant")
    if zone is None and coolant is not None:
        raise ValueError("coolant: found, but no layer has channels ('channel_width' and 'pitch')")
    given = {name: face for name, face in faces.items() if face is not None}
    if case.air_sink is not None and (coolant is not None or "top" in given):
        key = "coolant" if coolant is not None else "faces.top"
        raise ValueError(f"air_sink: found beside {key}; one of the two is meant")
    if case.vapour_chamber is not None and coolant is not None:
        raise ValueError("vapour_chamber: found beside coolant; one of the two is meant")
    if coolant is None and not given and case.air_sink is None:
        raise ValueError("faces: found none and no coolant; something that takes the heat is meant")
    if zone is not None:
        ends = {"top": next(iter(case.layers)), "bottom": list(case.layers)[-1]}
        for name, layer in ends.items():
            if name in given and layer == zone[0]:
                raise ValueError(
                    f"faces.{name}: found, but layers.{layer} with its channels ends there"
                )
    if coolant is None:
        for name, face in given.items():
            if face.temperature is None or face.flow is not None:
                raise ValueError(
                    f"faces.{name}: without a coolant a 'temperature', and no 'flow', is meant"
                )


def _check_densities(case: Case) -> None:
    zone = case.fin_zone
    if zone is None or zone[1].fin_density is None:
        return
    key = f"layers.{zone[0]}.fin_density"
    if case.two_phase is not None:
        raise ValueError(f"{key}: found beside two_phase; one of the two is meant")
    if case.coolant is not None and case.coolant.headers is not None:
        raise ValueError(f"{key}: found beside coolant.headers; one of the two is meant")


def _check_two_phase(case: Case) -> None:
    if case.fin_zone is None:
        raise ValueError("two_phase: found, but no layer has channels to boil in")
    for name in ("coolant", "delivery", "loads", "loop", "rack", "plant"):
        if getattr(case, name) is not None:
            raise ValueError(f"{name}: found beside two_phase; one of the two is meant")
    for name, face in vars(case.faces).items():
        if face is not None:
            raise ValueError(f"faces.{name}: found beside two_phase, which takes all of the heat")
    names = list(case.layers)
    for name, layer in case.layers.items():
        if isinstance(layer, ContactLayer) and layer.block_factors:
            raise ValueError(f"layers.{name}.block_factors: found beside two_phase; none is meant")
    if case.heat.at != "bottom face":
        below = names[names.index(case.fin_zone[0]) + 1 :]
        if case.heat.at not in below:
            raise ValueError("heat.at: with two_phase a layer below the channels is meant")


def _check_heat(case: Case) -> None:
    heat = case.heat
    solids = [n for n, layer in case.layers.items() if isinstance(layer, SolidLayer)]
    if heat.at not in (*solids, "bottom face", "top face"):
        raise ValueError(
            f"heat.at: found '{heat.at}'; one of {', '.join(solids)}, bottom face or top face "
            "is meant"
        )
    face = heat.at.removesuffix(" face")
    if face != heat.at and getattr(case.faces, face) is not None:
        raise ValueError(f"faces.{face}: found, but heat.at puts the heat there")
    layer = case.layers.get(heat.at)
    if heat.active_thickness is not None:
        if not isinstance(layer, SolidLayer):
            raise ValueError("heat.active_thickness: found, but the heat is put on a face")
        if heat.active_thickness >= layer.thickness:
            raise ValueError(
                f"heat.active_thickness: found {heat.active_thickness * 1e3:g} mm; less than "
                f"layers.{heat.at}.thickness of {layer.thickness * 1e3:g} mm is meant"
            )
    in_watts = isinstance(heat.map, MapChoice) and (
        heat.map.trace is not None or heat.map.values == "watts"
    )
    if not in_watts and heat.power is None:
        raise ValueError("heat.power: missing; the power of the whole device is meant, as '25 kW'")
    if in_watts and heat.power is not None:
        raise ValueError("heat.power: found, but heat.map is in watts; one of the two is meant")
    if isinstance(heat.map, MapChoice) and heat.map.trace and case.delivery is not None:
        raise ValueError(
            "heat.map.floorplan: with a power delivery the device's own blocks are meant"
        )


def _check_named_layers(case: Case) -> None:
    """Layers with heat of their own, and those with a window, are solids of the stack."""
    solids = {n: layer for n, layer in case.layers.items() if isinstance(layer, SolidLayer)}
    for section in ("heat", "limits"):
        for name in getattr(case, section).layers:
            if name not in solids:
                raise ValueError(
                    f"{section}.layers.{name}: found no such layer; one of {', '.join(solids)} "
                    "is meant"
                )
    for name, own in case.heat.layers.items():
        if name == case.heat.at:
            raise ValueError(f"heat.layers.{name}: found beside heat.at, which is the same layer")
        sheet, whole = own.active_thickness, solids[name].thickness
        if sheet is not None and sheet >= whole:
            raise ValueError(
                f"heat.layers.{name}.active_thickness: found {sheet * 1e3:g} mm; less than "
                f"layers.{name}.thickness of {whole * 1e3:g} mm is meant"
            )


def _check_delivery(case: Case) -> None:
    if case.delivery is not None and case.loads is None:
        raise ValueError("loads: missing; a power delivery needs the loads' law")
    if case.delivery is None and case.heat.power_is == "input to the boards":
        raise ValueError("heat.power_is: found 'input to the boards' without a power delivery")
    if case.delivery is not None:
        try:
            case.delivery.check(case.device.columns, case.device.rows)
        except ValueError as error:
            raise ValueError(f"delivery.{error}") from None
        warming = case.delivery.bricks.warming
        if warming is not None and case.loss_layers.bricks is None and not warming.is_cooled:
            raise ValueError(
                "delivery.bricks.warming: found without 'coolant_temperature' or "
                "'thermal_resistance'; both, or loss_layers.bricks, are meant"
            )
    solids = [n for n, layer in case.layers.items() if isinstance(layer, SolidLayer)]
    for part, name in vars(case.loss_layers).items():
        if name is not None and name not in solids:
            raise ValueError(
                f"loss_layers.{part}: found '{name}'; one of {', '.join(solids)} is meant"
            )


def _check_rack(case: Case) -> None:
    rack = case.rack
    if rack is None:
        return
    if case.delivery is not None or case.loop is not None:
        raise ValueError("rack: found beside a delivery or a loop, which a rack's package has not")
    if (rack.flow is None) != (case.coolant is None):
        raise ValueError(
            "rack.flow: a flow of the rack and a coolant of the package belong together"
        )
    if case.heat.power is None:
        raise ValueError("heat.power: missing; beside a rack the power of one package is meant")
    packages = rack.packages * case.heat.power
    most = rack.input_power if rack.flow is None else rack.liquid_heat
    if packages > most:
        raise ValueError(
            f"rack: found {packages / 1e3:g} kW in its packages; no more than the "
            f"{most / 1e3:g} kW that the rack gives off that way is meant"
        )


def _check_loop(case: Case) -> None:
    loop = case.loop
    for key in ("loop_pressure_drop", "cdu"):
        if loop is None and getattr(case.limits, key) is not None:
            raise ValueError(f"limits.{key}: found without [loop]; both are meant")
    if case.limits.cdu is not None:
        try:
            cdu_named(case.limits.cdu)
        except ValueError as error:
            raise ValueError(f"limits.{error}") from None
    if loop is None or loop.pumps is None:
        return
    if case.coolant is None:
        raise ValueError("loop.pumps: found, but there is no coolant that they could drive")
    plates = loop.brick_plates
    face = None if plates is None else getattr(case.faces, plates.face)
    if plates is not None and (face is None or face.flow is None):
        raise ValueError(
            f"loop.brick_plates: found, but faces.{plates.face} has no 'flow'; one to begin the "
            "search from is meant"
        )
