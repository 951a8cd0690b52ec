"""The engines on uneven contacts, hard properties and unequal footprints: iterations, CPU seconds.

    python benchmarks/engines_uneven.py [millions ...]

Printed as the tables of docs/performance.md. 'layer means' is the cosine engine without
geometry/uneven_faces.py and without WithinFootprints. Heat is fixed, without power delivery: the
temperature field alone, set-up included, to the residual that `waferflux solve` asks for.
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from geometry import uneven_faces
from geometry.cosine_solver import WithinFootprints
from geometry.errors import NoSolution
from studies import load_case
from studies.build import Machine, build
from studies.coupled import solve_coupled
from thermal import preconditioning

SIZES = (0.1, 1.0)
PLANES = 23
ENGINES = ("layer means", "cosine", "amg")
PLAIN = {"delivery": None, "loads": None, "loss_layers": None}
LOST = [f"r{b // 12}c{b % 12}" for b in range(0, 84, 7)]
WEAK, STRONG = ["4 W/m/K", "4 W/m/K", "390 W/m/K"], ["390 W/m/K", "390 W/m/K", "4 W/m/K"]
HOT_SPOTS = {"heat.map.hot_spot_factor": 4.0, "heat.map.hot_spot_area": 0.1}


def own_solid(layer: str, k: Any, exponent: float = 0.0) -> dict[str, Any]:
    return {
        f"layers.{layer}.material": None,
        f"layers.{layer}.conductivity": k,
        f"layers.{layer}.conductivity_exponent": exponent,
    }


def copper(width: str, height: str | None = None) -> dict[str, Any]:
    return {
        "thickness": "2 mm",
        "material": "copper",
        "width": width,
        "height": height or width,
    }


HELD_SIDES = {side: {"temperature": "20 degC"} for side in ("west", "east", "south", "north")}


COPPER_THAT_FALLS = {
    key: value
    for layer in ("lid", "base")
    for key, value in own_solid(layer, "390 W/m/K", 1.3).items()
}
CASES: dict[str, dict[str, Any]] = {
    "even contact": {},
    "one block lost, R x 20": {"layers.contact.block_factors.r3c4": 20.0},
    "12 blocks lost, R x 20": {"layers.contact.block_factors": dict.fromkeys(LOST, 20.0)},
    "one block lost, R x 1000": {"layers.contact.block_factors.r3c4": 1000.0},
    "log-normal cells, s = 0.5": {"cells": 0.5},
    "log-normal cells, s = 1": {"cells": 1.0},
    "log-normal cells, s = 2": {"cells": 2.0},
    "log-normal blocks, s = 1": {"blocks": 1.0},
    "hot spots, factor 4": HOT_SPOTS,
    "k(T), n = 1.3, 100 K": {"heat.power": "112 kW"},
    "k(T) in all copper too": {"heat.power": "100 kW"} | COPPER_THAT_FALLS | HOT_SPOTS,
    "base 1:100 weak in plane": own_solid("base", WEAK),
    "base 1:100 weak through": own_solid("base", STRONG),
    "wafer 1:100 weak in plane": own_solid("wafer", ["1.3 W/m/K", "1.3 W/m/K", "130 W/m/K"]),
    "wafer 1:100 weak through": own_solid("wafer", ["130 W/m/K", "130 W/m/K", "1.3 W/m/K"]),
    "10 L/min of water": {"coolant.flow": "10 L/min"},
    "10 L/min, one block lost": {
        "coolant.flow": "10 L/min",
        "layers.contact.block_factors.r3c4": 20.0,
    },
    "cold plate 260 mm, wafer 215 mm": {
        f"layers.{layer}.{side}": "260 mm"
        for layer in ("lid", "base")
        for side in ("width", "height")
    },
    "cold plate 430 mm, wafer 215 mm": {
        f"layers.{layer}.{side}": "430 mm"
        for layer in ("lid", "base")
        for side in ("width", "height")
    },
    "chip 10 mm, lid 40 mm": {"slab": {"layers": {"lid": copper("40 mm")}}},
    "chip 4 mm, lid 40 mm": {"slab": {"layers": {"lid": copper("40 mm")}, "chip": "4 mm"}},
    "chip 2.5 mm, lid 40 mm": {"slab": {"layers": {"lid": copper("40 mm")}, "chip": "2.5 mm"}},
    "crossed bars 80 mm x 5 mm": {
        "slab": {
            "layers": {"bar": copper("80 mm", "5 mm"), "bar across": copper("5 mm", "80 mm")},
            "chip": "4 mm",
            "power": "2 W",
        }
    },
    "one side held": {
        "slab": {"layers": {"lid": copper("10 mm")}, "faces": {"west": HELD_SIDES["west"]}}
    },
    "four sides held": {"slab": {"layers": {"lid": copper("10 mm")}, "faces": HELD_SIDES}},
}


def slab_of(values: dict[str, Any], millions: float) -> Machine:
    """A silicon chip of 10 mm, 100 W, and the layers above it."""
    layers = {name: {"cells": 2, **layer} for name, layer in values["layers"].items()}
    layers["chip"] = {"thickness": "0.5 mm", "material": "silicon", "cells": 4}
    n = round(math.sqrt(millions * 1e6 / (2 * len(layers) + 2)))
    film = {"temperature": "25 degC", "film_coefficient": "5000 W/m**2/K"}
    chip = values.get("chip", "10 mm")
    case = load_case(
        "slab",
        {
            "device": {"width": chip, "height": chip},
            "grid": {"along_x": n, "along_y": n},
            "layers": layers,
            "faces": values.get("faces", {"top": film}),
            "heat": {"at": "chip", "power": values.get("power", "20 W")},
        },
    )
    return build(case)


def machine_of(values: dict[str, Any], millions: float) -> Machine:
    if "slab" in values:
        return slab_of(values["slab"], millions)
    n = round(math.sqrt(millions * 1e6 / PLANES))
    spread = {key: values[key] for key in ("cells", "blocks") if key in values}
    plain = {key: value for key, value in values.items() if key not in spread}
    case = load_case("cs3", {"grid.along_x": n, "grid.along_y": n} | PLAIN | plain)
    machine = build(case)
    if not spread:
        return machine
    draws = np.random.default_rng(0)
    ((kind, sigma),) = spread.items()
    if kind == "cells":
        factor = np.exp(sigma * draws.standard_normal((n, n)))
    else:
        by_block = np.exp(sigma * draws.standard_normal(84))
        factor = (machine.means.T @ by_block / (machine.means.T @ np.ones(84))).reshape(n, n)
    stack = machine.problem.stack
    contacts = {"base": stack.contacts["base"] * factor}
    problem = replace(machine.problem, stack=replace(stack, contacts=contacts))
    return Machine(machine.case, problem, machine.power_map)


def measure(machine: Machine, name: str) -> tuple[str, float]:
    plain = name == "layer means"
    uneven_faces.UNEVEN = np.inf if plain else 1.5
    preconditioning.WithinFootprints = (lambda solver, void: solver) if plain else WithinFootprints
    engine = "amg" if name == "amg" else "cosine"
    start = time.process_time()
    try:
        coupled = solve_coupled(machine, engine=engine)
    except NoSolution:
        return "none | -", np.nan
    spent = time.process_time() - start
    top = coupled.solver.rise[coupled.machine.heated_planes[-1]].max()
    return f"{coupled.solver.iterations} | {spent:.2f}", float(top)


def main(sizes: list[float]) -> None:
    measure(machine_of({}, 0.02), "amg")  # imports and first plans
    for millions in sizes:
        print(f"\n{millions:g} million unknowns\n")
        print("| case | hottest, K |" + "".join(f" {e}: iterations | CPU s |" for e in ENGINES))
        print("|---|---|" + "---|---|" * len(ENGINES))
        for title, values in CASES.items():
            machine = machine_of(values, millions)
            slow = bool(machine.problem.stack.covers(machine.problem.grid)[0]) and millions > 0.2
            with threadpool_limits(limits=1):
                found = {name: measure(machine, name) for name in ENGINES[1 if slow else 0 :]}
            top = found["amg"][1]
            cells = [found.get(name, ("- | -", 0.0))[0] for name in ENGINES]
            print(f"| {title} | {top:.2f} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main([float(a) for a in sys.argv[1:]] or list(SIZES))
