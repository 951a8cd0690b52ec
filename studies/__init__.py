"""Studies: cases, the coupled solution, what it says, and the command line.

Examples
--------
>>> from studies import load_case, solve
>>> case = load_case("slab")
>>> round(solve(case).to_dict()["junction_temperature_max_degC"], 3)
61.909
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .answer import Answer, solve
    from .case_file import CaseError, LoadedCase, load_case, shipped_cases
    from .influence import Influence

__all__ = ["Answer", "CaseError", "Influence", "LoadedCase", "load_case", "shipped_cases", "solve"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that the command line starts at once."""
    if name not in __all__:
        raise AttributeError(f"module 'studies' has no attribute '{name}'")
    module = {"Answer": ".answer", "solve": ".answer", "Influence": ".influence"}.get(
        name, ".case_file"
    )
    return getattr(import_module(module, __name__), name)
