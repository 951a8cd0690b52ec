"""What a report says, whatever it is of, and the page that says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .charts import Curves, Waterfall
from .maps import Map
from .meaning import Headline
from .sweep_map import SweepMap
from .tables import Table
from .template import page


@dataclass(frozen=True, kw_only=True)
class Report:
    """The parts of a page from the top down; what is empty is left out.

    Attributes
    ----------
    kind, title, description, caveat : str
    headlines : sequence of Headline
    meaning, warnings : sequence of str
    sweep_map : SweepMap or None
    maps, bars, curves : sequences of drawings
    sections : mapping of heading to rows of words
    tables : mapping of heading to Table
    command : str
        That finds the answer again.
    name, verb, case_text : str
        Of the one case that it is of, and what ``waferflux`` does with it.
    data_json, data_name : str
        The whole answer, and the file that it is downloaded as.
    """

    kind: str
    title: str
    command: str
    meaning: Sequence[str]
    description: str = ""
    caveat: str = ""
    headlines: Sequence[Headline] = ()
    warnings: Sequence[str] = ()
    sweep_map: SweepMap | None = None
    maps: Sequence[Map] = ()
    bars_heading: str = "Budgets"
    bars: Sequence[Waterfall] = ()
    curves: Sequence[Curves] = ()
    sections_heading: str = "Figures and method"
    sections: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    name: str = ""
    verb: str = "solve"
    case_text: str = ""
    data_json: str = ""
    data_name: str = ""


def report_page(report: Report) -> str:
    """One HTML file that needs nothing else."""
    scripts = ["report.js", *([] if report.sweep_map is None else ["sweep_map.js"])]
    return page("report.html.j2", scripts, title=report.title, r=report)
