"""Layers of a case: solids, the fin zone and contacts."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic.dataclasses import dataclass

from geometry.materials import ConductivityLaw, material
from geometry.units import STRICT, Conductivity, Density, HeatCapacity, Length, Offset
from thermal.cold_plate import Channels
from thermal.contact import ContactLayer
from thermal.fin_density import FinDensity

Planes = Annotated[int, Field(ge=1, le=500)]


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


def _rows(value: Any) -> Any:
    """A list of numbers as a table with one row."""
    rows = value if isinstance(value, list | tuple) else [value]
    rows = rows if all(isinstance(row, list | tuple) for row in rows) else [rows]
    if (
        not all(rows)
        or not rows
        or not all(
            isinstance(n, int | float) and not isinstance(n, bool) for row in rows for n in row
        )
    ):
        raise ValueError(
            f"found {value!r}; numbers are meant, as [0.8, 1.2], or rows of them, as "
            "[[0.8, 1.2], [1, 1]]"
        )
    return rows


DensityTable = Annotated[tuple[tuple[float, ...], ...], BeforeValidator(_rows)]


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
    fin_density: DensityTable | None = None
    """Fins per width over what ``pitch`` makes, fin thickness held: a number for each section
    along every flow path from its inlet on, as [0.8, 1.2]; or a row of them for each band across
    the channels."""

    def __post_init__(self) -> None:
        """Refuse fins that say both or neither, and densities at which they touch."""
        _check_solid(self)
        if self.density_by_zone is not None:
            self.density_by_zone.channels(self)

    @property
    def density_by_zone(self) -> FinDensity | None:
        """Where the fins are closer; None where they are everywhere alike."""
        return None if self.fin_density is None else FinDensity(self.fin_density)

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
