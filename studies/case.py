"""The case: everything that a study needs to know of a machine, as validated dataclasses.

A class here, in the modules ``case_...`` or one of those they hold from `thermal` and `power`, is
the schema of the section of the case file that has its name. Inside, every number is SI.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, Length, Offset, Temperature
from power.loads import Loads
from power.network import Delivery
from thermal.air_heat_sink import AirSink
from thermal.loop import Loop
from thermal.rack import Rack
from thermal.vapour_chamber import VapourChamber

from .case_checks import check_sections
from .case_cooling import ConstantProperties, Coolant, Faces, OuterFace
from .case_heat import Heat, LayerHeat, LossLayers, MapChoice
from .case_layers import FinZone, LayerChoice, SolidLayer
from .case_limits import Limits, Window
from .plant_settings import Plant
from .two_phase_case import TwoPhase

__all__ = [
    "OWN_COMMANDS",
    "Case",
    "ConstantProperties",
    "Coolant",
    "Device",
    "Faces",
    "FinZone",
    "GridCells",
    "Heat",
    "LayerHeat",
    "Limits",
    "LossLayers",
    "MapChoice",
    "OuterFace",
    "Room",
    "SolidLayer",
    "Window",
]

Cells = Annotated[int, Field(ge=1, le=100_000)]
Blocks = Annotated[int, Field(ge=1, le=1000)]


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
class Room:
    """The air around the machine, which may condense on it."""

    air_temperature: Temperature
    """Of the room [K]."""
    relative_humidity: Annotated[float, Field(gt=0, le=1)]
    """An inlet within 2 K of the dew point is warned of."""


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
        check_sections(self)

    @property
    def own_cooling(self) -> str | None:
        """Section of a cooling that `solve` does not know but a command of its own does."""
        return next((name for name in OWN_COMMANDS if getattr(self, name) is not None), None)

    @property
    def fin_zone(self) -> tuple[str, FinZone] | None:
        """Name and layer of the fin zone, when there is one."""
        zones = [(n, layer) for n, layer in self.layers.items() if isinstance(layer, FinZone)]
        return zones[0] if zones else None
