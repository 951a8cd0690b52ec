"""What several test files share."""

import re
import shutil
import subprocess

import numpy as np
import pytest

from geometry.krylov import flexible_gmres
from thermal.adjoint import transposed_inverse


@pytest.fixture
def ngspice(tmp_path):
    """Runs ngspice, an external program, on a netlist; gives every ``v(x) = 1.0`` it prints."""
    if shutil.which("ngspice") is None:
        pytest.skip("ngspice, an external program, is not installed")

    def run(text):
        (tmp_path / "run.cir").write_text(text, encoding="utf-8")
        done = subprocess.run(
            ["ngspice", "-b", "run.cir"], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        output = done.stdout + done.stderr
        assert "rror" not in output, output
        values = re.findall(r"^([vi]\(\w+\)) = (\S+)$", done.stdout, re.MULTILINE)
        return {name: float(value) for name, value in values}

    return run


@pytest.fixture
def transposed_operator():
    """The transposed of a solver's operator, coefficients as they are: heat goes back upstream."""

    def apply(solver, u):
        out = np.empty_like(u)
        solver.conduction.apply(u, out)
        if solver.march is not None:
            wetted = solver.wetted(u)
            felt, _ = solver.march.transposed(*wetted)
            solver.add_to_wetted(out, *solver.march.heat_taken(*wetted, felt))
        return out

    return apply


@pytest.fixture
def adjoint_field(transposed_operator):
    """Solves ``A^T a = w`` by the product's preconditioner, coefficients as they are.

    For any heat q then ``w . u = a . q`` (Giles & Pierce, Flow, Turbulence and Combustion 65 (2000)
    393).
    """

    def solve(solver, weight, tolerance=1e-11):
        weight = weight.copy()
        # outside the footprints there is no heat and no rise to weigh
        for k, share in solver.conduction.cover.items():
            weight[k][share == 0] = 0
        inverse = transposed_inverse(solver)
        found, _, reached = flexible_gmres(
            lambda u: transposed_operator(solver, u), inverse.solve, weight, tolerance, 300
        )
        assert np.isfinite(found).all()
        assert reached <= tolerance
        return found

    return solve
