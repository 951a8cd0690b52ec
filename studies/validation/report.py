"""What the validation writes: a table on the terminal, a page in Markdown, and JSON."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from . import Results, rows_of
from .rows import Row

if TYPE_CHECKING:
    from rich.console import Console

FLOOR = 1e-8
"""Errors below it, relative to the reference, are rounding and are not told apart."""


def number(value: float, digits: int = 6) -> str:
    """A value with so many significant digits."""
    return f"{value:.{digits}g}"


def reference_text(row: Row) -> str:
    """The reference with its unit."""
    return f"{number(row.reference, 12)} {row.unit}".strip()


def value_text(row: Row) -> str:
    """Our value with its unit; rounding alone is a bound."""
    if row.reference == 0 and row.value < FLOOR:
        return f"< {FLOOR:.0e} {row.unit}".strip()
    return f"{number(row.value, 3 if row.reference == 0 else 6)} {row.unit}".strip()


def error_text(row: Row) -> str:
    """The error, in the unit or in per cent; rounding alone is a bound."""
    floor = FLOOR if row.relative else 10.0 ** math.ceil(math.log10(FLOOR * _size(row)))
    if row.error < floor:
        return f"< {floor:.0e}" + ("" if row.relative else f" {row.unit}".rstrip())
    return _amount(row.error, row)


def allowed_text(row: Row) -> str:
    """The largest error that passes."""
    return _amount(row.allowed, row)


def _size(row: Row) -> float:
    return abs(row.reference) or 1.0


def _amount(error: float, row: Row) -> str:
    if row.relative:
        return f"{100 * error:.2g} %" if error >= 1e-4 else f"{error:.0e}"
    return f"{error:.2g} {row.unit}".strip()


def order_text(row: Row) -> str:
    """The order and the least that passes."""
    if row.order is None:
        return ""
    return f"{row.order:.2f} (≥ {row.least_order:g})"


def print_table(results: Results, console: Console) -> None:
    """Print every row."""
    from rich.table import Table
    from rich.text import Text

    for heading, cases in results.items():
        table = Table(box=None, padding=(0, 1), title_justify="left", expand=False)
        table.add_column(Text(heading, style="bold cyan"), overflow="fold", ratio=1)
        for name in ("reference", "ours", "error", "allowed", "order", ""):
            table.add_column(name, justify="right", overflow="fold")
        for _, rows in cases:
            for row in rows:
                passed = Text("ok") if row.passed else Text("FAILS", style="bold red")
                texts = (f(row) for f in (reference_text, value_text, error_text, allowed_text))
                table.add_row(Text(row.name), *texts, order_text(row), passed)
        console.print(table)
    rows = rows_of(results)
    failed = sum(not row.passed for row in rows)
    words = "all pass" if not failed else f"{failed} fail"
    console.print(f"\n{len(rows)} rows, {words}")


def to_dict(results: Results) -> dict[str, Any]:
    """Every row with its case and heading."""
    rows = [
        {"group": heading, "case": case.title, **row.to_dict()}
        for heading, cases in results.items()
        for case, rows in cases
        for row in rows
    ]
    return {"passed": all(row["passed"] for row in rows), "rows": rows}


def to_json(results: Results) -> str:
    """The same as JSON; what is not finite becomes null."""

    def finite(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    found = to_dict(results)
    found["rows"] = [{key: finite(v) for key, v in row.items()} for row in found["rows"]]
    return json.dumps(found, indent=2, allow_nan=False, ensure_ascii=False)


def to_markdown(results: Results) -> str:
    """The page docs/validation.md: what the template says, and a table and paragraph per case."""
    page = files(__package__).joinpath("page.md").read_text(encoding="utf-8")
    parts = []
    for heading, cases in results.items():
        parts.append(f"## {heading}\n")
        for case, rows in cases:
            parts.append(f"### {case.title}\n\n{case.words}\n\n{_markdown_table(rows)}")
    rows = rows_of(results)
    counted = f"{len(rows)} rows, {sum(row.passed for row in rows)} pass"
    return page.replace("{{count}}", counted).replace("{{cases}}\n", "\n".join(parts))


def _markdown_table(rows: list[Row]) -> str:
    lines = [
        "| what | reference | ours | error | allowed | order | passes | source |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        texts = [f(row) for f in (reference_text, value_text, error_text, allowed_text, order_text)]
        passes = "yes" if row.passed else "NO"
        lines.append("| " + " | ".join([row.name, *texts, passes, row.source]) + " |")
    return "\n".join(lines) + "\n"
