"""``waferflux schema``."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of case files, by which editors complete and check them."""
    import json

    from ..case_schema import case_schema

    print(json.dumps(case_schema(), indent=2, ensure_ascii=False))
