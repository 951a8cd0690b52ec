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


def reference_number(row: Row, digits: int = 12) -> str:
    """The reference."""
    return f"{row.reference:.{digits}g}"


def value_number(row: Row) -> str:
    """Our value; of a largest error fewer digits, and of rounding alone a bound."""
    if row.reference == 0:
        return f"< {_floor(row):.0e}" if row.value < _floor(row) else f"{row.value:.3g}"
    return f"{row.value:.6g}"


def error_number(row: Row) -> str:
    """The error, in per cent where it is relative; rounding alone is a bound."""
    if row.error < _floor(row):
        return f"< {_floor(row):.0e}"
    return _amount(row.error, row)


def allowed_number(row: Row) -> str:
    """The largest error that passes."""
    return _amount(row.allowed, row)


def order_text(row: Row) -> str:
    """The order and the least that passes."""
    return "" if row.order is None else f"{row.order:.2f} (≥ {row.least_order:g})"


def _floor(row: Row) -> float:
    """What rounding alone may reach, never more than is allowed."""
    size = 1.0 if row.relative else abs(row.reference) or 1.0
    return min(10.0 ** math.ceil(math.log10(FLOOR * size)), row.allowed)


def _amount(error: float, row: Row) -> str:
    if row.relative:
        return f"{100 * error:.2g} %" if error >= 1e-4 else f"{error:.0e}"
    return f"{error:.2g}"


def print_table(results: Results, console: Console) -> None:
    """Print every row; errors are in the row's unit, or relative where they are in per cent."""
    from rich.table import Table
    from rich.text import Text

    for heading, cases in results.items():
        table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column(Text(heading, style="bold cyan"), min_width=24, overflow="fold")
        for name in ("reference", "ours"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("", overflow="fold")
        for name in ("error", "allowed", "order"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("", no_wrap=True)
        for _, rows in cases:
            for row in rows:
                numbers = (reference_number(row, 6), value_number(row), row.unit)
                order = "" if row.order is None else f"{row.order:.2f}"
                passed = Text("ok") if row.passed else Text("FAILS", style="bold red")
                errors = (error_number(row), allowed_number(row), order)
                table.add_row(Text(row.name), *numbers, *errors, passed)
        console.print(table)
    rows = rows_of(results)
    failed = sum(not row.passed for row in rows)
    console.print(f"\n{len(rows)} rows, {f'{failed} fail' if failed else 'all pass'}")


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
        cells = [
            row.name,
            f"{reference_number(row)} {row.unit}",
            f"{value_number(row)} {row.unit}",
            error_number(row) + ("" if row.relative else f" {row.unit}"),
            allowed_number(row) + ("" if row.relative else f" {row.unit}"),
            order_text(row),
            "yes" if row.passed else "NO",
            row.source,
        ]
        lines.append("| " + " | ".join(cell.strip() for cell in cells) + " |")
    return "\n".join(lines) + "\n"
