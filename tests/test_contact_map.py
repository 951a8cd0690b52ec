"""Contacts that are worse under single blocks: where they are, how hot it gets, balances.

Conservation: heat in = heat to the coolant + heat through the faces, to 1e-9.
"""

import numpy as np
import pytest

from geometry.floorplan import Floorplan
from studies import CaseError, load_case, solve
from studies.contact_map import resistance_by_cell
from studies.validation.spreading import contact_step_of_a_lost_block
from thermal.contact import ContactLayer
from thermal.surfaces import surface_rise

SMALL = {
    "grid.along_x": 50,
    "grid.along_y": 31,
    "layers.fins.cells": 4,
    "delivery": None,
    "loads": None,
    "loss_layers": None,
}
LOST = {"layers.contact.block_factors.r3c5": 20.0}


def with_braze(**braze):
    """The layers of the CS-3 with a contact between fins and base."""
    layers = {}
    for name, layer in load_case("cs3").raw["layers"].items():
        if name == "base":
            layers["braze"] = {"resistance": "2 mm**2*K/W"} | braze
        layers[name] = layer
    return {**SMALL, "layers": {**layers, "fins": layers["fins"] | {"cells": 4}}}


@pytest.mark.parametrize("cells", [(12, 7), (5, 3), (31, 50), (1, 1)])
def test_a_map_conducts_as_its_blocks_do_on_any_grid(cells):
    plan = Floorplan.blocks(0.215, 0.215, columns=12, rows=7)
    layer = ContactLayer(resistance=5e-6, block_factors={"r0c0": 20.0, "r3c5": 0.5, "r6c11": 3.0})
    found = 1 / resistance_by_cell(layer, plan, *cells)
    exact = (81 + 1 / 20 + 2 + 1 / 3) / 84 / 5e-6
    assert np.broadcast_to(found, cells[::-1]).mean() == pytest.approx(exact, rel=1e-12)


def test_a_lost_block_is_hotter_and_only_its_neighbours_with_it():
    even, lost = (solve(load_case("cs3", SMALL | values)) for values in ({}, LOST))
    warmer = lost.block_temperature_max - even.block_temperature_max
    assert lost.hottest_block == "r3c5"
    assert warmer[3 * 12 + 5] > 25
    neighbours = [3 * 12 + 4, 3 * 12 + 6, 2 * 12 + 5, 4 * 12 + 5]
    far = np.delete(np.arange(84), [3 * 12 + 5, *neighbours])
    assert warmer[neighbours].min() > 0.2
    assert np.abs(warmer[far]).max() < 1.0
    assert lost.heat_balance < 1e-9


def test_contact_step_of_a_lost_block_is_flux_times_resistance():
    """Where heat cannot leave sideways the flux is the block's own, whatever its contact."""
    flux = 25e3 / 0.215**2
    assert contact_step_of_a_lost_block(20.0) == pytest.approx(flux * 20 * 5e-6, rel=1e-6)


@pytest.mark.parametrize("contact", ["contact", "braze"])
def test_step_across_a_patchy_contact_is_the_flow_through_it_times_its_resistance(contact):
    values = with_braze(block_factors={"r3c5": 20.0}) | LOST
    answer = solve(load_case("cs3", values))
    solver = answer.coupled.solver
    stack = solver.problem.stack
    plane = stack.planes({"contact": "base", "braze": "fins"}[contact])[-1]
    near, far = surface_rise(solver, plane)
    flow = solver.conduction.down[plane] * (solver.rise[plane] - solver.rise[plane + 1])
    if contact == "braze":
        flow = flow - solver.heat_to_coolant_from_solids()[1]
    step = flow / solver.grid.cell_area * stack.contact_resistance[plane]
    np.testing.assert_allclose(near - far, step, rtol=1e-9)
    own = answer.coupled.machine.means[[3 * 12 + 5]]
    assert answer.hottest_block == "r3c5"
    assert answer.temperature_budget[contact] == pytest.approx(-(own @ step.ravel())[0], rel=1e-9)
    assert answer.heat_balance < 1e-9


@pytest.mark.parametrize("braze", [False, True])
def test_the_same_factor_under_every_block_is_a_larger_resistance(braze):
    every = {f"r{row}c{column}": 3.0 for row in range(7) for column in range(12)}
    if braze:
        one, other = (
            load_case("cs3", with_braze(**how))
            for how in ({"block_factors": every}, {"resistance": "6 mm**2*K/W"})
        )
    else:
        one, other = (
            load_case("cs3", SMALL | how)
            for how in (
                {"layers.contact.block_factors": every},
                {"layers.contact.resistance": "15 mm**2*K/W"},
            )
        )
    np.testing.assert_allclose(
        solve(one).coupled.solver.rise, solve(other).coupled.solver.rise, rtol=1e-8
    )


def test_losing_the_mirrored_block_gives_the_mirrored_field():
    one, other = (
        solve(load_case("cs3", SMALL | {f"layers.contact.block_factors.{name}": 20.0}))
        for name in ("r1c2", "r1c9")
    )
    np.testing.assert_allclose(
        one.coupled.solver.rise, other.coupled.solver.rise[:, :, ::-1], rtol=1e-7
    )


REFUSED = {
    "unknown block": (
        {"layers.contact.block_factors.r3c55": 20.0},
        "cs3: layers.contact: block_factors: found no block 'r3c55'; r3c5 or ",
    ),
    "zero": (
        {"layers.contact.block_factors.r3c5": 0.0},
        "cs3: layers.contact.block_factors.r3c5: found 0.0; more than 0 is meant",
    ),
    "text": (
        {"layers.contact.block_factors.r3c5": "many"},
        "cs3: layers.contact.block_factors.r3c5: found 'many'; a number is meant",
    ),
    "factors on nothing": (
        {"layers.contact.block_factors.r3c5": 2.0, "layers.contact.resistance": "0 mm**2*K/W"},
        "cs3: layers.contact.block_factors: found with no resistance; one above 0 is meant",
    ),
}


@pytest.mark.parametrize("fault", REFUSED.values(), ids=REFUSED)
def test_wrong_factors_are_refused_in_one_line(fault):
    values, words = fault
    with pytest.raises(CaseError) as refused:
        solve(load_case("cs3", SMALL | values))
    assert str(refused.value).startswith(words)
    assert "\n" not in str(refused.value)


def test_blocks_of_a_hotspot_floorplan_are_called_by_their_names():
    plan = solve(load_case("test-chip"))
    name = plan.coupled.machine.floorplan.names[0]
    worse = solve(load_case("test-chip", {f"layers.grease.block_factors.{name}": 2.0}))
    assert worse.block_temperature_mean[0] > plan.block_temperature_mean[0] + 1
    assert worse.heat_balance < 1e-9
