"""Netlists as they are written: what is read, and one clear line for what is not."""

import doctest
import importlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import power.netlist_reader
from power.netlist import NetlistError
from power.netlist_cards import CardError, number
from power.netlist_reader import read_netlist


def read(folder, text, name="grid.sp"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_netlist(path)


def values(cards, nodes):
    """Cards as the set of (first node, second node, value)."""
    return {
        (nodes[a], nodes[b], float(f"{v:.12g}"))
        for a, b, v in zip(cards.first, cards.second, cards.value, strict=True)
    }


EVERYTHING = """* title, not a card
R1 a b 1.5k
* a comment between a card and its continuation
r2 B c
* another
+ 2.5
V1 a 0 DC 1.8 AC 1 0   $ a comment behind
V2 x gnd PULSE(0 1
+ 1n 2n 3n 4n 20n)
I1 c 0 25m ; the other kind of comment
i2 c GND PWL(0 0, 1n 10m, 2n 5m)
C1 c 0 10pF
L1 x c 0.5nH
.options reltol=1e-6
.print tran v(C) V(x)
.tran 0.1n 20n
.op
.control
this is not read
.endc
.end
R3 behind the end
"""


def test_every_kind_of_line(tmp_path):
    netlist = read(tmp_path, EVERYTHING)
    nodes = netlist.nodes
    assert nodes == ["0", "a", "b", "c", "x"]
    assert netlist.title == "* title, not a card"
    assert values(netlist.resistors, nodes) == {("a", "b", 1500.0), ("b", "c", 2.5)}
    assert values(netlist.voltages, nodes) == {("a", "0", 1.8), ("x", "0", 0.0)}
    assert values(netlist.currents, nodes) == {("c", "0", 0.025), ("c", "0", 0.0)}
    assert values(netlist.capacitors, nodes) == {("c", "0", 1e-11)}
    assert values(netlist.inductors, nodes) == {("x", "c", 5e-10)}
    assert [nodes[k] for k in netlist.printed] == ["c", "x"]
    assert netlist.wants_operating_point
    assert netlist.transient.step == pytest.approx(1e-10)
    assert netlist.transient.stop == pytest.approx(2e-8)
    assert netlist.notes == [".options was passed over", ".control was passed over"]
    pulse = netlist.voltage_waves.at(2e-9, netlist.voltages.value)
    assert pulse.tolist() == pytest.approx([1.8, 0.5])
    lines = netlist.current_waves.at(1.5e-9, netlist.currents.value)
    assert lines.tolist() == pytest.approx([0.025, 0.0075])


@pytest.mark.parametrize("size", [1, 7, 40, 1 << 16])
def test_pieces_of_the_file_do_not_matter(tmp_path, monkeypatch, size):
    monkeypatch.setattr(power.netlist_reader, "CHARACTERS_AT_ONCE", size)
    plain = "".join(f"Rp{k} n{k} n{k + 1} {k + 1}\n" for k in range(50))
    text = EVERYTHING.replace("* another", "* another\n" * 3).replace(".op\n", plain + ".op\n")
    netlist = read(tmp_path, text)
    assert len(netlist.resistors) == 52
    assert netlist.resistors.value[2:].tolist() == list(range(1, 51))
    assert [netlist.places.name(p) for p in netlist.resistors.position[:3]] == [
        f"{tmp_path / 'grid.sp'}:{line}" for line in (2, 4, 20)
    ]


def test_included_files_and_where_their_lines_are(tmp_path):
    (tmp_path / "Part.SP").write_text("R2 b 0 2\nR3 b 0 x\n", encoding="utf-8")
    with pytest.raises(NetlistError, match=r"Part\.SP:2: r3: found 'x'; a number is meant"):
        read(tmp_path, "title\nR1 a b 1\n.include Part.SP\nV1 a 0 1\n.end\n")
    (tmp_path / "Part.SP").write_text("R2 b 0 2\nR3 b 0 3\n", encoding="utf-8")
    netlist = read(tmp_path, "title\nR1 a b 1\n.include 'Part.SP'\nV1 a 0 1\nR4 a 0 4\n.end\n")
    assert netlist.resistors.value.tolist() == [1, 2, 3, 4]
    names = [netlist.places.name(p).rsplit("/")[-1] for p in netlist.resistors.position]
    assert names == ["grid.sp:2", "Part.SP:1", "Part.SP:2", "grid.sp:5"]


def test_names_know_no_case_and_a_file_may_end_anywhere(tmp_path):
    netlist = read(tmp_path, "t\r\nr1 A 0 1\r\nV1 a 0 1")
    assert netlist.nodes == ["0", "a"]
    assert netlist.notes == ["there is no .end"]


def test_a_card_in_the_place_of_the_title_is_noticed(tmp_path):
    netlist = read(tmp_path, "R1 a 0 1\nV1 a 0 1\n.end\n")
    assert len(netlist.resistors) == 0
    assert netlist.notes == ["line 1 looks like a card but is the title, as in SPICE, and not read"]


BAD = {
    "no value": ("R1 a b\n", "grid.sp:2: r1: found 3 words; name, two nodes and a value are meant"),
    "not a number": ("R1 a b 1x2\n", "grid.sp:2: r1: found '1x2'; a number is meant"),
    "python's number": ("R1 a b 1_000\n", "grid.sp:2: r1: found '1_000'; a number is meant"),
    "nan": ("R1 a b nan\n", "grid.sp:2: r1: found 'nan'; a number is meant"),
    "too large": ("R1 a b 1e999\n", "grid.sp:2: r1: found '1e999'; a finite number is meant"),
    "ampere": ("I1 a 0 1A\n", "grid.sp:2: i1: found '1a'; a number without 'a' is meant, which is"),
    "rest": ("R1 a b 1 2\n", "grid.sp:2: r1: found '2' behind the value; nothing is meant there"),
    "negative": ("R1 a b -1\n", "grid.sp:2: found -1 ohm; above 0, or 0 for a short, is meant"),
    "negative C": ("R1 a 0 1\nC1 a 0 -1p\n", "grid.sp:3: found -1e-12 F; 0 or more is meant"),
    "twice": ("R1 a b 1\nr1 b c 1\n", "grid.sp:3: found the name of {}/grid.sp:2 again; a name"),
    "transistor": ("M1 a b c d nmos\n", "grid.sp:2: m1: found a card that is none of R, V, I, C"),
    "parameter": (".param x=1\n", "grid.sp:2: .param: found what is not understood; numbers"),
    "subcircuit": (".subckt a b\n", "grid.sp:2: .subckt: found what is not understood; a flat"),
    "unknown": (".foo\n", "grid.sp:2: .foo: found what is not understood; .op, .tran, .print"),
    "sine": ("V1 a 0 SIN(0 1 1k)\n", "grid.sp:2: v1: found 'sin'; a number is meant"),
    "no source value": ("V1 a 0 DC\n", "grid.sp:2: v1: found nothing behind 'dc'; a number"),
    "odd pwl": ("I1 a 0 PWL(0 0 1)\n", "grid.sp:2: i1: found 3 numbers in pwl; pairs of time"),
    "pwl back": ("I1 a 0 PWL(1 0 0 1)\n", "grid.sp:2: i1: found pwl times that do not grow"),
    "short pulse": ("I1 a 0 PULSE(0)\n", "grid.sp:2: i1: found 1 numbers in pulse; 2 to 7"),
    "long pulse": ("I1 a 0 PULSE(0 1 0 1n 1n 9n 5n)\n", "grid.sp:2: i1: found a pulse of 1.1e-08"),
    "uic": (".tran 1n 9n uic\n", "grid.sp:2: .tran: found uic; a run that starts from the"),
    "times": (".tran 9n 1n\n", "grid.sp:2: .tran: found times in no order; 0 < step <= end"),
    "two runs": (".tran 1n 9n\n.tran 1n 9n\n.op", "grid.sp:3: .tran: found a second time; one"),
    "printed": ("R1 a 0 1\n.print tran v(b)\n", "grid.sp:3: found v(b); a node that a card names"),
    "continued": ("+ 1\n", "grid.sp:2: found '+' with no line before it to continue"),
    "no text": ("\x00\x07" * 100 + " b c 1\n", "grid.sp:2: '\\x00\\x07"),
    "no cards": (".op\n", "grid.sp: found no R, V, I, C or L card"),
    "no file": (".include away.sp\n", "away.sp: cannot be read: No such file or directory"),
    "itself": (".include grid.sp\n.op\n", "grid.sp: found .include of a file that is being read"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_in_one_line(tmp_path, name):
    text, meant = BAD[name]
    with pytest.raises(NetlistError) as caught:
        read(tmp_path, "title\n" + text)
    found = str(caught.value)
    assert found.startswith(f"{tmp_path}/{meant.format(tmp_path)}")
    assert "\n" not in found


@given(
    st.floats(min_value=1e-3, max_value=999, allow_nan=False),
    st.sampled_from([("T", 12), ("g", 9), ("MEG", 6), ("k", 3), ("", 0), ("m", -3), ("u", -6),
                     ("N", -9), ("p", -12), ("f", -15)]),
    st.sampled_from(["", "ohm", "v", "h", "s"]),
    st.sampled_from(["", "+", "-"]),
)  # fmt: skip
def test_engineering_suffixes(digits, suffix, unit, sign):
    text = f"{sign}{digits!r}{suffix[0]}{unit}".lower()
    wanted = float(f"{sign}{digits!r}") * 10.0 ** suffix[1]
    assert number(text) == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize("text", ["", "k", "1e", "--1", "1.2.3", "1 k", "0x10", "1,5"])
def test_what_is_no_number(text):
    with pytest.raises(CardError, match="a number is meant"):
        number(text)


@pytest.mark.parametrize(
    "module",
    [
        "power.netlist_cards",
        "power.netlist_joints",
        "power.netlist_solver",
        "power.netlist_transient",
        "power.plain_cards",
        "power.waveforms",
        "studies.netlist_figures",
        "studies.netlist_report",
    ],
)
def test_examples_in_docstrings(module):
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted > 0
    assert found.failed == 0


def test_pulses_and_their_corners(tmp_path):
    netlist = read(
        tmp_path,
        "t\nR1 a 0 1\nI1 a 0 PULSE(0 1 1n 1n 2n 3n 10n)\nI2 a 0 PULSE(0 1)\n.tran 1n 15n\n.end\n",
    )
    waves, constant = netlist.current_waves, netlist.currents.value
    found = np.array([waves.at(t * 1e-9, constant) for t in (0, 1.5, 3, 6, 9, 11.5, 14.9)])
    np.testing.assert_allclose(found[:, 0], [0, 0.5, 1, 0.5, 0, 0.5, 1], atol=1e-12)
    # what is left out is the step of .tran for the rise, and its end for the width
    np.testing.assert_allclose(found[:, 1], [0, 1, 1, 1, 1, 1, 1], atol=1e-12)
    wanted = [1, 2, 5, 7, 11, 12]
    np.testing.assert_allclose(waves.corners(14.9e-9) * 1e9, [*wanted], rtol=1e-12)
