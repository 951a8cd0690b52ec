"""Sparse grids: exact on what they contain, convergent on smooth functions, bounded on Runge's."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studies.sparse_grid import MOST_LEVEL, SparseGrid, coordinates


def grown(grid: SparseGrid, function, turns: int, tolerance: float = 1e-9) -> SparseGrid:
    """After some turns of asking and telling; ends early where nothing is left to ask."""
    for _ in range(turns):
        x = grid.ask()
        if not len(x):
            break
        grid.tell(function(x)[:, None], tolerance)
    return grid


def worst(grid: SparseGrid, function, seed: int = 0) -> float:
    x = np.random.default_rng(seed).uniform(-1, 1, (2000, grid.dimensions))
    return float(np.abs(grid(x)[:, 0] - function(x)).max())


def test_the_nodes_of_a_level_are_all_chebyshev_extrema():
    numbers = np.arange(2**MOST_LEVEL + 1)
    assert np.sort(coordinates(numbers)) == pytest.approx(
        -np.cos(np.pi * np.arange(2**MOST_LEVEL + 1) / 2**MOST_LEVEL), abs=1e-15
    )


@given(dimensions=st.integers(1, 4), seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_every_monomial_of_the_set_is_met_exactly(dimensions, seed):
    rng = np.random.default_rng(seed)
    centre = rng.uniform(-1, 1, dimensions)
    grid = grown(SparseGrid(dimensions), lambda x: np.exp(-((x - centre) ** 2).sum(axis=1)), 4)
    for index in grid.active[:3]:
        degrees = [rng.integers(0, 2**level + 1) if level else 0 for level in index]

        def monomial(x, degrees=degrees):
            return np.prod(x**degrees, axis=1)

        same = SparseGrid(dimensions)
        # the same nodes in the same order, told of the monomial
        same._excess, same._expanded = {}, set()
        for told in grid._excess:
            same._asked = [told]
            nodes = grid.nodes[_rows(grid, told)]
            same.tell(monomial(coordinates(nodes))[:, None], 1.0)
        assert worst(same, monomial, seed) < 1e-11


def _rows(grid: SparseGrid, index) -> np.ndarray:
    """Of the nodes that an index adds."""
    low = [0 if level == 0 else 1 if level == 1 else 2 ** (level - 1) + 1 for level in index]
    high = [0 if level == 0 else 2**level for level in index]
    return np.all((grid.nodes >= low) & (grid.nodes <= high), axis=1)


def test_the_interpolant_meets_every_node():
    def function(x):
        return np.sin(3 * x[:, 0]) * np.exp(x[:, 1] - x[:, 2])

    grid = grown(SparseGrid(3), function, 8)
    x = coordinates(grid.nodes)
    assert np.abs(grid(x)[:, 0] - function(x)).max() < 1e-12


def test_genz_functions_converge_faster_the_more_nodes_there_are():
    """Genz (1984): oscillatory, and product peak; both are analytic, so no order is the last."""
    frequency = np.array([1.5, 1.0, 0.5])
    functions = (
        lambda x: np.cos(0.6 + x @ frequency),
        lambda x: np.prod(1 / (4.0 + (x - 0.2) ** 2), axis=1),
    )
    for function in functions:
        grid, nodes, errors = SparseGrid(3), [], []
        for turns in (3, 6, 6):
            grown(grid, function, turns)
            nodes.append(len(grid.nodes))
            errors.append(worst(grid, function))
        first, second = np.diff(np.log(errors)) / np.diff(np.log(nodes))
        assert second < first < -1.5
        assert errors[-1] < 1e-3 * errors[0]


def test_runge_function_stays_bounded_and_converges():
    def runge(x):
        return 1 / (1 + 25 * x[:, 0] ** 2)

    errors = []
    grid = SparseGrid(1)
    for _ in range(7):
        grown(grid, runge, 1)
        x = np.linspace(-1, 1, 4001)[:, None]
        assert np.abs(grid(x)).max() < 1.2
        errors.append(float(np.abs(grid(x)[:, 0] - runge(x)).max()))
    assert errors[-1] < 1e-5
    assert all(b < a for a, b in itertools.pairwise(errors[1:]))


def test_nodes_are_spent_where_the_function_varies():
    def function(x):
        return np.exp(2 * x[:, 0]) + 0.01 * x[:, 1]

    grid = grown(SparseGrid(2), function, 6)
    assert grid.levels[0] > grid.levels[1] + 1


def test_the_estimate_is_of_the_size_of_the_error_of_smooth_functions():
    def function(x):
        return np.exp(x[:, 0]) / (3 + x[:, 1] + 0.5 * x[:, 2])

    grid = SparseGrid(3)
    for _ in range(8):
        grown(grid, function, 1, tolerance=1.0)
        assert worst(grid, function) < 10 * float(grid.estimate[0]) + 1e-13


def test_a_kink_is_not_taken_for_smooth():
    def kink(x):
        return np.abs(x[:, 0] - 0.3)

    grid = grown(SparseGrid(1), kink, 6, tolerance=1.0)
    assert float(grid.estimate[0]) > 0.1 * worst(grid, kink)


def test_the_grid_does_not_depend_on_outputs_that_do_not_count():
    def both(x):
        return np.stack([np.exp(x[:, 0]), np.abs(x[:, 1])], axis=1)

    grid = SparseGrid(2)
    for _ in range(6):
        grid.tell(both(grid.ask([0] if len(grid.nodes) else None)), 1e-9)
    assert grid.levels[0] > grid.levels[1]


def test_exhausted_grids_ask_for_nothing():
    grid = SparseGrid(1)
    while len(x := grid.ask()):
        grid.tell(np.sign(x), 1e-9)
    assert len(grid.nodes) == 2**MOST_LEVEL + 1
    assert np.isinf(grid.estimate).all()
