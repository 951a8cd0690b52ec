"""Response surfaces: true within their tolerance, and honest where they cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies import CaseError, load_case
from studies.response_surface import fit
from studies.surface_inputs import Box, Input
from studies.surface_outputs import Layout, Tolerance, numbers_of
from studies.surface_plan import answer_points, plan
from studies.surface_solves import solve_directly

FLOW = Input("coolant.flow", 50, 150, "L/min")
POWER = Input("heat.power", 15, 25, "kW")


def of(function):
    """A solver of a made-up case: ``function`` of the flow [L/min] and the power [kW]."""

    def solve(points):
        return [
            function(*(float(str(values[path]).split()[0]) for path in (FLOW.path, POWER.path)))
            for values in points
        ]

    return solve


def smooth(flow, power):
    """Two blocks that become the hottest in turn, and a power of the flow over three decades."""
    blocks = [20 + 60 * power / flow, 5 + 30 * power / flow + power]
    return {
        "block_temperature_max_degC": blocks,
        "junction_temperature_max_degC": max(blocks),
        "pump_power_W": 1e-3 * flow**3,
        "power_budget_W": {"silicon": power * 1e3, "lost": power**2},
        "block_names": ["a", "b"],
        "rounds": 9,
        "warnings": [f"flow is {flow:g}"],
    }


@given(
    low=st.floats(0.1, 100),
    factor=st.floats(1.01, 100),
    share=st.floats(0, 1),
    coordinate=st.sampled_from(["plain", "log", "inverse"]),
)
def test_coordinates_go_there_and_back(low, factor, share, coordinate):
    one = Input("coolant.flow", low, low * factor, "L/min", coordinate)
    value = low + share * (low * factor - low)
    assert one.outer(one.inner(value)) == pytest.approx(value, rel=1e-9)
    assert -1 - 1e-9 <= float(one.inner(value)) <= 1 + 1e-9


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Input("coolant.flow", 5, 5, "L/min"), "a range that rises is meant"),
        (lambda: Input("coolant.flow", 0, 5, "L/min", "log"), "values above 0 are meant"),
        (lambda: Box((FLOW, FLOW)), "found twice"),
        (lambda: Box(()), "found none"),
    ],
)
def test_wrong_inputs_are_refused(wrong, words):
    with pytest.raises(CaseError, match=words):
        wrong()


def test_points_by_path_and_by_row_are_the_same():
    box = Box((FLOW, POWER))
    rows = np.array([[60.0, 20.0], [70.0, 20.0]])
    assert box.points({POWER.path: 20, FLOW.path: [60, 70]}) == pytest.approx(rows)
    with pytest.raises(ValueError, match=r"heat\.power is meant"):
        box.points({FLOW.path: [60]})


def test_the_hottest_is_the_largest_of_the_blocks_in_spite_of_its_kink():
    surface = fit(load_case("slab"), [FLOW, POWER], solve=of(smooth))
    assert surface.usable
    points = surface.box.random(500, np.random.default_rng(1))
    found = surface(points)
    truth = [smooth(*point) for point in points]
    hottest = [answer["junction_temperature_max_degC"] for answer in truth]
    assert np.abs(found["junction_temperature_max_degC"] - hottest).max() < 0.05
    assert len({int(np.argmax(a["block_temperature_max_degC"])) for a in truth}) == 2
    pump = [answer["pump_power_W"] for answer in truth]
    assert found["pump_power_W"] == pytest.approx(pump, rel=1e-3)
    lost = [answer["power_budget_W"]["lost"] for answer in truth]
    assert found["power_budget_W"]["lost"] == pytest.approx(lost, rel=1e-3)
    assert found["block_names"] == ["a", "b"]
    assert "warnings" not in found
    assert "rounds" not in found


def test_the_measured_error_is_within_the_tolerance_and_was_not_seen_by_the_nodes():
    asked = []

    def solve(points):
        asked.extend(tuple(values.items()) for values in points)
        return of(smooth)(points)

    surface = fit(load_case("slab"), [FLOW, POWER], solve=solve, checks=5)
    assert len(set(asked)) == len(asked) == surface.solves
    assert surface.checks >= 5
    for error in surface.error.values():
        assert max(error.estimated, error.measured) <= error.tolerance


def test_a_tighter_tolerance_takes_more_solutions_and_keeps_it():
    points = Box((FLOW, POWER)).random(200, np.random.default_rng(3))
    truth = np.array([smooth(*point)["block_temperature_max_degC"] for point in points])
    solves = []
    for kelvin in (0.5, 0.05, 0.0005):
        surface = fit(
            load_case("slab"), [FLOW, POWER], solve=of(smooth), tolerance=Tolerance(kelvin=kelvin)
        )
        assert np.abs(surface(points)["block_temperature_max_degC"] - truth).max() < kelvin
        solves.append(surface.solves)
    assert solves == sorted(set(solves))


def test_a_kink_that_cannot_be_met_is_said_and_nothing_answered():
    def kinked(flow, power):
        return smooth(flow, power) | {"channel_velocity_m_s": 1 + abs(flow - 83.0) + power}

    surface = fit(load_case("slab"), [FLOW, POWER], solve=of(kinked), most_solves=80)
    assert not surface.usable
    assert "not within the tolerance" in surface.reason
    assert "channel_velocity_m_s" in surface.reason
    assert surface.solves <= 80
    assert not surface.contains([[60.0, 20.0]]).any()
    with pytest.raises(ValueError, match="answers nothing"):
        surface([[60.0, 20.0]])


def test_what_is_not_needed_is_left_out_with_its_error():
    def kinked(flow, power):
        return smooth(flow, power) | {"channel_velocity_m_s": 1 + abs(flow - 83.0) + power}

    surface = fit(
        load_case("slab"), [FLOW, POWER], solve=of(kinked), needed=["junction_temperature_max_degC"]
    )
    assert surface.usable
    off = surface.left_out["channel_velocity_m_s"]
    assert max(off.estimated, off.measured) > off.tolerance
    with pytest.raises(ValueError, match="does not give"):
        surface([[60.0, 20.0]], ["channel_velocity_m_s"])


@pytest.mark.parametrize(
    ("differs", "words"),
    [
        (lambda flow: {"bricks_shut_off": [3] if flow > 140 else []}, "'bricks_shut_off'"),
        (lambda flow: {"pump_power_W": float("nan")} if flow > 140 else {}, "not finite"),
        (lambda flow: {"input_power_W": 1.0} if flow > 140 else {}, "same numbers"),
    ],
)
def test_answers_of_another_kind_refuse_the_box(differs, words):
    surface = fit(
        load_case("slab"), [FLOW, POWER], solve=of(lambda f, p: smooth(f, p) | differs(f))
    )
    assert not surface.usable
    assert words in surface.reason


def test_a_part_without_solution_refuses_the_box():
    def collapse(flow, power):
        return smooth(flow, power) if flow < 140 else "VoltageCollapse: brick 7 has too little"

    surface = fit(load_case("slab"), [FLOW, POWER], solve=of(collapse))
    assert not surface.usable
    assert "no solution: VoltageCollapse: brick 7" in surface.reason


def test_points_outside_are_refused():
    surface = fit(load_case("slab"), [FLOW, POWER], solve=of(smooth))
    assert surface.contains([[50.0, 25.0], [151.0, 20.0]]).tolist() == [True, False]
    with pytest.raises(ValueError, match="outside"):
        surface([[151.0, 20.0]])
    with pytest.raises(ValueError, match=r"needed: found 'hottest'"):
        fit(load_case("slab"), [FLOW, POWER], solve=of(smooth), needed=["hottest"])


@pytest.mark.slow
def test_the_surface_does_not_depend_on_the_number_of_processes():
    loaded, power = load_case("slab"), Input("heat.power", 20, 30, "kW")
    one, two = (fit(loaded, [power], checks=2, workers=workers) for workers in (1, 2))
    points = power.outer(np.linspace(-1, 1, 7))[:, None]
    assert one.solves == two.solves
    name = "block_temperature_max_degC"
    assert np.array_equal(one(points)[name], two(points)[name])


def test_points_are_answered_by_surface_inside_and_directly_outside():
    loaded, power = load_case("slab"), Input("heat.power", 20, 30, "kW")
    surface = fit(loaded, [power], checks=2)
    names = ["junction_temperature_mean_degC", "power_budget_W"]
    found = answer_points(loaded, surface, [[22.0], [31.0]], names)
    assert found.method.tolist() == ["surface", "direct"]
    assert found.reason.tolist() == ["", ""]
    for at, kilowatts in enumerate((22.0, 31.0)):
        (truth,) = solve_directly(loaded, [{"heat.power": f"{kilowatts} kW"}])
        assert isinstance(truth, dict)
        mean = found.numbers["junction_temperature_mean_degC"][at]
        assert mean == pytest.approx(truth["junction_temperature_mean_degC"], abs=0.05)
        switching = found.numbers["power_budget_W"]["switching"][at]
        assert switching == pytest.approx(truth["power_budget_W"]["switching"], rel=1e-3)


def test_a_point_without_solution_is_answered_with_its_reason():
    loaded, flow = load_case("slab"), Input("heat.power", 20, 30, "kW")
    surface = fit(loaded, [flow], checks=2)
    found = answer_points(loaded, surface, [[-1.0]], ["junction_temperature_mean_degC"])
    assert found.method.tolist() == ["direct"]
    assert "heat.power" in found.reason[0]


def test_plans_count_solutions():
    assert plan(3, 10_000).method == "surface"
    assert plan(3, 10_000).most_solves == 5_000
    assert plan(3, 50).method == "direct"
    assert plan(9, 10_000).method == "direct"


def test_numbers_of_an_answer_keep_their_names():
    numbers = numbers_of(smooth(100.0, 20.0))
    assert ("power_budget_W", "lost") in numbers
    assert ("junction_temperature_max_degC", "") not in numbers
    layout = Layout.of(smooth(100.0, 20.0))
    row = layout.row(smooth(100.0, 20.0))
    again = layout.answers(row[None], [name for name, _ in layout.names])
    assert again["power_budget_W"]["lost"].tolist() == [400.0]
    assert again["block_temperature_max_degC"].shape == (1, 2)


def turning(flow, power):
    """As ``smooth``, with kinks where three Reynolds numbers pass 2300."""
    answer = smooth(flow, power)
    middle = 23 * flow * (1 + 0.01 * (power - 20))
    for name, factor in (("_most", 1.03), ("", 1.0), ("_least", 0.96)):
        reynolds = answer[f"channel_reynolds{name}"] = middle * factor
        # 1 K in 10 L/min
        answer["block_temperature_max_degC"][0] -= max(0.0, reynolds - 2300) / 230
    answer["junction_temperature_max_degC"] = max(answer["block_temperature_max_degC"])
    return answer


@pytest.mark.parametrize(
    ("low", "high", "parts"),
    [(50, 90, 1), (50, 150, 4), (98, 150, 4), (96.5, 104, 4), (110, 150, 1)],
)
def test_the_box_is_divided_where_the_flow_turns_turbulent(low, high, parts):
    flow = Input("coolant.flow", low, high, "L/min")
    surface = fit(load_case("slab"), [flow, POWER], solve=of(turning))
    assert surface.usable, surface.reason
    assert surface.parts == parts
    points = surface.box.random(2000, np.random.default_rng(8))
    assert surface.contains(points).all()
    truth = np.array([turning(*point)["block_temperature_max_degC"] for point in points])
    assert np.abs(surface(points)["block_temperature_max_degC"] - truth).max() < 0.05


def test_without_its_division_the_kinks_are_not_met():
    def hidden(flow, power):
        return {k: v for k, v in turning(flow, power).items() if "reynolds" not in k}

    surface = fit(load_case("slab"), [FLOW, POWER], solve=of(hidden), most_solves=150)
    assert not surface.usable
    assert "block_temperature_max_degC" in surface.reason


SMALL = {"grid.along_x": 24, "grid.along_y": 14}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("inlet", "flow", "parts"), [((10, 30), (50, 100), 1), ((10, 40), (50, 150), 4)]
)
def test_a_hundred_random_points_of_the_cs3(inlet, flow, parts):
    """Every number of the answer, with laminar flow only and where it turns turbulent."""
    loaded = load_case("cs3", SMALL)
    inputs = [
        Input("coolant.inlet_temperature", *inlet, "degC"),
        Input("coolant.flow", *flow, "L/min"),
        POWER,
    ]
    surface = fit(loaded, inputs, workers=2, checks=8)
    assert surface.usable, surface.reason
    assert surface.parts == parts
    points = surface.box.random(100, np.random.default_rng(77))
    answers = solve_directly(loaded, [surface.box.settings(p) for p in points], workers=2)
    found = surface(points)
    hottest = np.array([answer["junction_temperature_max_degC"] for answer in answers])
    assert np.abs(found["junction_temperature_max_degC"] - hottest).max() < 0.05
    layout = Layout.of(answers[0])
    rows = np.array([layout.row(answer) for answer in answers])
    allowed = layout.tolerances(rows, Tolerance())
    for (name, step), columns, many in zip(
        layout.names, layout.slices, layout.is_list, strict=True
    ):
        if name in surface.error:
            mine = found[name][step] if step else found[name]
            mine = mine if many else mine[:, None]
            off = np.abs(mine - rows[:, columns]) / allowed[:, columns]
            assert off.max() <= 1, (name, step, off.max())
