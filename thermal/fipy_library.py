"""FiPy, imported where it is used: it takes seconds to load and is an extra."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

import numpy as np
from scipy.sparse import csr_array


def load_fipy() -> Any:
    """The FiPy library with its matrices in SciPy's form.

    Raises
    ------
    ValueError
        When it is not installed, or was imported before with another kind of matrices.
    """
    arguments = sys.argv
    try:
        # FiPy reads the command line and the environment for the kind of its matrices
        sys.argv = arguments[:1]
        os.environ.setdefault("FIPY_SOLVERS", "scipy")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import fipy
    except ImportError:
        raise ValueError(
            "engine fipy: FiPy is not installed; pip install 'waferflux[fipy]' is meant"
        ) from None
    finally:
        sys.argv = arguments
    suite = fipy.solvers.solver_suite
    if suite != "scipy":
        raise ValueError(f"engine fipy: found FIPY_SOLVERS={suite}; scipy is meant")
    return fipy


def exported(equation: Any, **options: Any) -> tuple[csr_array, np.ndarray]:
    """Matrix and right-hand side that FiPy assembles for an equation, without solving it.

    Turned so that the diagonal is positive: the rows are then net heat that leaves a cell.
    """
    equation.cacheMatrix()
    equation.cacheRHSvector()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        equation.justResidualVector(**options)
    side = equation.RHSvector
    side = np.asarray(getattr(side, "globalValue", side), dtype=float)
    return csr_array(-equation.matrix.matrix), -side
