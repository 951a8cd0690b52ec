"""What a case asks of its coolant loop: flow, pressure, pump power, and what to be wary of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geometry.grid import Array
from thermal import cold_plate
from thermal.contact import ContactLayer
from thermal.coolant import dew_point
from thermal.flow_division import channel_drops, channel_reynolds, channel_velocity

from .coupled import TOLERANCE, Coupled, face_flow_rise
from .footprints import contact_area
from .loop_network import SUPPLY, operating_point, path_means

FREEZING = 273.15
DEW_POINT_MARGIN = 2.0
"""Inlet above the room's dew point below which condensation is warned of [K]."""


@dataclass(frozen=True)
class CoolantNeed:
    """Flows, temperatures and pressures of the coolant; SI.

    Attributes
    ----------
    heat : float
        Carried away by the cold plate's coolant [W].
    inlet_temperature, outlet_temperature : float
        [K]; the outlet is the one of the energy balance, all paths mixed.
    flow : float
        Through the cold plate [m3/s].
    loop_flow : float
        With what flows along the outer faces [m3/s].
    velocity, reynolds : float
        Highest over the flow paths and the channels across.
    film_coefficient : float
        Mean over the channels' walls [W/m2/K].
    cold_plate_pressure_drop : float
        With the flow shared evenly across the channels [Pa].
    headers_pressure_drop : float or None
        What the headers add to it [Pa]; None without headers.
    channel_flow_share : array, shape (groups,), or None
        Flow of each group of channels over the mean, from the headers' inlet on.
    loop_pressure_drop, pump_power : float or None
        [Pa], [W]; None when the case has no loop.
    face_outlet_temperature : dict of face to float
        Of the coolant that flows along outer faces [K].
    """

    heat: float
    inlet_temperature: float
    outlet_temperature: float
    flow: float
    loop_flow: float
    velocity: float
    reynolds: float
    film_coefficient: float
    cold_plate_pressure_drop: float
    headers_pressure_drop: float | None
    channel_flow_share: Array | None
    loop_pressure_drop: float | None
    pump_power: float | None
    face_outlet_temperature: dict[str, float]

    @property
    def plate_pressure_drop(self) -> float:
        """Of the cold plate with its headers [Pa]."""
        return self.cold_plate_pressure_drop + (self.headers_pressure_drop or 0.0)


def coolant_need(coupled: Coupled) -> CoolantNeed | None:
    """The coolant's side of a solved case; None when it has no coolant.

    Raises
    ------
    OutOfFluidRange
        When the coolant leaves the range of its properties.
    """
    machine, solver = coupled.machine, coupled.solver
    flow, case = machine.problem.coolant, machine.case
    if flow is None:
        return None
    pieces, inlet = solver.pieces, flow.inlet_temperature
    heat = solver.coolant_heat()
    outlet = inlet + heat / solver.coolant_capacity_rate()
    flow.fluid.density([outlet, inlet + float(np.max(solver.coolant_rise()[1]))])
    length, mean = path_means(coupled)
    density, viscosity = flow.fluid.density(mean), flow.fluid.viscosity(mean)
    grid, division = machine.problem.grid, solver.division
    drops = channel_drops(flow, grid, length, division.parallel_share, density, viscosity)
    headers = division.distribution
    velocity = channel_velocity(flow, grid, division.parallel_share)
    if headers is not None:
        velocity = velocity * headers.share.max()
    faces = {f: o for f in machine.problem.boundaries if (o := getattr(case.faces, f)).flow}
    loop_flow = flow.flow + sum(outer.flow for outer in faces.values())
    loop_drop = pump = None
    if case.loop is not None:
        if case.loop.pumps is not None:
            state = operating_point(coupled, case.loop.pumps)
            loop_drop = state.pressure[SUPPLY]
            each = [q for name, q in state.flow.items() if name.startswith("pump ")]
            # what runs back through a pump that stands was lifted too
            loop_flow, lifted = sum(each), sum(q for q in each if q > 0)
        else:
            # every branch sees the loop's drop, so the pump lifts the whole flow over it
            lifted = loop_flow
            loop_drop = case.loop.pressure_drop(
                flow.flow,
                float(drops.max()) + (0.0 if headers is None else headers.headers_drop),
                float(flow.fluid.density(inlet)),
                float(flow.fluid.viscosity(inlet)),
            )
        pump = case.loop.pump_power(lifted, loop_drop)
    return CoolantNeed(
        heat=heat,
        inlet_temperature=inlet,
        outlet_temperature=outlet,
        flow=flow.flow,
        loop_flow=loop_flow,
        velocity=float(velocity.max()),
        reynolds=float(channel_reynolds(flow, velocity, density, viscosity).max()),
        film_coefficient=float(np.average(solver.film, weights=pieces.length)),
        cold_plate_pressure_drop=float(drops.max()),
        headers_pressure_drop=None if headers is None else headers.headers_drop,
        channel_flow_share=None if headers is None else headers.share,
        loop_pressure_drop=loop_drop,
        pump_power=pump,
        face_outlet_temperature={
            f: float(machine.problem.boundaries[f].value) + face_flow_rise(machine, solver, f)
            for f in faces
        },
    )


def preload_force(coupled: Coupled) -> float | None:
    """Force that presses the stack together [N]; None when no contact gives its pressure."""
    case = coupled.machine.case
    forces = [
        force
        for name, layer in case.layers.items()
        if isinstance(layer, ContactLayer)
        and (force := layer.preload_force(contact_area(case, name))) is not None
    ]
    return max(forces, default=None)


def warnings_of(coupled: Coupled, need: CoolantNeed | None, junction_maximum: float) -> list[str]:
    """What an engineer should look at twice, a line each."""
    case, found = coupled.machine.case, []
    if need is not None:
        found.append(cold_plate.transition_warning(need.reynolds))
        if case.room is not None:
            dew = float(dew_point(case.room.air_temperature, case.room.relative_humidity))
            if need.inlet_temperature < dew + DEW_POINT_MARGIN:
                found.append(
                    f"coolant inlet {need.inlet_temperature - FREEZING:.1f} degC is within "
                    f"{DEW_POINT_MARGIN:g} K of the room's dew point {dew - FREEZING:.1f} degC: "
                    "condensation"
                )
    limit = case.limits.junction_temperature
    if limit is not None and junction_maximum > limit:
        found.append(
            f"hottest point {junction_maximum - FREEZING:.1f} degC is above the junction limit "
            f"{limit - FREEZING:.1f} degC"
        )
    network, least = coupled.drawn.network, case.limits.block_voltage
    if network is not None:
        found += network.warnings
        lowest = float(network.block_worst_voltage.min())
        if least is not None and lowest < least:
            found.append(f"lowest voltage {lowest:.4f} V is below the limit {least:.4f} V")
    if coupled.residual > TOLERANCE:
        found.append(f"rounding keeps the relative residual at {coupled.residual:.0e}")
    return [line for line in found if line]
