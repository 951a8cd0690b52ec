"""Studies: cases, the coupled solution, what it says, and the command line.

Examples
--------
>>> from studies import load_case, solve
>>> case = load_case("slab")
>>> round(solve(case).to_dict()["junction_temperature_max_degC"], 3)
61.909
"""

from .answer import Answer, solve
from .case_file import CaseError, LoadedCase, load_case, shipped_cases

__all__ = ["Answer", "CaseError", "LoadedCase", "load_case", "shipped_cases", "solve"]
