"""Netlists in time: exact circuits, the order of the scheme, charge kept, and ngspice."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from power.netlist import NetlistError, TransientCard
from power.netlist_reader import read_netlist
from power.netlist_transient import solve_transient, step_times
from studies.validation.netlists import (
    DROOP,
    DROOP_TIME,
    rlc_droop,
    rlc_netlist,
    rlc_run,
)


def followed(folder, cards):
    path = folder / "case.sp"
    path.write_text("title\n" + cards + "\n.end\n", encoding="utf-8")
    netlist = read_netlist(path)
    run = solve_transient(netlist)
    assert run.residual < 1e-9 * max(1.0, float(np.abs(run.voltage).max(initial=0.0)))
    names = [netlist.nodes[k] for k in run.watched]
    return run, dict(zip(names, run.voltage.T, strict=True))


def test_rlc_step_is_of_second_order():
    errors = [rlc_run(steps)[2] for steps in (200, 400, 800)]
    assert errors[-1] < 3e-4
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.all(orders > 1.95)
    assert np.all(orders < 2.05)


def test_rlc_step_droops_by_146_millivolt_at_8_5_nanoseconds():
    droop, when, _ = rlc_run(1600)
    assert droop == pytest.approx(DROOP, abs=1e-4)
    assert when == pytest.approx(DROOP_TIME, abs=1e-4)


def test_rlc_step_comes_to_rest_at_the_resistance():
    run = solve_transient(rlc_netlist(40, 1.8e-6))
    assert 1 - run.voltage[-1, 2] == pytest.approx(15e-3, abs=1e-7)


def test_error_that_a_step_is_said_to_add_is_about_what_it_adds():
    """Over the quarter swing, where the steps' errors have one sign, their sum is the error."""
    run = solve_transient(rlc_netlist(400))
    worst = np.max(np.abs(1 - run.voltage[:, 2] - rlc_droop(run.time)))
    assert 0.2 * worst < run.step_error * run.steps < 5 * worst


def test_a_step_that_is_too_long_is_warned_of():
    run = solve_transient(rlc_netlist(4, 160e-9))
    assert any("take a shorter one in .tran" in warning for warning in run.warnings)


def test_source_across_a_capacitor_does_not_ring(tmp_path):
    """The capacitor's current jumps with the slope; the trapezoidal rule would ring for ever."""
    run, voltage = followed(
        tmp_path,
        "V1 a 0 PWL(0 0 1n 1 2n 1)\nR1 a b 1\nC1 b 0 1f\nC2 a 0 1n\n.tran 0.1n 4n",
    )
    late = run.time > 1.5e-9
    assert_allclose(voltage["b"][late], 1, atol=1e-9)
    ramp = (run.time > 0.2e-9) & (run.time < 1e-9)
    assert_allclose(voltage["b"][ramp], run.time[ramp] * 1e9 - 1e-6, atol=1e-9)


def test_inductors_start_from_their_steady_current(tmp_path):
    """Nothing happens while nothing changes, with inductors in series, beside and across."""
    _, voltage = followed(
        tmp_path,
        """V1 s 0 1
L1 s a 1n
R1 a b 0.1
L2 b c 2n
L3 b c 3n
L4 c d 1n
R2 d 0 2
C1 c 0 1n
I1 c 0 0.5
I2 d 0 0.25
.tran 0.1n 5n""",
    )
    for values in voltage.values():
        assert_allclose(values, values[0], atol=1e-13)
    assert voltage["d"][0] == pytest.approx((1 - 0.1 * 0.75) / (1 + 0.1 / 2))


def test_charge_is_kept(tmp_path):
    """What a pulse takes from a capacitor that nothing else feeds is missing from it."""
    _, voltage = followed(
        tmp_path,
        "V1 s 0 1\nR1 s a 1g\nC1 a 0 1n\nI1 a 0 PULSE(0 3m 1n 0.5n 1.5n 2n 50n)\n.tran 0.3n 9n",
    )
    taken = 3e-3 * (2e-9 + 0.25e-9 + 0.75e-9)
    assert 1 - voltage["a"][-1] == pytest.approx(taken / 1e-9, rel=1e-6)


def test_every_corner_is_a_step(tmp_path):
    run, _ = followed(tmp_path, "R1 a 0 1\nI1 a 0 PULSE(0 1 0.33n 0.01n 0.02n 1n 3n)\n.tran 1n 5n")
    for corner in (0.33, 0.34, 1.34, 1.36, 3.33, 3.34, 4.34, 4.36):
        assert np.min(np.abs(run.time * 1e9 - corner)) < 1e-9
    assert run.time[-1] == 5e-9
    assert np.all(np.diff(run.time) <= 1e-9 * (1 + 1e-9))


def test_steps_are_even_between_corners():
    times = step_times(np.array([1.0, 1.0 + 1e-12]), TransientCard(0.4, 2.0, 0.0, 0.4))
    assert_allclose(times, [0, 1 / 3, 2 / 3, 1, 4 / 3, 5 / 3, 2], atol=1e-11)


def test_start_of_what_is_kept_and_printed_nodes(tmp_path):
    run, voltage = followed(
        tmp_path, "R1 a b 1\nR2 b 0 1\nI1 a 0 1\n.tran 1n 9n 5n\n.print tran v(b)"
    )
    assert list(voltage) == ["b"]
    assert run.time[0] == 0
    assert run.time[1] >= 5e-9


def test_nodes_that_only_an_open_branch_joins_are_named(tmp_path):
    with pytest.raises(NetlistError, match="node b: only capacitors join it"):
        followed(tmp_path, "R1 a 0 1\nC1 a b 1p\n.tran 1n 5n")
    with pytest.raises(NetlistError, match=r"case\.sp: found no \.tran; one is meant"):
        followed(tmp_path, "R1 a 0 1")


def random_in_time(seed):
    """A small grid with coils, capacitors and pulses, of time constants about a nanosecond."""
    random = np.random.default_rng(seed)
    size = int(random.integers(6, 12))
    cards = ["Vs s 0 PWL(0 1 2n 1 3n 0.9)", "Ls s n0 0.3n"]
    for k in range(size):
        if k:
            cards.append(f"R{k} n{k} n{random.integers(0, k)} {random.uniform(0.2, 2):.6g}")
        cards.append(f"C{k} n{k} 0 {random.uniform(0.1, 1):.6g}n")
    for k in range(size // 2):
        a, b = random.choice(size, 2, replace=False)
        cards.append(f"Lx{k} n{a} m{k} {random.uniform(0.5, 3):.6g}n")
        cards.append(f"Rx{k} m{k} n{b} {random.uniform(0.2, 2):.6g}")
        delay, rise = random.uniform(0, 2), random.uniform(0.2, 1)
        fall, width = random.uniform(0.2, 1), random.uniform(0.5, 2)
        cards.append(
            f"I{k} n{b} 0 PULSE(0 {random.uniform(-0.3, 0.5):.4g} {delay:.4g}n {rise:.4g}n "
            f"{fall:.4g}n {width:.4g}n 5n)"
        )
    return "\n".join(cards)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_random_circuits_in_time_as_in_ngspice(tmp_path, ngspice, seed):
    cards = random_in_time(seed)
    run, voltage = followed(tmp_path, f"{cards}\n.tran 0.005n 10n")
    names = list(voltage)
    wanted = " ".join(f"v({name})" for name in names)
    ngspice(
        f"title\n{cards}\n.options reltol=1e-6 abstol=1e-12 vntol=1e-9\n"
        f".control\ntran 0.002n 10n 0 0.002n\nset numdgt=12\nwrdata out.txt {wanted}\n.endc\n.end\n"
    )
    table = np.loadtxt(tmp_path / "out.txt")
    swing = max(float(np.ptp(v)) for v in voltage.values())
    assert swing > 0.05
    for k, name in enumerate(names):
        there = np.interp(run.time, table[:, 0], table[:, 2 * k + 1])
        assert_allclose(voltage[name], there, atol=2e-5 * swing)
