"""Power delivery: ladder, disk, constant power and sharing in closed form."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from geometry.grid import Array
from power.board import Boards, FedFrom, feeder_resistances, feeder_segments
from power.converters import Bricks, FixedRatioStage, RegulatedStage
from power.delivery import Delivery
from power.loads import Loads
from power.network import NetworkState, solve_network
from power.supplies import Supplies
from power.wafer_grid import Contact, WaferGrid, disk_drop, disk_loss

from . import conduction
from .rows import Case, Row

COOL = 293.15
"""Where copper has its given resistance [K]."""
LADDER: dict[FedFrom, tuple[float, ...]] = {
    "one end": (42, 78, 108, 132, 150, 162, 168),
    "both ends": (21, 36, 45, 48, 45, 36, 21),
}
"""Drops at the bricks [mV]."""
UPPER_ROOT, UPPER_CURRENT = 49.041630560, 47.918471983
"""V and A of 2350 W at 50 V behind 20 mohm."""
SHARING = (350.0, 300.0, 300.0, 250.0)
"""A."""


def ladder_drops(fed_from: FedFrom) -> Array:
    """Drops along a feeder of 7 bricks of 6 A behind 1 mohm each [V]."""
    segments = feeder_segments(1e-3, np.full((1, 7), COOL), fed_from)
    return np.asarray(feeder_resistances(segments, fed_from)[0] @ np.full(7, 6.0))


def disk() -> tuple[float, float]:
    """Drop [V] and loss [W] of a disk of 1 mohm/sq, rims at 10 and 100 mm, 1000 A drawn evenly."""
    density = 1000 / (math.pi * (0.1**2 - 0.01**2))
    return disk_drop(1e-3, 0.01, 0.1, density), disk_loss(1e-3, 0.01, 0.1, density)


def ideal_delivery(voltage: float, **changes: Any) -> Delivery:
    """A delivery without any resistance or loss; ``changes`` replace parts of it."""
    stages: dict[str, Any] = {
        "fixed_ratio": FixedRatioStage(ratio=1.0, fixed_loss=0.0, output_resistance=0.0),
        "regulated": RegulatedStage(
            voltage=voltage, load_line=0.0, fixed_loss=0.0, linear_loss=0.0, quadratic_loss=0.0
        ),
    }
    parts: dict[str, Any] = {
        "supplies": Supplies(
            count=1,
            rating=40e3,
            voltage=50.0,
            droop=0.0,
            loss_fixed=0.0,
            loss_linear=0.0,
            loss_quadratic=0.0,
            feed="bussed",
        ),
        "boards": Boards(segment_resistance=0.0, fed_from="one end", plane_sheet_resistance=0.0),
        "bricks": Bricks(**stages, current_limit=10.0),
        "contact": Contact(areal_resistance=0.0),
        "wafer_grid": WaferGrid(sheet_resistance=0.0, pad_pitch=1e-3, pad_diameter=0.5e-3),
    }
    return Delivery(**(parts | changes))


def network(delivery: Delivery, law: Any, voltage: float, power: Array) -> NetworkState:
    """State of blocks in two columns, or of one block, at 20 degC."""
    columns = 1 if len(power) == 1 else 2
    return solve_network(
        delivery,
        Loads(law=law, nominal_voltage=voltage),
        columns=columns,
        rows=len(power) // columns,
        block_width=0.02,
        block_height=0.03,
        nominal_power=power,
        wafer_temperature=COOL,
        board_temperature=COOL,
        density_peak=1.0,
        density_mean_square=1.0,
    )


def constant_power() -> tuple[float, float]:
    """Voltage [V] and current [A] of 2350 W behind the 20 mohm of a feeder from 50 V."""
    boards = Boards(segment_resistance=0.02, fed_from="one end", plane_sheet_resistance=0.0)
    delivery = ideal_delivery(50.0, boards=boards)
    state = network(delivery, "constant power", 50.0, np.array([2350.0]))
    return float(np.ravel(state.board_voltage)[0]), float(np.ravel(state.supply_current)[0])


def sharing() -> tuple[float, Array]:
    """Bus [V] and currents [A] of bricks of 1.005, 1, 1, 0.995 V behind 0.1 mohm each, 1200 A."""
    stages: dict[str, Any] = {
        "fixed_ratio": FixedRatioStage(ratio=0.25, fixed_loss=0.0, output_resistance=0.0),
        "regulated": RegulatedStage(
            voltage=1.0, load_line=1e-4, fixed_loss=0.0, linear_loss=0.0, quadratic_loss=0.0
        ),
    }
    bricks = Bricks(**stages, current_limit=10.0, set_point_offsets=(0.005, 0.0, 0.0, -0.005))
    delivery = ideal_delivery(1.0, bricks=bricks)
    state = network(delivery, "constant current", 1.0, np.array([600.0, 0.0, 0.0, 600.0]))
    return float(state.block_plane_voltage[0]), np.asarray(state.brick_current)


def ladder_rows() -> list[Row]:
    """Seven bricks of 6 A on a 50 V feeder of 1 mohm a segment, fed at one end or at both.

    Sums of integers by Kirchhoff's laws: 42, 78, 108, 132, 150, 162, 168 mV, and 21, 36, 45, 48,
    45, 36, 21 mV.
    """
    return [
        Row(
            f"feeder fed at {fed_from}, largest error in {max(exact)} mV",
            0.0,
            float(np.abs(1e3 * ladder_drops(fed_from) - exact).max()),
            "mV",
            1e-11,
            "Kirchhoff's laws",
        )
        for fed_from, exact in LADDER.items()
    ]


def disk_rows() -> list[Row]:
    """A disk of metal around a contact pad, 1 mohm/sq, rims at 10 and 100 mm, 1000 A drawn evenly.

    Drop and loss are integrals in closed form, printed to nine digits in the reference.
    """
    drop, loss = disk()
    return [
        Row("disk fed at its centre, drop", 0.2905920, drop, "V", 5e-8, "integral"),
        Row("disk fed at its centre, loss", 253.738560, loss, "W", 5e-7, "integral"),
    ]


def constant_power_rows() -> list[Row]:
    """2350 W of constant power at 50 V behind 20 mohm: a quadratic with two roots.

    The upper one is the state of a machine that was switched on; beyond 31 250 W there is none
    (voltage collapse, which the tests check in seven places of the chain).
    """
    voltage, current = constant_power()
    source = "upper root of the quadratic"
    return [
        Row("constant power, voltage", UPPER_ROOT, voltage, "V", 1e-10, source, True),
        Row("constant power, current", UPPER_CURRENT, current, "A", 1e-10, source, True),
    ]


def sharing_rows() -> list[Row]:
    """Four bricks with set-points of 1.005, 1, 1 and 0.995 V share 1200 A by their load lines.

    0.1 mohm each, on a plane without resistance: 0.97 V, and 350, 300, 300 and 250 A.
    """
    bus, currents = sharing()
    off = float(np.abs(currents - SHARING).max())
    return [
        Row("four bricks, common plane", 0.97, bus, "V", 1e-12, "by hand", True),
        Row("four bricks, largest error of their currents", 0.0, off, "A", 1e-9, "by hand"),
    ]


CASES = [
    Case("Feeder", ladder_rows),
    Case("Disk around a pad", disk_rows),
    *conduction.ELECTRICAL_CASES,
    Case("Constant power", constant_power_rows),
    Case("Sharing", sharing_rows),
]
