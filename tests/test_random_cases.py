"""Random cases conserve heat and power and break no bound; random junk is refused by name."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from geometry.errors import NoSolution
from studies import CaseError, load_case, shipped_cases, solve
from studies.case_file import parse_assignment

CALM = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

cells = st.integers(1, 9)
directions = st.sampled_from(["x", "-x", "y", "-y"])
paths = st.sampled_from(["single pass", "centre-split", "3-way", "4-way", "7-way"])


def between(low: float, high: float) -> st.SearchStrategy[float]:
    """Evenly over the decades from low to high."""
    return st.floats(math.log(low), math.log(high)).map(lambda e: float(f"{math.exp(e):.4g}"))


def with_unit(low: float, high: float, unit: str) -> st.SearchStrategy[str]:
    return between(low, high).map(lambda value: f"{value} {unit}")


temperatures = st.integers(5, 45).map("{} degC".format)
conductivities = with_unit(0.2, 2000, "W/m/K")
solid = st.fixed_dictionaries(
    {
        "thickness": with_unit(0.05, 10, "mm"),
        "conductivity": conductivities | st.tuples(*[conductivities] * 3).map(list),
        "cells": st.integers(1, 4),
    },
    optional={"conductivity_exponent": st.floats(0, 1.5)},
)
contact = st.fixed_dictionaries({"resistance": with_unit(0.1, 100, "mm**2*K/W")})
face = st.fixed_dictionaries(
    {"temperature": temperatures},
    optional={"film_coefficient": with_unit(10, 1e5, "W/m**2/K")},
)
maps = st.just("uniform") | st.fixed_dictionaries(
    {"hot_spot_factor": st.floats(1, 4), "hot_spot_area": st.floats(0.02, 0.2)}
)


@st.composite
def stacks(draw, channels):
    """One to five layers, contacts between some of them; the second is the fin zone, if any."""
    count = draw(st.integers(2 if channels else 1, 5))
    zone = draw(st.integers(0, count - 2)) if channels else None
    layers = {}
    for n in range(count):
        if n and draw(st.booleans()):
            layers[f"contact {n}"] = draw(contact)
        layers[f"layer {n}"] = draw(solid)
        if n == zone:
            width = draw(between(0.05, 1.0))
            layers[f"layer {n}"] = {
                "thickness": draw(with_unit(0.3, 5, "mm")),
                "conductivity": draw(with_unit(10, 400, "W/m/K")),
                "channel_width": f"{width} mm",
                "pitch": f"{width * draw(st.floats(1.2, 4)):.4f} mm",
                "cells": draw(st.integers(1, 6)),
            }
    return layers, zone


@st.composite
def heated_stacks(draw):
    """Values that turn the slab into any small stack under any cooling."""
    cooled = draw(st.booleans())
    layers, zone = draw(stacks(cooled))
    outer = ["west", "east", "south", "north"]
    if zone != 0:
        outer.append("top")
    outer.append("bottom")
    chosen = draw(st.lists(st.sampled_from(outer), unique=True, min_size=0 if cooled else 1))
    # a thin sheet cooled at its sides alone is as hot as the sun, or cold to ten digits
    if not cooled and not {"top", "bottom"} & set(chosen):
        chosen.append("bottom")
    solids = [n for n, layer in layers.items() if "cells" in layer and "pitch" not in layer]
    ends = [f"{name} face" for name in outer[4:] if name not in chosen]
    values = {
        "device": {
            "width": draw(with_unit(3, 300, "mm")),
            "height": draw(with_unit(3, 300, "mm")),
            "columns": draw(st.integers(1, 5)),
            "rows": draw(st.integers(1, 4)),
        },
        "grid": {"along_x": draw(cells), "along_y": draw(cells)},
        "layers": layers,
        "faces": {name: draw(face) for name in chosen},
        "heat": {
            "at": draw(st.sampled_from(solids + ends)),
            "power": draw(with_unit(0.1, 50, "W")),
            "map": draw(maps),
        },
    }
    if cooled:
        values["coolant"] = {
            "fluid": draw(st.sampled_from(["water", "pg25"])),
            "inlet_temperature": draw(temperatures),
            "flow": draw(with_unit(0.5, 50, "L/min")),
            "direction": draw(directions),
            "path": draw(paths),
        }
    return values


def assert_sound(answer):
    """Heat is conserved, nothing is colder than the coldest medium, the budget adds up."""
    case, solver = answer.loaded.case, answer.coupled.solver
    # no device gets as hot; there rounding alone is more than a part in 1e9 of the heat
    assume(solver.rise.max() < 2000)
    assert answer.heat_balance < 1e-9
    media = [f.temperature for f in vars(case.faces).values() if f and f.temperature is not None]
    if case.coolant is not None:
        media.append(case.coolant.inlet_temperature)
        assert np.nanmin(answer.fields.coolant_temperature) + 273.15 >= min(media) - 1e-7
    assert np.isfinite(solver.temperature).all()
    span = max(float(np.ptp(solver.temperature)), 1.0)
    assert solver.temperature.min() >= min(media) - 1e-7 * span
    found = answer.to_dict()
    assert all(np.isfinite(found["block_temperature_max_degC"]))
    top = found["junction_temperature_max_degC"]
    assert top >= max(found["block_temperature_mean_degC"]) - 1e-7 * span
    # the budget begins at one of the media
    start = top - sum(answer.temperature_budget.values()) + 273.15
    assert min(abs(start - medium) for medium in media) < 1e-6 * span


@pytest.mark.slow
@settings(CALM, max_examples=200)
@given(values=heated_stacks())
def test_any_stack_conserves_heat_and_keeps_its_bounds(values):
    try:
        answer = solve(load_case("slab", values))
    except CaseError as error:
        # the one thing that may be wrong with them
        assert "so little that the coolant leaves its range" in str(error)  # noqa: PT017
        return
    except NoSolution:
        # a conductivity that falls as 1 / T or faster carries no more than so much heat
        assert any("conductivity_exponent" in layer for layer in values["layers"].values())
        return
    assert_sound(answer)


@st.composite
def deliveries(draw):
    """Values that turn the wafer into a small machine of another size, feed and load."""
    columns, rows = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    feed = draw(st.sampled_from(["bussed", "per board"]))
    return {
        "device.columns": columns,
        "device.rows": rows,
        "device.width": f"{18 * columns} mm",
        "device.height": f"{31 * rows} mm",
        "grid.along_x": draw(cells),
        "grid.along_y": draw(cells),
        "heat.power": f"{draw(st.floats(50, 400)) * columns * rows:.3f} W",
        "heat.power_is": draw(
            st.sampled_from(["heat in the silicon", "input to the boards", "at nominal conditions"])
        ),
        "heat.map": draw(maps),
        "coolant.flow": draw(with_unit(1, 50, "L/min")),
        "coolant.direction": draw(directions),
        "coolant.path": draw(paths),
        "loads.law": draw(
            st.sampled_from(["dynamic and leakage", "constant current", "constant power"])
        ),
        "delivery.supplies.count": columns if feed == "per board" else draw(st.integers(1, 5)),
        "delivery.supplies.feed": feed,
        "delivery.boards.fed_from": draw(st.sampled_from(["one end", "both ends"])),
        "delivery.boards.segment_resistance": draw(with_unit(0.1, 30, "mohm")),
        "delivery.boards.plane_sheet_resistance": draw(with_unit(0.01, 5, "mohm/sq")),
        "delivery.contact.areal_resistance": draw(with_unit(1, 200, "mohm*mm**2")),
        "delivery.bricks.sense": draw(st.sampled_from(["brick", "wafer"])),
        "delivery.sheets.solved": draw(st.sampled_from(["per block", "on the grid"])),
    }


@pytest.mark.slow
@settings(CALM, max_examples=60)
@given(values=deliveries())
def test_any_delivery_conserves_heat_and_power(values):
    if values["loads.law"] != "dynamic and leakage":
        for key in ("fraction", "temperature", "per_kelvin", "per_volt"):
            values[f"loads.leakage_{key}"] = None
    try:
        answer = solve(load_case("cs3", values))
    except NoSolution as error:
        assert str(error)  # noqa: PT017
        return
    except CaseError as error:
        assert "so little that the coolant leaves its range" in str(error)  # noqa: PT017
        return
    assert_sound(answer)
    found = answer.to_dict()
    assert found["power_balance_relative"] < 1e-9
    assert sum(found["power_budget_W"].values()) == pytest.approx(found["input_power_W"], rel=1e-9)
    assert min(found["power_budget_W"].values()) >= 0
    drop = np.array(found["block_drop_mV"])
    assert np.isfinite(drop).all()
    if values["heat.power_is"] == "heat in the silicon":
        wanted = float(values["heat.power"].split()[0])
        assert found["wafer_power_W"] == pytest.approx(wanted, rel=1e-8)


COARSE = {"grid.along_x": 12, "grid.along_y": 7}
units = ["m", "mm", "K", "degC", "W", "kW", "L/min", "W/m/K", "ohm", "V", "/K", "", "furlong", "Pa"]
junk = (
    st.sampled_from([-1, 0, 1, 2, 7, 10**7, 10**30, True, False, "", "x", "uniform", "none"])
    | st.floats()
    | st.text(max_size=6)
    | st.lists(st.sampled_from([0, -1.5, "1 mm", "30 W/m/K", True, {}]), max_size=4)
    | st.dictionaries(st.sampled_from(["value", "thickness", "cells", "x"]), st.integers(-1, 3))
    | st.builds(
        "{:.3g} {}".format,
        st.sampled_from([-3.0, 0.0, 1e-9, 1e-3, 1.0, 40.0, 1e4, 1e9]),
        st.sampled_from(units),
    )
)


def keys_of(tree, path=""):
    """Every dotted path of a case, sections too."""
    for key, value in tree.items():
        yield f"{path}{key}"
        if isinstance(value, dict):
            yield from keys_of(value, f"{path}{key}.")


KEYS = [(name, key) for name in shipped_cases() for key in keys_of(load_case(name).raw)]


@settings(CALM, max_examples=800)
@given(place=st.sampled_from(KEYS), value=junk)
def test_junk_is_solved_or_refused_but_never_escapes(place, value):
    name, key = place
    try:
        found = solve(load_case(name, COARSE | {key: value})).to_dict()
    except CaseError as error:
        lines = str(error).splitlines()
        assert lines
        assert all(line.startswith(f"{name}: ") and len(line) > 15 for line in lines)
        return
    except NoSolution as error:
        assert str(error)  # noqa: PT017
        return
    assert math.isfinite(found["junction_temperature_max_degC"])
    assert found["heat_balance_relative"] < 1e-6


@settings(CALM, max_examples=150)
@given(text=st.text(max_size=30) | st.builds("{}={}".format, st.text(max_size=12), st.text()))
def test_any_text_after_set_is_parsed_or_refused(text):
    try:
        path, value = parse_assignment(text)
        load_case("slab", {path: value})
    except CaseError as error:
        assert str(error)  # noqa: PT017
