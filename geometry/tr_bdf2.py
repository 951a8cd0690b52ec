"""Constants of TR-BDF2, the time-stepping rule of both the temperature field and the network.

A step of length dt from y0 goes by the trapezoidal rule to ``t + gamma dt`` (y1) and by the
second-order backward difference to its end (y2). With ``gamma = 2 - sqrt 2``, ``d = gamma / 2``,
``w = sqrt(2) / 4`` and slopes f of ``C y' = f``::

    C (y1 - y0) = d dt (f0 + f1)
    C (y2 - y0) = dt (w f0 + w f1 + d f2)

Second order, L-stable, one matrix for both stages, and an embedded rule of third order. Sources:
Bank et al., IEEE Trans. Electron Devices 32 (1985) 1992, doi:10.1109/T-ED.1985.22232; Hosea and
Shampine, Appl. Numer. Math. 20 (1996) 21, doi:10.1016/0168-9274(95)00115-8.
"""

from __future__ import annotations

import numpy as np

GAMMA = 2 - np.sqrt(2)
"""Where in the step the first stage ends."""
D = GAMMA / 2
W = np.sqrt(2) / 4
WEIGHTS = (W, W, D)
"""Of the rates at the start, at gamma and at the end of a step in what it adds up."""
ERROR_WEIGHTS = ((np.sqrt(2) - 1) / 3, -1 / 3, 2 * D / 3)
"""``WEIGHTS`` less those of the embedded rule of third order."""
SAFETY = 0.8


def step_doublings(tolerance_over_error: float) -> int:
    """Powers of two by which a step should grow; the error falls with the step's cube.

    Examples
    --------
    >>> step_doublings(1.0), step_doublings(1000.0), step_doublings(0.1)
    (-1, 2, -2)
    """
    factor = (SAFETY * tolerance_over_error) ** (1 / 3)
    return int(np.clip(np.floor(np.log2(factor)), -6, 2))
