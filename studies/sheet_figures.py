"""Picture of the sheets: the voltage at the circuits over the wafer, the worst place marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from .figures import (
    LABEL,
    MAP_COLOURS,
    STYLE,
    VERMILION,
    colour_bar,
    colour_range,
    map_figure,
    outline_blocks,
    title_of_map,
)

if TYPE_CHECKING:
    from .answer import Answer


def voltage_figure(answer: Answer) -> Figure:
    """Map of the lowest voltage at the circuits of every cell of the sheets."""
    state, model = answer.coupled.drawn.sheets, answer.coupled.machine.sheets
    if state is None or model is None:
        raise ValueError("voltage map: the case has no sheets on the grid")
    volts, grid, (x0, y0) = state.worst_voltage, state.field.stack.grid, model.corner
    with mpl.rc_context(STYLE):
        figure, axes = map_figure(answer)
        edges = np.array([x0, x0 + grid.width, y0, y0 + grid.height]) * 1e3
        image = axes.imshow(
            volts,
            origin="lower",
            extent=tuple(edges),
            cmap=MAP_COLOURS,
            aspect=axes.get_aspect(),
            **colour_range(volts),
        )
        outline_blocks(axes, answer)
        j, i = np.unravel_index(int(np.argmin(volts)), volts.shape)
        x, y = (x0 + float(grid.x[i])) * 1e3, (y0 + float(grid.y[j])) * 1e3
        right, up = grid.x[i] < grid.width / 2, grid.y[j] < grid.height / 2
        axes.plot(x, y, "o", ms=9, mfc="none", mec=VERMILION, mew=2.2, clip_on=False, zorder=5)
        axes.annotate(
            f"lowest voltage {volts[j, i]:.4f} V\nat x {x:.1f}, y {y:.1f} mm",
            (x, y),
            xytext=(14 if right else -14, 10 if up else -10),
            textcoords="offset points",
            ha="left" if right else "right",
            va="bottom" if up else "top",
            fontsize=9.5,
            bbox=LABEL,
            zorder=6,
        )
        colour_bar(figure, axes, image, "lowest voltage at the circuits [V]", 0.0)
        title_of_map(axes, "Voltage at the circuits", answer, 0.0)
    return figure
