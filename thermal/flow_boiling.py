"""Boiling in narrow channels: friction, heat transfer and what ends it, by published correlations.

``G`` is the flow's mass per area and time [kg/(m2 s)], ``x`` the share of vapour in its mass,
``Dh`` four times area over the whole perimeter, ``f`` and ``g`` saturated liquid and vapour.
Arrays broadcast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .refrigerant import Saturation

Array = NDArray[np.float64]

GRAVITY = 9.80665
"""[m/s2]."""


# ------------------------------------------------------------------ the homogeneous mixture


def homogeneous_volume(fluid: Saturation, quality: ArrayLike) -> Array:
    """Volume per mass of liquid and vapour at one velocity [m3/kg]; that of liquid below 0.

    Formula: ``v = x / rho_g + (1 - x) / rho_f``.
    """
    x = np.clip(np.asarray(quality, dtype=float), 0.0, 1.0)
    return x / fluid.vapour_density + (1 - x) / fluid.liquid_density


def homogeneous_viscosity(fluid: Saturation, quality: ArrayLike) -> Array:
    """Viscosity of the homogeneous mixture [Pa s].

    Formula: ``1 / mu = x / mu_g + (1 - x) / mu_f``.

    Source: McAdams, Woods and Heroman, Trans. ASME 64 (1942) 193-200.
    """
    x = np.clip(np.asarray(quality, dtype=float), 0.0, 1.0)
    return 1 / (x / fluid.vapour_viscosity + (1 - x) / fluid.liquid_viscosity)


# ----------------------------------------------------------------------- heat transfer


def kim_mudawar_film(
    fluid: Saturation,
    critical_pressure: float,
    mass_flux: float,
    quality: ArrayLike,
    wall_flux: ArrayLike,
    diameter: float,
    heated_share: float,
) -> Array:
    """Heat transfer coefficient of saturated flow boiling before dryout [W/(m2 K)].

    Formula: ``h = hypot(h_nb, h_cb)``,
    ``h_nb = 2345 (Bo P_H/P_F)^0.70 P_R^0.38 (1 - x)^-0.51 h_f``,
    ``h_cb = [5.2 (Bo P_H/P_F)^0.08 We^-0.54 + 3.5 X_tt^-0.94 (rho_g/rho_f)^0.25] h_f``,
    ``h_f = 0.023 Re_f^0.8 Pr_f^0.4 k_f / Dh`` with the liquid's own Reynolds number.

    Parameters
    ----------
    fluid : Saturation
    critical_pressure : float
        [Pa].
    mass_flux : float
        [kg/(m2 s)].
    quality : array_like
        Below 0 is taken as 0, and 1 or above as just below 1.
    wall_flux : array_like
        Mean over the heated perimeter [W/m2].
    diameter : float
        Hydraulic [m].
    heated_share : float
        Heated over wetted perimeter, ``P_H / P_F``.

    Source: Kim and Mudawar, Int. J. Heat Mass Transfer 64 (2013) 1239-1256.
    """
    x = np.clip(np.asarray(quality, dtype=float), 0.0, 1 - 1e-6)
    boiling = np.asarray(wall_flux) / (mass_flux * fluid.latent_heat) * heated_share
    weber = mass_flux**2 * diameter / (fluid.liquid_density * fluid.surface_tension)
    prandtl = fluid.liquid_viscosity * fluid.liquid_heat_capacity / fluid.liquid_conductivity
    reynolds = mass_flux * (1 - x) * diameter / fluid.liquid_viscosity
    alone = 0.023 * reynolds**0.8 * prandtl**0.4 * fluid.liquid_conductivity / diameter
    density_ratio = fluid.vapour_density / fluid.liquid_density
    viscosity_ratio = fluid.liquid_viscosity / fluid.vapour_viscosity
    # 1 / X_tt, the Martinelli parameter of two turbulent phases
    inverse = (x / (1 - x)) ** 0.9 / (viscosity_ratio**0.1 * density_ratio**0.5)
    nucleate = 2345 * boiling**0.70 * (fluid.pressure / critical_pressure) ** 0.38
    nucleate = nucleate * (1 - x) ** -0.51
    convective = 5.2 * boiling**0.08 * weber**-0.54 + 3.5 * inverse**0.94 * density_ratio**0.25
    return np.hypot(nucleate, convective) * alone


def li_wu_film(
    fluid: Saturation,
    mass_flux: float,
    quality: ArrayLike,
    wall_flux: ArrayLike,
    diameter: float,
) -> Array:
    """Heat transfer coefficient of saturated flow boiling in small channels [W/(m2 K)].

    Formula: ``h = 334 Bl^0.3 (Bo Re_f^0.36)^0.4 k_f / Dh`` with the boiling number ``Bl`` and the
    Bond number ``Bo = g (rho_f - rho_g) Dh^2 / sigma``. A second opinion beside
    :func:`kim_mudawar_film`; parameters as there.

    Source: Li and Wu, Int. J. Heat Mass Transfer 53 (2010) 1778-1787,
    DOI 10.1016/j.ijheatmasstransfer.2010.01.012.
    """
    x = np.clip(np.asarray(quality, dtype=float), 0.0, 1 - 1e-6)
    boiling = np.asarray(wall_flux) / (mass_flux * fluid.latent_heat)
    lifted = GRAVITY * (fluid.liquid_density - fluid.vapour_density)
    bond = lifted * diameter**2 / fluid.surface_tension
    reynolds = mass_flux * (1 - x) * diameter / fluid.liquid_viscosity
    nusselt = 334 * boiling**0.3 * (bond * reynolds**0.36) ** 0.4
    return nusselt * fluid.liquid_conductivity / diameter


# ------------------------------------------------------------------- the end of boiling


def dryout_quality(
    fluid: Saturation,
    critical_pressure: float,
    mass_flux: float,
    wall_flux: ArrayLike,
    diameter: float,
    heated_share: float,
) -> Array:
    """Quality at which the film on the wall begins to dry out [-].

    Formula: ``x_di = 1.4 We^0.03 P_R^0.08 - 15 (Bo P_H/P_F)^0.15 Ca^0.35 (rho_g/rho_f)^0.06``,
    ``Ca = mu_f G / (rho_f sigma)``. Parameters as of :func:`kim_mudawar_film`.

    Source: Kim and Mudawar, Int. J. Heat Mass Transfer 64 (2013) 1226-1238.
    """
    boiling = np.asarray(wall_flux) / (mass_flux * fluid.latent_heat) * heated_share
    tension = fluid.liquid_density * fluid.surface_tension
    weber = mass_flux**2 * diameter / tension
    capillary = fluid.liquid_viscosity * mass_flux / tension
    density_ratio = fluid.vapour_density / fluid.liquid_density
    wetted = 1.4 * weber**0.03 * (fluid.pressure / critical_pressure) ** 0.08
    return wetted - 15.0 * boiling**0.15 * capillary**0.35 * density_ratio**0.06


def katto_ohno_flux(
    fluid: Saturation,
    mass_flux: float,
    length: ArrayLike,
    diameter: float,
    inlet_subcooling: ArrayLike,
) -> Array:
    """Critical heat flux of an evenly heated tube [W/m2].

    Formula: ``q = q_0 (1 + K dh_in / h_fg)``. With ``W = sigma rho_f / (G^2 L)``, ``l = L / D``
    and ``r = rho_g / rho_f``, each over ``G h_fg``:
    ``q_1 = C W^0.043 / l``, ``q_2 = 0.10 r^0.133 W^(1/3) / (1 + 0.0031 l)``,
    ``q_3 = 0.098 r^0.133 W^0.433 l^0.27 / (1 + 0.0031 l)``;
    ``q_0`` is ``q_1`` where that is below ``q_2``, else the lower of ``q_2`` and ``q_3``.
    ``C`` is 0.25 up to l of 50, 0.34 from 150 on, linear between. ``K`` is the larger of
    ``1.043 / (4 C W^0.043)`` and ``(5/6) (0.0124 + 1/l) / (r^0.133 W^(1/3))``.

    Range: ``r`` below 0.15, which the shipped tables keep. Made from tubes; in a channel the
    heated equivalent diameter, four times area over heated perimeter, stands for the tube's.

    Parameters
    ----------
    fluid : Saturation
    mass_flux : float
        [kg/(m2 s)].
    length : array_like
        Heated, from the inlet [m].
    diameter : float
        [m].
    inlet_subcooling : array_like
        Enthalpy that the inlet lacks to saturated liquid, 0 or more [J/kg].

    Source: Katto and Ohno, Int. J. Heat Mass Transfer 27 (1984) 1641-1648.
    """
    slender = np.asarray(length, dtype=float) / diameter
    tension = fluid.surface_tension * fluid.liquid_density / (mass_flux**2 * np.asarray(length))
    dense = (fluid.vapour_density / fluid.liquid_density) ** 0.133
    constant = np.interp(slender, (50.0, 150.0), (0.25, 0.34))
    long = constant * tension**0.043 / slender
    slowing = 1 + 0.0031 * slender
    middle = 0.10 * dense * tension ** (1 / 3) / slowing
    short = 0.098 * dense * tension**0.433 * slender**0.27 / slowing
    saturated = np.where(long <= middle, long, np.minimum(middle, short))
    effect = np.maximum(
        1.043 / (4 * constant * tension**0.043),
        5 / 6 * (0.0124 + 1 / slender) / (dense * tension ** (1 / 3)),
    )
    whole = 1 + effect * np.asarray(inlet_subcooling) / fluid.latent_heat
    return saturated * whole * mass_flux * fluid.latent_heat
