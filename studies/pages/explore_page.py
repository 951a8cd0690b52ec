"""The page of ``waferflux explore``, and the part of it that each answer fills."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

from ..commands.files import to_json
from .answer_view import budgets, maps
from .meaning import Headline, headlines
from .template import command_line, page, render

if TYPE_CHECKING:
    from ..answer import Answer
    from ..explore import Explorer

ROUNDING = 1e-9
"""Relative change of a figure that is none."""


def explore_page(explorer: Explorer) -> str:
    """The whole page, with the case as it is."""
    whole, quick = explorer.whole, explorer.quick
    case = whole.loaded.case
    return page(
        "explore.html.j2",
        ("report.js", "explore.js"),
        name=whole.loaded.name,
        title=case.title,
        caveat=case.caveat,
        sliders=explorer.sliders,
        grids={
            "whole": whole.name,
            "quick": quick.name,
            "same": quick is whole,
            "whole_seconds": whole.seconds,
            "quick_seconds": quick.seconds,
        },
        difference=explorer.difference(),
        answer=_view(whole.base, whole.base),
        command=_command(whole.base),
    )


def live_part(explorer: Explorer, answer: Answer, whole: bool, started: float) -> str:
    """An answer as JSON: its numbers, and the part of the page that shows them.

    ``started`` is when it was asked for, by ``time.perf_counter``.
    """
    grid = explorer.whole if whole else explorer.quick
    found: dict[str, Any] = {
        "numbers": answer.to_dict(),
        "html": render("live.html.j2", answer=_view(answer, grid.base)),
        "grid": grid.name,
        "whole": whole or explorer.quick is explorer.whole,
        "command": _command(answer),
    }
    return to_json(found | {"seconds": time.perf_counter() - started})


def _view(answer: Answer, base: Answer) -> dict[str, Any]:
    """Values of the template ``live.html.j2``; each figure with its change from the base's."""
    before = {h.key: h for h in headlines(base.to_dict())}
    return {
        "headlines": [_changed(h, before.get(h.key)) for h in headlines(answer.to_dict())],
        "warnings": answer.warnings,
        "maps": maps(answer),
        "budgets": budgets(answer),
    }


def _changed(now: Headline, before: Headline | None) -> Headline:
    if before is None or abs(now.value - before.value) <= ROUNDING * abs(before.value):
        return now
    size = 1e3 if now.unit == "kW" else 1.0
    change = f"{(now.value - before.value) / size:+.3g}"
    return dataclasses.replace(now, change=f"{change} {'K' if now.unit == '°C' else now.unit}")


def _command(answer: Answer) -> str:
    """That finds the answer on the case's own grid."""
    loaded = answer.loaded
    chosen = [path for path, entry in loaded.provenance.items() if entry.trust == "set"]
    words = []
    for path in chosen:
        value: Any = loaded.raw
        for key in path.split("."):
            value = value[key]
        if not path.startswith("grid."):
            words += ["--set", f"{path}={value}"]
    return command_line("solve", loaded.name, *words)
