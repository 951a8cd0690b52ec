"""Where the kelvins and the watts go: the two budgets of an answer.

The temperature budget runs from the coolant's inlet, or the medium, to the hottest point of the
device. Each step is the mean over the hottest block of the difference between two surfaces of the
solved field; the last, the hot spot, is how far the hottest point is above its block's mean. So the
steps add up to the whole by construction.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry.floorplan import block_maximum
from thermal.surfaces import surface_rise

from .coupled import Coupled, junction_rise

Array = NDArray[np.float64]


def hottest_block(coupled: Coupled) -> tuple[int, float]:
    """The block with the hottest point, and that point's rise above the reference [K]."""
    machine, solver = coupled.machine, coupled.solver
    rise = junction_rise(machine, solver, coupled.heat)
    maxima = np.array([block_maximum(machine.floorplan, plane).value for plane in rise])
    return int(np.argmax(maxima.max(axis=0))), float(maxima.max())


def temperature_budget(coupled: Coupled) -> dict[str, float]:
    """Steps from the coolant's inlet to the hottest point [K], in order.

    The keys are ``coolant rise``, ``film and fins``, then each layer and contact on the way, and
    ``hot spot``. Without a coolant the first is the film to the medium; with neither above nor
    below, one step ``conduction``.
    """
    machine = coupled.machine
    block, peak = hottest_block(coupled)
    heated = machine.heated_planes
    weight = machine.problem.grid.dz[list(heated)]
    rise = junction_rise(machine, coupled.solver, coupled.heat)
    junction = np.tensordot(weight / weight.sum(), rise, 1)

    own = machine.means[[block]].toarray().reshape(junction.shape)

    def mean(field: Array, cover: Array | None) -> float:
        """Over the block; where a layer leaves it bare, over what there is."""
        if cover is None:
            return float(np.sum(own * field))
        weight = own * (cover > 0) if np.any(own * cover) else cover
        return float(np.sum(weight * field) / np.sum(weight))

    steps: dict[str, float] = {}
    level = 0.0
    for name, field, cover in _levels(coupled, junction):
        new = mean(field, cover)
        if name == "":
            level = new
            continue
        steps[name] = steps.get(name, 0.0) + new - level
        level = new
    steps["hot spot"] = peak - level
    return steps


Level = tuple[str, Array, Array | None]
"""Name of a step, the field at its end, and where that field is, if not everywhere."""


def _levels(coupled: Coupled, junction: Array) -> list[Level]:
    """The levels in order; the name of the first is empty."""
    machine, solver = coupled.machine, coupled.solver
    stack = machine.problem.stack
    flat = np.zeros_like(junction)
    names = [layer.name for layer in stack.layers]
    levels: list[Level] = [("", flat, None)]
    heated_layer = {"top face": names[0], "bottom face": names[-1]}.get(
        machine.case.heat.at, machine.case.heat.at
    )
    target = names.index(heated_layer)
    coolant = machine.problem.coolant
    if coolant is not None:
        levels.append(("coolant rise", solver.bulk_rise_by_cell(), None))
        start, fluid = names.index(coolant.layer), "film and fins"
    elif "top" in machine.problem.boundaries:
        levels = [("", surface_rise(solver, -1)[0] + flat, None)]
        start, fluid = -1, "film"
    elif "bottom" in machine.problem.boundaries:
        levels = [("", surface_rise(solver, machine.problem.grid.nz - 1)[1] + flat, None)]
        start, fluid = len(names), "film"
    else:
        return [("", flat, None), ("conduction", junction, None)]
    step = 1 if target > start else -1
    for i in range(start, target, step):
        face = _face_between(coupled, i, i + step)
        near, far = surface_rise(solver, face)[::step]
        into = names[i + step]
        cover = _cover(coupled, face)
        levels.append((fluid if i == start else names[i], near, cover))
        across = fluid if i == start and coolant is None else _contact(coupled, i, step)
        levels.append((across, far, cover))
        if i + step == target:
            levels.append((into, junction, None))
    return levels


def _cover(coupled: Coupled, face: int) -> Array | None:
    """Covered share of a face; that of the stack's own top and bottom is its layer's."""
    solver = coupled.solver
    if face == -1:
        return solver.cover.get(0)
    if face == solver.grid.nz - 1:
        return solver.cover.get(face)
    return solver.face_cover.get(face)


def _face_between(coupled: Coupled, i: int, j: int) -> int:
    """Index of the plane above the face between neighbouring layers i and j; -1 is the top face."""
    upper = min(i, j)
    if upper < 0:
        return -1
    stack = coupled.machine.problem.stack
    return stack.planes(stack.layers[upper].name)[-1]


def _contact(coupled: Coupled, i: int, step: int) -> str:
    """Name of the contact between layer i and the next; of the layer itself if there is none."""
    case = coupled.machine.case
    names = list(case.layers)
    layers = coupled.machine.problem.stack.layers
    at = names.index(layers[i].name) + step
    between = names[at]
    return between if between not in {layer.name for layer in layers} else layers[i + step].name


def power_budget(coupled: Coupled) -> dict[str, float]:
    """What becomes of the power from the AC wall, loss by loss, down to the silicon [W].

    Without a power delivery only the silicon's two parts.
    """
    drawn = coupled.drawn
    silicon = {
        "switching": float(np.sum(drawn.power - drawn.leakage)),
        "leakage": float(np.sum(drawn.leakage)),
    }
    if drawn.network is None:
        return silicon
    losses = {name: float(np.sum(loss)) for name, loss in drawn.network.losses.items()}
    return losses | silicon
