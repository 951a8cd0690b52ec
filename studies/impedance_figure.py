"""The picture of an impedance: magnitudes over frequency, the target and the peaks by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from power.impedance import Peak

from .figures import BLUE, FAINT, INK, ORANGE, STYLE, VERMILION
from .impedance_report import curves_of
from .words import frequency_as_text, ohms_as_text

if TYPE_CHECKING:
    from .impedance import ImpedanceAnswer

STYLES = {"alone": (BLUE, "-"), "together": (VERMILION, "-"), "transfer": (ORANGE, "--")}
"""Colour and dashes of each curve."""
DECADES_BELOW = 1.5
"""Of the axis, below the lowest impedance of the block itself."""


def impedance_figure(answer: ImpedanceAnswer) -> Figure:
    """Magnitudes over frequency, both logarithmic, with target and peaks."""
    peaks = sorted([*answer.peaks, *answer.peaks_together], key=lambda peak: peak.frequency)
    with mpl.rc_context(STYLE):
        made = Figure(figsize=(8, 5.2 + 0.2 * len(peaks)), layout="constrained")
        axes = made.subplots()
        _draw(axes, answer)
        for number, peak in enumerate(peaks, start=1):
            _mark(axes, peak, number)
        axes.set_xlabel("frequency")
        axes.set_ylabel("impedance")
        axes.grid(color="#DDDDDD", lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        made.suptitle(f"Impedance at block {answer.names[answer.block]}", x=0.02, ha="left",
                      fontsize=12, fontweight="bold")  # fmt: skip
        axes.set_title(answer.loaded.case.title, loc="left", fontsize=9, color=FAINT,
                       fontweight="normal")  # fmt: skip
        made.legend(*axes.get_legend_handles_labels(), loc="outside lower left", frameon=False,
                    fontsize=9)  # fmt: skip
    return made


def _draw(axes: Axes, answer: ImpedanceAnswer) -> None:
    for key, (words, values) in curves_of(answer).items():
        colour, dashes = STYLES[key]
        axes.loglog(answer.frequency, abs(values), color=colour, ls=dashes, lw=1.8, label=words)
    if answer.target is not None:
        axes.axhline(answer.target, color=INK, lw=1.2, ls=":",
                     label=f"target {ohms_as_text(answer.target)}")  # fmt: skip
    own = abs(answer.alone), abs(answer.together)
    axes.set_xlim(answer.frequency[0], answer.frequency[-1])
    axes.set_ylim(min(z.min() for z in own) / 10**DECADES_BELOW, 2.5 * max(z.max() for z in own))
    axes.xaxis.set_major_formatter(lambda x, _: frequency_as_text(x))
    axes.yaxis.set_major_formatter(lambda y, _: ohms_as_text(y))


def _mark(axes: Axes, peak: Peak, number: int) -> None:
    """A diamond with a number on the peak; what it is stands in the legend."""
    words = (
        f"{number}: {ohms_as_text(peak.impedance)} at {frequency_as_text(peak.frequency)}, "
        f"{peak.words}"
    )
    axes.plot(peak.frequency, peak.impedance, "D", ms=6, mfc=ORANGE, mec=INK, mew=0.8, zorder=5,
              ls="none", label=words)  # fmt: skip
    text = axes.annotate(str(number), (peak.frequency, peak.impedance), xytext=(0, 7),
                         textcoords="offset points", ha="center", va="bottom", fontsize=9.5,
                         fontweight="bold", zorder=6)  # fmt: skip
    text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
