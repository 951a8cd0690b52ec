"""Faces between planes whose conductance varies over the plane, put right after the cosine solver.

Where a contact is lost under a block the layer means are wrong by as much as the contact is worse,
and they cost an iteration for every digit. What is wrong lies in one face, though: with `g` the
largest conductance of the face and `d = g - G` what each cell lacks of it, the operator is

    A = M - P d P'

with M the operator whose face conducts `g` everywhere and `P' u` the step of `u` across the face.
The flow `y = d P' u` by which M conducts too much then follows from an equation on that face alone
(Woodbury's formula),

    y / d - K y = P' M^-1 r,      K = P' M^-1 P ,

in which `d` is diagonal over the cells and `K`, the impedance of the rest of the stack as the face
sees it, over the cosine modes. A few steps of conjugate gradients solve it; each costs two
transforms of one plane, a small part of one application of M^-1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from .conduction import Conduction
from .conjugate_gradients import conjugate_gradients
from .cosine_solver import CosineSolver

Field = NDArray[Any]

UNEVEN = 1.5
"""Largest over smallest conductance of a face from which it is put right."""
TOLERANCE = 0.1
"""Of the equation on the faces; the iteration around it makes good what is left."""
MOST_STEPS = 40


class Solver(Protocol):
    """An approximate inverse."""

    @property
    def dtype(self) -> Any:
        """Its precision."""

    def solve(self, right_side: Field) -> Field:
        """Solve for a right-hand side of shape (nz, ny, nx)."""


def uneven_faces(conduction: Conduction) -> dict[int, Field]:
    """Conductance of the faces that vary over the plane, by the index of the plane above."""
    found = {}
    for k, g in enumerate(conduction.down):
        if np.ndim(g) and np.max(g) > UNEVEN * np.min(g):
            found[k] = np.asarray(g)
    return found


def with_even_faces(conduction: Conduction, faces: Mapping[int, Field]) -> Conduction:
    """The same operator with each of these faces at its largest conductance everywhere."""
    down = list(conduction.down)
    for k, g in faces.items():
        down[k] = float(np.max(g))
    return replace(conduction, down=down)


class UnevenFaces:
    """Approximate inverse of an operator with uneven faces.

    Parameters
    ----------
    solver : Solver
        Inverse of the operator with even faces, ``with_even_faces``.
    cosine : CosineSolver
        Of the same operator, with which the flows through the faces are found.
    faces : mapping of plane index to array, shape (ny, nx)
        Their conductance.
    """

    def __init__(self, solver: Solver, cosine: CosineSolver, faces: Mapping[int, Field]) -> None:
        self.solver, self.cosine, self.planes = solver, cosine, list(faces)
        lacking = np.array([np.max(g) - g for g in faces.values()])
        self.root = np.sqrt(lacking).astype(cosine.dtype)
        shape = cosine.pivot.shape
        count = len(self.planes)
        self.impedance = np.empty((count, count, *shape[1:]), cosine.dtype)
        for i, k in enumerate(self.planes):
            unit = np.zeros(shape, cosine.dtype)
            unit[k], unit[k + 1] = 1, -1
            self.impedance[:, i] = self._step(cosine.sweep(unit))
        own = np.array([self.impedance[i, i].mean() for i in range(count)])
        self.diagonal = 1 - self.root**2 * own[:, None, None]

    @property
    def dtype(self) -> Any:
        """Precision."""
        return self.solver.dtype

    def solve(self, right_side: Field) -> Field:
        """Solve for a right-hand side of shape (nz, ny, nx), in the solver's own precision."""
        modes = self.cosine.to_modes(right_side)
        step = _from_modes(self._step(self.cosine.sweep(modes)))
        flow = (
            self.root
            * conjugate_gradients(
                self._face_operator,
                lambda residual: residual / self.diagonal,
                self.root * step,
                TOLERANCE,
                MOST_STEPS,
            ).field
        )
        corrected = right_side.astype(self.dtype)
        for i, k in enumerate(self.planes):
            corrected[k] += flow[i]
            corrected[k + 1] -= flow[i]
        return self.solver.solve(corrected)

    def _step(self, u: Field) -> Field:
        """Step of a field across each face, shape (faces, ny, nx)."""
        return np.array([u[k] - u[k + 1] for k in self.planes])

    def _face_operator(self, z: Field) -> Field:
        seen = np.einsum("fgyx,gyx->fyx", self.impedance, _to_modes(self.root * z))
        result: Field = z - self.root * _from_modes(seen)
        return result


def _to_modes(planes: Field) -> Field:
    found: Field = scipy.fft.dctn(planes, axes=(1, 2), norm="ortho", overwrite_x=True)
    return found


def _from_modes(modes: Field) -> Field:
    found: Field = scipy.fft.idctn(modes, axes=(1, 2), norm="ortho", overwrite_x=True)
    return found
