"""The page of machines side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..case_file import LoadedCase
from ..compare import Gap, Row, in_figures
from ..compare_figure import PANELS
from ..compare_report import COOLANT, HEAT, NOTE, PLANT
from ..console import origin_of_inputs
from ..coolant_need import FREEZING
from ..figures import BLUE, Step
from .charts import Curves, Series, Waterfall, curves, waterfall
from .report_page import Report, report_page
from .tables import Column, Table, table


def comparison_page(
    rows: Sequence[Row], gaps: Sequence[Gap], cases: Sequence[LoadedCase], data: str, command: str
) -> str:
    """One HTML file of a comparison.

    Parameters
    ----------
    rows, gaps : sequences
        From ``studies.compare.compare``.
    cases : sequence of LoadedCase
    data : str
        As ``waferflux compare --json`` prints it.
    command : str
        That finds the answer again.
    """
    over_inlets = len(rows) > len({row.case for row in rows})
    missing = [f"no answer: {g.case} at {_celsius(g.inlet_temperature)}: {g.reason}" for g in gaps]
    warned = dict.fromkeys(f"{row.case}: {line}" for row in rows for line in row.warnings)
    return report_page(
        Report(
            kind="waferflux report, comparison",
            title=", ".join(case.name for case in cases),
            description=f"{len(cases)} machines side by side.",
            meaning=[*_meaning(rows, over_inlets), NOTE],
            warnings=[*missing, *warned],
            bars_heading="Side by side",
            bars=[] if over_inlets else _bars(rows),
            curves=_curves(rows) if over_inlets else [],
            sections_heading="The machines",
            sections={case.name: _about(case) for case in cases},
            tables={
                "Heat": _table("heat", rows, HEAT),
                "Coolant": _table("coolant", rows, COOLANT),
                "Plant": _table("plant", rows, PLANT),
            },
            command=command,
            data_json=data,
            data_name="comparison.json",
        )
    )


def _celsius(kelvin: float) -> str:
    return f"{kelvin - FREEZING:g} °C"


def _meaning(rows: Sequence[Row], over_inlets: bool) -> list[str]:
    """Who is coldest, and who asks for the least flow, where that is known."""
    coolest = min(rows, key=lambda row: row.junction_temperature)
    words = [
        f"The coolest is {coolest.case}: its hottest point is "
        f"{coolest.junction_temperature - FREEZING:.1f} °C at an inlet of "
        f"{_celsius(coolest.inlet_temperature)}."
    ]
    flows = [(in_figures(row)["flow_L_min_per_kW_to_liquid"], row) for row in rows]
    known = [(flow, row) for flow, row in flows if isinstance(flow, float)]
    if known:
        flow, least = min(known, key=lambda pair: pair[0])
        words.append(
            f"{least.case} asks for the least coolant, {flow:.2f} L/min per kW to it, at an inlet "
            f"of {_celsius(least.inlet_temperature)}."
        )
    if len({round(row.inlet_temperature, 6) for row in rows}) > 1 and not over_inlets:
        words.append("The inlet temperatures differ: compare only rows of the same inlet.")
    return words


def _bars(rows: Sequence[Row]) -> list[Waterfall]:
    found = []
    for key, label, form in PANELS:
        figures = [(row.case, in_figures(row)[key]) for row in rows]
        steps = [
            Step(name, 0.0, value, format(value, form), BLUE)
            for name, value in figures
            if isinstance(value, float)
        ]
        if steps:
            found.append(waterfall(" ".join(label.split()), steps))
    return found


def _curves(rows: Sequence[Row]) -> list[Curves]:
    """Each panel over the inlet temperature."""
    names, found = list(dict.fromkeys(row.case for row in rows)), []
    for key, label, _ in PANELS:
        series = []
        for name in names:
            mine = [in_figures(row) for row in rows if row.case == name]
            values = [v if isinstance(v := one[key], float) else math.nan for one in mine]
            if any(map(math.isfinite, values)):
                series.append(Series(name, [float(one["inlet_degC"] or 0) for one in mine], values))
        title = " ".join(label.split())
        if series:
            found.append(curves(key, title, "inlet [°C]", title, series))
    return found


def _about(case: LoadedCase) -> list[tuple[str, str]]:
    rows = [("what it is", case.case.title), ("inputs", origin_of_inputs(case))]
    return [*rows, ("to bear in mind", case.case.caveat)] if case.case.caveat else rows


def _table(name: str, rows: Sequence[Row], columns: Sequence[tuple[str, str, str]]) -> Table:
    shown = [Column("case", "machine")]
    shown += [Column(key, " ".join(heading.split()), form) for key, heading, form in columns]
    return table(f"comparison-{name}", shown, [in_figures(row) for row in rows])
