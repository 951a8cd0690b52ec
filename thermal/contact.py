"""Contact layers: what stands between two faces, as a temperature drop per heat flux.

A contact layer of a case file says one of three things:

- ``resistance = "5 mm**2*K/W"``: measured or assumed;
- ``film = {thickness = "20 um", conductivity = "4 W/m/K"}``: a film of known thickness, which is
  also the way to write a flatness gap filled with gas, grease or liquid metal;
- ``dry = {pressure = "345 kPa"}``: two bare faces pressed together in a gas or in vacuum.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, ArealResistance, Conductivity, Length, Offset, Pressure


class Gas(NamedTuple):
    """Gas in the gaps of a dry contact."""

    conductivity: float
    """[W/(m K)]"""
    rarefaction_length: float
    """Yovanovich's M [m]: the jump in temperature at both walls, as a length of gas."""


GASES = {
    "air": Gas(0.026, 0.373e-6),
    "helium": Gas(0.155, 2.05e-6),
    "vacuum": Gas(0.0, 0.373e-6),
}
"""At about 1 bar and 300 to 320 K. Conductivities: handbook values. Air's M as used by
Yovanovich, IEEE Trans. Compon. Packag. Technol. 28 (2005) 182-206; helium's is the least
certain number here (10 % of it moves the resistance by under 1.5 %)."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Film:
    """What fills a contact: grease, phase-change, liquid metal, or gas in a flatness gap.

    Attributes
    ----------
    thickness : float
        Mean bond line, or flatness gap [m].
    conductivity : float
        Of the film [W/(m K)].
    """

    thickness: Length
    conductivity: Conductivity

    def areal_resistance(self) -> float:
        """Thickness over conductivity [m2 K/W].

        Examples
        --------
        >>> Film(thickness=10e-6, conductivity=4.0).areal_resistance()
        2.5e-06
        """
        return self.thickness / self.conductivity


@dataclass(frozen=True, config=STRICT, kw_only=True)
class DryContact:
    """Two bare conforming faces pressed together; the defaults are copper on polished silicon.

    Attributes
    ----------
    pressure : float
        Mean pressure on the contact [Pa], above 0 and below the micro-hardness.
    first_roughness, second_roughness : float
        Root-mean-square roughness of each face [m].
    first_conductivity, second_conductivity : float
        Of each solid [W/(m K)].
    micro_hardness : float
        Of the softer face [Pa].
    gas : str
        ``"air"``, ``"helium"`` or ``"vacuum"``.
    flatness_gap : float, optional
        Mean gap left by bow and warp [m], filled with the same gas, in series; flat faces if
        left out. A bound, since somewhere the faces do touch.
    """

    pressure: Pressure
    first_roughness: Length = 0.4e-6
    second_roughness: Length = 0.05e-6
    first_conductivity: Conductivity = 390.0
    second_conductivity: Conductivity = 148.0
    micro_hardness: Annotated[Pressure, Field(gt=0)] = 1e9
    gas: Literal["air", "helium", "vacuum"] = "air"
    flatness_gap: Length | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.pressure < self.micro_hardness:
            raise ValueError(
                f"pressure: found {self.pressure / 1e3:g} kPa; above 0 and below the "
                f"micro_hardness of {self.micro_hardness / 1e3:g} kPa is meant"
            )
        if self.gas == "vacuum" and self.flatness_gap is not None:
            raise ValueError(
                f"flatness_gap: found {self.flatness_gap * 1e6:g} um with gas 'vacuum'; "
                "no heat crosses an empty gap, a gas is meant"
            )

    def areal_resistance(self) -> float:
        """Temperature drop over heat flux [m2 K/W].

        Contact spots and gas gaps in parallel, :func:`spot_conductance` and
        :func:`gas_conductance`; a flatness gap in series.

        Examples
        --------
        >>> round(DryContact(pressure="345 kPa").areal_resistance() * 1e6, 1)
        21.1
        """
        roughness = float(np.hypot(self.first_roughness, self.second_roughness))
        slope = float(
            np.hypot(asperity_slope(self.first_roughness), asperity_slope(self.second_roughness))
        )
        conductivity = harmonic_mean(self.first_conductivity, self.second_conductivity)
        load = self.pressure / self.micro_hardness
        spots = spot_conductance(roughness, slope, conductivity, load)
        resistance = 1.0 / (spots + gas_conductance(roughness, load, GASES[self.gas]))
        if self.flatness_gap is not None:
            resistance += self.flatness_gap / GASES[self.gas].conductivity
        return resistance


@dataclass(frozen=True, config=STRICT, kw_only=True)
class ContactLayer:
    """A contact between two layers of a stack, said in exactly one of three ways.

    Attributes
    ----------
    resistance : float, optional
        Temperature drop over heat flux [m2 K/W].
    film : Film, optional
        A film of known thickness and conductivity.
    dry : DryContact, optional
        Bare faces under preload.
    pressure : float, optional
        Mean preload at which a given resistance or film holds [Pa]; ``dry`` has its own.
    block_factors : dict of str to float, optional
        Factor on the resistance under single blocks, by their names; 1 under the others.
    width, height, x_offset, y_offset : float, optional
        Footprint, where it is not all that its two layers share [m].
    """

    resistance: ArealResistance | None = None
    film: Film | None = None
    dry: DryContact | None = None
    pressure: Pressure | None = None
    block_factors: dict[str, Annotated[float, Field(gt=0, le=1e9)]] | None = None
    width: Length | None = None
    height: Length | None = None
    x_offset: Offset | None = None
    y_offset: Offset | None = None

    def __post_init__(self) -> None:
        said = [key for key in ("resistance", "film", "dry") if getattr(self, key) is not None]
        if len(said) != 1:
            found = " and ".join(said) or "none"
            raise ValueError(f"contact: found {found}; one of resistance, film and dry is meant")
        if self.dry is not None and self.pressure is not None:
            raise ValueError("contact: found pressure beside dry; dry.pressure alone is meant")
        if self.block_factors and self.areal_resistance() == 0:
            raise ValueError("block_factors: found with no resistance; one above 0 is meant")

    def areal_resistance(self) -> float:
        """Temperature drop over heat flux [m2 K/W].

        Examples
        --------
        >>> ContactLayer(resistance=5e-6).areal_resistance()
        5e-06
        """
        model = self.film or self.dry
        return model.areal_resistance() if model else float(self.resistance or 0.0)

    def preload_force(self, area: float) -> float | None:
        """Clamping force on an area [m2] in [N]; None where no pressure is given."""
        pressure = self.pressure if self.dry is None else self.dry.pressure
        return None if pressure is None else preload_force(pressure, area)


def harmonic_mean(first: float, second: float) -> float:
    """``2 a b / (a + b)``: conductivity that two half-spaces show to a spot between them."""
    return 2.0 * first * second / (first + second)


def asperity_slope(roughness: float) -> float:
    """Mean absolute slope of a face's asperities, estimated from its roughness [m].

    Formula: ``m = 0.125 (sigma / 1 um)^0.402``. Range: 0.216 to 9.6 um; used below it too (a
    polished face adds little to the combined slope).

    Source: Antonetti, Whittle and Simons, J. Electron. Packag. 115 (1993) 131-134.
    """
    return 0.125 * (roughness * 1e6) ** 0.402


def spot_conductance(roughness: float, slope: float, conductivity: float, load: float) -> float:
    """Conductance of the touching asperities [W/(m2 K)].

    Formula: ``1.25 k_s (m / sigma) (P / H_c)^0.95``, plastic deformation, conforming faces; sigma
    and m are root sums of squares of both faces, ``load`` is P / H_c.

    Range: P / H_c 1e-6 to 2e-2. Source: Cooper, Mikic and Yovanovich, Int. J. Heat Mass Transfer
    12 (1969) 279-300, DOI 10.1016/0017-9310(69)90011-8, with the exponent's later rounding.
    """
    return 1.25 * conductivity * slope / roughness * load**0.95


def gas_conductance(roughness: float, load: float, gas: Gas) -> float:
    """Conductance of the gas between the asperities [W/(m2 K)].

    Formula: ``k_g / (Y + M)`` with the gap ``Y = 1.53 sigma (P / H_c)^-0.097``.

    Range: P / H_c 1e-5 to 2e-2. Source: Yovanovich, IEEE Trans. Compon. Packag. Technol. 28
    (2005) 182-206.
    """
    gap = 1.53 * roughness * load**-0.097
    return gas.conductivity / (gap + gas.rarefaction_length)


def preload_force(pressure: float, area: float) -> float:
    """Clamping force [N] that puts a mean pressure [Pa] on an area [m2].

    Examples
    --------
    >>> round(preload_force(345e3, 0.215**2) / 1e3, 1)
    15.9
    """
    return pressure * area
