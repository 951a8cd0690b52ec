"""The side-by-side benchmark at a tiny size: all programs solve the same problem."""

import csv
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fipy")
pytest.importorskip("pyamg")

FOLDER = Path(__file__).parent.parent / "benchmarks"
N = 10  # 2 300 cells


@pytest.fixture(scope="module", autouse=True)
def _beside():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield


@pytest.fixture(scope="module")
def direct():
    """The answer of a factorisation of the assembled equations."""
    from linear_problem import linear_problem
    from linear_programs import solve

    return solve("SciPy splu", "COLAMD", linear_problem(N)).rise


def programs(*, of_fipy):
    """Family and variant; what is known not to converge is left out."""
    names = {
        "waferflux cosine": ["cosine"],
        "waferflux amg": ["amg"],
        "SciPy splu": ["MMD_AT_PLUS_A"],
        "PyAMG": ["Ruge-Stuben, BiCGStab", "Ruge-Stuben, GMRES"],
        "FiPy, default solver": ["LU"],
        "FiPy, iterative": ["BiCGStab, ILU", "BiCGStab, no preconditioner", "GMRES, Jacobi"],
        "FiPy with PyAMG": ["BiCGStab, smoothed aggregation"],
    }
    return [(f, v) for f, variants in names.items() for v in variants if ("FiPy" in f) == of_fipy]


@pytest.mark.parametrize(("family", "variant"), programs(of_fipy=False))
def test_programs_on_the_same_equations_agree(family, variant, direct):
    from linear_problem import linear_problem
    from linear_programs import TOLERANCE, solve

    found = solve(family, variant, linear_problem(N))
    assert found.residual <= TOLERANCE
    assert found.stop in ("residual reached", "direct")
    assert np.abs(found.rise - direct).max() < 1e-7 * direct.max()


@pytest.fixture(scope="module")
def fipys():
    """FiPy's answer by a factorisation on two grids, less that of the fast engine."""
    from linear_problem import linear_problem
    from linear_programs import solve

    found = {}
    for n in (N, 2 * N):
        problem = linear_problem(n)
        rise = solve("FiPy, default solver", "LU", problem).rise
        found[n] = rise, rise - solve("waferflux cosine", "cosine", problem).rise
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("family", "variant"), programs(of_fipy=True))
def test_solvers_of_fipy_agree(family, variant, fipys):
    from linear_problem import linear_problem
    from linear_programs import TOLERANCE, solve

    found = solve(family, variant, linear_problem(N))
    assert found.residual <= TOLERANCE
    rise, _ = fipys[N]
    assert np.abs(found.rise - rise).max() < 1e-6 * rise.max()


def test_fipy_differs_by_its_discretisation_error(fipys):
    """First-order upwind convection: half the difference on twice the cells."""
    coarse, fine = (np.abs(fipys[n][1]).mean() / fipys[n][0].mean() for n in (N, 2 * N))
    assert coarse < 0.03
    assert 1.8 < coarse / fine < 2.2


def test_heat_is_the_wafers():
    from linear_problem import POWER, linear_problem

    assert linear_problem(N).heat.sum() == pytest.approx(POWER, rel=1e-12)
    with pytest.raises(ValueError, match="found 7; an even number is meant"):
        linear_problem(7)


@pytest.mark.slow
def test_each_program_runs_alone_within_its_limits():
    import side_by_side

    row = side_by_side.one("waferflux cosine", "cosine", N, 60, 8)
    assert row["stop"] == "residual reached"
    assert row["cells"] == N * N * side_by_side.PLANES
    assert row["peak_MB"] > row["above_idle_MB"] >= 0


def test_fast_variants_go_on_and_slow_ones_where_they_fail(monkeypatch):
    import side_by_side

    seconds = {  # by variant and size
        "fast": {46: 1.0, 94: 4.0},
        "near": {46: 1.9, 94: 9.0, 208: 20.0},
        "slow": {46: 3.0, 208: 30.0},
        "bad": {},
    }

    def one(family, variant, n, limit_s, limit_gb):
        cpu = seconds[variant].get(n)
        return {"variant": variant, "n": n, "cpu_s": cpu, "stop": "direct" if cpu else "over"}

    monkeypatch.setattr(side_by_side, "one", one)
    asked = side_by_side.climb("any", list(seconds), [0.05, 0.2, 1.0, 4.0], 1, 1)
    assert [(row["variant"], row["n"]) for row in asked] == [
        *((variant, 46) for variant in seconds),
        *(("fast", 94), ("near", 94)),
        *(("fast", 208), ("slow", 208), ("near", 208)),
        *(("slow", 418), ("near", 418)),
    ]


@pytest.mark.slow
def test_too_little_memory_or_time_is_said():
    import side_by_side

    row = side_by_side.one("SciPy splu", "COLAMD", 46, 60, 1.0)
    assert row["stop"] == "out of memory at 1 GB"
    row = side_by_side.one("FiPy, default solver", "LU", 46, 1, 8)
    assert row["stop"] == "over 1 s"
    assert "cpu_s" not in row


def test_published_table_and_page_are_of_one_run():
    import side_by_side
    import side_by_side_report

    rows = side_by_side_report.read(side_by_side.TABLE)
    with side_by_side.TABLE.open(newline="") as file:
        assert next(csv.reader(file)) == list(side_by_side.COLUMNS)
    shown = side_by_side_report.PAGE.read_text(encoding="utf-8")
    for line in (*side_by_side_report.results(rows), *side_by_side_report.aims(rows)):
        assert line in shown
