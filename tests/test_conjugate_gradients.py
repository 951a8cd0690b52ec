"""Conjugate gradients: exact after as many steps as unknowns, and honest where they cannot work."""

import numpy as np
import pytest

from geometry.conjugate_gradients import NotPositiveDefinite, conjugate_gradients, dot

MATRIX = np.diag([1.0, 2.0, 5.0]) + 0.3
RIGHT = np.array([1.0, -2.0, 3.0])


def test_they_end_after_as_many_steps_as_unknowns():
    found = conjugate_gradients(
        lambda u: MATRIX @ u, lambda r: r / np.diag(MATRIX), RIGHT, 1e-14, 3
    )
    np.testing.assert_allclose(found.field, np.linalg.solve(MATRIX, RIGHT), rtol=1e-12)
    assert found.steps == 3
    scaled = MATRIX / np.sqrt(np.outer(np.diag(MATRIX), np.diag(MATRIX)))
    assert found.least == pytest.approx(np.linalg.eigvalsh(scaled)[0], rel=1e-9)


def test_a_direction_without_curvature_is_refused():
    with pytest.raises(NotPositiveDefinite):
        conjugate_gradients(lambda u: -u, np.copy, RIGHT, 1e-10, 5)


def test_nothing_to_solve_takes_no_step():
    found = conjugate_gradients(lambda u: u, np.copy, np.zeros(4), 1e-10, 5)
    assert (found.steps, found.residual, found.least) == (0, 0.0, 1.0)


def test_sums_of_single_precision_keep_their_digits():
    ones = np.full(30_000_000, 0.1, np.float32)
    assert dot(ones, ones) == pytest.approx(30_000_000 * float(np.float32(0.1)) ** 2, rel=1e-5)
