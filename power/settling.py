"""What stores nothing follows a jump of the loads at once: its voltages and currents just after it.

Most of them follow from their own equations. Where a node of the plane joins inductances only, its
equation does not hold its voltage, but the slopes of the currents do: they must sum to nought too.
So slopes and voltages are solved for together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from geometry.errors import VoltageCollapse

from .dynamic_network import DynamicNetwork, factors

FloatArray = NDArray[np.float64]

MOST_CORRECTIONS = 30
SETTLED = 1e-12
"""Last correction of a load's voltage [V]."""


class Settling:
    """Finds states just after a jump.

    Parameters
    ----------
    network : DynamicNetwork
    """

    def __init__(self, network: DynamicNetwork) -> None:
        self.network = network
        stores = network.storage > 0
        magnitude = abs(network.linear)
        hidden = ~stores & (magnitude @ (~stores).astype(float) == 0)
        per_storage = np.where(stores, 1 / np.where(stores, network.storage, 1.0), 0.0)
        # unknowns are the slopes z = E x' of what stores, and the rest itself;
        # hidden equations hold as A E^-1 z = 0, their rows brought to the size of the others
        size = np.where(hidden, magnitude @ per_storage, 1.0)
        slopes = sparse.diags_array(hidden / size) @ network.linear
        self._fixed = slopes @ sparse.diags_array(per_storage) + sparse.diags_array(stores * 1.0)
        self._shown = sparse.diags_array(~hidden * 1.0)
        self._free = sparse.diags_array(~stores * 1.0)
        self._stores, self._hidden = stores, hidden

    def settle(self, x: FloatArray, activity: FloatArray, when: str) -> FloatArray:
        """The state with what stores nothing brought to an activity, by Newton's method.

        Raises
        ------
        VoltageCollapse
            When no voltage carries the loads; names the moment ``when``.
        """
        network, load = self.network, self.network.load_voltage
        for _ in range(MOST_CORRECTIONS):
            jacobian = network.with_loads(network.load_conductance(x[load], activity))
            matrix = self._shown @ jacobian @ self._free + self._fixed
            right = network.left(x, activity) + jacobian @ (self._free @ x)
            right[self._hidden] = 0.0
            found = factors(matrix.tocsc()).solve(right)
            step = float(np.max(np.abs(found[load] - x[load])))
            x = np.where(self._stores, x, found)
            network.check_voltage(x, when)
            if step < SETTLED:
                return x
        raise VoltageCollapse(f"{when}: the voltages do not settle after a jump of the loads")
