"""From a case to the objects of the physics: stack, map of the heat, coolant, faces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geometry.conduction import Boundary, Face, Plane
from geometry.floorplan import Floorplan, block_means, block_shares
from geometry.footprint import Rectangle
from geometry.grid import Grid
from geometry.hotspot_files import read_hotspot
from geometry.power_maps import PowerMap, hot_spot_map, read_csv_map, uniform_map
from geometry.stack import Layer, Stack
from thermal.contact import ContactLayer
from thermal.coolant import Fluid, constant_fluid, fluid_from_table, named_fluid
from thermal.fin_coefficients import FinZoneConductivity, solid_fraction_by_cell
from thermal.fin_zone import CoolantFlow
from thermal.steady import ThermalProblem

from .case import OWN_COMMANDS, Case, ConstantProperties, FinZone, OuterFace
from .case_file import CaseError, LoadedCase
from .contact_map import resistance_by_cell
from .faults import one_line
from .footprints import device_footprint, footprint, outer_size
from .sheets import SheetModel

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Machine:
    """A case made ready to be solved.

    Attributes
    ----------
    case : Case
    problem : ThermalProblem
        The temperature field's side; faces with a flow begin at the coolant's inlet temperature.
    power_map : PowerMap
        Blocks, their nominal power and its spread.
    activity : float or None
        Held with a power delivery, in place of what ``heat.power_is`` pins.
    """

    case: Case
    problem: ThermalProblem
    power_map: PowerMap
    activity: float | None = None

    @property
    def floorplan(self) -> Floorplan:
        """The blocks."""
        return self.power_map.floorplan

    @cached_property
    def shares(self) -> csr_array:
        """Share of each block's heat in each cell, shape (ny * nx, n_blocks)."""
        return self.power_map.shares(self.problem.nx, self.problem.ny)

    @cached_property
    def even_shares(self) -> csr_array:
        """The same for heat that is even over each block."""
        return block_shares(self.floorplan, self.problem.nx, self.problem.ny)

    @cached_property
    def means(self) -> csr_array:
        """Mean over each block, shape (n_blocks, ny * nx)."""
        return block_means(self.floorplan, self.problem.nx, self.problem.ny)

    @cached_property
    def sheets(self) -> SheetModel | None:
        """The low-voltage side as fields, where the case asks for it."""
        delivery = self.case.delivery
        if delivery is None or delivery.sheets_on_grid is None:
            return None
        return SheetModel(self, delivery, delivery.sheets_on_grid)

    @cached_property
    def heated_planes(self) -> range:
        """Planes in which the device makes its heat: one where it is a sheet or a face."""
        heat = self.case.heat
        if heat.at == "top face":
            return range(1)
        if heat.at == "bottom face":
            return range(self.problem.grid.nz - 1, self.problem.grid.nz)
        return self.active_planes(heat.at)

    def active_planes(self, layer: str) -> range:
        """Planes of the sheet in which a layer makes heat; all of it where there is none."""
        planes = self.problem.stack.planes(layer)
        return planes if self.case.heat.sheet_in(layer) is None else planes[-1:]


def build(loaded: LoadedCase) -> Machine:
    """Make a case ready.

    Raises
    ------
    CaseError
        When a file that the case names is missing or wrong, or a temperature is beyond the
        coolant's range.
    """
    case = loaded.case
    if case.own_cooling is not None:
        raise CaseError(
            f"{loaded.name}: {case.own_cooling}: found; "
            f"'waferflux {OWN_COMMANDS[case.own_cooling]} {loaded.name}' is meant, which computes "
            "how it cools"
        )
    try:
        power_map = _power_map(case, loaded.folder)
        return Machine(case, _problem(case, loaded.folder, power_map.floorplan), power_map)
    except CaseError:
        raise
    except ValueError as error:
        raise CaseError(f"{loaded.name}: {one_line(str(error))}") from None


def device_power_map(loaded: LoadedCase) -> PowerMap:
    """The case's map of heat alone.

    Raises
    ------
    CaseError
        When a file that the case names is missing or wrong.
    """
    try:
        return _power_map(loaded.case, loaded.folder)
    except ValueError as error:
        raise CaseError(f"{loaded.name}: {one_line(str(error))}") from None


def _problem(case: Case, folder: Path, floorplan: Floorplan) -> ThermalProblem:
    coolant = None
    if case.coolant is not None:
        coolant = _coolant_flow(case, _fluid(case.coolant.fluid, folder))
    boundaries: dict[Face, Boundary] = {
        face: _boundary(case, outer)
        for face in ("top", "bottom", "west", "east", "south", "north")
        if (outer := getattr(case.faces, face)) is not None
    }
    return ThermalProblem(
        _stack(case, coolant, floorplan),
        *outer_size(case),
        case.grid.along_x,
        case.grid.along_y,
        boundaries,
        coolant,
        {face: e for face in boundaries if (e := getattr(case.faces, face).emissivity)},
    )


@contextmanager
def _about(key: str) -> Iterator[None]:
    """Name the case's key in what goes wrong inside."""
    try:
        yield
    except ValueError as error:
        words = str(error).removeprefix("fluid: ").removeprefix("fin_density: ")
        raise ValueError(f"{key}: {words}") from None


def _fluid(named: str | ConstantProperties, folder: Path) -> Fluid:
    if isinstance(named, ConstantProperties):
        return constant_fluid(**vars(named))
    with _about("coolant.fluid"):
        return fluid_from_table(folder / named) if named.endswith(".csv") else named_fluid(named)


def _coolant_flow(case: Case, fluid: Fluid) -> CoolantFlow:
    coolant, zone = case.coolant, case.fin_zone
    assert coolant is not None
    assert zone is not None
    name, layer = zone
    with _about("coolant.inlet_temperature"):
        fluid.density(coolant.inlet_temperature)  # refuses a temperature beyond its range
    return CoolantFlow(
        layer=name,
        channels=layer,
        height=layer.thickness,
        fluid=fluid,
        inlet_temperature=coolant.inlet_temperature,
        flow=coolant.flow,
        direction=coolant.direction,
        segments=coolant.segments,
        film_coefficient=coolant.film_coefficient,
        headers=coolant.headers,
        fin_density=layer.density_by_zone,
    )


def _stack(case: Case, coolant: CoolantFlow | None, floorplan: Floorplan) -> Stack:
    layers: list[Layer] = []
    contacts: dict[str, Plane] = {}
    contact_footprints: dict[str, Rectangle] = {}
    for name, layer in case.layers.items():
        place = footprint(case, name)
        if isinstance(layer, ContactLayer):
            above = layers[-1].name
            with _about(f"layers.{name}"):
                contacts[above] = resistance_by_cell(
                    layer, floorplan, case.grid.along_x, case.grid.along_y
                )
            if place is not None:
                contact_footprints[above] = place
        elif isinstance(layer, FinZone):
            assert coolant is not None
            conductivity = FinZoneConductivity(
                layer.law,
                _solid_fraction(case, name, coolant),
                float(coolant.fluid.conductivity(coolant.inlet_temperature)),
                coolant.along_x,
            )
            capacity = layer.volumetric_heat_capacity
            layers.append(
                Layer(name, layer.thickness, conductivity, layer.cells, 0.0, True, capacity)
            )
        else:
            capacity = layer.volumetric_heat_capacity
            layers.append(
                Layer(
                    name,
                    layer.thickness,
                    layer.law,
                    layer.cells,
                    case.heat.sheet_in(name) or 0.0,
                    heat_capacity=capacity,
                    footprint=place,
                )
            )
    return Stack(layers, contacts, contact_footprints)


def _solid_fraction(case: Case, fins: str, coolant: CoolantFlow) -> Plane:
    plane = Grid(*outer_size(case), case.grid.along_x, case.grid.along_y, np.ones(1))
    with _about(f"layers.{fins}.fin_density"):
        return solid_fraction_by_cell(coolant, plane)


def _boundary(case: Case, outer: OuterFace) -> Boundary:
    temperature = outer.temperature
    if temperature is None:
        assert case.coolant is not None
        temperature = case.coolant.inlet_temperature
    film = outer.film_coefficient
    # a face that radiates is not held at the temperature it radiates to
    without = np.inf if outer.emissivity is None else 0.0
    return Boundary(temperature, without if film is None else film)


def _power_map(case: Case, folder: Path) -> PowerMap:
    """The device's map at its place in the outer rectangle."""
    outer = outer_size(case)
    with _about("heat.map"):
        found = _device_map(case, folder)
    with _about("heat.blocks"):
        found = _with_block_powers(found, case.heat.blocks)
    if outer == (case.device.width, case.device.height):
        return found
    place = device_footprint(case)
    return found.placed(*outer, place.x0, place.y0)


def _with_block_powers(found: PowerMap, blocks: Mapping[str, float]) -> PowerMap:
    """The map with the powers of some blocks given by name [W]."""
    if not blocks:
        return found
    names, power = list(found.floorplan.names), found.block_power.copy()
    for name, watts in blocks.items():
        if name not in names:
            raise ValueError(f"found '{name}'; one of {names[0]} to {names[-1]} is meant")
        power[names.index(name)] = watts
    return replace(found, block_power=power)


def _device_map(case: Case, folder: Path) -> PowerMap:
    device, heat = case.device, case.heat
    floorplan = Floorplan.blocks(device.width, device.height, device.columns, device.rows)
    choice, power = heat.map, heat.power
    if isinstance(choice, str):
        return uniform_map(floorplan, power or 0.0)
    if choice.hot_spot_factor is not None and choice.hot_spot_area is not None:
        return hot_spot_map(floorplan, power or 0.0, choice.hot_spot_factor, choice.hot_spot_area)
    if choice.csv is not None:
        return read_csv_map(folder / choice.csv, floorplan, choice.values, power)
    assert choice.floorplan is not None
    assert choice.trace is not None
    return read_hotspot(
        folder / choice.floorplan,
        folder / choice.trace,
        device.width,
        device.height,
        None if choice.trace_row is None else choice.trace_row - 1,
    )
