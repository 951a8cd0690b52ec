"""The same conduction problem assembled by FiPy and by us, on one grid.

k(T) in one layer, orthotropic conduction in another, a contact between them and a film on top: two
discretisations of the same kind must agree to the tolerance of their solutions.
"""

import warnings

import numpy as np
import pytest

from geometry.conduction import Boundary
from geometry.materials import ConductivityLaw
from geometry.stack import Layer, Stack
from thermal.steady import SteadySolver, ThermalProblem

WIDTH, HEIGHT, NX, NY = 0.02, 0.03, 9, 7
CONTACT, FILM, OUTSIDE = 3e-5, 4e3, 300.0
UPPER, LOWER = ConductivityLaw(20.0, 30.0, 5.0), ConductivityLaw(148.0, 148.0, 148.0, 1.3)
CELL = 1e-3
N_UPPER, N_LOWER = 3, 4


def heat_map():
    x, y = np.meshgrid(np.arange(NX), np.arange(NY))
    return 0.4 * (1 + np.sin(1.3 * x) * np.cos(0.7 * y) + 0.2 * x)


def ours():
    stack = Stack(
        [
            Layer("upper", N_UPPER * CELL, UPPER, N_UPPER),
            Layer("lower", N_LOWER * CELL, LOWER, N_LOWER),
        ],
        {"upper": CONTACT},
    )
    problem = ThermalProblem(stack, WIDTH, HEIGHT, NX, NY, {"top": Boundary(OUTSIDE, FILM)})
    heat = {N_UPPER + N_LOWER - 1: heat_map()}
    return SteadySolver(problem).solve(heat, tolerance=1e-12).temperature


def by_fipy(monkeypatch):
    monkeypatch.setenv("FIPY_SOLVERS", "scipy")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import fipy

        nz = N_UPPER + N_LOWER
        dx, dy = WIDTH / NX, HEIGHT / NY
        mesh = fipy.Grid3D(dx=dx, dy=dy, dz=CELL, nx=NX, ny=NY, nz=nz)
        temperature = fipy.CellVariable(mesh=mesh, value=330.0)
        depth = np.asarray(mesh.cellCenters[2])
        heat = np.zeros((nz, NY, NX))
        heat[-1] = heat_map() / (dx * dy * CELL)
        solver = fipy.LinearLUSolver(tolerance=1e-14, iterations=50)
        first, second = (np.asarray(ids) for ids in mesh._adjacentCellIDs)
        normal = np.abs(np.asarray(mesh.faceNormals))
        axis = normal.argmax(axis=0)
        size = np.array([dx, dy, CELL])[axis]
        inside = np.asarray(mesh.interiorFaces)
        at_top = np.asarray(mesh.faceCenters[2]) < 1e-9
        assert at_top.sum() == NX * NY
        for _ in range(60):
            t = np.asarray(temperature.value)
            lower = LOWER.at(t)
            k = np.where(depth < N_UPPER * CELL, np.array(UPPER.at(t))[:, None] + 0 * t, lower)
            half = size / 2
            resistance = half / k[axis, first] + half / k[axis, second]
            middle = np.isclose(np.asarray(mesh.faceCenters[2]), N_UPPER * CELL) & (axis == 2)
            resistance = resistance + np.where(middle, CONTACT, 0.0)
            diffusivity = fipy.FaceVariable(mesh=mesh, value=np.where(inside, size / resistance, 0))
            exchange = 1 / (CELL / 2 / k[2] + 1 / FILM) / CELL
            film = np.bincount(first[at_top], minlength=nz * NY * NX) * exchange
            before = t.copy()
            equation = (
                fipy.DiffusionTerm(coeff=diffusivity)
                - fipy.ImplicitSourceTerm(coeff=fipy.CellVariable(mesh=mesh, value=film))
                + fipy.CellVariable(mesh=mesh, value=film * OUTSIDE + heat.ravel())
            )
            equation.solve(var=temperature, solver=solver)
            if np.abs(np.asarray(temperature.value) - before).max() < 1e-10:
                break
        return np.asarray(temperature.value).reshape(nz, NY, NX)


def test_layers_with_contact_film_and_falling_conductivity_agree(monkeypatch):
    reference = by_fipy(monkeypatch)
    assert np.ptp(reference) > 5
    assert ours() == pytest.approx(reference, abs=1e-6)
