"""From the board into the wafer: the contact layer, and the wafer's metal between contact pads."""

from __future__ import annotations

import math

from pydantic.dataclasses import dataclass

from geometry.units import STRICT, ArealElectricalResistance, Length, SheetResistance


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Contact:
    """The connector between board and wafer, supply and return together."""

    areal_resistance: ArealElectricalResistance
    """Loop resistance times the area of the block [ohm m2], at 293.15 K."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class WaferGrid:
    """The wafer's metal, fed through round pads on a square lattice.

    Each pad feeds the cell around it, taken as a disk of the same area (radius pitch / sqrt(pi)),
    from which the circuits draw evenly. Inside the pad's radius nothing flows sideways.

    Examples
    --------
    >>> grid = WaferGrid(sheet_resistance="44 mohm/sq", pad_pitch="1 mm", pad_diameter="0.5 mm")
    >>> round(grid.worst_areal_resistance * 1e9, 3)   # mohm mm2
    2.886
    """

    sheet_resistance: SheetResistance
    """Loop, supply and return [ohm/sq], at 293.15 K."""
    pad_pitch: Length
    """Between centres of neighbouring pads [m]."""
    pad_diameter: Length
    """[m], less than the pitch."""

    def __post_init__(self) -> None:
        """Refuse pads that touch."""
        if self.pad_diameter >= self.pad_pitch:
            raise ValueError(
                f"wafer_grid.pad_diameter: found {self.pad_diameter:g} m; "
                f"less than the pitch of {self.pad_pitch:g} m is meant"
            )

    @property
    def cell_radius(self) -> float:
        """Radius of the disk that has the area of one pad's cell [m]."""
        return self.pad_pitch / math.sqrt(math.pi)

    @property
    def mean_areal_resistance(self) -> float:
        """Loss per area over current density squared [ohm m2]: also the mean drop over J."""
        a, b = self.pad_diameter / 2, self.cell_radius
        return disk_loss(self.sheet_resistance, a, b, 1.0) / (math.pi * b**2)

    @property
    def worst_areal_resistance(self) -> float:
        """Drop at the rim of the cell over the mean current density [ohm m2]."""
        return disk_drop(self.sheet_resistance, self.pad_diameter / 2, self.cell_radius, 1.0)


def disk_drop(
    sheet_resistance: float, inner_radius: float, outer_radius: float, current_density: float
) -> float:
    """Voltage between the rims of a ring from which current is drawn evenly, fed at the inner rim.

    At radius r the current ``I(r) = pi J (b^2 - r^2)`` crosses ``Rs dr / (2 pi r)``; integrated
    from a to b: ``V = (Rs J / 2) [b^2 ln(b/a) - (b^2 - a^2)/2]``.

    Parameters
    ----------
    sheet_resistance : float
        Rs [ohm/sq].
    inner_radius, outer_radius : float
        a and b [m].
    current_density : float
        J, drawn per area of the ring [A/m2].

    Returns
    -------
    float
        [V].
    """
    a, b = inner_radius, outer_radius
    return sheet_resistance * current_density / 2 * (b**2 * math.log(b / a) - (b**2 - a**2) / 2)


def disk_loss(
    sheet_resistance: float, inner_radius: float, outer_radius: float, current_density: float
) -> float:
    """Power lost in the ring of ``disk_drop`` [W].

    The integral of ``I(r)^2 Rs dr / (2 pi r)``:
    ``W = (pi Rs J^2 / 2) [b^4 ln(b/a) - b^2 (b^2 - a^2) + (b^4 - a^4)/4]``.
    """
    a, b = inner_radius, outer_radius
    bracket = b**4 * math.log(b / a) - b**2 * (b**2 - a**2) + (b**4 - a**4) / 4
    return math.pi * sheet_resistance * current_density**2 / 2 * bracket
