"""Heat that spreads: from a chip into a larger plate, and round a block that lost its contact."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..answer import solve
from ..case_file import LoadedCase, load_case
from .rows import Case, Row, observed_order

Array = NDArray[np.float64]

PLATE, THICK, K, FILM, POWER = 0.040, 0.003, 390.0, 5000.0, 100.0
STIFF = ["1e-9 W/m/K", "1e-9 W/m/K", "1000 W/m/K"]
"""Heat passes straight through, so that the flux into the plate is even under the chip."""


def chip_under_plate(
    width: float, height: float, x: float, y: float, cells: tuple[int, int], **values: Any
) -> LoadedCase:
    """A chip that warms a copper plate of 40 mm x 40 mm evenly over its own area."""
    return load_case(
        "slab",
        {
            "device": {
                "width": f"{width} m",
                "height": f"{height} m",
                "x_offset": f"{x} m",
                "y_offset": f"{y} m",
            },
            "grid": {"along_x": cells[0], "along_y": cells[1]},
            "layers": {
                "plate": {
                    "thickness": f"{THICK} m",
                    "conductivity": f"{K} W/m/K",
                    "cells": 12,
                    "width": f"{PLATE} m",
                    "height": f"{PLATE} m",
                },
                "chip": {"thickness": "0.1 mm", "conductivity": STIFF, "cells": 1},
            },
            "faces": {"top": {"temperature": "20 degC", "film_coefficient": f"{FILM} W/m**2/K"}},
            "heat": {"at": "bottom face", "power": f"{POWER} W"},
            **values,
        },
    )


def mean_source_rise(width: float, height: float, x: float, y: float, terms: int = 1500) -> float:
    """Mean rise of a rectangle with even flux on a plate under a film, by the exact series.

    Muzychka, Culham and Yovanovich, J. Electron. Packag. 125 (2003) 178, written as one double sum
    over cosines: eccentric source, adiabatic sides, film on the other face.
    """

    def weight(centre: float, length: float) -> tuple[Array, Array]:
        wave = np.arange(terms) * np.pi / PLATE
        half = wave * length / 2
        mean = np.ones(terms)
        mean[1:] = np.sin(half[1:]) / half[1:] * np.cos(wave[1:] * centre)
        return np.asarray(np.where(np.arange(terms), 2.0, 1.0) * mean**2), np.asarray(wave)

    by_x, wave_x = weight(x + width / 2, width)
    by_y, wave_y = weight(y + height / 2, height)
    beta = np.hypot(wave_x, wave_y[:, None])
    beta[0, 0] = 1.0
    tanh = np.tanh(beta * THICK)
    impedance = (beta + FILM / K * tanh) / (beta * tanh + FILM / K) / (K * beta)
    impedance[0, 0] = THICK / K + 1 / FILM
    return POWER / PLATE**2 * float(by_y @ impedance @ by_x)


def plate_rise(case: LoadedCase) -> float:
    """Mean rise of the plate's surface under the chip [K]."""
    budget = solve(case).temperature_budget
    return budget["film"] + budget["plate"]


def contact_step_of_a_lost_block(factor: float) -> float:
    """Step across the contact of a block that lost it, heat passing straight through [K]."""
    values: dict[str, Any] = {
        "grid": {"along_x": 48, "along_y": 28},
        "layers.fins.cells": 4,
        "layers.contact.block_factors.r3c5": factor,
        "faces.bottom": None,
        "delivery": None,
        "loads": None,
        "loss_layers": None,
    }
    for layer in ("wafer", "base", "socket", "board", "bricks", "lid"):
        stiff = ["1e-9 W/m/K", "1e-9 W/m/K", "148 W/m/K"]
        values |= {f"layers.{layer}.material": None, f"layers.{layer}.conductivity": stiff}
    return solve(load_case("cs3", values)).temperature_budget["contact"]


def spreading_rows() -> list[Row]:
    """Mean rise of a copper plate, 40 mm x 40 mm x 3 mm with a film of 5000 W/m2/K on its far face,
    under a chip that warms it evenly with 100 W: 10 mm x 10 mm in the middle, and 10 mm x 5 mm near
    a corner.
    """
    source = "Muzychka, Culham and Yovanovich (2003), double cosine series"
    rows = []
    for name, place in (
        ("chip in the middle", (0.010, 0.010, 0.015, 0.015)),
        ("chip near a corner", (0.010, 0.005, 0.005, 0.030)),
    ):
        exact = mean_source_rise(*place)
        found = [
            plate_rise(chip_under_plate(*place, (n, n), **{"layers.plate.cells": n // 4}))
            for n in (24, 48, 96)
        ]
        order = observed_order([abs(value - exact) for value in found])
        rows.append(Row(name, exact, found[-1], "K", 3e-3, source, True, order, 1.7))
    return rows


def lost_contact_rows() -> list[Row]:
    """One block of the CS-3 with 20 times the contact resistance, in layers that conduct through
    their thickness alone: the step is flux times resistance.
    """
    exact = 25e3 / 0.215**2 * 20 * 5e-6
    found = contact_step_of_a_lost_block(20.0)
    return [Row("step across the contact", exact, found, "K", 1e-6, "flux x resistance", True)]


CASES = [
    Case("A chip under a larger plate", spreading_rows),
    Case("A block that lost its contact", lost_contact_rows),
]
