"""Pictures of an answer: temperature map, voltage drop of the blocks, and the two budgets.

Colours are viridis and those of Okabe and Ito (2008), which the colour-blind and a grey printer
tell apart. Imported only where pictures are asked for, since matplotlib is slow to load.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.patheffects as effects
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation, Transform
from numpy.typing import NDArray

from .coolant_need import FREEZING
from .fields import junction_temperature, whole_file
from .words import watts_as_text

if TYPE_CHECKING:
    from .answer import Answer

Array = NDArray[np.float64]

BLUE, SKY, ORANGE, VERMILION = "#0072B2", "#56B4E9", "#E69F00", "#D55E00"
INK, FAINT, PALE = "#222222", "#5A5A5A", "#8A8A8A"
MAP_COLOURS = "viridis"
ARROW = {"arrowstyle": "-|>,head_width=0.3", "color": BLUE, "lw": 2.2, "shrinkA": 2, "shrinkB": 1}
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.parse_math": False,  # a dollar in a title is a dollar
}
LABEL = {"boxstyle": "round,pad=0.35", "fc": "white", "ec": VERMILION, "lw": 1, "alpha": 0.93}
DOTS_PER_INCH = 180
MAP_SIDE = 5.2
"""Longer side of a map [inch]."""
TRUE_SHAPE_UP_TO = 4.0
"""Length over width of the device up to which a map keeps its proportions."""
MOST_NUMBERED_BLOCKS = 300


def write_figures(answer: Answer, folder: str | Path) -> list[Path]:
    """Draw every picture that the case has into a folder that exists.

    Returns
    -------
    list of Path
        ``temperature.png``, ``budgets.png``, with a power delivery ``voltage_drop.png``, and with
        sheets on the grid ``voltage_map.png``, with headers ``channel_flow.png``, with fins by zone
        ``fin_density.png``.
    """
    draw = {"temperature.png": temperature_figure, "budgets.png": budgets_figure}
    if answer.block_drop is not None:
        draw["voltage_drop.png"] = voltage_drop_figure
    if answer.coupled.drawn.sheets is not None:
        from .sheet_figures import voltage_figure

        draw["voltage_map.png"] = voltage_figure
    if answer.coolant is not None and answer.coolant.channel_flow_share is not None:
        from .headers_figure import headers_figure

        draw["channel_flow.png"] = headers_figure
    flow = answer.coupled.machine.problem.coolant
    if flow is not None and flow.fin_density is not None:
        from .fin_density_figure import fin_density_figure

        draw["fin_density.png"] = fin_density_figure
    paths = []
    for name, figure_of in draw.items():
        path = Path(folder) / name
        with whole_file(path) as draft:
            figure_of(answer).savefig(
                draft, dpi=DOTS_PER_INCH, facecolor="white", bbox_inches="tight", pad_inches=0.12
            )
        paths.append(path)
    return paths


def temperature_figure(answer: Answer) -> Figure:
    """Map of the temperature where the heat is made: blocks, hottest point, coolant's way."""
    plan = answer.coupled.machine.floorplan
    field = junction_temperature(answer)
    with mpl.rc_context(STYLE):
        figure, axes = map_figure(answer)
        image = axes.imshow(
            field,
            origin="lower",
            extent=(0, plan.width * 1e3, 0, plan.height * 1e3),
            cmap=MAP_COLOURS,
            aspect=axes.get_aspect(),
            **colour_range(field),
        )
        outline_blocks(axes, answer)
        _mark_hottest(axes, answer, field)
        above, right = _draw_flow(axes, answer)
        colour_bar(figure, axes, image, "temperature [°C]", right)
        at = answer.coupled.machine.case.heat.at
        title_of_map(axes, f"Temperature where the heat is made: {at}", answer, above)
    return figure


def map_figure(answer: Answer) -> tuple[Figure, Axes]:
    """Figure in the device's proportions, axes in millimetres."""
    plan = answer.coupled.machine.floorplan
    shape = float(np.clip(plan.width / plan.height, 1 / TRUE_SHAPE_UP_TO, TRUE_SHAPE_UP_TO))
    width, height = (MAP_SIDE, MAP_SIDE / shape) if shape >= 1 else (MAP_SIDE * shape, MAP_SIDE)
    whole = np.array([width + 2, height + 2])
    figure = Figure(figsize=tuple(whole))
    axes = figure.add_axes((*(1 / whole), *([width, height] / whole)))
    axes.set_xlim(0, plan.width * 1e3)
    axes.set_ylim(0, plan.height * 1e3)
    true_shape = np.isclose(shape, plan.width / plan.height)
    axes.set_aspect("equal" if true_shape else "auto")
    axes.set_xlabel("x [mm]" if true_shape else "x [mm], not to the scale of y")
    axes.set_ylabel("y [mm]")
    axes.tick_params(length=3, color=PALE)
    return figure, axes


def _beside(axes: Axes, right: float = 0.0, up: float = 0.0) -> Transform:
    """Parts of the axes, moved by points."""
    inches = axes.figure.dpi_scale_trans
    return axes.transAxes + ScaledTranslation(right / 72, up / 72, inches)


def colour_bar(
    figure: Figure, axes: Axes, mapped: ScalarMappable, label: str, right: float
) -> None:
    """A colour bar as high as the map, ``right`` points beside it."""
    box = axes.get_position()
    width, height = figure.get_size_inches()
    place = (box.x1 + (right + 10) / 72 / width, box.y0, 0.17 / width, box.height)
    bar = figure.colorbar(mapped, cax=figure.add_axes(place))
    bar.set_label(label)
    bar.outline.set_edgecolor(PALE)
    ticks = max(2, int(1.6 * box.height * height))
    bar.ax.yaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))


def title_of_map(axes: Axes, words: str, answer: Answer, above: float) -> None:
    """The picture's title and the case's, ``above`` points over the map."""
    case = textwrap.shorten(answer.loaded.case.title, 78, placeholder=" ...")
    axes.text(0, 1, case, fontsize=9, color=FAINT, va="bottom",
              transform=_beside(axes, 0, above + 6))  # fmt: skip
    axes.text(0, 1, words, fontsize=12, fontweight="bold", va="bottom",
              transform=_beside(axes, 0, above + 20))  # fmt: skip


def colour_range(field: Array) -> dict[str, Any]:
    """Colour limits; an even field gets a span of its own, else rounding errors would be seen."""
    low, high = float(np.nanmin(field)), float(np.nanmax(field))
    return {"vmin": low - 1, "vmax": high + 1} if _is_even(field) else {"vmin": low, "vmax": high}


def _is_even(field: Array) -> bool:
    span = float(np.nanmax(field) - np.nanmin(field))
    return span <= max(1e-6 * float(np.nanmax(np.abs(field))), 1e-9)


def outline_blocks(axes: Axes, answer: Answer) -> None:
    """White lines between the blocks."""
    plan = answer.coupled.machine.floorplan
    x = (plan.x0, plan.x1, plan.x1, plan.x0, plan.x0)
    y = (plan.y0, plan.y0, plan.y1, plan.y1, plan.y0)
    corners = np.array([x, y]).transpose(2, 1, 0) * 1e3
    axes.add_collection(LineCollection(list(corners), colors="white", linewidths=0.6, alpha=0.5))


def _mark_hottest(axes: Axes, answer: Answer, field: Array) -> None:
    """A ring at the hottest point, its value written towards the centre of the map."""
    grid = answer.coupled.machine.problem.grid
    if _is_even(field):
        axes.text(0.5, 0.5, f"{np.nanmax(field):.1f} °C everywhere", ha="center", va="center",
                  transform=axes.transAxes, bbox=LABEL)  # fmt: skip
        return
    # by symmetry another block may be as hot: the ring stands in the one that is named
    inside = np.where(_in_block(answer, answer.hottest_block), field, -np.inf)
    j, i = np.unravel_index(int(np.nanargmax(inside)), field.shape)
    x, y = float(grid.x[i]) * 1e3, float(grid.y[j]) * 1e3
    right, up = x < grid.width * 500, y < grid.height * 500
    axes.plot(x, y, "o", ms=9, mfc="none", mec=VERMILION, mew=2.2, clip_on=False, zorder=5)
    axes.annotate(
        f"hottest point {field[j, i]:.1f} °C\nin block {answer.hottest_block}",
        (x, y),
        xytext=(14 if right else -14, 10 if up else -10),
        textcoords="offset points",
        ha="left" if right else "right",
        va="bottom" if up else "top",
        fontsize=9.5,
        bbox=LABEL,
        zorder=6,
    )


def _in_block(answer: Answer, name: str) -> NDArray[np.bool_]:
    """Cells of the plane that a block touches, (ny, nx)."""
    plan, grid = answer.coupled.machine.floorplan, answer.coupled.machine.problem.grid
    b = plan.names.index(name)
    over_x = (grid.x + grid.dx / 2 > plan.x0[b]) & (grid.x - grid.dx / 2 < plan.x1[b])
    over_y = (grid.y + grid.dy / 2 > plan.y0[b]) & (grid.y - grid.dy / 2 < plan.y1[b])
    return np.outer(over_y, over_x)


def _draw_flow(axes: Axes, answer: Answer) -> tuple[float, float]:
    """Arrows beside the map along which the coolant flows; the room taken above and right [pt]."""
    flow, need = answer.coupled.machine.problem.coolant, answer.coolant
    if flow is None or need is None:
        return 0.0, 0.0
    along_x = flow.along_x
    line = _beside(axes, 0, 8) if along_x else _beside(axes, 8, 0)
    for ends in flow_ways(flow.segments, flow.direction.startswith("-")):
        tail, head = ((part, 1.0) if along_x else (1.0, part) for part in ends)
        axes.annotate(
            "",
            head,
            xytext=tail,
            xycoords=line,
            textcoords=line,
            arrowprops=ARROW,
        )
    inlet, outlet = (t - FREEZING for t in (need.inlet_temperature, need.outlet_temperature))
    ways = {1: "from one end to the other", 2: "from the centre to both ends"}
    way = ways.get(flow.segments, f"split into {flow.segments} ways")
    words = f"coolant in at {inlet:.1f} °C, out at {outlet:.1f} °C, {way}"
    if along_x:
        axes.text(0, 1, words, color=BLUE, va="bottom", fontsize=9, transform=_beside(axes, 0, 15))
        return 27.0, 0.0
    axes.text(1, 0, words, color=BLUE, va="bottom", rotation=90, fontsize=9,
              transform=_beside(axes, 15, 0))  # fmt: skip
    return 0.0, 29.0


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
    plan = answer.coupled.machine.floorplan
    if drop is None:
        raise ValueError("voltage drop: the case has no power delivery")
    millivolt = np.reshape(drop * 1e3, (device.rows, device.columns))
    with mpl.rc_context(STYLE):
        figure, axes = map_figure(answer)
        mesh = axes.pcolormesh(
            np.append(plan.x0[: device.columns], plan.x1[-1]) * 1e3,
            np.append(plan.y0[:: device.columns], plan.y1[-1]) * 1e3,
            millivolt,
            cmap=MAP_COLOURS,
            edgecolors="white",
            linewidth=0.6,
            **colour_range(millivolt),
        )
        colour_bar(figure, axes, mesh, "drop at the block's worst point [mV]", 0.0)
        title_of_map(axes, "Voltage drop from set-point to circuits, in mV", answer, 0.0)
        if millivolt.size <= MOST_NUMBERED_BLOCKS:
            _write_numbers(axes, answer, mesh, millivolt.ravel())
    return figure


def _write_numbers(axes: Axes, answer: Answer, mapped: ScalarMappable, values: Array) -> None:
    """A number in each block, in the size that fits and the shade that is seen on its colour."""
    plan, device = answer.coupled.machine.floorplan, answer.coupled.machine.case.device
    span = float(np.ptp(values))
    digits = 2 if 1e-3 < span < 1 else 1
    box = axes.get_position()
    share = device.width / plan.width / device.columns
    width = box.width * axes.figure.get_size_inches()[0] * 72 * share  # type: ignore[union-attr]
    size = float(np.clip(width / 4, 4, 11))
    light = mapped.to_rgba(values)[:, :3] @ [0.30, 0.59, 0.11] > 0.5
    x, y = (plan.x0 + plan.x1) * 500, (plan.y0 + plan.y1) * 500
    for b, value in enumerate(values):
        axes.text(x[b], y[b], f"{value:.{digits}f}", ha="center", va="center", fontsize=size,
                  color=INK if light[b] else "white")  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One row of a waterfall: a bar from ``begin`` to ``end``, or a point where they are one."""

    name: str
    begin: float
    end: float
    text: str
    colour: str
    is_point: bool = False


def budgets_figure(answer: Answer) -> Figure:
    """Where the kelvins and the watts go: two waterfalls side by side."""
    with mpl.rc_context(STYLE):
        kelvins, watts = temperature_steps(answer), power_steps(answer)
        rows = max(len(kelvins), len(watts))
        figure = Figure(figsize=(11, 1.5 + 0.36 * rows), layout="constrained")
        left, right = figure.subplots(1, 2)
        _waterfall(left, kelvins, rows)
        start = "coolant" if answer.coolant is not None else "outside"
        left.set_title(f"Temperature, from {start} to hottest point", loc="left")
        left.set_xlabel("temperature [°C]")
        _waterfall(right, watts, rows)
        whole = answer.coupled.drawn.network is not None
        where = "from wall to silicon" if whole else "in the device"
        right.set_title(f"Power, {where}", loc="left")
        right.set_xlabel("power [kW]" if _in_kilowatts(answer) else "power [W]")
    return figure


def temperature_steps(answer: Answer) -> list[Step]:
    """Rows from the coolant's inlet, or the medium, to the hottest point and its limit [degC]."""
    steps = answer.temperature_budget
    top = float(answer.block_temperature_max.max()) - FREEZING
    level = top - sum(steps.values())
    start = "coolant inlet" if answer.coolant is not None else "medium outside"
    rows = [Step(start, level, level, f"{level:.1f} °C", BLUE, is_point=True)]
    for name, kelvin in steps.items():
        colour = SKY if kelvin < 0 else ORANGE
        rows.append(Step(name, level, level + kelvin, f"{round(kelvin, 2) + 0.0:+.2f} K", colour))
        level += kelvin
    rows.append(Step("hottest point", top, top, f"{top:.1f} °C", VERMILION, is_point=True))
    limit = answer.loaded.case.limits.junction_temperature
    if limit is None:
        return rows
    celsius = limit - FREEZING
    margin = f"{abs(celsius - top):.1f} K {'to spare' if celsius >= top else 'too hot'}"
    return [
        *rows,
        Step("junction limit", celsius, celsius, f"{celsius:.0f} °C, {margin}", INK, is_point=True),
    ]


def power_steps(answer: Answer) -> list[Step]:
    """Rows from the power drawn down to nought, loss by loss [kW, or W for a small device]."""
    parts = {name: watts for name, watts in answer.power_budget.items() if watts != 0}
    level, unit = sum(parts.values()), 1e3 if _in_kilowatts(answer) else 1.0
    rows = []
    if answer.coupled.drawn.network is not None:
        rows.append(Step("drawn from the wall", 0.0, level / unit, watts_as_text(level), BLUE))
    names = {"switching": "heat made"} if answer.loaded.case.loads is None else {}
    for name, watts in parts.items():
        colour = SKY if name in ("switching", "leakage") else ORANGE
        begin, level = level, level - watts
        rows.append(
            Step(names.get(name, name), begin / unit, level / unit, watts_as_text(watts), colour)
        )
    return rows


def _in_kilowatts(answer: Answer) -> bool:
    return sum(answer.power_budget.values()) >= 1e3


def _waterfall(axes: Axes, steps: list[Step], rows: int) -> None:
    """Rows from the top down, each with its amount, joined by thin lines."""
    ends = [value for step in steps for value in (step.begin, step.end)]
    span = (max(ends) - min(ends)) or 1.0
    for row, step in enumerate(steps):
        _draw_step(axes, row, step, min(ends) + 0.7 * span)
        if row + 1 < len(steps) and steps[row + 1].begin == step.end:
            axes.plot([step.end] * 2, [row, row + 1], color=PALE, linewidth=0.8, zorder=1)
    axes.set_yticks(range(len(steps)), [s.name for s in steps])
    axes.set_ylim(rows - 0.4, -0.6)
    axes.set_xlim(min(ends) - 0.05 * span if min(ends) else 0, max(ends) + 0.17 * span)
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_step(axes: Axes, row: int, step: Step, words_left_from: float) -> None:
    """A bar or a point, and its amount beside it."""
    low, high = sorted((step.begin, step.end))
    if step.is_point:
        axes.plot(low, row, "D", ms=7, color=step.colour, clip_on=False, zorder=3)
    else:
        axes.barh(row, high - low, left=low, height=0.66, color=step.colour, edgecolor=INK,
                  linewidth=0.5, zorder=2)  # fmt: skip
    to_left = step.is_point and high > words_left_from
    gap = 9 if step.is_point else 5
    words = axes.annotate(
        step.text,
        (high, row),
        xytext=(-gap if to_left else gap, 0),
        textcoords="offset points",
        ha="right" if to_left else "left",
        va="center",
        fontsize=9.5,
        zorder=4,
    )
    words.set_path_effects([effects.withStroke(linewidth=2.5, foreground="white")])
    if step.name == "junction limit":
        axes.plot(
            [low] * 2,
            [-0.6, row],
            color=step.colour,
            linewidth=1.2,
            linestyle=(0, (5, 3)),
            zorder=0.9,
        )
