"""What a page shows of an answer: maps, budgets, curves and the table of the blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..answer import LITRES_PER_MINUTE
from ..coolant_need import FREEZING
from ..fields import coolant_temperature, junction_temperature
from ..figures import BLUE, ORANGE, Step, flow_ways, power_steps, temperature_steps
from ..loop_answer import LoopAnswer, loop_answer, pressure_budget
from .charts import Curves, Series, Waterfall, curves, waterfall
from .maps import Map, block_map
from .tables import Column, Table, table

if TYPE_CHECKING:
    from ..answer import Answer


def maps(answer: Answer) -> list[Map]:
    """Temperature where the heat is made; voltage drop and voltage, where the case has them."""
    plan, field = answer.coupled.machine.floorplan, junction_temperature(answer)
    flow, words = answer.coupled.machine.problem.coolant, _words(answer)
    ways = [] if flow is None else flow_ways(flow.segments, flow.direction.startswith("-"))
    found = [
        block_map(
            "temperature",
            "Temperature where the heat is made",
            plan,
            answer.block_temperature_max - FREEZING,
            "°C",
            words,
            field=field,
            caption=_flow_words(answer),
            ways=ways,
            along_x=flow is None or flow.along_x,
        )
    ]
    if answer.block_drop is not None:
        title = "Voltage drop from set-point to circuits"
        caption = "At the worst point of each block."
        drop = answer.block_drop * 1e3
        found.append(block_map("drop", title, plan, drop, "mV", words, caption=caption))
    return found + _voltage_map(answer, words)


def _voltage_map(answer: Answer, words: list[str]) -> list[Map]:
    """Lowest voltage at the circuits in each cell of the sheets; none without sheets."""
    state, model = answer.coupled.drawn.sheets, answer.coupled.machine.sheets
    network = answer.coupled.drawn.network
    if state is None or model is None or network is None:
        return []
    grid, (x0, y0) = state.field.stack.grid, model.corner
    return [
        block_map(
            "voltage",
            "Lowest voltage at the circuits",
            answer.coupled.machine.floorplan,
            network.block_worst_voltage * 1e3,
            "mV",
            words,
            field=state.worst_voltage * 1e3,
            part=(x0, y0, grid.width, grid.height),
            least_is_worst=True,
        )
    ]


def _flow_words(answer: Answer) -> str:
    need, flow = answer.coolant, answer.coupled.machine.problem.coolant
    if need is None or flow is None:
        return ""
    inlet, outlet = need.inlet_temperature - FREEZING, need.outlet_temperature - FREEZING
    way = {1: "from one end to the other", 2: "from the centre to both ends"}.get(
        flow.segments, f"split into {flow.segments} ways"
    )
    return f"Arrows: coolant, in at {inlet:.1f} °C, out at {outlet:.1f} °C, {way}."


def _words(answer: Answer) -> list[str]:
    """What the pointer finds at each block."""
    parts = [
        [f"hottest {t:.2f} °C" for t in answer.block_temperature_max - FREEZING],
        [f"mean {t:.2f} °C" for t in answer.block_temperature_mean - FREEZING],
        [f"{w:.4g} W" for w in answer.coupled.drawn.power],
    ]
    network = answer.coupled.drawn.network
    if answer.block_drop is not None and network is not None:
        parts.append([f"drop {mv:.2f} mV" for mv in answer.block_drop * 1e3])
        parts.append([f"brick {a:.4g} A" for a in network.brick_current])
    return [", ".join(words) for words in zip(*parts, strict=True)]


def budgets(answer: Answer) -> list[Waterfall]:
    """Where kelvins, pascals and watts go, as far as the case has them."""
    start = "coolant inlet" if answer.coolant is not None else "outside"
    title = f"Temperature, {start} to hottest point"
    found = [waterfall(title, temperature_steps(answer))]
    if answer.loaded.case.loop is not None and answer.coolant is not None:
        steps = _pressure_steps(pressure_budget(answer, answer.coolant))
        found.append(waterfall("Pressure around the coolant loop", steps))
    where = "wall to silicon" if answer.coupled.drawn.network is not None else "in the device"
    return [*found, waterfall(f"Power, {where}", power_steps(answer))]


def _pressure_steps(budget: dict[str, float]) -> list[Step]:
    """From the pump's pressure down to nought, part by part [kPa]; the budget is in Pa."""
    level = sum(budget.values()) / 1e3
    steps = [Step("pump", 0.0, level, f"{level:.1f} kPa", BLUE)]
    for name, pascal in budget.items():
        kilo = pascal / 1e3
        steps.append(Step(name, level, level - kilo, f"{kilo:.1f} kPa", ORANGE))
        level -= kilo
    return steps


def curves_of(answer: Answer) -> list[Curves]:
    """Temperatures along the channels, and the loop's pressure against its flow."""
    if answer.loaded.case.loop is None or answer.coolant is None:
        return [_profile(answer)]
    return [_profile(answer), _loop_curves(loop_answer(answer))]


def _profile(answer: Answer) -> Curves:
    """Temperatures along the channels, or along x where there are none."""
    grid, flow = answer.coupled.machine.problem.grid, answer.coupled.machine.problem.coolant
    along_x = flow is None or flow.along_x
    field, across = junction_temperature(answer), 0 if along_x else 1
    # outside the footprint of what makes the heat there is no temperature
    inside = np.isfinite(field).any(axis=across)
    place = (grid.x if along_x else grid.y)[inside] * 1e3
    held = field[:, inside] if along_x else field[inside]
    series = [
        Series("hottest across the channels", place, np.nanmax(held, axis=across)),
        Series("mean across the channels", place, np.nanmean(held, axis=across)),
    ]
    if flow is not None:
        coolant = coolant_temperature(answer)
        planes = np.isfinite(coolant).any(axis=(1, 2))
        mean = coolant[planes].mean(axis=(0, 1 + across))
        series.append(Series("coolant", (grid.x if along_x else grid.y) * 1e3, mean))
    axis = "x" if along_x else "y"
    where = "along the channels" if flow is not None else f"along {axis}"
    return curves("profile", f"Temperature {where}", f"{axis} [mm]", "temperature [°C]", series)


def _loop_curves(loop: LoopAnswer) -> Curves:
    flow = loop.curve_flow * LITRES_PER_MINUTE
    point = [loop.need.loop_flow * LITRES_PER_MINUTE]
    series = [Series("loop", flow, loop.system / 1e3)]
    for name, curve in (("pumps", loop.pumps), ("one pump out", loop.pumps_one_out)):
        if curve is not None:
            series.append(Series(name, flow, curve / 1e3))
    pressure = [sum(loop.budget.values()) / 1e3]
    series.append(Series("where it runs", point, pressure, joined=False))
    title = "Pressure of the loop against its flow"
    return curves("loop", title, "flow of the loop [L/min]", "pressure [kPa]", series)


BLOCKS = (
    Column("block", "block"),
    Column("hottest", "hottest [°C]", ".2f"),
    Column("mean", "mean [°C]", ".2f"),
    Column("power", "power [W]", ".5g"),
    Column("voltage", "voltage [V]", ".4f"),
    Column("drop", "drop [mV]", ".2f"),
    Column("current", "brick [A]", ".5g"),
)
_KEYS = (
    "block_names",
    "block_temperature_max_degC",
    "block_temperature_mean_degC",
    "block_power_W",
    "block_voltage_V",
    "block_drop_mV",
    "brick_current_A",
)


def blocks_table(answer: Answer) -> Table:
    """Numbers of each block, those of the answer's JSON."""
    found = answer.to_dict()
    given = [(c, found[key]) for c, key in zip(BLOCKS, _KEYS, strict=True) if key in found]
    columns = [column for column, _ in given]
    lists = zip(*(values for _, values in given), strict=True)
    rows = [dict(zip((c.key for c in columns), row, strict=True)) for row in lists]
    return table(f"{answer.loaded.name}-blocks", columns, rows)
