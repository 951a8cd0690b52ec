"""A contact that is worse or better under single blocks, as a resistance of every cell."""

from __future__ import annotations

import difflib

import numpy as np

from geometry.conduction import Plane
from geometry.floorplan import Floorplan, block_shares
from thermal.contact import ContactLayer


def resistance_by_cell(contact: ContactLayer, plan: Floorplan, nx: int, ny: int) -> Plane:
    """Areal resistance of a contact [m2 K/W]: one number, or an array of shape (ny, nx).

    In a cell that several blocks share their parts conduct side by side, so that a cell's
    conductance is the mean of theirs by area; what no named block covers has the contact's own.

    Raises
    ------
    ValueError
        When a block is not known; the message names the nearest.

    Examples
    --------
    >>> plan = Floorplan.blocks(2.0, 1.0, columns=2, rows=1)
    >>> layer = ContactLayer(resistance=3.0, block_factors={"r0c1": 2.0})
    >>> resistance_by_cell(layer, plan, nx=3, ny=1).round(12).tolist()
    [[3.0, 4.0, 6.0]]
    """
    resistance = contact.areal_resistance()
    if not contact.block_factors:
        return resistance
    factor = np.ones(plan.n_blocks)
    for name, value in contact.block_factors.items():
        if name not in plan.names:
            near = difflib.get_close_matches(name, plan.names, n=3, cutoff=0.5)
            meant = " or ".join(near) if near else f"one of {', '.join(plan.names[:5])} ..."
            raise ValueError(f"block_factors: found no block '{name}'; {meant} is meant")
        factor[plan.names.index(name)] = value
    cell_area = plan.width * plan.height / (nx * ny)
    changed = block_shares(plan, nx, ny) @ (plan.areas * (1 / factor - 1)) / cell_area
    # blocks of a floorplan of its own may overlap: not below the worst of them
    conductance = np.maximum(1 + changed, min(1.0, 1 / factor.max())) / resistance
    by_cell: Plane = 1 / conductance.reshape(ny, nx)
    return by_cell
