"""Heat exchangers by effectiveness and number of transfer units.

Short formulas of our own, since a year's hours come as arrays and the library that has them, `ht`,
takes one number at a time. Tests hold them against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

Array = NDArray[np.float64]
Arrangement = Literal["counterflow", "crossflow"]


def effectiveness(
    transfer_units: ArrayLike, capacity_ratio: ArrayLike, arrangement: Arrangement = "counterflow"
) -> Array:
    """Heat over the most that could pass [-].

    Counterflow: ``(1 - e) / (1 - Cr e)`` with ``e = exp(-NTU (1 - Cr))``, ``NTU / (1 + NTU)`` where
    the rates are equal. Crossflow, both streams unmixed:
    ``1 - exp(NTU^0.22 (exp(-Cr NTU^0.78) - 1) / Cr)``, an approximation within about 1 %.

    Source: Incropera et al., Fundamentals of Heat and Mass Transfer, 7th ed., eqs 11.29 and 11.32.

    Parameters
    ----------
    transfer_units : array_like
        NTU, ``UA / C_min`` [-].
    capacity_ratio : array_like
        Cr, smaller over larger capacity rate, 0 to 1 [-].
    arrangement : {"counterflow", "crossflow"}

    Examples
    --------
    >>> round(float(effectiveness(2.0, 0.5)), 4)
    0.7746
    """
    ntu, ratio = np.asarray(transfer_units, dtype=float), np.asarray(capacity_ratio, dtype=float)
    if arrangement == "crossflow":
        safe = np.maximum(ratio, 1e-12)
        return 1 - np.exp(ntu**0.22 * np.expm1(-safe * ntu**0.78) / safe)
    # expm1 keeps the digits where the rates are nearly equal
    gap = np.maximum(1 - ratio, 1e-12)
    decay = -np.expm1(-ntu * gap)
    return decay / (gap + (1 - gap) * decay)


def counterflow_transfer_units(effectiveness: float, capacity_ratio: float) -> float:
    """NTU of a counterflow exchanger that has this effectiveness.

    Formula: ``ln((1 - eps Cr) / (1 - eps)) / (1 - Cr)``, ``eps / (1 - eps)`` where Cr is 1.

    Source: as :func:`effectiveness`, eq. 11.29b.

    Raises
    ------
    ValueError
        When the effectiveness is not between 0 and 1.

    Examples
    --------
    >>> round(counterflow_transfer_units(0.66, 0.2764), 2)
    1.21
    """
    if not 0 <= effectiveness < 1:
        raise ValueError(f"effectiveness: found {effectiveness:.3g}; 0 to less than 1 is meant")
    gap = max(1 - capacity_ratio, 1e-12)
    # log1p, for the same reason as above
    return float(np.log1p(effectiveness * gap / (1 - effectiveness)) / gap)


@dataclass(frozen=True)
class Exchange:
    """What a heat exchanger does; SI.

    Attributes
    ----------
    heat : float
        From the hot to the cold stream [W].
    hot_inlet, hot_outlet, cold_inlet, cold_outlet : float
        [K].
    conductance : float
        UA [W/K].
    effectiveness : float
        [-].
    """

    heat: float
    hot_inlet: float
    hot_outlet: float
    cold_inlet: float
    cold_outlet: float
    conductance: float
    effectiveness: float

    @property
    def approach(self) -> float:
        """Hot outlet less cold inlet [K]: coolant supplied less facility water."""
        return self.hot_outlet - self.cold_inlet


def exchange(
    hot_inlet: float,
    hot_rate: float,
    cold_inlet: float,
    cold_rate: float,
    conductance: float,
    arrangement: Arrangement = "counterflow",
) -> Exchange:
    """Outlets of an exchanger of known UA.

    Parameters
    ----------
    hot_inlet, cold_inlet : float
        [K].
    hot_rate, cold_rate : float
        Capacity rates, mass flow times heat capacity [W/K].
    conductance : float
        UA [W/K].
    """
    least = min(hot_rate, cold_rate)
    share = float(effectiveness(conductance / least, least / max(hot_rate, cold_rate), arrangement))
    heat = share * least * (hot_inlet - cold_inlet)
    return Exchange(
        heat,
        hot_inlet,
        hot_inlet - heat / hot_rate,
        cold_inlet,
        cold_inlet + heat / cold_rate,
        conductance,
        share,
    )


def exchanger_for(
    heat: float,
    hot_outlet: float,
    hot_rate: float,
    cold_inlet: float,
    cold_rate: float,
    arrangement: Arrangement = "counterflow",
) -> Exchange:
    """The exchanger that passes ``heat`` and leaves the hot stream as wanted.

    Counterflow is a plate exchanger, crossflow a coil in air. Arguments as of :func:`exchange`.

    Raises
    ------
    ValueError
        When no exchanger can: the streams' temperatures would cross.
    """
    hot_inlet, cold_outlet = hot_outlet + heat / hot_rate, cold_inlet + heat / cold_rate
    least, ratio = min(hot_rate, cold_rate), min(hot_rate, cold_rate) / max(hot_rate, cold_rate)
    share = heat / (least * (hot_inlet - cold_inlet)) if hot_inlet > cold_inlet else np.inf
    largest = 1 - 1e-9 if arrangement == "counterflow" else effectiveness(1e3, ratio, arrangement)
    if hot_outlet <= cold_inlet or share >= largest:
        raise ValueError(
            f"heat exchanger: found {cold_inlet - 273.15:.1f} to {cold_outlet - 273.15:.1f} degC "
            f"against {hot_inlet - 273.15:.1f} to {hot_outlet - 273.15:.1f} degC; a colder medium "
            "or more of it is meant"
        )
    if arrangement == "counterflow":
        units = counterflow_transfer_units(share, ratio)
    else:
        units = float(brentq(lambda n: effectiveness(n, ratio, arrangement) - share, 0, 1e3))
    return Exchange(heat, hot_inlet, hot_outlet, cold_inlet, cold_outlet, units * least, share)
