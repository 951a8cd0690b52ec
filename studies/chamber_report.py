"""A vapour chamber in words and as a table of its curves."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from thermal.coolant import FREEZING
from thermal.refrigerant import saturated_water
from thermal.vapour_chamber import LIMITS, limits

from .chamber_answer import TEMPERATURES, ChamberAnswer
from .words import watts_as_text

SHOWN = (30.0, 50.0, 70.0, 90.0, 120.0)
"""Vapour temperatures of the table beside the case's own [degC]."""


def summary_lines(found: ChamberAnswer) -> list[str]:
    """The answer in a few lines for a terminal."""
    loaded, vapour = found.cooled.loaded, found.water.temperature - FREEZING
    lines = [
        loaded.case.title,
        f"  heat              {watts_as_text(found.need)}, liquid from the {found.feed}",
        f"  vapour            {vapour:.1f} °C",
        f"  binds             {found.binding}: {watts_as_text(found.limits[found.binding])}, "
        f"{_times(found.margin)}",
        *_verdict(found),
        *_notes(found),
        "",
        *_table(found),
    ]
    lines += ["", "From outside to the hottest point" + ("" if found.carries else ", were it wet")]
    budget = found.cooled.answer.temperature_budget
    lines += [f"  {name:17} {kelvin:+8.2f} K" for name, kelvin in budget.items()]
    if loaded.case.caveat:
        lines += ["", f"to bear in mind: {loaded.case.caveat}"]
    return lines


def _times(margin: float) -> str:
    if margin >= 1.0:
        return f"{margin:.2g} times the need"
    return f"the need is {1 / margin:.3g} times that"


def _verdict(found: ChamberAnswer) -> list[str]:
    junction = found.cooled.junction_temperature - FREEZING
    if not found.carries:
        how = "dries out" if found.binding == "capillary" else f"fails by {found.binding}"
        return [
            f"  verdict           the chamber {how}: there is no steady temperature",
            f"  if it were wet    the hottest point would be at {junction:.1f} °C",
        ]
    limit = found.cooled.loaded.case.limits.junction_temperature
    words = ""
    if limit is not None:
        over = junction + FREEZING - limit
        words = f", {abs(over):.1f} K {'ABOVE' if over > 0 else 'below'} the limit"
    return [f"  hottest point     {junction:.1f} °C{words}"]


def _notes(found: ChamberAnswer) -> list[str]:
    """What the capillary limit rests on."""
    lines = [
        f"  through both      {watts_as_text(found.through_both_wicks)} capillary, where the "
        "condensate runs as far in the condenser's wick"
    ]
    if found.by_disks is not None:
        ratio = found.need / found.by_disks if found.by_disks else float("inf")
        lines.append(
            f"  by disks          {watts_as_text(found.by_disks)} capillary by disks of the same "
            f"areas, liquid alone: need {ratio:.3g} times that"
        )
    if found.without_posts is not None:
        posts = found.chamber.posts
        assert posts is not None
        gain = found.limits["capillary"] / found.without_posts
        lines.append(
            f"  what posts do     capillary {gain:.3g} times that without them "
            f"({watts_as_text(found.without_posts)}); they take {100 * posts.share:.1f} % of the "
            "vapour space"
        )
    if found.limits["boiling"] < 10.0 * found.need:
        lines.append(
            f"  boiling           {watts_as_text(found.limits['boiling'])}, known to a factor of "
            f"ten: bubbles of {found.chamber.nucleation_radius * 1e6:g} um are assumed"
        )
    if found.dry_share:
        lines.append(
            f"  dry               {100 * found.dry_share:.0f} % of the device asks more than "
            "menisci hold"
        )
    return lines


def _table(found: ChamberAnswer) -> list[str]:
    own = found.water.temperature - FREEZING
    lines = ["Limits by vapour temperature", "    °C  " + "".join(f"{name:>14}" for name in LIMITS)]
    for celsius in sorted({*SHOWN, own}):
        at = limits(found.chamber, found.paths, saturated_water(celsius + FREEZING))
        mark = "*" if celsius == own else " "
        cells = "".join(f"{watts_as_text(at[name]):>14}" for name in LIMITS)
        lines.append(f"{mark} {celsius:5.1f} {cells}")
    return lines


def write_csv(found: ChamberAnswer, path: str | Path) -> None:
    """A row per vapour temperature: every limit."""
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["vapour_degC", *(f"{name}_W" for name in LIMITS)])
        rows = np.column_stack([TEMPERATURES - FREEZING, *found.curves.values()])
        writer.writerows([f"{value:.9g}" for value in row] for row in rows)
