"""The case: everything that a study needs to know of a machine, as validated dataclasses.

A class here, or one of those it holds from `thermal` and `power`, is the schema of the section of
the case file that has its name. Inside, every number is SI.
"""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag
from pydantic.dataclasses import dataclass

from geometry.materials import ConductivityLaw, material
from geometry.units import (
    STRICT,
    Conductivity,
    Density,
    FilmCoefficient,
    FlowRate,
    Fraction,
    HeatCapacity,
    Length,
    Offset,
    Power,
    Pressure,
    Temperature,
    Velocity,
    Viscosity,
    Voltage,
)
from power.loads import Loads
from power.network import Delivery
from thermal.air_heat_sink import AirSink
from thermal.cdu import cdu_named
from thermal.cold_plate import Channels
from thermal.contact import ContactLayer
from thermal.fin_zone import FlowDirection
from thermal.loop import Loop
from thermal.plate_headers import PlateHeaders
from thermal.rack import Rack
from thermal.vapour_chamber import VapourChamber

from .flow_path import FlowPath, segments_of
from .footprints import check_footprints
from .plant_settings import Plant
from .two_phase_case import TwoPhase

Count = Annotated[int, Field(ge=1)]
Cells = Annotated[int, Field(ge=1, le=100_000)]
Planes = Annotated[int, Field(ge=1, le=500)]
Blocks = Annotated[int, Field(ge=1, le=1000)]
MOST_CELLS = 200_000_000
"""In the whole grid: some 20 GB."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Device:
    """The heated rectangle, which layers span unless they say otherwise, and its equal blocks."""

    width: Length
    """Along x [m]."""
    height: Length
    """Along y [m]."""
    columns: Blocks = 1
    """Blocks along x."""
    rows: Blocks = 1
    """Blocks along y."""
    x_offset: Offset | None = None
    """From the outer rectangle's west side [m]; centred if left out."""
    y_offset: Offset | None = None
    """From the outer rectangle's south side [m]; centred if left out."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class GridCells:
    """Cells in the plane; any number, whether or not it divides the blocks."""

    along_x: Cells
    """Cells along x; need not divide the blocks."""
    along_y: Cells
    """Cells along y."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class SolidLayer:
    """A layer of one solid: a material of the table, or its conductivity."""

    thickness: Length
    """Through the stack [m]."""
    material: str | None = None
    """silicon, copper, aluminium, stainless steel or elastomer connector."""
    conductivity: Conductivity | tuple[Conductivity, Conductivity, Conductivity] | None = None
    """One number, or along x, y and z [W/m/K]; instead of a material."""
    conductivity_exponent: float = 0.0
    """Falls as (300 K / T) to this power; with ``conductivity`` only."""
    density: Density | None = None
    """[kg/m3]; with ``conductivity``, for transients only."""
    heat_capacity: HeatCapacity | None = None
    """[J/kg/K]; with ``conductivity``, for transients only."""
    cells: Planes = 2
    """Planes of cells through the thickness."""
    width: Length | None = None
    """Along x [m]; the device's if left out."""
    height: Length | None = None
    """Along y [m]; the device's if left out."""
    x_offset: Offset | None = None
    """From the outer rectangle's west side [m]; centred if left out."""
    y_offset: Offset | None = None
    """From the outer rectangle's south side [m]; centred if left out."""

    def __post_init__(self) -> None:
        """Refuse a layer that says both or neither."""
        _check_solid(self)

    @property
    def law(self) -> ConductivityLaw:
        """Its conductivity along x, y and z."""
        if self.material is not None:
            return material(self.material).law
        k = self.conductivity or 0.0
        x, y, z = k if isinstance(k, tuple) else (k, k, k)
        return ConductivityLaw(x, y, z, self.conductivity_exponent)

    @property
    def volumetric_heat_capacity(self) -> float | None:
        """[J/(m3 K)]; None when the layer does not say."""
        return _per_volume(self)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class FinZone(Channels):
    """A layer of parallel channels with fins between them, through which the coolant flows."""

    thickness: Length
    """Height of the channels [m]."""
    material: str | None = None
    """Of the fins; a name of the table of materials."""
    conductivity: Conductivity | None = None
    """Of the fins' solid [W/m/K]; instead of a material."""
    density: Density | None = None
    """Of the fins' solid [kg/m3]; with ``conductivity``, for transients only."""
    heat_capacity: HeatCapacity | None = None
    """Of the fins' solid [J/kg/K]; with ``conductivity``, for transients only."""
    cells: Planes = 8
    """Planes of cells through the height, thinner towards lid and base."""

    def __post_init__(self) -> None:
        """Refuse fins that say both or neither."""
        _check_solid(self)

    @property
    def law(self) -> ConductivityLaw:
        """Conductivity of the fins' solid."""
        if self.material is not None:
            return material(self.material).law
        k = self.conductivity or 0.0
        return ConductivityLaw(k, k, k)

    @property
    def volumetric_heat_capacity(self) -> float | None:
        """Of the fins' share of the layer [J/(m3 K)]; None when the layer does not say."""
        solid = _per_volume(self)
        return None if solid is None else solid * self.solid_fraction


def _per_volume(layer: SolidLayer | FinZone) -> float | None:
    """Heat capacity of the solid per its volume [J/(m3 K)]."""
    if layer.material is not None:
        known = material(layer.material)
        return known.density * known.heat_capacity
    if layer.density is None or layer.heat_capacity is None:
        return None
    return layer.density * layer.heat_capacity


def _check_solid(layer: SolidLayer | FinZone) -> None:
    """Refuse a solid without conductivity or with two, or with half a heat capacity or two."""
    if (layer.material is None) == (layer.conductivity is None):
        said = "neither" if layer.material is None else "both"
        raise ValueError(f"found {said}; either 'material' or 'conductivity' is meant")
    if layer.material is not None:
        material(layer.material)
    found = [key for key in ("density", "heat_capacity") if getattr(layer, key) is not None]
    if found and layer.material is not None:
        raise ValueError(f"found '{found[0]}' with 'material'; one of the two is meant")
    if len(found) == 1:
        raise ValueError(f"found '{found[0]}' alone; 'density' and 'heat_capacity' are meant")


def _layer_kind(layer: Any) -> str:
    """Which kind of layer the keys speak of; in brackets, so that no layer has such a name."""
    if not isinstance(layer, dict):
        return {FinZone: "<fin zone>", ContactLayer: "<contact>"}.get(type(layer), "<solid>")
    if layer.keys() & {"channel_width", "pitch"}:
        return "<fin zone>"
    contact = {"resistance", "film", "dry", "pressure", "block_factors"}
    return "<contact>" if layer.keys() & contact else "<solid>"


LayerChoice = Annotated[
    Annotated[SolidLayer, Tag("<solid>")]
    | Annotated[FinZone, Tag("<fin zone>")]
    | Annotated[ContactLayer, Tag("<contact>")],
    Discriminator(_layer_kind),
]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class ConstantProperties:
    """A coolant whose properties do not change with temperature."""

    density: Density
    """Of the coolant [kg/m3]."""
    heat_capacity: HeatCapacity
    """At constant pressure [J/kg/K]."""
    viscosity: Viscosity
    """Dynamic [Pa s]."""
    conductivity: Conductivity
    """Of heat [W/m/K]."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Coolant:
    """What flows through the fin zone."""

    fluid: str | ConstantProperties
    """'water', 'pg25', the path of a property table (.csv), or constant properties."""
    inlet_temperature: Temperature
    """As it comes to the cold plate [K]."""
    flow: FlowRate
    """At the inlet, all channels together [m3/s]."""
    direction: FlowDirection = "x"
    """Axis of the channels; a minus sign turns the flow round."""
    path: FlowPath = "single pass"
    """'single pass', 'centre-split' (in at the centre, out at both ends) or 'N-way', as
    '4-way'."""
    film_coefficient: FilmCoefficient | None = None
    """On the wetted walls [W/m2/K]; computed when left out."""
    headers: PlateHeaders | None = None
    """What shares the flow between the channels; evenly when left out."""

    def __post_init__(self) -> None:
        """Refuse headers that would not run across the channels."""
        if self.headers is not None:
            self.headers.check_side(self.direction.endswith("x"))

    @property
    def segments(self) -> int:
        """Flow paths along the channels' length."""
        return segments_of(self.path)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class OuterFace:
    """What an outer face of the stack meets; a face left out is adiabatic."""

    temperature: Temperature | None = None
    """Of the medium, or of the face itself without a film [K]; the coolant's inlet if left out."""
    film_coefficient: FilmCoefficient | None = None
    """[W/m2/K]; without it the face itself is held at the temperature."""
    flow: FlowRate | None = None
    """Flow of the case's coolant along the face, which it warms [m3/s]; without it the medium
    does not warm."""
    emissivity: Annotated[float, Field(gt=0, le=1)] | None = None
    """Of the face, which radiates to large surroundings at ``temperature``, beside the film if
    there is one."""

    def __post_init__(self) -> None:
        """Refuse a face that says nothing."""
        if self.emissivity is not None and (self.temperature is None or self.flow is not None):
            raise ValueError(
                "found 'emissivity'; beside it the 'temperature' of the surroundings, and no "
                "'flow', is meant"
            )
        if self.temperature is None and self.film_coefficient is None:
            raise ValueError("found neither; 'temperature' or 'film_coefficient' is meant")
        if self.flow is not None and self.film_coefficient is None:
            raise ValueError("found 'flow' without 'film_coefficient'; both are meant")


@dataclass(frozen=True, config=STRICT, kw_only=True)
class MapChoice:
    """Where over the device the heat is made; one of three ways to say it."""

    hot_spot_factor: Annotated[float, Field(ge=1)] | None = None
    """Density in the centred hot spot of each block over the block's mean."""
    hot_spot_area: Fraction | None = None
    """Share of each block's area that is hot; times the factor it stays below 1."""
    csv: Path | None = None
    """Rows of numbers from the side y = 0 on, of any resolution."""
    values: Literal["weights", "watts"] = "weights"
    """What the numbers of ``csv`` are; weights are scaled to the power."""
    floorplan: Path | None = None
    """HotSpot's .flp: its rectangles are the blocks."""
    trace: Path | None = None
    """HotSpot's .ptrace: their power."""
    trace_row: Count | None = None
    """Which row of the trace, from 1; the mean over all rows if left out."""

    def __post_init__(self) -> None:
        """Refuse more or less than one way, and half of one."""
        ways = {
            "hot_spot_factor with hot_spot_area": (self.hot_spot_factor, self.hot_spot_area),
            "csv": (self.csv,),
            "floorplan with trace": (self.floorplan, self.trace),
        }
        begun = [name for name, parts in ways.items() if any(p is not None for p in parts)]
        whole = [name for name, parts in ways.items() if all(p is not None for p in parts)]
        if len(begun) != 1 or begun != whole:
            keys = ("hot_spot_factor", "hot_spot_area", "csv", "floorplan", "trace")
            found = " and ".join(k for k in keys if getattr(self, k) is not None) or "nothing"
            raise ValueError(f"found {found}; one of {', '.join(ways)} is meant")


@dataclass(frozen=True, config=STRICT, kw_only=True)
class LayerHeat:
    """Heat that another layer makes of its own, even over the blocks and the same in any state."""

    power: Annotated[Power, Field(gt=0)]
    """Of the whole layer [W]."""
    active_thickness: Length | None = None
    """Thin sheet at the layer's lower face that makes it [m]; if left out, the whole layer."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Heat:
    """The heat that the device makes, or that is put on a cold plate."""

    at: str
    """The layer whose lower face makes it, or 'bottom face' or 'top face' of the stack."""
    power: Annotated[Power, Field(gt=0)] | None = None
    """Of the whole device [W]; left out when the map is in watts."""
    power_is: Literal["heat in the silicon", "input to the boards", "at nominal conditions"] = (
        "heat in the silicon"
    )
    """How to read the power: solved for, or as drawn at the loads' nominal voltage and
    leakage temperature."""
    active_thickness: Length | None = None
    """Thin sheet at the layer's lower face that makes the heat [m]; if left out, the whole layer
    makes it."""
    map: Literal["uniform"] | MapChoice = "uniform"
    """Where over the device."""
    blocks: dict[str, Power] = field(default_factory=dict)
    """Of single blocks by their names, in place of what the map gives them [W]."""
    layers: dict[str, LayerHeat] = field(default_factory=dict)
    """Heat that other layers make of their own, by their names."""

    def sheet_in(self, layer: str) -> float | None:
        """Thickness of the sheet in which a layer makes heat [m]; None where it is no sheet."""
        if layer == self.at:
            return self.active_thickness
        own = self.layers.get(layer)
        return None if own is None else own.active_thickness


@dataclass(frozen=True, config=STRICT, kw_only=True)
class LossLayers:
    """Which layer each loss of the power delivery heats; what is left out leaves elsewhere."""

    bricks: str | None = None
    """Layer of both stages."""
    board: str | None = None
    """Layer of feeders and plane."""
    contact: str | None = None
    """Layer of the connector."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Room:
    """The air around the machine, which may condense on it."""

    air_temperature: Temperature
    """Of the room [K]."""
    relative_humidity: Annotated[float, Field(gt=0, le=1)]
    """An inlet within 2 K of the dew point is warned of."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Window:
    """Temperatures between which a layer must stay."""

    least: Temperature | None = None
    """A colder point of the layer is warned of [K]."""
    most: Temperature | None = None
    """A hotter one is [K]."""

    def __post_init__(self) -> None:
        """Refuse a window that says nothing, and one without an inside."""
        if self.least is None and self.most is None:
            raise ValueError("found neither; 'least' or 'most' is meant")
        if self.least is not None and self.most is not None and not self.least < self.most:
            raise ValueError(
                f"most: found {self.most - 273.15:g} degC; above 'least' of "
                f"{self.least - 273.15:g} degC is meant"
            )


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Limits:
    """What the answer is held against."""

    junction_temperature: Temperature | None = None
    """A hottest point above it is warned of [K]."""
    block_voltage: Voltage | None = None
    """The least that every point of every block needs [V]."""
    channel_velocity: Velocity | None = None
    """The most in the cold plate's channels [m/s]; in copper 1.5 m/s if left out."""
    cold_plate_pressure_drop: Annotated[Pressure, Field(gt=0)] | None = None
    """The most that the cold plate may take, its headers included [Pa]."""
    loop_pressure_drop: Annotated[Pressure, Field(gt=0)] | None = None
    """The most that the pump lifts [Pa]; needs the loop."""
    cdu: str | None = None
    """A distribution unit of the catalogue that serves this machine alone: its rated flow, and
    pressure at that flow, are the most of the loop."""
    layers: dict[str, Window] = field(default_factory=dict)
    """Of layers by their names; of the sheet that makes heat where the layer has one."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Faces:
    """The outer faces of the stack: top and bottom end z, west and east x, south and north y."""

    top: OuterFace | None = None
    """First layer's outer face."""
    bottom: OuterFace | None = None
    """Last layer's outer face."""
    west: OuterFace | None = None
    """x = 0."""
    east: OuterFace | None = None
    """x = width."""
    south: OuterFace | None = None
    """y = 0."""
    north: OuterFace | None = None
    """y = height."""


OWN_COMMANDS = {"two_phase": "two-phase", "vapour_chamber": "vapour-chamber", "air_sink": "air"}
"""Commands that solve the cases with these sections."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Case:
    """A machine and how it is run; read one with ``load_case``."""

    title: str
    """One line, printed with the answer."""
    device: Device
    """The rectangle that makes the heat, and its blocks."""
    grid: GridCells
    """Cells in the plane."""
    layers: dict[str, LayerChoice]
    """The stack, from the coolant down, in the order of the file."""
    heat: Heat
    """Where and how much."""
    description: str = ""
    """More words."""
    caveat: str = ""
    """What a reader of the answer must bear in mind; shown with it."""
    coolant: Coolant | None = None
    """What flows through the fin zone; needed when there is one."""
    two_phase: TwoPhase | None = None
    """A refrigerant that boils in the fin zone, instead of a coolant; for ``waferflux two-phase``
    only."""
    faces: Faces = field(default_factory=Faces)
    """What the outer faces meet; needed when there is no coolant."""
    loads: Loads | None = None
    """How the power follows voltage and temperature; constant if left out."""
    delivery: Delivery | None = None
    """The power delivery; needs ``loads``."""
    loss_layers: LossLayers = field(default_factory=LossLayers)
    """Which layer each loss of the delivery heats."""
    loop: Loop | None = None
    """The loop outside the cold plate."""
    rack: Rack | None = None
    """The rack of which the case is one package, where it is one; for ``waferflux compare``
    only."""
    limits: Limits = field(default_factory=Limits)
    """What the answer is held against."""
    room: Room | None = None
    """The air around, for the dew point."""
    plant: Plant | None = None
    """For ``waferflux plant``; its defaults if left out."""
    vapour_chamber: VapourChamber | None = None
    """On top of the stack, for ``waferflux vapour-chamber``."""
    air_sink: AirSink | None = None
    """On top of the stack and its chamber, for ``waferflux air``."""

    def __post_init__(self) -> None:
        """Refuse sections that do not fit each other."""
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
            check(self)

    @property
    def own_cooling(self) -> str | None:
        """Section of a cooling that `solve` does not know but a command of its own does."""
        return next((name for name in OWN_COMMANDS if getattr(self, name) is not None), None)

    @property
    def fin_zone(self) -> tuple[str, FinZone] | None:
        """Name and layer of the fin zone, when there is one."""
        zones = [(n, layer) for n, layer in self.layers.items() if isinstance(layer, FinZone)]
        return zones[0] if zones else None


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
