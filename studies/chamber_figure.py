"""A vapour chamber as a picture: limits against the vapour's temperature, and where it dries."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from thermal.coolant import FREEZING

from .chamber_answer import TEMPERATURES, ChamberAnswer
from .figures import BLUE, FAINT, INK, MAP_COLOURS, ORANGE, SKY, STYLE, VERMILION

LINES = {
    "capillary": (BLUE, "-"),
    "boiling": (VERMILION, "--"),
    "entrainment": (ORANGE, "-."),
    "sonic": (SKY, ":"),
}


def chamber_figure(found: ChamberAnswer) -> Figure:
    """Limits on a logarithmic axis with the need; beside them, without posts, the wick's map."""
    mapped = found.liquid is not None
    with mpl.rc_context(STYLE):
        made = Figure(figsize=(10.5 if mapped else 6.4, 4.8), layout="constrained")
        ratios = (1.15, 1) if mapped else (1,)
        axes = made.subplots(1, len(ratios), width_ratios=ratios, squeeze=False)[0]
        _draw_limits(axes[0], found)
        if mapped:
            _draw_map(axes[1], found)
        made.suptitle(found.cooled.loaded.case.title, x=0.01, ha="left", fontsize=10, color=FAINT)
    return made


def _draw_limits(axes: Axes, found: ChamberAnswer) -> None:
    celsius = TEMPERATURES - FREEZING
    for name, curve in found.curves.items():
        colour, line = LINES[name]
        shown = np.where(curve > 0, curve, np.nan) / 1e3
        axes.plot(celsius, shown, line, color=colour, lw=2, label=name)
    axes.axhline(found.need / 1e3, color=INK, lw=1.4)
    own = found.water.temperature - FREEZING
    axes.plot(own, found.limits[found.binding] / 1e3, "o", ms=8, mfc=VERMILION, mec=INK, zorder=5)
    axes.plot(own, found.need / 1e3, "D", ms=6, color=INK, zorder=5)
    axes.annotate(f"need {found.need / 1e3:.3g} kW", (celsius[-1], found.need / 1e3),
                  xytext=(0, 4), textcoords="offset points", ha="right")  # fmt: skip
    axes.set_yscale("log")
    axes.set_xlim(celsius[0], celsius[-1])
    axes.set_xlabel("temperature of the vapour [°C]")
    axes.set_ylabel("heat [kW]")
    axes.set_title(f"Binds: {found.binding}, {found.margin:.2g} × the need", loc="left")
    axes.grid(color="#DDDDDD", lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=True, framealpha=0.9, edgecolor="none", fontsize=9)


def _draw_map(axes: Axes, found: ChamberAnswer) -> None:
    """Drop of the liquid's pressure over what menisci hold."""
    place, over = found.place, found.liquid_over_held
    width, height = place.width * 1e3, place.height * 1e3
    drawn = axes.imshow(over, origin="lower", extent=(0, width, 0, height), cmap=MAP_COLOURS)
    bar = axes.figure.colorbar(drawn, ax=axes, shrink=0.85)
    bar.set_label("drop of the liquid's pressure over what menisci hold [-]")
    if over.max() > 1.0:
        # out to the rim, where the drop is nought
        x, y = (
            np.concatenate([[0.0], (np.arange(n) + 0.5) * side / n, [side]])
            for n, side in zip(over.shape[::-1], (width, height), strict=True)
        )
        over = np.pad(over, 1, mode="constant" if found.feed == "rim" else "edge")
        axes.contour(x, y, over, levels=[1.0], colors="white", linewidths=2)
    if not place.device_fills_it:
        corner = ((width - place.device_width * 1e3) / 2, (height - place.device_height * 1e3) / 2)
        axes.add_patch(Rectangle(corner, place.device_width * 1e3, place.device_height * 1e3,
                                 fill=False, ec="white", lw=1.2, ls="--"))  # fmt: skip
    dry = 100 * (found.dry_share or 0.0)
    axes.set_title(f"Dry: {dry:.0f} % of the device", loc="left")
    axes.set_xlabel("x [mm]")
    axes.set_ylabel("y [mm]")
