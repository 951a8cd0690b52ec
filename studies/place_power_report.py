"""What is handed over of a placement of power: words, JSON, a map file and a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from rich.console import Console
from rich.text import Text

from .answer import Answer
from .coolant_need import FREEZING
from .figures import INK, MAP_COLOURS, STYLE
from .place_power import Placement, nominal

Array = NDArray[np.float64]
BOUND = 1e-9
"""From a bound at which a block counts as on it."""


def to_dict(found: Placement) -> dict[str, Any]:
    """As JSON can hold it; every key names its unit."""
    shares = found.shares
    return {
        "case": found.before.loaded.name,
        "least_share": found.least,
        "most_share": found.most,
        "total_nominal_power_W": float(nominal(found.before).sum()),
        "total_changed_relative": float(nominal(found.after).sum() / nominal(found.before).sum())
        - 1,
        "junction_before_degC": hottest(found.before),
        "junction_after_degC": hottest(found.after),
        "block_names": list(found.before.coupled.machine.floorplan.names),
        "share": shares.tolist(),
        "nominal_power_W": nominal(found.after).tolist(),
        "block_temperature_max_degC": (found.after.block_temperature_max - FREEZING).tolist(),
        "blocks_at_least": int((shares < found.least + BOUND).sum()),
        "blocks_at_most": int((shares > found.most - BOUND).sum()),
        "turns": found.turns,
    }


def hottest(answer: Answer) -> float:
    """Hottest point [degC]."""
    return float(answer.block_temperature_max.max()) - FREEZING


def write_map(found: Placement, path: Path) -> None:
    """Shares of the blocks as a map of weights, from the side y = 0 on."""
    device = found.before.loaded.case.device
    rows = found.shares.reshape(device.rows, device.columns)
    text = "\n".join(",".join(f"{share:.17g}" for share in row) for row in rows)
    path.write_text(text + "\n", encoding="utf-8")


def print_placement(found: Placement, console: Console) -> None:
    """What it gains, and how many blocks are on their bounds."""
    shares, numbers = found.shares, to_dict(found)
    before, after = hottest(found.before), hottest(found.after)
    console.print(Text(found.before.loaded.case.title, style="bold"))
    console.print(Text("The same power, placed for the coldest hottest point", style="bold cyan"))
    for line in (
        f"hottest point {before:.2f} °C as it is, {after:.2f} °C placed: {before - after:.2f} K",
        f"blocks between {shares.min():.3g} and {shares.max():.3g} of what they have",
        f"{numbers['blocks_at_least']} at the least of {found.least:g}, "
        f"{numbers['blocks_at_most']} at the most of {found.most:g}",
    ):
        console.print(Text(line))
    if found.before.loaded.case.heat.map == "uniform":
        console.print(
            Text(
                f"to solve it: waferflux solve {found.before.loaded.name} --set "
                "heat.map.csv=placement.csv, the file of the folder by its whole path"
            )
        )


def placement_figure(found: Placement) -> Figure:
    """Hottest point of each block before and after, and its share of power, as maps."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(14, 5.2), layout="constrained")
        left, middle, right = figure.subplots(1, 3)
        temperatures = [a.block_temperature_max - FREEZING for a in (found.before, found.after)]
        ends = float(np.min(temperatures)), float(np.max(temperatures))
        for axes, answer, values, name in zip(
            (left, middle),
            (found.before, found.after),
            temperatures,
            ("as it is", "placed"),
            strict=True,
        ):
            title = f"{name}: {hottest(answer):.2f} °C"
            _draw(axes, answer, values, ends, title, "hottest point of each block [°C]")
        shares = found.shares
        span = float(shares.min()), float(shares.max())
        _draw(right, found.after, shares, span, "power over what it was", "share")
        figure.suptitle(found.before.loaded.case.title, color=INK, fontsize=12)
    return figure


def _draw(
    axes: Axes, answer: Answer, values: Array, ends: tuple[float, float], title: str, label: str
) -> None:
    plan = answer.coupled.machine.floorplan
    corners = zip(plan.x0, plan.y0, plan.x1, plan.y1, strict=True)
    places = [
        Rectangle((1e3 * x0, 1e3 * y0), 1e3 * (x1 - x0), 1e3 * (y1 - y0))
        for x0, y0, x1, y1 in corners
    ]
    drawn = PatchCollection(places, cmap=MAP_COLOURS, edgecolor="white", linewidth=0.6)
    drawn.set_array(values)
    drawn.set_clim(*ends)
    axes.add_collection(drawn)
    axes.set(xlim=(0, plan.width * 1e3), ylim=(0, plan.height * 1e3), aspect="equal")
    axes.set_xlabel("x [mm]")
    axes.set_ylabel("y [mm]")
    axes.set_title(title, loc="left")
    axes.figure.colorbar(drawn, ax=axes, label=label, shrink=0.8)
