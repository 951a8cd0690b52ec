"""The flow network: sums by hand, an independent program, balances to rounding, named failures."""

import math
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from fluids import friction as fluids_friction
from fluids import one_phase_dP
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from geometry.errors import BeyondPumpCurve, NoCoolantFlow, NoSolution
from thermal.flow_laws import PipeLaw, PowerLaw, churchill_friction, in_series, valve_law
from thermal.flow_network import Branch, FlowNetwork
from thermal.pumps import Pumps

LITRE_PER_MINUTE = 1e-3 / 60.0
XDU1350 = {
    # fit of a maker's curve of the secondary side, quoted second-hand: L/min and kPa
    "shutoff_pressure": "476.456770 kPa",
    "linear_term": "0.092063 kPa*min/L",
    "quadratic_term": "-0.000234 kPa*min**2/L**2",
}


def pumps(**keys):
    return TypeAdapter(Pumps).validate_python(keys, context={"units_required": True})


def quadratic(drop, flow=1e-3):
    return PowerLaw(drop, flow, 2.0)


def source(pressure):
    return lambda flow: -pressure


# --------------------------------------------------------------------------- laws


@pytest.mark.parametrize("reynolds", [1.0, 100.0, 2000.0, 3000.0, 5000.0, 1e5, 1e7])
@pytest.mark.parametrize("roughness", [0.0, 1e-4, 1e-2])
def test_churchill_is_that_of_fluids(reynolds, roughness):
    expected = fluids_friction.Churchill_1977(reynolds, roughness)
    # `fluids` takes 2.457 ln as the paper does
    assert churchill_friction(reynolds, roughness) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("litres", [0.05, 0.5, 20.0, 60.0, 200.0])
def test_hose_drop_is_that_of_fluids(litres):
    """Laminar to 0.1 %, turbulent to 3 % of Clamond's solution of Colebrook's equation."""
    hose = PipeLaw(3.0, 0.025, 2e-6, 998.0, 1e-3)
    velocity = litres * LITRE_PER_MINUTE / (math.pi * 0.025**2 / 4)
    reynolds = 998.0 * velocity * 0.025 / 1e-3
    friction = 64 / reynolds if reynolds < 2000 else fluids_friction.Clamond(reynolds, 2e-6 / 0.025)
    expected = friction * 3.0 / 0.025 * 998.0 * velocity**2 / 2
    assert hose(litres * LITRE_PER_MINUTE) == pytest.approx(
        expected, rel=1e-3 if reynolds < 2000 else 0.03
    )
    assert reynolds < 2000 or reynolds > 4000
    whole = one_phase_dP(litres * LITRE_PER_MINUTE * 998, 998, 1e-3, 0.025, 2e-6, 3.0)
    assert hose(litres * LITRE_PER_MINUTE) == pytest.approx(whole, rel=0.03)


def test_hose_is_continuous_where_the_formula_hands_over_to_poiseuille():
    hose = PipeLaw(3.0, 0.025, 0.0, 998.0, 1e-3)
    flow = 1e-3 / 998.0 / 0.025 * math.pi * 0.025**2 / 4  # Reynolds number 1
    assert hose(flow * (1 - 1e-9)) == pytest.approx(hose(flow * (1 + 1e-9)), rel=1e-7)


def test_laws_are_odd_and_nought_at_nought():
    for law in (PipeLaw(1.0, 0.02, 0.0, 998.0, 1e-3), quadratic(1e4), valve_law(7.6e-6, 998.0)):
        assert law(0.0) == 0.0
        assert law(-3e-4) == -law(3e-4)


# --------------------------------------------------------------------------- by hand


def test_series_adds_drops():
    network = FlowNetwork(
        [
            Branch("pump", "in", "a", source(90e3)),
            Branch("one", "a", "b", quadratic(10e3)),
            Branch("two", "b", "in", quadratic(80e3)),
        ]
    )
    state = network.solve()
    assert state.flow["pump"] == pytest.approx(1e-3, rel=1e-11)
    assert state.drop["one"] == pytest.approx(10e3, rel=1e-10)
    assert state.pressure == pytest.approx({"in": 0.0, "a": 90e3, "b": 80e3}, rel=1e-10)


def test_parallel_shares_by_the_root_of_the_resistance():
    network = FlowNetwork(
        [Branch("one", "a", "b", quadratic(10e3)), Branch("two", "a", "b", quadratic(40e3))],
        {"a": 3e-3, "b": -3e-3},
    )
    state = network.solve()
    assert state.flow["one"] == pytest.approx(2e-3, rel=1e-11)
    assert state.flow["two"] == pytest.approx(1e-3, rel=1e-11)
    assert state.drop["one"] == pytest.approx(40e3, rel=1e-10)


def bridge(fourth):
    return FlowNetwork(
        [
            Branch("upper left", "a", "b", quadratic(10e3)),
            Branch("lower left", "a", "c", quadratic(20e3)),
            Branch("upper right", "b", "d", quadratic(20e3)),
            Branch("lower right", "c", "d", quadratic(fourth)),
            Branch("bridge", "b", "c", quadratic(10e3)),
        ],
        {"a": 2e-3, "d": -2e-3},
    )


def test_balanced_bridge_carries_nothing():
    state = bridge(40e3).solve()
    assert abs(state.flow["bridge"]) < 1e-12 * 2e-3
    upper = 2e-3 * math.sqrt(2) / (1 + math.sqrt(2))
    assert state.flow["upper left"] == pytest.approx(upper, rel=1e-9)


def test_bridge_out_of_balance_meets_both_laws_of_kirchhoff():
    """By hand: with the bridge's flow x, the loops give two equations in two unknowns."""
    state = bridge(5e3).solve()
    q = {name: flow * 1e3 for name, flow in state.flow.items()}
    assert q["bridge"] > 0.1
    assert q["upper left"] == pytest.approx(q["upper right"] + q["bridge"], abs=1e-12)
    left = 10 * q["upper left"] ** 2 + 10 * q["bridge"] ** 2 - 20 * q["lower left"] ** 2
    right = 20 * q["upper right"] ** 2 - 5 * q["lower right"] ** 2 - 10 * q["bridge"] ** 2
    assert abs(left) < 1e-8
    assert abs(right) < 1e-8
    assert state.balance < 1e-12


def test_linear_network_is_a_wheatstone_bridge_of_resistors():
    """Laminar parts are ohmic; the textbook's bridge current."""
    r1, r2, r3, r4, r5 = 1.0, 2.0, 3.0, 1.5, 0.5
    law = [PowerLaw(r * 1e6, 1.0, 1.0) for r in (r1, r2, r3, r4, r5)]
    network = FlowNetwork(
        [
            Branch("source", "d", "a", source(1e3)),
            Branch("r1", "a", "b", law[0]),
            Branch("r2", "a", "c", law[1]),
            Branch("r3", "b", "d", law[2]),
            Branch("r4", "c", "d", law[3]),
            Branch("r5", "b", "c", law[4]),
        ]
    )
    numerator = r2 * r3 - r1 * r4
    denominator = r5 * (r1 + r3) * (r2 + r4) + r1 * r3 * (r2 + r4) + r2 * r4 * (r1 + r3)
    expected = 1e3 / 1e6 * numerator / denominator
    assert network.solve().flow["r5"] == pytest.approx(expected, rel=1e-9)


def test_renumbering_changes_nothing():
    first = bridge(5e3)
    state, turned = first.solve(), FlowNetwork(first.branches[::-1], first.injection).solve()
    for name, flow in state.flow.items():
        assert turned.flow[name] == pytest.approx(flow, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(1e2, 1e6), st.sampled_from([1.0, 1.75, 2.0])), min_size=9, max_size=9
    ),
    st.floats(1e3, 1e6),
)
def test_any_mesh_balances_from_zero_flow(parts, head):
    """Every node to 1e-12 of the flow, every loop to 1e-9 of the head, whatever the parts."""
    ends = [("s", "a"), ("s", "b"), ("a", "b"), ("a", "c"), ("b", "c"), ("b", "d"), ("c", "d"),
            ("c", "r"), ("d", "r")]  # fmt: skip
    branches = [Branch("pump", "r", "s", source(head))]
    branches += [
        Branch(f"{start}{end}", start, end, PowerLaw(drop, 1e-3, exponent))
        for (start, end), (drop, exponent) in zip(ends, parts, strict=True)
    ]
    state = FlowNetwork(branches).solve()
    assert state.balance < 1e-12
    for branch in branches:
        assert branch.law(state.flow[branch.name]) == pytest.approx(
            state.drop[branch.name], abs=1e-9 * head
        )
    work = sum(state.drop[b.name] * state.flow[b.name] for b in branches)
    assert abs(work) < 1e-9 * head * state.flow["pump"]


# --------------------------------------------------------------------------- pumps


def test_xdu1350_makes_its_rating():
    """The fit gives 250.0 kPa at 1 200 L/min, the unit's rating of 250 kPa (36 psi)."""
    head = pumps(**XDU1350).head(1200 * LITRE_PER_MINUTE)
    assert head == pytest.approx(-0.000234e3 * 1200**2 + 0.092063e3 * 1200 + 476456.77, rel=1e-12)
    assert head == pytest.approx(250e3, rel=2e-4)


def test_operating_point_is_where_both_curves_meet():
    unit = pumps(**XDU1350)
    law = quadratic(unit.head(1200 * LITRE_PER_MINUTE), 1200 * LITRE_PER_MINUTE)
    state = FlowNetwork([*unit.branches("r", "s"), Branch("system", "s", "r", law)]).solve()
    assert state.flow["system"] / LITRE_PER_MINUTE == pytest.approx(1200.0, rel=1e-9)


@pytest.mark.parametrize("curve", ["polynomial", "table"])
@pytest.mark.parametrize("speed", [0.3, 0.8, 1.2])
def test_affinity_on_a_quadratic_system(curve, speed):
    """Flow grows with the speed, pressure with its square, power with its cube."""
    table = {"flows": ["0 L/min", "100 L/min", "200 L/min"],
             "pressures": ["300 kPa", "250 kPa", "90 kPa"]}  # fmt: skip
    keys = XDU1350 if curve == "polynomial" else table
    found = [
        FlowNetwork(
            [
                *pumps(**keys, speed=s).branches("r", "s"),
                Branch("system", "s", "r", quadratic(100e3, 150 * LITRE_PER_MINUTE)),
            ]
        ).solve()
        for s in (1.0, speed)
    ]
    assert found[1].flow["system"] == pytest.approx(speed * found[0].flow["system"], rel=1e-9)
    assert found[1].drop["system"] == pytest.approx(speed**2 * found[0].drop["system"], rel=1e-9)


def loop_of(unit, law):
    state = FlowNetwork([*unit.branches("r", "s"), Branch("system", "s", "r", law)]).solve()
    unit.check_for_deliverable(state)
    return state


def test_equal_pumps_share_and_one_out_gives_less_than_all_and_more_than_its_share():
    law = quadratic(250e3, 1200 * LITRE_PER_MINUTE)
    both, one = (loop_of(pumps(**XDU1350, count=2, running=n), law) for n in (2, 1))
    assert both.flow["pump 1"] == pytest.approx(both.flow["pump 2"], rel=1e-9)
    assert 0.5 * both.flow["system"] < one.flow["system"] < both.flow["system"]
    assert one.flow["system"] / LITRE_PER_MINUTE == pytest.approx(1200, rel=1e-3)


def test_stopped_pump_without_check_valve_lets_flow_run_back():
    law = quadratic(250e3, 1200 * LITRE_PER_MINUTE)
    kept, lost = (
        loop_of(pumps(**XDU1350, count=2, running=1, check_valves=v), law) for v in (True, False)
    )
    assert lost.flow["pump 2"] < 0
    assert lost.flow["system"] < kept.flow["system"]
    assert lost.flow["system"] == pytest.approx(
        lost.flow["pump 1"] + lost.flow["pump 2"], rel=1e-12
    )


def test_check_valve_shuts_on_a_pump_too_weak():
    strong = pumps(**XDU1350)
    weak = partial(strong.head, speed=0.3)
    branches = [
        *strong.branches("r", "s"),
        Branch("weak", "r", "s", lambda q: -weak(q), one_way=True),
        Branch("system", "s", "r", quadratic(250e3, 1200 * LITRE_PER_MINUTE)),
    ]
    state = FlowNetwork(branches).solve()
    assert state.closed == ("weak",)
    assert state.flow["weak"] == 0.0
    assert weak(0.0) < -state.drop["weak"]
    easy = [*branches[:2], Branch("system", "s", "r", quadratic(1e3, 1200 * LITRE_PER_MINUTE))]
    assert FlowNetwork(easy).solve().closed == ()


def test_no_pump_runs():
    unit = pumps(**XDU1350, count=2, running=0, check_valves=False)
    with pytest.raises(NoCoolantFlow, match="0 of 2 pumps"):
        loop_of(unit, quadratic(1e5))


def test_beyond_the_end_of_the_table():
    unit = pumps(flows=["0 L/min", "50 L/min"], pressures=["300 kPa", "250 kPa"])
    with pytest.raises(BeyondPumpCurve, match="ends at 50 L/min"):
        loop_of(unit, quadratic(1e3))


def test_table_is_met_at_its_points_and_falls_between_them():
    unit = pumps(flows=["0 L/min", "50 L/min", "90 L/min"],
                 pressures=["300 kPa", "250 kPa", "100 kPa"])  # fmt: skip
    assert unit.head(50 * LITRE_PER_MINUTE) == pytest.approx(250e3, rel=1e-12)
    inside = [unit.head(q * LITRE_PER_MINUTE) for q in np.linspace(0, 90, 200)]
    assert all(b < a for a, b in pairwise(inside))
    beyond = [unit.head(q) for q in np.linspace(-1e-3, 3e-3, 200)]
    assert all(b <= a for a, b in pairwise(beyond))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "neither"),
        (XDU1350 | {"flows": ["0 L/min", "1 L/min"]}, "both"),
        ({"shutoff_pressure": "1 kPa"}, "half a polynomial"),
        (XDU1350 | {"running": 2}, "running: found 2 of 1"),
        ({"flows": ["0 L/min", "1 L/min"], "pressures": ["1 kPa"] * 3}, "as many"),
        ({"flows": ["2 L/min", "1 L/min"], "pressures": ["2 kPa", "1 kPa"]}, "rising"),
        ({"flows": ["0 L/min", "1 L/min"], "pressures": ["2 kPa", "2 kPa"]}, "falling"),
        (XDU1350 | {"quadratic_term": "1 kPa*min**2/L**2"}, "less than 0"),
    ],
)
def test_an_impossible_pump_is_refused(keys, words):
    with pytest.raises(ValidationError, match=words):
        pumps(**keys)


# --------------------------------------------------------------------------- faults


def test_networks_that_cannot_be_are_refused():
    one = Branch("one", "a", "b", quadratic(1e3))
    with pytest.raises(ValueError, match="'one' twice"):
        FlowNetwork([one, one])
    with pytest.raises(ValueError, match="c, d cut off"):
        FlowNetwork([one, Branch("two", "c", "d", quadratic(1e3))])
    with pytest.raises(ValueError, match="do not add up"):
        FlowNetwork([one], {"a": 1e-3})
    with pytest.raises(ValueError, match="found 'x'"):
        FlowNetwork([one], {"x": 1e-3})


def test_check_valve_against_the_only_way_is_no_solution():
    valve = Branch("valve", "a", "b", quadratic(1e3), one_way=True)
    with pytest.raises(NoSolution, match="cut off"):
        FlowNetwork([valve], {"a": -1e-3, "b": 1e-3}).solve()


# --------------------------------------------------------------------------- a rack


RACK = {"cold plates": 44.4, "quick disconnects": 16.8, "tubing": 8.5, "fittings": 6.4,
        "headers": 3.2}  # fmt: skip
"""Breakdown of a GB200 NVL72 rack at 120 L/min of PG25 at 40 degC [kPa], modelled, quoted
second-hand. It is put in part by part; its total is quoted as 79.8, its parts add up to 79.3."""


def rack(flow):
    parts = list(RACK.items())
    nodes = [f"node {n}" for n in range(len(parts) + 1)]
    branches = [
        Branch(name, a, b, PowerLaw(drop * 1e3, 120 * LITRE_PER_MINUTE))
        for (name, drop), a, b in zip(parts, nodes, nodes[1:], strict=False)
    ]
    return FlowNetwork(branches, {nodes[0]: flow, nodes[-1]: -flow}).solve(), nodes


def test_rack_parts_add_up_in_the_network_and_scale():
    """Input: the parts. Output: their sum along the network, and what it is at another flow."""
    state, nodes = rack(120 * LITRE_PER_MINUTE)
    total = state.pressure[nodes[0]] - state.pressure[nodes[-1]]
    assert total == pytest.approx(79.3e3, rel=1e-9)
    assert total == pytest.approx(79.8e3, rel=0.01)
    half, _ = rack(60 * LITRE_PER_MINUTE)
    assert half.drop["cold plates"] == pytest.approx(44.4e3 / 4, rel=1e-9)


def test_series_law_is_the_sum():
    law = in_series(quadratic(1e3), PowerLaw(2e3, 1e-3, 1.0))
    assert law(2e-3) == pytest.approx(8e3)
