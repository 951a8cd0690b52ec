"""Layers smaller than the stack's outer rectangle: exact answers, orders, balances, symmetries.

Conservation: heat in = heat to the coolant + heat through the faces, to 1e-9.
"""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geometry.conduction import Boundary, assemble
from geometry.footprint import Rectangle, cover_of
from geometry.grid import Grid
from studies import CaseError, load_case, solve
from studies.figures import write_figures
from studies.validation.spreading import (
    FILM,
    PLATE,
    POWER,
    STIFF,
    THICK,
    K,
    chip_under_plate,
    mean_source_rise,
    plate_rise,
)
from thermal.surfaces import surface_rise


@pytest.mark.parametrize(
    "place", [(0.010, 0.010, 0.015, 0.015), (0.010, 0.005, 0.005, 0.030)], ids=["centred", "corner"]
)
def test_spreading_in_a_larger_plate_is_second_order_where_edges_fall_on_cells(place):
    exact = mean_source_rise(*place)
    errors = [
        abs(plate_rise(chip_under_plate(*place, (n, n), **{"layers.plate.cells": n // 4})) - exact)
        for n in (24, 48, 96)
    ]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert errors[-1] < 3e-3 * exact
    assert orders[-1] > 1.7


def test_spreading_converges_where_edges_cut_cells():
    """No edge of the chip falls on a cell; how an edge cuts decides the error of a single grid."""
    place = (0.010, 0.012, 0.0137, 0.0051)
    exact = mean_source_rise(*place)

    def error(n):
        case = chip_under_plate(*place, (n, n + 4), **{"layers.plate.cells": n // 5})
        return abs(plate_rise(case) / exact - 1)

    worst = [max(map(error, group)) for group in ((13, 15, 17), (27, 31, 33), (59, 61, 67))]
    assert worst[0] < 0.02
    assert worst[-1] < 2e-3
    orders = np.log2(np.array(worst[:-1]) / worst[1:])
    assert orders.mean() > 1.3


def test_spreading_resistance_is_near_the_formula_of_lee_and_song():
    """Lee, Song, Au and Moran, Proc. ASME/JSME 4 (1995) 199: mean, within 10 %."""
    a, b = 0.010 / math.sqrt(math.pi), PLATE / math.sqrt(math.pi)
    eps, tau, biot = a / b, THICK / b, FILM * b / K
    lam = math.pi + 1 / (math.sqrt(math.pi) * eps)
    phi = (math.tanh(lam * tau) + lam / biot) / (1 + lam / biot * math.tanh(lam * tau))
    psi = 0.5 * (1 - eps) ** 1.5 * phi
    spreading = psi / (math.sqrt(math.pi) * K * a)
    straight = THICK / K / PLATE**2 + 1 / FILM / PLATE**2
    found = plate_rise(chip_under_plate(0.010, 0.010, 0.015, 0.015, (80, 80))) / POWER
    assert found - straight == pytest.approx(spreading, rel=0.1)


@pytest.mark.parametrize("cells", [(1, 1), (2, 3), (7, 5), (33, 47), (40, 40)])
def test_any_grid_keeps_the_heat_and_the_areas(cells):
    """Straight through chip and grease the drop is that of the whole power on the chip's area."""
    values = {
        "layers": {
            "plate": {
                "thickness": "3 mm",
                "material": "copper",
                "width": "40 mm",
                "height": "30 mm",
            },
            "grease": {"resistance": "8 mm**2*K/W"},
            "chip": {"thickness": "0.5 mm", "conductivity": STIFF, "cells": 2},
        }
    }
    answer = solve(chip_under_plate(0.0101, 0.0077, 0.0111, 0.0122, cells, **values))
    flux = POWER / (0.0101 * 0.0077)
    assert answer.heat_balance < 1e-9
    assert answer.temperature_budget["grease"] == pytest.approx(flux * 8e-6, rel=1e-6)
    assert answer.temperature_budget["chip"] == pytest.approx(flux * 0.5e-3 / 1000, rel=1e-6)


def test_a_contact_smaller_than_its_layers_carries_all_the_heat():
    values = {
        "device": {"width": "20 mm", "height": "20 mm"},
        "layers": {
            "lid": {"thickness": "3 mm", "conductivity": STIFF},
            "grease": {"resistance": "8 mm**2*K/W", "width": "10 mm", "height": "5 mm"},
            "chip": {"thickness": "0.5 mm", "material": "copper"},
        },
    }
    answer = solve(chip_under_plate(1, 1, 0, 0, (17, 19), **values))
    solver = answer.coupled.solver
    plane = solver.problem.stack.planes("lid")[-1]
    near, far = surface_rise(solver, plane)
    cover = solver.conduction.face_cover[plane]
    through = (far - near) / 8e-6 * cover * solver.grid.cell_area
    assert through.sum() == pytest.approx(POWER, rel=1e-9)
    assert cover.sum() * solver.grid.cell_area == pytest.approx(50e-6, rel=1e-12)
    assert answer.heat_balance < 1e-9


WIDER = {
    "grid.along_x": 27,
    "grid.along_y": 16,
    "layers.fins.cells": 3,
    "layers.lid.width": "260 mm",
    "layers.lid.height": "240 mm",
    "layers.base.width": "250 mm",
    "layers.base.height": "240 mm",
    "layers.base.x_offset": "0 mm",
    "device.x_offset": "20 mm",
    "coolant.path": "single pass",
}


def test_a_wafer_under_a_larger_cold_plate_keeps_its_balances():
    answer = solve(load_case("cs3", WIDER))
    assert answer.heat_balance < 1e-9
    assert answer.to_dict()["power_balance_relative"] < 1e-9
    assert sum(answer.temperature_budget.values()) == pytest.approx(
        answer.block_temperature_max.max() - 294.15, abs=1e-6
    )
    temperature = answer.fields.temperature
    assert np.isnan(temperature.sel(layer="wafer")).any()
    assert not np.isnan(temperature.sel(layer="fins")).any()
    assert np.nanmin(temperature) > 21


def test_mirrored_footprints_give_the_mirrored_field():
    # what is left of 260 mm beyond the wafer's 215 and the base's 250
    mirrored = WIDER | {
        "layers.base.x_offset": "10 mm",
        "device.x_offset": "25 mm",
        "coolant.direction": "-x",
    }
    one, other = (solve(load_case("cs3", v)).coupled.solver for v in (WIDER, mirrored))
    np.testing.assert_allclose(one.rise, other.rise[:, :, ::-1], rtol=1e-7)


def test_transposed_footprints_give_the_transposed_field():
    values = WIDER | {"delivery": None, "loss_layers": None}
    turned = values | {
        "device.columns": 7,
        "device.rows": 12,
        "device.x_offset": None,
        "device.y_offset": "20 mm",
        "grid.along_x": 16,
        "grid.along_y": 27,
        "coolant.direction": "y",
        "layers.base.x_offset": None,
        "layers.base.y_offset": "0 mm",
        "layers.lid.width": "240 mm",
        "layers.lid.height": "260 mm",
        "layers.base.width": "240 mm",
        "layers.base.height": "250 mm",
    }
    one, other = (solve(load_case("cs3", v)).coupled.solver for v in (values, turned))
    np.testing.assert_allclose(one.rise, other.rise.transpose(0, 2, 1), rtol=1e-7)


def test_layers_as_large_as_the_device_change_nothing():
    small = {"grid.along_x": 13, "grid.along_y": 9}
    said = {
        f"layers.{name}.{side}": "215 mm"
        for name in ("lid", "base", "wafer", "board")
        for side in ("width", "height")
    }
    one, other = (solve(load_case("cs3", small | v)).coupled.solver for v in ({}, said))
    assert other.name == "cosine"
    np.testing.assert_array_equal(one.rise, other.rise)


def test_sides_meet_only_the_layers_that_reach_them():
    """A bar that ends at the west side, exact: the film there, then conduction along it."""
    grid = Grid(0.1, 0.02, 20, 4, np.array([1e-3, 1e-3]))
    bar = cover_of(Rectangle(0.0, 0.0625, 0.004, 0.016), grid)
    short = cover_of(Rectangle(0.02, 0.1, 0.0, 0.02), grid)
    conduction = assemble(
        grid,
        [(10.0, 10.0, 10.0), (10.0, 10.0, 10.0)],
        None,
        {"west": Boundary(5.0, 300.0)},
        {0: bar, 1: short},
        {0: bar},
    )
    assert list(conduction.leak["west"]) == [0]
    area, half = 1e-3 * 0.012, 0.0025
    assert np.sum(conduction.leak["west"][0]) == pytest.approx(
        area / (1 / 300 + half / 10), rel=1e-12
    )
    # along the bar all columns of cells in series, the last cut in half
    along = conduction.east[0].sum(axis=0)
    assert 1 / np.sum(1 / along[:12]) == pytest.approx(10 * area / (0.06125 - half), rel=1e-12)
    assert not along[12:].any()


REFUSED = {
    "reaches outside": (
        {"layers.lid.width": "30 mm", "layers.lid.x_offset": "15 mm"},
        "layers.lid: found x from 15 to 45 mm and y from 0 to 15 mm; inside the outer rectangle of "
        "30 mm x 15 mm is meant",
    ),
    "bare device": (
        {"layers.chip.width": "10 mm"},
        "heat.at: found layers.chip, which leaves a part of the device bare",
    ),
    "apart": (
        {
            "layers.lid.width": "30 mm",
            "device.x_offset": "0 mm",
            "layers.grease.width": "5 mm",
            "layers.grease.x_offset": "22 mm",
        },
        "layers.grease: found no area that both its layers share with it",
    ),
    "no length": (
        {"layers.lid.width": "0 mm"},
        "layers.lid.width: found '0 mm'; more than 0 is meant",
    ),
}


@pytest.mark.parametrize("fault", REFUSED.values(), ids=REFUSED)
def test_footprints_that_do_not_fit_are_refused_in_one_line(fault):
    values, words = fault
    with pytest.raises(CaseError) as refused:
        load_case("test-chip", values)
    assert str(refused.value) == f"test-chip: {words}"


@pytest.mark.parametrize("key", ["width", "height", "x_offset", "y_offset"])
def test_a_fin_zone_has_no_footprint_of_its_own(key):
    with pytest.raises(CaseError) as refused:
        load_case("cs3", {f"layers.fins.{key}": "100 mm"})
    assert str(refused.value) == (
        f"cs3: layers.fins.{key}: found, but channels span the stack's whole rectangle; "
        f"no {key} is meant"
    )


def test_pictures_show_the_device_at_its_place(tmp_path):
    assert len(write_figures(solve(load_case("cs3", WIDER)), tmp_path)) == 3


factors = st.sampled_from([1.0, 1.0, 1.3, 2.0, 3.7])
offsets = st.floats(0, 1)


@st.composite
def unequal_stacks(draw):
    """A few layers of any sizes above the device's own, with patchy contacts and films."""
    width, height = draw(st.floats(5, 50)), draw(st.floats(5, 50))
    zone = draw(st.booleans())
    layers = {}
    if zone:
        layers["fins"] = {
            "thickness": "2 mm",
            "material": "copper",
            "channel_width": "0.3 mm",
            "pitch": "0.6 mm",
            "cells": draw(st.integers(1, 4)),
        }
    count = draw(st.integers(1, 3))
    for n in range(count):
        if n or zone:
            factor = draw(st.floats(0.05, 50))
            layers[f"contact {n}"] = {
                "resistance": "5 mm**2*K/W",
                "block_factors": {"r0c0": factor},
            }
        layers[f"layer {n}"] = {
            "thickness": "1 mm",
            "material": draw(st.sampled_from(["copper", "silicon", "stainless steel"])),
            "width": f"{width * draw(factors)} mm",
            "height": f"{height * draw(factors)} mm",
        }
    layers["chip"] = {"thickness": "0.5 mm", "material": "silicon"}
    values = {
        "device": {
            "width": f"{width} mm",
            "height": f"{height} mm",
            "columns": draw(st.integers(1, 3)),
            "rows": draw(st.integers(1, 2)),
        },
        "grid": {"along_x": draw(st.integers(1, 12)), "along_y": draw(st.integers(1, 12))},
        "layers": layers,
        "faces": {"bottom": {"temperature": "30 degC", "film_coefficient": "500 W/m**2/K"}},
        "heat": {"at": "chip", "power": "20 W", "active_thickness": "20 um"},
    }
    if not zone:
        values["faces"]["top"] = {"temperature": "20 degC", "film_coefficient": "5000 W/m**2/K"}
    side = draw(st.sampled_from(["west", "east", "south", "north", None]))
    if side is not None:
        values["faces"][side] = {"temperature": "25 degC"}
    if zone:
        values["coolant"] = {
            "fluid": "water",
            "inlet_temperature": "20 degC",
            "flow": "1 L/min",
            "direction": draw(st.sampled_from(["x", "-y"])),
        }
    return values


@pytest.mark.slow
@settings(
    deadline=None,
    derandomize=True,
    max_examples=80,
    suppress_health_check=list(HealthCheck),
)
@given(values=unequal_stacks())
def test_any_footprints_conserve_heat_and_keep_their_bounds(values):
    answer = solve(load_case("slab", values))
    assert answer.heat_balance < 1e-9
    rise = answer.coupled.solver.temperature - 293.15
    assert rise.min() > -1e-6
    assert np.isfinite(answer.block_temperature_max).all()
    # the budget begins at one of the media
    start = answer.block_temperature_max.max() - sum(answer.temperature_budget.values()) - 273.15
    assert min(abs(start - medium) for medium in (20, 30)) < 1e-6
