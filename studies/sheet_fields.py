"""The sheets of an answer as labelled arrays, as a VTU file and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geometry.mesh_files import write_vtu
from power.current_density import current_densities

if TYPE_CHECKING:
    from .answer import Answer

Array = NDArray[np.float64]

SPACE = ("sheet_y", "sheet_x")
QUANTITIES = {
    "contact": ("contact_current", "A/m2", "current through the contact per area"),
    "board plane": ("plane_current", "A/m", "current in the board's plane per width"),
    "wafer metal": ("wafer_metal_current", "A/m", "largest current in the wafer's metal per width"),
}
"""Name, unit and meaning of the current densities that are written, by part."""


def has_sheets(answer: Answer) -> bool:
    """Whether the low-voltage side was solved on the grid."""
    return answer.coupled.drawn.sheets is not None


def sheet_coordinates(answer: Answer) -> dict[str, Any]:
    """Centres of the sheets' cells in the outer rectangle [m]; none without sheets."""
    model, state = answer.coupled.machine.sheets, answer.coupled.drawn.sheets
    if model is None or state is None:
        return {}
    grid, (x, y) = state.field.stack.grid, model.corner
    return {
        "sheet_x": ("sheet_x", x + grid.x, {"units": "m", "long_name": "x of the sheets' cells"}),
        "sheet_y": ("sheet_y", y + grid.y, {"units": "m", "long_name": "y of the sheets' cells"}),
    }


def sheet_fields(answer: Answer) -> dict[str, Any]:
    """Voltages and current densities of the sheets; none without sheets."""
    model, state = answer.coupled.machine.sheets, answer.coupled.drawn.sheets
    if model is None or state is None:
        return {}
    volts = {
        "load_voltage": (state.field.load_voltage, "mean voltage at the circuits of the cell"),
        "worst_voltage": (state.worst_voltage, "lowest voltage at the circuits of the cell"),
    }
    found: dict[str, Any] = {
        name: (SPACE, values, {"units": "V", "long_name": meaning})
        for name, (values, meaning) in volts.items()
    }
    for density in current_densities(state.field, model.delivery):
        if density.part in QUANTITIES:
            name, unit, meaning = QUANTITIES[density.part]
            found[name] = (SPACE, density.values, {"units": unit, "long_name": meaning})
    return found


def write_sheets_vtu(answer: Answer, path: str | Path) -> None:
    """Write the sheets to a VTU file of one plane of cells; names end in their unit."""
    from .fields import whole_file

    state, model = answer.coupled.drawn.sheets, answer.coupled.machine.sheets
    assert state is not None
    assert model is not None
    grid, (x, y) = state.field.stack.grid, model.corner
    cells = {
        f"{name}_{attributes['units'].replace('/', '_')}": values[None]
        for name, (_, values, attributes) in sheet_fields(answer).items()
    }
    with whole_file(path) as draft:
        write_vtu(
            draft,
            x + np.arange(grid.nx + 1) * grid.dx,
            y + np.arange(grid.ny + 1) * grid.dy,
            np.array([0.0, min(grid.dx, grid.dy)]),
            cells,
        )
