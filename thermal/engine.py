"""What an engine of the steady temperature field must offer to be coupled, judged and shown.

Two engines do: ``steady.SteadySolver``, the fast one, and ``fipy_layers.FipySolver``, an
independent discretisation to check it against.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geometry.conduction import Face, Plane
from geometry.grid import Array, Grid

from .flow_division import FlowDivision
from .steady import Feedback, ThermalProblem


class ChannelStations(Protocol):
    """Cells along the channels, cut where a flow segment ends; one value of each per station."""

    @property
    def cell(self) -> NDArray[np.int64]:
        """The problem's cell in which each lies."""

    @property
    def share(self) -> Array:
        """Of that cell's length."""

    @property
    def segment(self) -> NDArray[np.int64]:
        """The flow segment to which each belongs."""

    @property
    def start(self) -> Array:
        """Distance of its upstream end from the path's inlet [m]."""

    @property
    def stop(self) -> Array:
        """Distance of its downstream end from there [m]."""

    @property
    def length(self) -> Array:
        """[m]."""


class Engine(Protocol):
    """The field of one problem, improved round by round; all heats in watts.

    A round: ``renew`` the coefficients, take the ``residual``, and if its ``error`` is too large,
    ``correct`` the field. The engine decides what a residual looks like inside.

    Attributes
    ----------
    problem : ThermalProblem
    grid : Grid
        The problem's; fields are given on it.
    planes : range
        The fin zone's, empty without one.
    face_rise : dict of face to float
        By how much the medium at a face is warmer than its boundary says [K]; may be set.
    """

    problem: ThermalProblem
    grid: Grid
    planes: range
    face_rise: dict[Face, float]

    @property
    def rise(self) -> Array:
        """Solids above ``problem.reference_temperature`` [K], shape (nz, ny, nx)."""

    @property
    def temperature(self) -> Array:
        """Of the solids [K], shape (nz, ny, nx)."""

    @property
    def conductivity(self) -> list[tuple[Plane, Plane, Plane]]:
        """Of every plane along x, y and z [W/m/K]."""

    @property
    def unknowns(self) -> int:
        """How many the engine solves for."""

    @property
    def name(self) -> str:
        """By which it is asked for."""

    @property
    def reason(self) -> str:
        """Why it was taken."""

    @property
    def cover(self) -> Mapping[int, Array]:
        """Share of each cell that its layer covers, by plane; whole where a plane is not named."""

    @property
    def face_cover(self) -> Mapping[int, Array]:
        """Share of the face below each cell through which heat passes, as ``cover``."""

    def renew(self) -> None:
        """Renew every coefficient that depends on temperature."""

    def residual(self, heat: Mapping[int, Array]) -> Array:
        """Heat that stays in the engine's cells, with ``heat`` put into planes (ny, nx)."""

    def error(self, residual: Array, heat: Mapping[int, Array]) -> float:
        """How far the field is from solved, relative to what drives it."""

    def correct(
        self, residual: Array, tolerance: float, feedback: Feedback | None = None
    ) -> object:
        """One correction that takes the residual down to ``tolerance`` of itself."""

    def respond(
        self, heat: Array, tolerance: float, feedback: Feedback | None = None
    ) -> tuple[Array, float]:
        """Rise that heat in the cells (nz, ny, nx) brings, and the relative residual left."""

    def heat_through_faces(self) -> dict[Face, float]:
        """Heat that leaves through each outer face with a boundary."""

    def heat_out(self, face: Face) -> Array:
        """Heat that leaves each column of cells through the top or the bottom, (ny, nx)."""

    def heat_down(self, plane: int) -> Array:
        """Heat that passes down through the face below a plane, in the solid there, (ny, nx)."""

    # ---------------------------------------------------------- where there is a coolant

    @property
    def pieces(self) -> ChannelStations:
        """The stations along the channels."""

    @property
    def film(self) -> Array:
        """Heat transfer coefficient on the channels' walls at each station [W/m2/K]."""

    @property
    def division(self) -> FlowDivision:
        """The flow of every channel."""

    @property
    def bulk_rise(self) -> Array:
        """Flow-mixed coolant of all channels above its inlet at each station [K]."""

    def bulk_rise_by_cell(self) -> Array:
        """The same of the channels over each cell, shape (ny, nx)."""

    def coolant_rise(self) -> tuple[Array, Array]:
        """Coolant above its inlet [K], mean of each station and at its end.

        Both of shape (stations, heights, cells across).
        """

    def coolant_heat(self) -> float:
        """Heat that the coolant carries away."""

    def coolant_capacity_rate(self) -> float:
        """Flow times heat capacity of all channels together [W/K]."""
