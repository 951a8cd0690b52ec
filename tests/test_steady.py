"""The temperature field: exact answers, orders, balances and symmetries.

Conservation: heat in = heat to the coolant + heat through the faces, to 1e-9.
"""

import numpy as np
import pytest

from studies import load_case, solve
from studies.validation import channels, stack


def assert_rows(rows):
    """Each within its allowed error, and of at least its order."""
    assert rows
    assert [row for row in rows if not row.passed] == []


def test_84_equal_blocks_under_a_film_are_exact():
    answer = solve(load_case("slab"))
    assert pytest.approx(40.909, abs=5e-4) == stack.BLOCKS_EXACT
    np.testing.assert_allclose(answer.block_temperature_max - 294.15, stack.BLOCKS_EXACT, rtol=1e-9)
    assert answer.heat_balance < 1e-9


def test_coolant_rise_of_25_kw_in_100_litres_per_minute():
    """998.2 kg/m3, 4184 J/kgK: 3.5916 K, and the outlet printed is the energy balance's."""
    found = solve(stack.water_balance_case()).to_dict()
    assert found["coolant_rise_K"] == pytest.approx(3.5916, abs=5e-5)
    balance = found["coolant_heat_W"] / (998.2 * 100e-3 / 60 * 4184)
    assert found["coolant_outlet_degC"] == pytest.approx(20 + balance, rel=1e-12)
    assert_rows(stack.water_rows())


def test_nafems_t2_radiating_bar_is_exact_on_any_grid():
    for planes in (1, 2, 7):
        assert stack.nafems_t2(planes) == pytest.approx(stack.T2_EXACT, abs=1e-7)
    assert_rows(stack.nafems_t2_rows())


def test_manufactured_layers_with_contact_and_falling_conductivity_are_second_order():
    assert_rows(stack.layers_rows())


def test_manufactured_fins_and_coolant_march_are_second_order():
    """Ts = A + B cos(pi x/L); the coolant follows exactly, and the source is what is left."""
    assert_rows(stack.fins_rows())


def test_developed_channels_are_within_3_5_percent_of_a_conjugate_cross_section():
    """Base surface over bulk coolant per heat flux, mm2 K/W, half way along a long channel."""
    rows = channels.conjugate_rows()
    assert len(rows) == 4
    assert_rows(rows)
    for row in rows:
        # the porous model leaves out part of the resistance, never adds
        assert row.value < row.reference


def test_kawano_chip_is_inside_the_bars_at_inlet_and_outlet():
    """Measured 0.116 (0.080 to 0.152) and 0.222 (0.156 to 0.288) cm2 K/W."""
    answer = solve(load_case("kawano"))
    inlet, outlet = channels.kawano_ends(answer)
    assert 0.080 < inlet < 0.152
    assert 0.156 < outlet < 0.288
    assert answer.to_dict()["channel_reynolds"] == pytest.approx(140, rel=1e-3)


def test_conduction_along_the_flow_matters_at_the_inlet():
    along, none = (
        solve(load_case("kawano", values)).fields.junction_temperature.mean("y").values[0]
        for values in (
            {},
            {
                "layers.chip.conductivity": ["1e-3 W/m/K", "1e-3 W/m/K", "148 W/m/K"],
                "layers.back.conductivity": ["1e-3 W/m/K", "1e-3 W/m/K", "148 W/m/K"],
            },
        )
    )
    assert along > none + 1.0


SMALL = {"grid.along_x": 31, "grid.along_y": 17, "layers.fins.cells": 4}


def test_mirrored_flow_gives_the_mirrored_field():
    """On non-square cells that do not divide the blocks, from a single pass, which has a side."""
    values = SMALL | {"coolant.path": "single pass"}
    ahead, back = (solve(load_case("cs3", values | {"coolant.direction": d})) for d in ("x", "-x"))
    np.testing.assert_allclose(
        ahead.coupled.solver.rise, back.coupled.solver.rise[:, :, ::-1], rtol=1e-7
    )
    mirrored = back.block_temperature_max.reshape(7, 12)[:, ::-1].ravel()
    np.testing.assert_allclose(ahead.block_temperature_max, mirrored, rtol=1e-9)


def test_transposed_case_gives_the_transposed_field():
    values = SMALL | {"delivery": None, "coolant.path": "3-way"}
    case = load_case("cs3", values)
    turned = load_case(
        "cs3",
        values
        | {
            "device.columns": 7,
            "device.rows": 12,
            "grid.along_x": 17,
            "grid.along_y": 31,
            "coolant.direction": "y",
        },
    )
    one, other = solve(case), solve(turned)
    np.testing.assert_allclose(
        one.coupled.solver.rise, other.coupled.solver.rise.transpose(0, 2, 1), rtol=1e-7
    )


@pytest.mark.parametrize("cells", [(1, 1), (2, 3), (13, 8), (29, 31)])
def test_any_grid_count_keeps_the_balances(cells):
    case = load_case("cs3", {"grid.along_x": cells[0], "grid.along_y": cells[1]})
    answer = solve(case)
    assert answer.heat_balance < 1e-9
    assert answer.to_dict()["power_balance_relative"] < 1e-9
    assert answer.silicon_power == pytest.approx(25e3, rel=1e-9)


def test_no_cell_is_colder_than_the_inlet_and_no_coolant_hotter_than_the_walls():
    answer = solve(load_case("cs3", SMALL))
    solver = answer.coupled.solver
    mean, end = solver.coolant_rise()
    assert solver.rise.min() > 0
    assert min(mean.min(), end.min()) > 0
    assert max(mean.max(), end.max()) < solver.rise.max()


def test_budget_steps_add_up_to_the_hottest_point():
    for name in ("cs3", "kawano", "cold-plate", "test-chip", "slab"):
        answer = solve(load_case(name))
        machine = answer.coupled.machine
        start = machine.problem.reference_temperature
        if machine.problem.coolant is None:
            start = float(machine.problem.boundaries["top"].value)
        total = answer.block_temperature_max.max() - start
        assert sum(answer.temperature_budget.values()) == pytest.approx(total, abs=1e-6)
        assert answer.heat_balance < 1e-9


def test_temperature_budget_of_the_slab_is_the_hand_calculation():
    budget = solve(load_case("slab")).temperature_budget
    flux = 25e3 / 0.215**2
    assert budget["film"] == pytest.approx(flux / 20000, rel=1e-9)
    assert budget["slab"] == pytest.approx(flux * 0.01 / 390, rel=1e-9)
    assert budget["hot spot"] == pytest.approx(0, abs=1e-9)


def test_contact_step_is_flux_times_resistance():
    values = {"delivery": None, "loads": None, "faces.bottom": None}
    budget = solve(load_case("cs3", values)).temperature_budget
    assert budget["contact"] == pytest.approx(25e3 / 0.215**2 * 5e-6, rel=0.02)
