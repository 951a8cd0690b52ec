"""Pictures of an answer: temperature map, voltage drop of the blocks, and the two budgets.

Colours are cividis and those of Okabe and Ito (2008), which the colour-blind and a grey printer
tell apart. Imported only where pictures are asked for, since matplotlib is slow to load.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import matplotlib.patheffects as effects
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .coolant_need import FREEZING
from .fields import junction_temperature, whole_file

if TYPE_CHECKING:
    from .answer import Answer

Array = NDArray[np.float64]

BLUE, SKY, ORANGE, VERMILION = "#0072B2", "#56B4E9", "#E69F00", "#D55E00"
INK, PALE = "#222222", "#8A8A8A"
STYLE = {
    "font.size": 10,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
DOTS_PER_INCH = 180
TRUE_SHAPE_UP_TO = 4.0
"""Length over width of the device up to which a map keeps its proportions."""
MOST_NUMBERED_BLOCKS = 300


def write_figures(answer: Answer, folder: str | Path) -> list[Path]:
    """Draw every picture that the case has into a folder that exists.

    Returns
    -------
    list of Path
        ``temperature.png``, ``budgets.png`` and, with a power delivery, ``voltage_drop.png``.
    """
    draw = {"temperature.png": temperature_figure, "budgets.png": budgets_figure}
    if answer.block_drop is not None:
        draw["voltage_drop.png"] = voltage_drop_figure
    paths = []
    for name, figure_of in draw.items():
        path = Path(folder) / name
        with whole_file(path) as draft:
            figure_of(answer).savefig(draft, dpi=DOTS_PER_INCH, facecolor="white")
        paths.append(path)
    return paths


def temperature_figure(answer: Answer) -> Figure:
    """Map of the temperature where the heat is made: blocks, hottest point, coolant's way."""
    plan = answer.coupled.machine.floorplan
    field = junction_temperature(answer)
    where = f"The temperature where the heat is made ({answer.coupled.machine.case.heat.at})"
    with mpl.rc_context(STYLE):
        figure, axes = _map_figure(answer, where)
        image = axes.imshow(
            field,
            origin="lower",
            extent=(0, plan.width * 1e3, 0, plan.height * 1e3),
            cmap="cividis",
            aspect=axes.get_aspect(),
            **_colour_range(field),  # type: ignore[arg-type]
        )
        bar = figure.colorbar(image, ax=axes, pad=0.02, aspect=30)
        bar.set_label("temperature [°C]")
        _outline_blocks(axes, answer)
        _mark_hottest(axes, answer, field)
        _draw_flow(axes, answer)
    return figure


def _map_figure(answer: Answer, title: str) -> tuple[Figure, Axes]:
    """Figure in the device's proportions, axes in millimetres."""
    plan = answer.coupled.machine.floorplan
    shape = float(np.clip(plan.width / plan.height, 1 / TRUE_SHAPE_UP_TO, TRUE_SHAPE_UP_TO))
    side = 5.2
    width, height = (side, side / shape) if shape >= 1 else (side * shape, side)
    figure = Figure(figsize=(max(width, 3.6) + 1.9, max(height, 1.8) + 1.5), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlim(0, plan.width * 1e3)
    axes.set_ylim(0, plan.height * 1e3)
    true_shape = np.isclose(shape, plan.width / plan.height)
    axes.set_aspect("equal" if true_shape else "auto")
    axes.set_xlabel("x [mm]" if true_shape else "x [mm], not to the scale of y")
    axes.set_ylabel("y [mm]")
    axes.tick_params(length=3, color=PALE)
    figure.suptitle(title, fontsize=11.5, fontweight="bold", wrap=True)
    return figure, axes


def _colour_range(field: Array) -> dict[str, float]:
    """Colour limits; an even field gets a span of its own, else rounding errors would be seen."""
    low, high = float(np.min(field)), float(np.max(field))
    least = max(1e-6 * max(abs(low), abs(high)), 1e-9)
    return {"vmin": low, "vmax": high} if high - low > least else {"vmin": low - 1, "vmax": high + 1}


def _outline_blocks(axes: Axes, answer: Answer) -> None:
    plan = answer.coupled.machine.floorplan
    corners = np.array([[plan.x0, plan.x1, plan.x1, plan.x0, plan.x0],
                        [plan.y0, plan.y0, plan.y1, plan.y1, plan.y0]]) * 1e3  # fmt: skip
    axes.add_collection(
        LineCollection(list(corners.transpose(2, 1, 0)), colors="white", linewidths=0.6, alpha=0.55)
    )


def _mark_hottest(axes: Axes, answer: Answer, field: Array) -> None:
    """A ring at the hottest point, its value written towards the centre of the map."""
    grid = answer.coupled.machine.problem.grid
    j, i = np.unravel_index(int(np.argmax(field)), field.shape)
    x, y = float(grid.x[i]) * 1e3, float(grid.y[j]) * 1e3
    right, up = x < grid.width * 500, y < grid.height * 500
    axes.plot(x, y, "o", ms=9, mfc="none", mec=VERMILION, mew=2, clip_on=False, zorder=5)
    axes.annotate(
        f"hottest point {field[j, i]:.1f} °C\nin block {answer.hottest_block}",
        (x, y),
        xytext=(14 if right else -14, 10 if up else -10),
        textcoords="offset points",
        ha="left" if right else "right",
        va="bottom" if up else "top",
        fontsize=9.5,
        bbox={"boxstyle": "round,pad=0.35", "fc": "white", "ec": VERMILION, "lw": 1, "alpha": 0.93},
        zorder=6,
    )


def _draw_flow(axes: Axes, answer: Answer) -> None:
    """Arrows beside the map along which the coolant flows, with its temperatures."""
    flow, need = answer.coupled.machine.problem.coolant, answer.coolant
    if flow is None or need is None:
        return
    beside = 1.035
    for start, end in flow_ways(flow.segments, flow.direction.startswith("-")):
        tail, head = ((start, beside), (end, beside)) if flow.along_x else (
            (beside, start), (beside, end))  # fmt: skip
        axes.annotate(
            "",
            head,
            xytext=tail,
            xycoords="axes fraction",
            arrowprops={"arrowstyle": "-|>,head_width=0.3", "color": BLUE, "lw": 2.2,
                        "shrinkA": 2, "shrinkB": 1},  # fmt: skip
        )
    inlet, outlet = (t - FREEZING for t in (need.inlet_temperature, need.outlet_temperature))
    ways = {1: "one end to the other", 2: "centre to both ends"}
    text = (
        f"coolant {inlet:.1f} °C in, {outlet:.1f} °C out, "
        f"{ways.get(flow.segments, f'{flow.segments} ways')}"
    )
    if flow.along_x:
        axes.text(0.5, beside + 0.03, text, color=BLUE, ha="center", va="bottom", fontsize=9.5,
                  transform=axes.transAxes)  # fmt: skip
    else:
        axes.text(beside + 0.03, 0.5, text, color=BLUE, ha="left", va="center", fontsize=9.5,
                  rotation=90, transform=axes.transAxes)  # fmt: skip


def flow_ways(segments: int, reverse: bool) -> list[tuple[float, float]]:
    """Start and end of each flow path, as parts of the channels' length.

    Of two paths both start in the centre; of more, neighbours flow in opposite directions.

    Examples
    --------
    >>> flow_ways(2, False)
    [(0.5, 0.0), (0.5, 1.0)]
    """
    ways = []
    for n in range(segments):
        low, high = n / segments, (n + 1) / segments
        forward = n % 2 == 1 or segments == 1
        ways.append((low, high) if forward else (high, low))
    return [(1 - a, 1 - b) for a, b in ways] if reverse else ways


def voltage_drop_figure(answer: Answer) -> Figure:
    """Map of the blocks' worst voltage drop, the number of millivolts written in each block."""
    drop, device = answer.block_drop, answer.coupled.machine.case.device
    if drop is None:
        raise ValueError("voltage drop: the case has no power delivery")
    millivolt = np.reshape(drop * 1e3, (device.rows, device.columns))
    with mpl.rc_context(STYLE):
        figure, axes = _map_figure(answer, "Voltage lost between set-point and circuits, by block")
        mesh = axes.pcolormesh(
            np.linspace(0, device.width * 1e3, device.columns + 1),
            np.linspace(0, device.height * 1e3, device.rows + 1),
            millivolt,
            cmap="cividis",
            edgecolors="white",
            linewidth=0.6,
            **_colour_range(millivolt),
        )
        bar = figure.colorbar(mesh, ax=axes, pad=0.02, aspect=30)
        bar.set_label("drop at the block's worst point [mV]")
        if millivolt.size <= MOST_NUMBERED_BLOCKS:
            _write_numbers(axes, answer, millivolt)
    return figure


def _write_numbers(axes: Axes, answer: Answer, values: Array) -> None:
    """A number in each block, as large as fits, with as many digits as tell the blocks apart."""
    plan = answer.coupled.machine.floorplan
    columns = values.shape[1]
    span = float(np.ptp(values))
    digits = 1 if span >= 1 or span == 0 else 2
    size = float(np.clip(88 / max(columns, values.shape[0]), 4.5, 11))
    middle = (np.min(values) + np.max(values)) / 2
    for x0, x1, y0, y1, value in zip(
        plan.x0, plan.x1, plan.y0, plan.y1, values.ravel(), strict=True
    ):
        axes.text(
            (x0 + x1) * 500,
            (y0 + y1) * 500,
            f"{value:.{digits}f}",
            ha="center",
            va="center",
            fontsize=size,
            color="white" if value < middle or span == 0 else INK,
        )


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall."""

    name: str
    low: float
    high: float
    text: str
    colour: str


def budgets_figure(answer: Answer) -> Figure:
    """Where the kelvins and the watts go: two waterfalls side by side."""
    with mpl.rc_context(STYLE):
        kelvins, watts = temperature_steps(answer), power_steps(answer)
        rows = max(len(kelvins), len(watts))
        figure = Figure(figsize=(11, 1.7 + 0.37 * rows), layout="constrained")
        left, right = figure.subplots(1, 2)
        _waterfall(left, kelvins)
        left.set_title("From the coolant to the hottest point", loc="left")
        left.set_xlabel("temperature [°C]")
        _junction_limit(left, answer)
        _waterfall(right, watts)
        whole = answer.coupled.drawn.network is not None
        right.set_title("From the wall to the silicon" if whole else "In the device", loc="left")
        right.set_xlabel("power [kW]" if _in_kilowatts(answer) else "power [W]")
    return figure


def temperature_steps(answer: Answer) -> list[Step]:
    """Bars from the coolant's inlet, or the medium, to the hottest point [degC]."""
    steps = answer.temperature_budget
    top = float(answer.block_temperature_max.max()) - FREEZING
    level = top - sum(steps.values())
    start = "coolant inlet" if answer.coolant is not None else "medium outside"
    bars = [Step(start, level, level, f"{level:.1f} °C", BLUE)]
    for name, kelvin in steps.items():
        low, high = sorted((level, level + kelvin))
        bars.append(Step(name, low, high, f"{kelvin:+.2f} K", SKY if kelvin < 0 else ORANGE))
        level += kelvin
    return [*bars, Step("hottest point", top, top, f"{top:.1f} °C", VERMILION)]


def power_steps(answer: Answer) -> list[Step]:
    """Bars from the power drawn down to nought, loss by loss [kW, or W for a small device]."""
    parts = {name: watts for name, watts in answer.power_budget.items() if watts != 0}
    level, unit = sum(parts.values()), 1e3 if _in_kilowatts(answer) else 1.0
    bars = []
    if answer.coupled.drawn.network is not None:
        bars.append(Step("drawn from the wall", 0.0, level / unit, watts_as_text(level), BLUE))
    for name, watts in parts.items():
        colour = SKY if name in ("switching", "leakage") else ORANGE
        bars.append(
            Step(name, (level - watts) / unit, level / unit, watts_as_text(watts), colour)
        )
        level -= watts
    return bars


def _in_kilowatts(answer: Answer) -> bool:
    return sum(answer.power_budget.values()) >= 1e3


def watts_as_text(watts: float) -> str:
    """Three or four digits, in the prefix that suits.

    Examples
    --------
    >>> watts_as_text(29360.0), watts_as_text(84.13), watts_as_text(0.0034)
    ('29.36 kW', '84.1 W', '3.4 mW')
    """
    if abs(watts) >= 1e3:
        return f"{watts / 1e3:.2f} kW"
    if abs(watts) >= 0.1:
        return f"{watts:.1f} W" if abs(watts) < 100 else f"{watts:.0f} W"
    return f"{watts * 1e3:.2g} mW"


def _waterfall(axes: Axes, steps: list[Step]) -> None:
    """Horizontal bars from the top down, each with its amount, joined by thin lines."""
    low, high = min(s.low for s in steps), max(s.high for s in steps)
    span = (high - low) or 1.0
    for row, step in enumerate(steps):
        if step.low == step.high:
            axes.plot(step.low, row, "D", ms=7, color=step.colour, clip_on=False, zorder=3)
        else:
            axes.barh(row, step.high - step.low, left=step.low, height=0.66, color=step.colour,
                      edgecolor=INK, linewidth=0.5, zorder=2)  # fmt: skip
        offset = 8 if step.low == step.high else 5
        words = axes.annotate(step.text, (step.high, row), xytext=(offset, 0), fontsize=9.5,
                              textcoords="offset points", va="center", zorder=4)  # fmt: skip
        words.set_path_effects([effects.withStroke(linewidth=2.5, foreground="white")])
    axes.set_yticks(range(len(steps)), [s.name for s in steps])
    axes.set_ylim(len(steps) - 0.4, -0.6)
    axes.set_xlim(low - 0.03 * span if low else 0, high + 0.22 * span)
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)


def _junction_limit(axes: Axes, answer: Answer) -> None:
    """The limit as a line, or in words where it lies far beyond the bars."""
    limit = answer.loaded.case.limits.junction_temperature
    if limit is None:
        return
    celsius = limit - FREEZING
    margin = celsius - float(answer.block_temperature_max.max()) + FREEZING
    words = f"limit {celsius:.0f} °C: {abs(margin):.1f} K {'to spare' if margin >= 0 else 'too hot'}"
    low, high = axes.get_xlim()
    if celsius > low + 4 * (high - low):
        words += " (off the scale)"
    else:
        axes.set_xlim(min(low, celsius - 1), max(high, celsius + 0.04 * (celsius - low)))
        axes.axvline(celsius, color=VERMILION, linewidth=1.6, linestyle=(0, (5, 3)))
    axes.text(0.98, 0.97, words, transform=axes.transAxes, ha="right", va="top", fontsize=9.5,
              color=VERMILION, bbox={"fc": "white", "ec": "none", "pad": 1.5})  # fmt: skip
