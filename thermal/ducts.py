"""Friction and heat transfer in straight rectangular ducts, as plain vectorised functions.

Conventions, the same in every function here:

- ``aspect`` is the short side over the long side, 0 (parallel plates) to 1 (square); a value
  outside raises ValueError.
- Reynolds and Nusselt numbers are on the hydraulic diameter ``Dh = 4 area / perimeter``.
- Friction factors are Fanning's, ``f = wall shear / (rho u^2 / 2)`` (a quarter of Darcy's).
- ``friction position`` is ``x+ = x / (Dh Re)``, ``thermal position`` ``x* = x / (Dh Re Pr)``.

Scalars and arrays broadcast; every function returns a numpy array or numpy float.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import hyp2f1

Array = NDArray[np.float64]

LAMINAR_LIMIT = 2300.0
"""Reynolds number up to which duct flow is taken as laminar."""
TURBULENT_LIMIT = 4000.0
"""Reynolds number from which duct flow is taken as turbulent."""
_SMALLEST = 1e-12
"""Stands for a position of exactly 0, where entry formulas are singular."""


def _aspect(aspect: ArrayLike) -> Array:
    ratio = np.asarray(aspect, dtype=float)
    inside = (ratio >= 0.0) & (ratio <= 1.0)
    if not np.all(inside):
        worst = np.extract(~inside, ratio)[0]
        raise ValueError(f"aspect: found {worst:g}; short side over long side, 0 to 1, is meant")
    return ratio


def _polynomial(aspect: ArrayLike, coefficients: tuple[float, ...]) -> Any:
    return np.polynomial.polynomial.polyval(_aspect(aspect), coefficients)


# ---------------------------------------------------------------------- developed laminar flow


def developed_friction(aspect: ArrayLike) -> Array:
    """Fanning friction factor times Reynolds number, developed laminar flow.

    Formula: ``f Re = 24 (1 - 1.3553 a + 1.9467 a^2 - 1.7012 a^3 + 0.9564 a^4 - 0.2537 a^5)``.

    Range: all aspect ratios, within 0.3 % of the exact series.

    Source: Shah and London, Laminar Flow Forced Convection in Ducts (1978),
    ISBN 978-0-12-020051-1.

    Examples
    --------
    >>> round(float(developed_friction(1.0)), 2)
    14.23
    """
    return 24.0 * _polynomial(aspect, (1.0, -1.3553, 1.9467, -1.7012, 0.9564, -0.2537))


def entrance_loss(aspect: ArrayLike) -> Array:
    """Incremental pressure drop number K_inf of a laminar entrance, in ``rho u^2 / 2``.

    Formula: ``0.6797 + 1.2197 a + 3.3089 a^2 - 9.5921 a^3 + 8.9089 a^4 - 2.9959 a^5``. It holds
    both the growth of momentum from a flat to the developed profile and the extra wall shear.

    Range: all aspect ratios, once the flow has developed (``x+ > 0.05``).

    Source: fit to Lundgren et al. in Steinke and Kandlikar (2005), repeated in Kandlikar et al.,
    Heat Transfer and Fluid Flow in Minichannels and Microchannels (2006), ISBN 978-0-08-044527-4.
    """
    return _polynomial(aspect, (0.6797, 1.2197, 3.3089, -9.5921, 8.9089, -2.9959))


def nusselt_uniform_flux(aspect: ArrayLike) -> Array:
    """Developed laminar Nusselt number H1: axially uniform flux, uniform around the wall in T.

    Formula: ``8.235 (1 - 2.0421 a + 3.0853 a^2 - 2.4765 a^3 + 1.0578 a^4 - 0.1861 a^5)``, all
    four walls heated.

    Range: all aspect ratios, within 0.3 % of a numerical solution.

    Source: Shah and London (1978), ISBN 978-0-12-020051-1.
    """
    return 8.235 * _polynomial(aspect, (1.0, -2.0421, 3.0853, -2.4765, 1.0578, -0.1861))


def nusselt_uniform_temperature(aspect: ArrayLike) -> Array:
    """Developed laminar Nusselt number with four walls at one constant temperature.

    Formula: ``7.541 (1 - 2.610 a + 4.970 a^2 - 5.119 a^3 + 2.702 a^4 - 0.548 a^5)``.

    Range: all aspect ratios. Source: Shah and London (1978), ISBN 978-0-12-020051-1.
    """
    return 7.541 * _polynomial(aspect, (1.0, -2.610, 4.970, -5.119, 2.702, -0.548))


def nusselt_three_walls(aspect: ArrayLike) -> Array:
    """Developed laminar H1 Nusselt number with one short wall (the lid) adiabatic.

    Formula: ``8.235 (1 - 1.883 a + 3.767 a^2 - 5.814 a^3 + 5.361 a^4 - 2 a^5)``.

    Range: all aspect ratios, 0.2 to 1.2 % below a numerical solution.

    Source: fit to Wibulswas' table in Shah and London (1978), as used by Phillips (1990).
    """
    return 8.235 * _polynomial(aspect, (1.0, -1.883, 3.767, -5.814, 5.361, -2.0))


def root_area_friction(aspect: ArrayLike) -> Array:
    """Fanning friction factor times Reynolds number, both on the square root of the flow area.

    Formula: ``12 / [sqrt(a) (1 + a) (1 - (192 a / pi^5) tanh(pi / (2 a)))]``: one term of the
    exact series.

    Range: aspect above 0 (it grows without bound for parallel plates: on the square root of the
    area these have no finite scale); within 0.7 % of the exact series. An aspect below 1e-6 is
    taken as 1e-6.

    Source: Muzychka and Yovanovich, J. Fluids Eng. 131 (2009) 111105, DOI 10.1115/1.4000377.
    """
    a = np.maximum(_aspect(aspect), 1e-6)
    series = 1.0 - 192.0 * a / np.pi**5 * np.tanh(np.pi / (2.0 * a))
    return 12.0 / (np.sqrt(a) * (1.0 + a) * series)


# --------------------------------------------------------------------------- friction


def apparent_friction(aspect: ArrayLike, position: ArrayLike) -> Array:
    """Apparent laminar Fanning friction times Reynolds number, averaged from inlet to position.

    Formula: ``f Re = 3.44/sqrt(x+) + [f Re_dev + K_inf/(4 x+) - 3.44/sqrt(x+)] / (1 + C/x+^2)``
    with C 2.9e-5, 7.6e-5, 2.1e-4, 2.9e-4 at aspect 0, 0.2, 0.5, 1 (linear between). It joins
    the boundary layer of a short duct to ``f Re_dev + K_inf/(4 x+)`` of a long one smoothly.
    Chosen over switching at ``x+ = 0.05`` to the short form of :func:`short_duct_friction`
    because that leaves a jump of -3 % (aspect 0.1) to +4 % (square), on which a flow split stalls.

    Range: all aspect ratios and ``x+ > 0``, stated as within 2.4 % of numerical solutions;
    ``x+ = 0`` is taken as 1e-12.

    Source: Shah, J. Fluids Eng. 100 (1978) 177-179; short and long limits as in Muzychka and
    Yovanovich (2009), DOI 10.1115/1.4000377.
    """
    x = np.maximum(np.asarray(position, dtype=float), _SMALLEST)
    join = np.interp(_aspect(aspect), (0.0, 0.2, 0.5, 1.0), (2.9e-5, 7.6e-5, 2.1e-4, 2.9e-4))
    short = 3.44 / np.sqrt(x)
    long = developed_friction(aspect) + entrance_loss(aspect) / (4.0 * x)
    return short + (long - short) / (1.0 + join / x**2)


def short_duct_friction(aspect: ArrayLike, position: ArrayLike) -> Array:
    """Apparent laminar Fanning friction times Reynolds number, short form.

    Formula: ``sqrt[(3.44 / sqrt(x+))^2 + (f Re_dev)^2]``. It has the same form on any length
    scale, so the hydraulic diameter and the exact developed value are used here. Kept as an
    independent check of :func:`apparent_friction`.

    Range: all aspect ratios; stated as within 10 %; ``x+ = 0`` is taken as 1e-12.

    Source: Muzychka and Yovanovich (2009), DOI 10.1115/1.4000377.
    """
    x = np.maximum(np.asarray(position, dtype=float), _SMALLEST)
    return np.hypot(3.44 / np.sqrt(x), developed_friction(aspect))


def equivalent_reynolds(reynolds: ArrayLike, aspect: ArrayLike) -> Array:
    """Reynolds number that makes circular-tube turbulent friction fit a rectangle.

    Formula: ``Re* = Re [2/3 + (11/24) a (2 - a)]``.

    Range: turbulent flow, all aspect ratios; stated as within 5 %.

    Source: Jones, J. Fluids Eng. 98 (1976) 173-180, DOI 10.1115/1.3448250.
    """
    a = _aspect(aspect)
    return np.asarray(reynolds, dtype=float) * (2.0 / 3.0 + 11.0 / 24.0 * a * (2.0 - a))


def turbulent_friction(reynolds: ArrayLike, aspect: ArrayLike) -> Array:
    """Fanning friction factor of smooth-walled turbulent flow.

    Formula: ``f = [1.8 log10(Re* / 6.9)]^-2 / 4`` with ``Re*`` from :func:`equivalent_reynolds`.

    Range: Re 4000 to 1e8; a Reynolds number below 4000 is taken as 4000.

    Source: Haaland, J. Fluids Eng. 105 (1983) 89-90, DOI 10.1115/1.3240948, smooth wall.
    """
    at_least = np.maximum(np.asarray(reynolds, dtype=float), TURBULENT_LIMIT)
    return (1.8 * np.log10(equivalent_reynolds(at_least, aspect) / 6.9)) ** -2 / 4.0


def turbulent_share(reynolds: ArrayLike) -> Array:
    """Weight of the turbulent value: 0 up to Re 2300, linear, 1 from Re 4000.

    Source: Gnielinski, Int. J. Heat Mass Transfer 63 (2013) 134-140,
    DOI 10.1016/j.ijheatmasstransfer.2013.04.015.
    """
    span = TURBULENT_LIMIT - LAMINAR_LIMIT
    return np.clip((np.asarray(reynolds, dtype=float) - LAMINAR_LIMIT) / span, 0.0, 1.0)


def friction_factor(reynolds: ArrayLike, aspect: ArrayLike, slenderness: ArrayLike) -> Array:
    """Apparent Fanning friction factor from the inlet over a duct's whole length.

    Laminar (:func:`apparent_friction`, entrance included) to Re 2300, turbulent
    (:func:`turbulent_friction`, developed) from Re 4000, and in between a power of Re from the
    laminar value at 2300 to the turbulent value at 4000. Continuous; in between it is a guess,
    made as a power (and not linear as for heat) so that the pressure drop still rises with
    velocity in short ducts, whose laminar entrance rubs more than developed turbulence.

    Parameters
    ----------
    reynolds : array_like
        Reynolds number, above 0.
    aspect : array_like
        Short side over long side.
    slenderness : array_like
        Length over hydraulic diameter.
    """
    re = np.asarray(reynolds, dtype=float)
    laminar_re = np.minimum(re, LAMINAR_LIMIT)
    position = np.asarray(slenderness, dtype=float) / laminar_re
    laminar = apparent_friction(aspect, position) / laminar_re
    span = np.log(TURBULENT_LIMIT / LAMINAR_LIMIT)
    share = np.clip(np.log(re / LAMINAR_LIMIT) / span, 0.0, 1.0)
    return laminar ** (1.0 - share) * turbulent_friction(re, aspect) ** share


# ------------------------------------------------------------- laminar thermal entrance


_POWER = 0.6412
"""Exponent of the Lee-Garimella formula."""


def _lee_garimella_constants(aspect: ArrayLike) -> tuple[Array, Array, Array]:
    """Constants C1, C3, C4; the slenderness of the section is held within the fit's 1 to 10."""
    r = 1.0 / np.maximum(_aspect(aspect), 0.1)
    c1 = -3.122e-3 * r**3 + 2.435e-2 * r**2 + 2.143e-1 * r + 7.325
    c3 = 1.589e-4 * r**2 - 2.603e-3 * r + 2.444e-2
    c4 = 7.148 - 13.28 / r + 15.15 / r**2 - 5.936 / r**3
    return c1, c3, c4


def thermal_entrance_end(aspect: ArrayLike) -> Array:
    """Thermal position up to which the Lee-Garimella formula was fitted.

    Formula: a sixth-degree polynomial in long over short side, 1 to 10 (held at 10 beyond).

    Source: Lee and Garimella, Int. J. Heat Mass Transfer 49 (2006) 3060-3067,
    DOI 10.1016/j.ijheatmasstransfer.2006.02.011.
    """
    r: Array = 1.0 / np.maximum(_aspect(aspect), 0.1)
    coefficients = (5.691e-2, 1.845e-2, -1.769e-2, 5.014e-3, -6.902e-4, 4.709e-5, -1.275e-6)
    return np.asarray(np.polynomial.polynomial.polyval(r, coefficients), dtype=np.float64)[()]


def local_entry_ratio(aspect: ArrayLike, position: ArrayLike) -> Array:
    """Local over developed laminar Nusselt number at a thermal position; at least 1.

    Formula: ``max(1, [1 / (C1 x*^0.6412 + C3) + C4] / Nu_H1)``. Hydrodynamically developed,
    four walls, uniform axial flux. The formula was fitted up to :func:`thermal_entrance_end`;
    cut there it would drop by 6 to 9 %, so it is continued until it meets the developed value,
    which stays within 7 % of a numerical solution from x* 0.0005 to 0.1 and is continuous.

    Range: aspect 0.1 to 1 (0.1 is used below that), Re below 2300. At ``x* -> 0`` it ends at a
    finite value, where the true ratio grows as ``x*^(-1/3)``; below x* 1e-4 it is too low.

    Source: Lee and Garimella (2006), DOI 10.1016/j.ijheatmasstransfer.2006.02.011.
    """
    c1, c3, c4 = _lee_garimella_constants(aspect)
    x = np.asarray(position, dtype=float)
    developed = nusselt_uniform_flux(np.maximum(_aspect(aspect), 0.1))
    return np.maximum(1.0, (1.0 / (c1 * x**_POWER + c3) + c4) / developed)


def _entry_ratio_integral(aspect: ArrayLike, position: Array) -> Array:
    """Exact integral of :func:`local_entry_ratio` from the inlet to a thermal position."""
    c1, c3, c4 = _lee_garimella_constants(aspect)
    developed = nusselt_uniform_flux(np.maximum(_aspect(aspect), 0.1))
    end = ((1.0 / (developed - c4) - c3) / c1) ** (1.0 / _POWER)
    x = np.minimum(position, end)
    # the integral of 1/(C1 x^n + C3) is Gauss' hypergeometric function
    fraction = hyp2f1(1.0, 1.0 / _POWER, 1.0 + 1.0 / _POWER, -c1 / c3 * x**_POWER) / c3
    return x * (fraction + c4) / developed + (position - x)


def mean_entry_ratio(aspect: ArrayLike, start: ArrayLike, end: ArrayLike) -> Array:
    """Mean of :func:`local_entry_ratio` between two thermal positions, integrated exactly.

    So a coarse cell at the inlet sees the mean of the steep curve and not its value at a point.
    Where the two positions (nearly) coincide the local value is returned.

    Parameters
    ----------
    aspect : array_like
        Short side over long side.
    start, end : array_like
        Thermal positions, ``0 <= start <= end``.
    """
    first, last = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    width = last - first
    # a difference of two nearly equal integrals loses digits: narrow cells take the midpoint
    wide = width > 1e-6 * last
    middle = local_entry_ratio(aspect, 0.5 * (first + last))
    integral = _entry_ratio_integral(aspect, last) - _entry_ratio_integral(aspect, first)
    return np.where(wide, integral / np.where(wide, width, 1.0), middle)


def local_nusselt(aspect: ArrayLike, position: ArrayLike) -> Array:
    """Local laminar Nusselt number: the developed H1 value times :func:`local_entry_ratio`.

    Equals the Lee-Garimella formula wherever that is above the developed value (aspect 0.1 to
    1), never falls below the developed value, and inherits the ratio's range.
    """
    return nusselt_uniform_flux(aspect) * local_entry_ratio(aspect, position)


def mean_nusselt(aspect: ArrayLike, position: ArrayLike) -> Array:
    """Laminar Nusselt number averaged from the inlet to a thermal position above 0.

    The exact mean of :func:`local_nusselt`: within 3.5 % of a numerical solution from x* 0.0005
    to 0.1. The separate average formula of the same paper is 3 to 13 % below that solution,
    and not the mean of the paper's own local formula; it is not used.
    """
    return nusselt_uniform_flux(aspect) * mean_entry_ratio(aspect, 0.0, position)


def _muzychka_yovanovich(aspect: ArrayLike, position: ArrayLike, entry_factor: float) -> Array:
    a = np.maximum(_aspect(aspect), 1e-6)
    friction = root_area_friction(a)
    scale = 2.0 * np.sqrt(a) / (1.0 + a)  # Dh over the square root of the area
    z = np.maximum(np.asarray(position, dtype=float), _SMALLEST) * scale**2
    entry = entry_factor * 0.501 * np.cbrt(friction / z)
    developed = 3.86 * friction / (8.0 * np.sqrt(np.pi) * a**0.1)
    return scale * (entry**5 + developed**5) ** 0.2


def muzychka_local_nusselt(aspect: ArrayLike, position: ArrayLike) -> Array:
    """Local laminar Nusselt number of the thermal entrance, on the hydraulic diameter.

    Formula, on the square root of the area: ``Nu^5 = [0.501 (f Re / z*)^(1/3)]^5 +
    [3.86 f Re / (8 sqrt(pi) a^0.1)]^5``, uniform flux, flow developed. An independent check of
    :func:`local_nusselt`: right at the inlet limit, 7 to 9 % high in the developed limit.

    Range: Re below 2300, any ``x* > 0`` (0 is taken as 1e-12); stated as within 10 %. Aspect
    below 1e-6 is taken as 1e-6; toward parallel plates the developed limit grows too high.

    Source: Muzychka and Yovanovich, J. Heat Transfer 126 (2004) 54-61, DOI 10.1115/1.1643752.
    """
    return _muzychka_yovanovich(aspect, position, 1.0)


def muzychka_mean_nusselt(aspect: ArrayLike, position: ArrayLike) -> Array:
    """Mean from the inlet of the thermal entrance, on the hydraulic diameter.

    As :func:`muzychka_local_nusselt` with the entry term times 3/2; same range and source.
    """
    return _muzychka_yovanovich(aspect, position, 1.5)


# ------------------------------------------------------------------ turbulent heat transfer


def turbulent_nusselt(reynolds: ArrayLike, prandtl: ArrayLike, aspect: ArrayLike) -> Array:
    """Developed turbulent Nusselt number.

    Formula: ``(f/2)(Re - 1000) Pr / [1 + 12.7 sqrt(f/2) (Pr^(2/3) - 1)]`` with Fanning's f from
    :func:`turbulent_friction`.

    Range: Re 4000 to 1e6, Pr 0.5 to 2000; a Reynolds number below 4000 is taken as 4000. Within
    10 % for pipes.

    Source: Gnielinski, Int. Chem. Eng. 16 (1976) 359-368; lower limit as in Gnielinski (2013),
    DOI 10.1016/j.ijheatmasstransfer.2013.04.015.
    """
    re = np.maximum(np.asarray(reynolds, dtype=float), TURBULENT_LIMIT)
    pr = np.asarray(prandtl, dtype=float)
    half = turbulent_friction(re, aspect) / 2.0
    return half * (re - 1000.0) * pr / (1.0 + 12.7 * np.sqrt(half) * (np.cbrt(pr) ** 2 - 1.0))


def blended_nusselt(
    laminar: ArrayLike, reynolds: ArrayLike, prandtl: ArrayLike, aspect: ArrayLike
) -> Array:
    """Nusselt number for any Reynolds number, given the laminar one.

    ``laminar`` up to Re 2300, :func:`turbulent_nusselt` from 4000, linear in Re between the
    laminar value and the turbulent value at 4000. The caller evaluates ``laminar`` at no more
    than Re 2300 (it depends on Re through the thermal position).

    Source: Gnielinski (2013), DOI 10.1016/j.ijheatmasstransfer.2013.04.015.
    """
    base = np.asarray(laminar, dtype=float)
    turbulent = turbulent_nusselt(reynolds, prandtl, aspect)
    return base + turbulent_share(reynolds) * (turbulent - base)
