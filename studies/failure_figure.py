"""Picture of the single failures: what each does, at the place of what is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from .failures import Consequence, FailureStudy
from .fields import whole_file
from .figures import DOTS_PER_INCH, FAINT, INK, MAP_COLOURS, ORANGE, STYLE, VERMILION

Array = NDArray[np.float64]

MOST_NUMBERED_BLOCKS = 300


def write_failure_figure(study: FailureStudy, path: Path) -> None:
    """Draw the picture into a file."""
    with whole_file(path) as draft:
        failure_figure(study).savefig(
            draft, dpi=DOTS_PER_INCH, facecolor="white", bbox_inches="tight", pad_inches=0.12
        )


def failure_figure(study: FailureStudy) -> Figure:
    """Maps of a lost brick and a lost contact at each place, and a bar for each lost board."""
    bricks, contacts, boards = (_of_kind(study, k) for k in ("brick", "contact", "board"))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11.5, 8.6), layout="constrained")
        axes = figure.subplots(2, 2)
        was = study.healthy.network
        drop = _drop_of(study)
        _map(axes[0, 0], study, bricks, drop, "Brick lost here: worst drop [mV]")
        _map(
            axes[0, 1],
            study,
            bricks,
            lambda c: _share(c, was.brick_limit),
            "Brick lost here: highest brick current [% of limit]",
        )
        _map(axes[1, 0], study, contacts, drop, "Contact lost here: worst drop [mV]")
        _boards(axes[1, 1], study, boards)
        figure.suptitle(
            f"{study.answer.loaded.case.title}\n"
            "framed: a limit is passed and the machine throttles; the number is the worst in the "
            "whole machine when the part at that place is lost",
            fontsize=10,
            color=FAINT,
            x=0.01,
            ha="left",
        )
    return figure


def _of_kind(study: FailureStudy, kind: str) -> dict[int, Consequence]:
    """Single failures of a kind, by their number."""
    found = [c for c in study.singles if c.failure.kind == kind]
    return {c.failure.parts[0][1]: c for c in found}


def _share(found: Consequence, limit: float) -> float:
    """Highest brick current in per cent of the limit."""
    state = found.state
    return np.nan if state is None else 100 * float(state.network.brick_current.max()) / limit


def _drop_of(study: FailureStudy) -> Callable[[Consequence], float]:
    """The worst drop of a failure [mV]."""
    delivery = study.answer.loaded.case.delivery
    assert delivery is not None
    points = delivery.no_load_voltages(len(study.healthy.hottest))

    def drop(found: Consequence) -> float:
        state = found.state
        if state is None:
            return np.nan
        return 1e3 * float((points - state.network.block_worst_voltage).max())

    return drop


def _map(
    axes: Axes,
    study: FailureStudy,
    found: dict[int, Consequence],
    value: Callable[[Consequence], float],
    title: str,
) -> None:
    """Values of failures by block, framed where the machine does not survive as it is."""
    device = study.answer.loaded.case.device
    shape = (device.rows, device.columns)
    values = np.full(device.rows * device.columns, np.nan)
    for number, consequence in found.items():
        values[number] = value(consequence)
    width, height = device.width * 1e3 / device.columns, device.height * 1e3 / device.rows
    x, y = np.arange(device.columns + 1) * width, np.arange(device.rows + 1) * height
    axes.set_title(title, loc="left")
    axes.set_xlabel(f"x [mm]; activity that is left: {_span_of_shares(found)}")
    axes.set_ylabel("y [mm]")
    if np.isnan(values).all():
        axes.text(0.5, 0.5, "none lost alone", transform=axes.transAxes, ha="center")
        return
    mesh = axes.pcolormesh(
        x, y, values.reshape(shape), cmap=MAP_COLOURS, edgecolors="white", linewidth=0.6
    )
    axes.set_aspect("equal")
    light = mesh.to_rgba(values)[:, :3] @ [0.30, 0.59, 0.11] > 0.5
    for b, number in enumerate(values):
        row, column = divmod(b, device.columns)
        if values.size <= MOST_NUMBERED_BLOCKS and np.isfinite(number):
            axes.text((column + 0.5) * width, (row + 0.5) * height, f"{number:.0f}", ha="center",
                      va="center", fontsize=8, color=INK if light[b] else "white")  # fmt: skip
        if b in found and found[b].verdict != "survives":
            inset = 0.06 * min(width, height)
            axes.add_patch(
                Rectangle((column * width + inset, row * height + inset), width - 2 * inset,
                          height - 2 * inset, fill=False, edgecolor=VERMILION, linewidth=1.6)
            )  # fmt: skip


def _span_of_shares(found: dict[int, Consequence]) -> str:
    shares = [100 * consequence.activity_share for consequence in found.values()]
    if not shares:
        return "all"
    low, high = (f"{share:.0f} %" for share in (min(shares), max(shares)))
    return low if low == high else f"{low} to {high}"


def _boards(axes: Axes, study: FailureStudy, found: dict[int, Consequence]) -> None:
    """Highest brick current of each lost board, the activity that is left written on it."""
    limit = study.healthy.network.brick_limit
    axes.set_title("Board lost: highest brick current [% of limit]", loc="left")
    axes.set_xlabel("board, a column of blocks; above its bar the activity that is left")
    for number, consequence in found.items():
        share = _share(consequence, limit)
        survives = consequence.verdict == "survives"
        axes.bar(number, np.nan_to_num(share), color=FAINT if survives else ORANGE,
                 edgecolor=INK, linewidth=0.5)  # fmt: skip
        words = "survives" if survives else f"{100 * consequence.activity_share:.0f} %"
        axes.annotate(words, (number, np.nan_to_num(share)), xytext=(0, 3), ha="center",
                      textcoords="offset points", fontsize=8)  # fmt: skip
    axes.axhline(100, color=VERMILION, linewidth=1.2, linestyle=(0, (5, 3)))
    axes.set_xticks(sorted(found))
    axes.spines[["top", "right"]].set_visible(False)
