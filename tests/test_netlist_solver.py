"""The operating point of netlists: exact circuits, ngspice, and what has no answer.

In every solution power in is power out, and Kirchhoff's current law holds at every node.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import power.definite_solver
from power.definite_solver import Factorised, Multigrid
from power.netlist import NetlistError
from power.netlist_joints import Joints
from power.netlist_reader import read_netlist
from power.netlist_solver import laplacian, solve_netlist


def solved(folder, cards):
    path = folder / "case.sp"
    path.write_text("title\n" + cards + "\n.op\n.end\n", encoding="utf-8")
    netlist = read_netlist(path)
    state = solve_netlist(netlist)
    assert state.balance < 1e-9
    assert state.residual < 1e-12 * max(1.0, float(np.abs(state.voltage).max()))
    return netlist, state


def voltages(netlist, state):
    return dict(zip(netlist.nodes, state.voltage.tolist(), strict=True))


def test_ladder_has_the_drops_of_the_current_behind_each_step(tmp_path):
    n = 40
    cards = [f"R{k} n{k} n{k + 1} 0.5\nI{k} n{k + 1} 0 1m" for k in range(n)]
    netlist, state = solved(tmp_path, "\n".join(["V1 n0 0 1.8", *cards]))
    found = voltages(netlist, state)
    for k in range(n + 1):
        steps = sum(n - j for j in range(k))
        assert found[f"n{k}"] == pytest.approx(1.8 - 0.5e-3 * steps, abs=1e-14)
    assert netlist.nodes[state.worst] == f"n{n}"
    assert state.source_current == pytest.approx(n * 1e-3, rel=1e-12)
    assert state.load_current == pytest.approx(n * 1e-3, rel=1e-12)
    assert state.source_power == pytest.approx(state.load_power + state.loss, rel=1e-12)


def test_shorts_merge_and_a_ground_net_rises(tmp_path):
    """A supply net and a return net, as in the benchmarks: both are off by the same current."""
    cards = """
    V1 _X_n3 0 1.8
    V2 _X_n2 0 0
    RR1 n3 _X_n3 0.25
    RR2 n2 _X_n2 0.5
    V3 n3 n1 0
    R0 n2 n4 0
    I1 n1 n4 0.1
    """
    netlist, state = solved(tmp_path, cards)
    found = voltages(netlist, state)
    assert found["n1"] == found["n3"] == pytest.approx(1.775, abs=1e-15)
    assert found["n4"] == found["n2"] == pytest.approx(0.05, abs=1e-15)
    assert state.merged == 3
    assert state.drop[netlist.nodes.index("n4")] == pytest.approx(-0.05)
    assert netlist.nodes[state.worst] in ("n2", "n4")
    assert state.source_current == pytest.approx(0.1)
    assert state.load_power == pytest.approx(0.1 * 1.725)


def test_floating_sources_and_chains_of_sources(tmp_path):
    cards = """
    V1 a 0 1
    V2 b a 2
    R1 b c 1
    V3 c d 0.5
    V4 e d 0.25
    R2 e 0 3
    I1 d 0 0.1
    """
    netlist, state = solved(tmp_path, cards)
    found = voltages(netlist, state)
    # at the group of c, d and e: (3 - c)/1 = e/3 + 0.1 with e = c - 0.25
    c = (3 - 0.1 + 0.25 / 3) / (1 + 1 / 3)
    assert [found[k] for k in "abcde"] == pytest.approx([1, 3, c, c - 0.5, c - 0.25], rel=1e-14)


def test_unequal_sources_on_one_net_leave_currents_without_load(tmp_path):
    netlist, state = solved(tmp_path, "V1 a 0 1\nV2 b 0 2\nR1 a c 1\nR2 c b 3\nI1 c 0 0.4")
    c = netlist.nodes.index("c")
    assert state.unloaded[c] == pytest.approx(1.25)
    assert state.drop[c] == pytest.approx(0.3)


def test_inductors_are_shorts_and_capacitors_open(tmp_path):
    cards = "V1 a 0 1\nL1 a b 1n\nR1 b c 2\nC1 c 0 1u\nI1 c 0 0.1"
    netlist, state = solved(tmp_path, cards)
    found = voltages(netlist, state)
    assert (found["b"], found["c"]) == (1, pytest.approx(0.8))


FLOATING = {
    "V1 a 0 1\nR1 a b 1\nR2 n1_5 n1_6 1\nI1 b 0 1": "node n1_5 and 1 joined to it: nothing joins "
    "it to a source or ground",
    "V1 a 0 1\nR1 a b 1\nI1 c 0 1\nI2 b 0 1": "node c: only current sources join it to the rest; "
    "no voltage carries their current",
    "V1 a 0 1\nR1 a b 1\nC1 b c 1p\nI2 b 0 1": "node c: only capacitors join it to a source or "
    "ground; its steady voltage is not determined",
    "V1 a 0 1\nR1 a 0 1\nV2 c d 1\nR3 e f 1": "node c and 1 joined to it: nothing joins it to a "
    "source or ground (2 more nodes float elsewhere)",
    "R1 a b 1\nI1 a b 1": "node a and 1 joined to it: nothing joins it to a source or ground",
}


@pytest.mark.parametrize("cards", FLOATING)
def test_floating_nodes_are_named(tmp_path, cards):
    with pytest.raises(NetlistError) as caught:
        solved(tmp_path, cards)
    assert str(caught.value) == FLOATING[cards]


@pytest.mark.parametrize(
    ("cards", "line"),
    [
        ("V1 a 0 1\nV2 a 0 1.1\nR1 a 0 1", 3),
        ("V1 a 0 1\nR1 a 0 1\nR2 a 0 0", 4),
        ("V1 a 0 1\nL1 a b 1n\nL2 b 0 1n\nR1 a 0 1", "[34]"),
        ("V1 a a 1\nR1 a 0 1", 2),
    ],
    ids=["two sources", "a shorted source", "a source over inductors", "one node"],
)
def test_contradictory_loops_are_placed(tmp_path, cards, line):
    with pytest.raises(NetlistError, match=rf"case\.sp:{line}: closes a loop of voltage sources"):
        solved(tmp_path, cards)


def test_equal_sources_side_by_side_are_warned_of(tmp_path):
    _, state = solved(tmp_path, "V1 a 0 1\nV2 a 0 1\nR1 a b 1\nI1 b 0 0.1")
    assert len(state.warnings) == 1
    assert "case.sp:3, stand beside others" in state.warnings[0]
    assert state.source_current == pytest.approx(0.1)


def test_no_load_and_no_source_are_warned_of(tmp_path):
    _, state = solved(tmp_path, "V1 a 0 1\nR1 a b 1")
    assert state.warnings == ["no current source draws anything: every drop is 0"]
    assert not state.drop.any()
    _, state = solved(tmp_path, "I1 0 a 1\nR1 a 0 1")
    assert state.warnings == ["no voltage source gives a voltage"]
    assert state.load_power == pytest.approx(-1)


def random_netlist(seed, reactive=False):
    """A connected circuit: a tree of resistors, sources and shorts, and more beside it."""
    random = np.random.default_rng(seed)
    size = int(random.integers(8, 25))
    cards, kinds = [], random.choice(["R", "R", "R", "V", "V0", "L"], size)
    for node in range(1, size):
        # a branch of the tree to an earlier node: no loop of sources can come about
        other, kind = random.integers(0, node), kinds[node]
        if kind == "R":
            cards.append(f"Rt{node} n{node} n{other} {random.uniform(0.1, 10):.6g}")
        elif kind == "L" and reactive:
            cards.append(f"Lt{node} n{node} n{other} {random.uniform(0.5, 5):.6g}n")
        elif kind == "V":
            cards.append(f"Vt{node} n{node} n{other} {random.uniform(-2, 2):.6g}")
        else:
            cards.append(f"Vt{node} n{node} n{other} 0")
    for k in range(size):
        a, b = random.choice(size, 2, replace=False)
        cards.append(f"Rx{k} n{a} n{b} {random.uniform(0.1, 10):.6g}")
    for k in range(size // 2):
        a, b = random.choice(size, 2, replace=False)
        cards.append(f"Ix{k} n{a} n{b} {random.uniform(-1, 1):.6g}")
        if reactive:
            a, b = random.choice(size, 2, replace=False)
            cards.append(f"Cx{k} n{a} n{b} {random.uniform(0.05, 1):.6g}n")
    return "\n".join(cards).replace("n0 ", "0 "), size


@pytest.mark.parametrize("seed", range(12))
def test_random_circuits_as_in_ngspice(tmp_path, ngspice, seed):
    cards, _ = random_netlist(seed, reactive=True)
    netlist, state = solved(tmp_path, cards)
    printed = "\n".join(f"print v({node})" for node in netlist.nodes[1:])
    options = ".options reltol=1e-12 abstol=1e-15 vntol=1e-15 gmin=1e-15"
    text = f"title\n{cards}\n{options}\n.control\nset numdgt=14\nop\n{printed}\n.endc\n.end\n"
    there = ngspice(text)
    assert len(there) == len(netlist.nodes) - 1
    for node, here in voltages(netlist, state).items():
        if node != "0":
            assert here == pytest.approx(there[f"v({node})"], abs=1e-10)


@pytest.mark.parametrize("seed", range(6))
def test_current_law_superposition_and_renumbering(tmp_path, seed):
    cards, _ = random_netlist(seed)
    netlist, state = solved(tmp_path, cards)
    shuffled = cards.split("\n")
    np.random.default_rng(seed).shuffle(shuffled)
    again, other = solved(tmp_path, "\n".join(shuffled))
    one, two = voltages(netlist, state), voltages(again, other)
    assert {k: pytest.approx(v, abs=1e-12) for k, v in one.items()} == two
    _, off = solved(tmp_path, "\n".join(c for c in cards.split("\n") if c[0] != "I"))
    assert_allclose(off.voltage, state.unloaded, atol=1e-12)


def grid(n, seed=0):
    """Matrix of an n x n grid of random conductances with some nodes tied to ground."""
    random = np.random.default_rng(seed)
    number = np.arange(n * n).reshape(n, n) + 1
    first = np.concatenate([number[:-1].ravel(), number[:, :-1].ravel(), number[::7, ::7].ravel()])
    second = np.concatenate([number[1:].ravel(), number[:, 1:].ravel()])
    second = np.concatenate([second, np.zeros(len(first) - len(second), dtype=int)])
    weight = random.uniform(0.5, 10, len(first))
    return laplacian(first, second, weight, n * n + 1)[1:, 1:]


def test_multigrid_and_factors_agree():
    pytest.importorskip("pyamg")
    matrix = grid(60)
    right = np.random.default_rng(1).uniform(0, 1, matrix.shape[0])
    one, other = Factorised(matrix).solve(right), Multigrid(matrix).solve(right)
    assert_allclose(other, one, rtol=1e-10)


def test_large_netlists_go_to_multigrid_and_small_ones_to_factors(tmp_path, monkeypatch):
    pytest.importorskip("pyamg")
    cards = random_netlist(3)[0]
    _, state = solved(tmp_path, cards)
    assert "SuperLU" in state.solver
    monkeypatch.setattr(power.definite_solver, "FACTORISED_UP_TO", 0)
    _, other = solved(tmp_path, cards)
    assert "PyAMG" in other.solver
    assert_allclose(other.voltage, state.voltage, atol=1e-11)


def test_joints_of_a_long_chain():
    """Offsets along a chain add up, whichever way its branches point."""
    n = 1000
    random = np.random.default_rng(2)
    ends = np.stack([np.arange(n), np.arange(1, n + 1)])
    swap = random.random(n) < 0.5
    first, second = np.where(swap, ends[::-1], ends).astype(np.int32)
    difference = random.uniform(-1, 1, n)
    joints = Joints(n + 1, first, second)
    offsets = joints.offsets(difference)
    assert joints.groups == 1
    assert len(joints.closing) == 0
    assert_allclose(offsets[first] - offsets[second], difference, atol=1e-12)
    assert offsets[0] == 0
