"""What is handed over of a transient: headline numbers, labelled series, CSV and a picture.

Imported only where they are asked for: xarray and matplotlib are slow to load.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .coolant_need import FREEZING
from .events import CoastDown
from .words import watts_as_text

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .transient import TransientAnswer

Array = NDArray[np.float64]

LITRES_PER_MINUTE = 60_000.0
"""In a cubic metre per second."""
BALANCE = ("heat_put_in", "heat_to_faces", "heat_to_coolant")


def _series(answer: TransientAnswer) -> dict[str, tuple[Array, str, str]]:
    """Values, unit and long name of each series; those that the case has not are left out."""
    series = {
        "hottest": (answer.hottest - FREEZING, "degC", "hottest point"),
        "mean": (answer.mean - FREEZING, "degC", "mean where the heat is made"),
        "coolant_outlet": (answer.outlet - FREEZING, "degC", "coolant where it leaves"),
        "coolant_flow": (answer.flow * LITRES_PER_MINUTE, "L/min", "flow through the cold plate"),
        "wafer_power": (answer.power, "W", "heat made in the device"),
        "input_power": (answer.input_power, "W", "power from the wall"),
    }
    for name, values in zip(BALANCE, answer.rates.T, strict=True):
        series[name] = (values, "W", name.replace("_", " "))
    return {name: entry for name, entry in series.items() if not np.isnan(entry[0]).all()}


def _key(name: str, unit: str) -> str:
    return f"{name}_{unit.replace('/', '_')}"


def dataset(answer: TransientAnswer) -> xarray.Dataset:
    """All series against time, the blocks' hottest points among them, with units."""
    import xarray

    variables: dict[str, Any] = {
        name: ("time", values, {"units": unit, "long_name": words})
        for name, (values, unit, words) in _series(answer).items()
    }
    variables["block_temperature_max"] = (
        ("time", "block"),
        answer.block_maximum - FREEZING,
        {"units": "degC", "long_name": "hottest point of each block"},
    )
    coordinates = {
        "time": ("time", answer.time, {"units": "s", "long_name": "time"}),
        "block": ("block", np.array(answer.machine.floorplan.names, dtype=object)),
    }
    title = {"title": answer.loaded.case.title}
    return xarray.Dataset(variables, coords=coordinates, attrs=title)


def summary(answer: TransientAnswer) -> dict[str, Any]:
    """Headline numbers and series; every key names its unit. JSON can hold them."""
    peak = int(np.argmax(answer.hottest))
    names = answer.machine.floorplan.names
    found: dict[str, Any] = {
        "case": answer.loaded.name,
        "title": answer.loaded.case.title,
        "time_end_s": float(answer.time[-1]),
        "ended_early": answer.ended,
        "hottest_at_start_degC": float(answer.hottest[0]) - FREEZING,
        "hottest_at_end_degC": float(answer.hottest[-1]) - FREEZING,
        "hottest_max_degC": float(answer.hottest[peak]) - FREEZING,
        "hottest_max_at_s": float(answer.time[peak]),
        "hottest_max_in_block": names[int(np.argmax(answer.block_maximum[peak]))],
        "junction_limit_degC": None if answer.limit is None else answer.limit - FREEZING,
        "time_to_limit_s": answer.time_to_limit,
        "energy_put_in_J": answer.energy.put_in,
        "energy_to_faces_J": answer.energy.to_faces,
        "energy_to_coolant_J": answer.energy.to_coolant,
        "energy_kept_J": answer.kept,
        "energy_balance_relative": answer.energy_balance,
        "tolerance_K": answer.scenario.tolerance,
        "steps": len(answer.time) - 1,
        "steps_rejected": answer.rejected,
        "solve_seconds": answer.solve_seconds,
        "time_s": answer.time.tolist(),
    }
    for name, (values, unit, _) in _series(answer).items():
        found[_key(name, unit)] = values.tolist()
    return found


def write_csv(answer: TransientAnswer, path: str | Path) -> None:
    """A row per step: time, the series, and the hottest point of each block."""
    series = _series(answer)
    header = ["time_s", *(_key(name, unit) for name, (_, unit, _) in series.items())]
    header += [f"block_{name}_max_degC" for name in answer.machine.floorplan.names]
    columns = [answer.time, *(values for values, _, _ in series.values())]
    table = np.column_stack([*columns, answer.block_maximum - FREEZING])
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([f"{value:.10g}" for value in row] for row in table)


def summary_lines(answer: TransientAnswer) -> list[str]:
    """The answer in a few lines for a terminal."""
    found = summary(answer)
    lines = [
        found["title"],
        f"  from {found['hottest_at_start_degC']:.1f} °C at the hottest point to "
        f"{found['hottest_at_end_degC']:.1f} °C at {found['time_end_s']:.4g} s",
        f"  hottest {found['hottest_max_degC']:.1f} °C at {found['hottest_max_at_s']:.4g} s "
        f"in block {found['hottest_max_in_block']}",
    ]
    if answer.limit is not None:
        passed = answer.time_to_limit
        words = "not passed" if passed is None else f"passed at {passed:.4g} s"
        lines.append(f"  limit of {answer.limit - FREEZING:.0f} °C {words}")
    low, high = watts_as_text(float(answer.power.min())), watts_as_text(float(answer.power.max()))
    lines.append(f"  heat in the device {low if low == high else f'{low} to {high}'}")
    if "coolant_outlet_degC" in found:
        outlet, flow = found["coolant_outlet_degC"], found["coolant_flow_L_min"]
        lines.append(f"  coolant {flow[0]:.4g} to {flow[-1]:.4g} L/min, "
                     f"out at {outlet[0]:.1f} to {outlet[-1]:.1f} °C")  # fmt: skip
    lines.append(
        f"  {found['steps']} steps, {found['steps_rejected']} made again, within "
        f"{found['tolerance_K']:g} K a step; energy balance "
        f"{found['energy_balance_relative']:.0e}; {found['solve_seconds']:.1f} s"
    )
    if answer.ended is not None and answer.failure is None:
        lines.append(f"warning: ended early: {answer.ended}")
    return lines


def figure(answer: TransientAnswer) -> Figure:
    """Temperatures above, flow and power below, against time."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from .figures import FAINT, STYLE

    with mpl.rc_context(STYLE):
        made = Figure(figsize=(7.2, 5.6), layout="constrained")
        above, below = made.subplots(2, 1, sharex=True, height_ratios=(2.2, 1))
        _draw_temperatures(above, answer)
        _draw_drive(below, answer)
        below.set_xlabel("time [s]")
        for axes in (above, below):
            axes.grid(color="#DDDDDD", lw=0.6)
            axes.spines[["top", "right"]].set_visible(False)
            axes.margins(x=0)
        made.suptitle(_happening(answer), x=0.02, ha="left", fontsize=12, fontweight="bold")
        above.set_title(
            answer.loaded.case.title, loc="left", fontsize=9, color=FAINT, fontweight="normal"
        )
        made.legend(*above.get_legend_handles_labels(), loc="outside lower center", ncols=4,
                    frameon=False, fontsize=9)  # fmt: skip
    return made


def _happening(answer: TransientAnswer) -> str:
    """What happens, in a few words."""
    scenario, words = answer.scenario, []
    if isinstance(scenario.flow, CoastDown):
        words.append(f"pump trip, coast-down of {scenario.flow.time_constant:g} s")
    elif scenario.flow is not None:
        words.append("flow by a trace")
    if scenario.power is not None:
        one = len(scenario.power.times) == 1
        step = f"power {scenario.power.factors[0]:g} times the case's"
        words.append(step if one else "power by a trace")
    if scenario.start == "inlet":
        words.append("from a cold start")
    text = ", ".join(words) or "nothing changes"
    return text[0].upper() + text[1:]


def _draw_temperatures(axes: Axes, answer: TransientAnswer) -> None:
    from .figures import BLUE, INK, ORANGE, PALE, VERMILION

    time = answer.time
    axes.plot(time, answer.hottest - FREEZING, color=VERMILION, lw=2, label="hottest point")
    axes.plot(time, answer.mean - FREEZING, color=ORANGE, lw=1.5, ls="--", label="mean")
    if not np.isnan(answer.outlet).all():
        outlet = answer.outlet - FREEZING
        axes.plot(time, outlet, color=BLUE, lw=2, ls="-.", label="coolant outlet")
    if answer.limit is not None:
        limit = answer.limit - FREEZING
        axes.axhline(limit, color=INK, lw=1.2, ls=":", label=f"limit {limit:.0f} °C")
        if answer.time_to_limit is not None:
            axes.axvline(answer.time_to_limit, color=PALE, lw=1)
            axes.annotate(
                f"{answer.time_to_limit:.3g} s", (answer.time_to_limit, limit),
                xytext=(-6, 5), textcoords="offset points", ha="right", color=INK,
            )  # fmt: skip
    axes.set_ylabel("temperature [°C]")


def _draw_drive(axes: Axes, answer: TransientAnswer) -> None:
    """Heat in the device, and the flow where there is one."""
    from .figures import BLUE, VERMILION

    axes.plot(answer.time, answer.power / 1e3, color=VERMILION, lw=1.6)
    axes.set_ylabel("heat [kW]", color=VERMILION)
    axes.set_ylim(0, 1.1 * max(float(answer.power.max()) / 1e3, 1e-9))
    if not np.isnan(answer.flow).all():
        other = axes.twinx()
        flow = answer.flow * LITRES_PER_MINUTE
        other.plot(answer.time, flow, color=BLUE, lw=1.6, ls="-.")
        other.set_ylabel("flow [L/min]", color=BLUE)
        # a little lower than the heat, so that two steady lines do not lie on each other
        other.set_ylim(0, 1.35 * float(flow.max()))
        other.spines["top"].set_visible(False)
        other.margins(x=0)
