"""Exported netlists: the same chain in ngspice, and its low-voltage side read back."""

import dataclasses
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

from power.board import Boards
from power.converters import Bricks, FixedRatioStage, RegulatedStage
from power.delivery import Delivery
from power.grid_export import grid_netlist, load_nodes
from power.loads import Loads
from power.netlist_reader import read_netlist
from power.netlist_solver import solve_netlist
from power.network import solve_network
from power.spice_export import chain_netlist
from power.supplies import Supplies
from power.wafer_grid import Contact, WaferGrid
from power.warming import Warming
from studies import load_case, solve
from studies.case_file import CaseError
from studies.netlist_export import netlist_text

AREA = 15e-3 * 30e-3
CURRENTS = [280.0, 310.0, 150.0, 420.0]
SET_POINTS = [1.002, 1.0, 0.998, 1.001]
DELIVERY = Delivery(
    supplies=Supplies(
        count=4,
        rating=3300.0,
        voltage=50.0,
        droop=2e-3,
        loss_fixed=0.01,
        loss_linear=0.0088,
        loss_quadratic=0.0259,
        feed="A/B",
    ),
    boards=Boards(
        segment_resistance=5e-3,
        fed_from="both ends",
        plane_sheet_resistance=0.0625e-3,
        feed_resistance=3e-3,
    ),
    bricks=Bricks(
        fixed_ratio=FixedRatioStage(ratio=0.25, fixed_loss=2.6, output_resistance=6.5e-3),
        regulated=RegulatedStage(
            voltage=1.0, load_line=1e-4, fixed_loss=6.0, linear_loss=0.02, quadratic_loss=0.12e-3
        ),
        current_limit=1.2,
        set_point_offsets=tuple(v - 1 for v in SET_POINTS),
    ),
    contact=Contact(areal_resistance=30e-9),
    wafer_grid=WaferGrid(sheet_resistance=0.0, pad_pitch=1e-3, pad_diameter=0.5e-3),
)


LEAKY = Loads(
    law="dynamic and leakage",
    nominal_voltage=1.0,
    leakage_fraction=0.3,
    leakage_temperature=333.15,
    leakage_per_kelvin=0.015,
    leakage_per_volt=3.0,
)


def two_by_two(delivery=DELIVERY, loads=None, temperature=293.15):
    return solve_network(
        delivery,
        loads or Loads(law="constant current", nominal_voltage=1.0),
        columns=2,
        rows=2,
        block_width=15e-3,
        block_height=30e-3,
        nominal_power=CURRENTS,
        wafer_temperature=temperature,
        board_temperature=temperature,
    )


def with_parts(**parts):
    """The delivery with some values of its parts replaced, as ``bricks={"sense": "wafer"}``."""
    changed = {
        name: dataclasses.replace(getattr(DELIVERY, name), **values)
        for name, values in parts.items()
    }
    return dataclasses.replace(DELIVERY, **changed)


def cards(netlist):
    """Words of each card by its name."""
    lines = [line.split() for line in netlist.splitlines()]
    return {words[0]: words[1:] for words in lines if words and words[0][0] in "RVEB"}


def test_exported_parts_are_those_reckoned_by_hand():
    """Blocks 0, 1 in the first row, 2, 3 in the second; boards are columns 0, 2 and 1, 3."""
    found = cards(chain_netlist(two_by_two(), "* two by two", []))
    across, along = 0.0625e-3 * 15 / 30, 0.0625e-3 * 30 / 15
    wanted = {
        "Vsupply0": ("supply0", "0", 50),
        "Vsupply1": ("supply1", "0", 50),
        "Rdroop0": ("supply0", "bus0", 1e-3),
        "Rfeed0_0": ("bus0", "feed0", 3e-3),
        "Rfeed0_1": ("bus0", "feed1", 3e-3),
        "Rfeed1_0": ("bus1", "feed0", 3e-3),
        "Rfeeder0_0": ("feed0", "in0", 5e-3),
        "Rfeeder0_1": ("in0", "in2", 5e-3),
        "Rfeeder0_2": ("in2", "feed0", 5e-3),
        "Rfeeder1_1": ("in1", "in3", 5e-3),
        "Rplane0_1": ("plane0", "plane1", across),
        "Rplane2_3": ("plane2", "plane3", across),
        "Rplane0_2": ("plane0", "plane2", along),
        "Rplane1_3": ("plane1", "plane3", along),
        "Rstage3": ("mid3", "out3", 6.5e-3),
        "Rline3": ("set3", "plane3", 0.1e-3),
        "Rcontact3": ("plane3", "pad3", 30e-9 / AREA),
    }
    for name, (first, second, value) in wanted.items():
        assert found[name][:2] == [first, second]
        assert float(found[name][2]) == pytest.approx(value, rel=1e-12)
    assert sum(name.startswith("Rplane") for name in found) == 4
    assert sum(name.startswith("Rfeed") for name in found) == 4 + 6
    for b in range(4):
        assert float(found[f"Bload{b}"][-1]) == pytest.approx(CURRENTS[b])
        assert found[f"Eset{b}"][-1] == f"{{{SET_POINTS[b]}}}"


def compare(state, there, rtol=1e-9):
    """Hold every voltage, brick current and bus current against those that ngspice printed."""
    circuit, blocks = state.circuit, range(len(state.block_voltage))
    if circuit.grid_resistance.any():
        load = [f"load{b}" for b in blocks]
    elif circuit.contact_resistance.any():
        load = [f"pad{b}" for b in blocks]
    else:
        load = [f"plane{b}" for b in blocks]
    bricks = np.flatnonzero(circuit.brick_works)
    inlet = [f"in{b}" if circuit.feeder.any() else "supply0" for b in bricks]
    buses = np.flatnonzero(circuit.supplies_on_bus)
    given = np.bincount(circuit.bus_of_supply, state.supply_current)
    for ours, names in (
        (state.block_voltage, [f"v({node})" for node in load]),
        (state.block_plane_voltage, [f"v(plane{n})" for n in circuit.node]),
        (state.board_voltage[bricks], [f"v({node})" for node in inlet]),
        (state.brick_current[bricks], [f"i(vset{b})" for b in bricks]),
        (-given[buses], [f"i(vsupply{k})" for k in buses]),
    ):
        assert_allclose(ours, [there[name] for name in names], rtol=rtol)


CHAINS = {
    "two buses, both ends": (DELIVERY, None),
    "leakage and temperature": (DELIVERY, LEAKY),
    "constant power": (DELIVERY, Loads(law="constant power", nominal_voltage=1.0)),
    "sense at the wafer": (with_parts(bricks={"sense": "wafer"}), LEAKY),
    "perfect plane": (with_parts(boards={"plane_sheet_resistance": 0.0}), LEAKY),
    "wafer grid": (with_parts(wafer_grid={"sheet_resistance": 44e-3}), LEAKY),
    "no contact": (with_parts(contact={"areal_resistance": 0.0}), LEAKY),
    "one bus, no droop, no feeder": (
        with_parts(
            supplies={"feed": "bussed", "droop": 0.0},
            boards={"segment_resistance": 0.0, "feed_resistance": 0.0, "fed_from": "one end"},
        ),
        LEAKY,
    ),
    "no load line, no stage": (
        with_parts(
            bricks={
                "regulated": dataclasses.replace(DELIVERY.bricks.regulated, load_line=0.0),
                "fixed_ratio": dataclasses.replace(
                    DELIVERY.bricks.fixed_ratio, output_resistance=0.0
                ),
            }
        ),
        LEAKY,
    ),
    "brick, supply and contact lost, one brick at its limit": (
        with_parts(
            outage={"bricks": (1,), "supplies": (0,), "contacts": (2,)},
            bricks={"over_limit": "constant current", "current_limit": 1.5},
        ),
        None,
    ),
    "board and bus lost, folding back, warm": (
        with_parts(
            outage={"boards": (1,), "feeds": (0,)},
            bricks={
                "over_limit": "fold back",
                "current_limit": 1.8,
                "fold_back_to": 0.9,
                "warming": Warming(
                    per_kelvin=0.002, at=300.0, coolant_temperature=310.0, thermal_resistance=0.2
                ),
            },
        ),
        LEAKY,
    ),
}


@pytest.mark.parametrize("chain", CHAINS)
def test_two_by_two_as_in_ngspice(ngspice, chain):
    delivery, loads = CHAINS[chain]
    state = two_by_two(delivery, loads, temperature=330.0)
    assert state.bricks_held.any() == ("limit" in chain or "folding" in chain)
    compare(state, ngspice(chain_netlist(state, "* two by two", [])))


@pytest.mark.parametrize("chain", CHAINS)
def test_low_voltage_side_reads_back_to_the_same_voltages(tmp_path, chain):
    delivery, loads = CHAINS[chain]
    state = two_by_two(delivery, loads, temperature=330.0)
    path = tmp_path / "grid.sp"
    path.write_text(grid_netlist(state, "* grid", ["a remark"]), encoding="utf-8")
    netlist = read_netlist(path)
    found = dict(zip(netlist.nodes, solve_netlist(netlist).voltage.tolist(), strict=True))
    voltage = [found[node] for node in load_nodes(state.circuit)]
    assert_allclose(voltage, state.block_voltage, rtol=0, atol=1e-9)


@pytest.fixture(scope="module")
def cs3():
    return solve(load_case("cs3", {"grid.along_x": 24, "grid.along_y": 28}))


def test_solved_cs3_as_in_ngspice(ngspice, cs3):
    state = cs3.coupled.drawn.network
    there = ngspice(netlist_text(cs3, "cs3.cir"))
    assert len(there) == 4 * 84 + 1
    for name, of_block in (
        ("load", state.block_voltage),
        ("plane", state.block_plane_voltage),
        ("in", state.board_voltage),
    ):
        found = [there[f"v({name}{b})"] for b in range(84)]
        assert_allclose(of_block, found, rtol=0, atol=1e-6)
    compare(state, there)


def test_low_voltage_side_of_cs3_reads_back(tmp_path, ngspice, cs3):
    text = netlist_text(cs3, "grid.sp", grid=True)
    (tmp_path / "grid.sp").write_text(text, encoding="utf-8")
    state = cs3.coupled.drawn.network
    netlist = read_netlist(tmp_path / "grid.sp")
    solved = solve_netlist(netlist)
    found = dict(zip(netlist.nodes, solved.voltage.tolist(), strict=True))
    nodes = load_nodes(state.circuit)
    assert_allclose([found[node] for node in nodes], state.block_voltage, rtol=0, atol=1e-9)
    assert solved.load_power == pytest.approx(state.block_power.sum(), rel=1e-9)
    printed = "\n".join(f"print v({node})" for node in nodes)
    control = f".control\nset numdgt=14\nop\n{printed}\n.endc\n.end"
    there = ngspice(text.replace(".end", control))
    assert_allclose([there[f"v({node})"] for node in nodes], state.block_voltage, atol=1e-9)


def test_head_says_where_it_comes_from(cs3):
    text = netlist_text(cs3, "cs3.cir")
    head = text.split("\nV")[0]
    activity = cs3.coupled.drawn.activity
    wafer = cs3.coupled.drawn.network.circuit.site.wafer_temperature - 273.15
    for words in (
        "power delivery of cs3",
        "case cs3: Cerebras CS-3",
        "written by waferflux",
        "run: ngspice -b cs3.cir",
        f"activity {activity:.9g}",
        f"wafer and contact {wafer.min():.2f} to {wafer.max():.2f} degC",
    ):
        assert words in head
    assert all(re.match(r"\* ", line) for line in head.splitlines())


def test_a_case_without_power_delivery_is_refused():
    with pytest.raises(CaseError, match="slab: delivery: found none; a power delivery is meant"):
        netlist_text(solve(load_case("slab")), "slab.cir")


REFUSED = {
    "last stage does not regulate": {
        "first": "regulated",
        "regulated": dataclasses.replace(DELIVERY.bricks.regulated, voltage=4.0),
        "fixed_ratio": dataclasses.replace(DELIVERY.bricks.fixed_ratio, output_resistance=1e-5),
        "set_point_offsets": None,
    },
    "fixed_ratio: missing": {"fixed_ratio": None},
    "over_limit: found 'fold back'": {
        "over_limit": "fold back",
        "sense": "wafer",
        "current_limit": 3.0,
    },
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_a_netlist_cannot_say_is_refused(reason):
    state = two_by_two(with_parts(bricks=REFUSED[reason]))
    with pytest.raises(ValueError, match=reason):
        chain_netlist(state, "* refused", [])
