"""Reads SPICE netlists of the power-grid kind, millions of lines at a time.

Runs of plain cards, four words with a number last, are taken many at once; every other line goes
through ``_logical_line``. What is kept are arrays, and one string per node.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import NoReturn, TextIO

import numpy as np
from numpy.typing import NDArray

from .netlist import Cards, Netlist, NetlistError, Places, TransientCard
from .netlist_cards import (
    CardError,
    line_points,
    number,
    pulse_numbers,
    source,
    transient_card,
)
from .plain_cards import KINDS, PlainCards, plain_cards
from .waveforms import Waveforms, pulse_and_lines

CHARACTERS_AT_ONCE = 1 << 16
"""So few that they stay in the processor's cache."""
PASSED_OVER = {
    ".options", ".option", ".opt", ".print", ".plot", ".save", ".probe", ".nodeset", ".temp",
    ".width", ".title", ".meas", ".measure", ".control",
}  # fmt: skip
INSTEAD = {
    ".param": "numbers written out",
    ".subckt": "a flat netlist",
    ".ic": "a run that starts from the operating point",
    ".lib": ".include, or one file",
}
COMMENT = re.compile(r"(?:^|\s)\$.*|;.*")
PRINTED = re.compile(r"v\(\s*([^\s,()]+)\s*\)")
Progress = Callable[[int], None]
"""Called now and then with the number of lines read."""


def read_netlist(path: str | Path, progress: Progress | None = None) -> Netlist:
    """Read a netlist.

    As in SPICE the first line is a title, names know no case, ``*`` begins a comment line, ``$``
    or ``;`` the rest of one, and ``+`` continues the line before. Understood are R, V, I, C and L
    cards, PULSE and PWL sources, ``.op``, ``.tran``, ``.print``, ``.include`` and ``.end``.

    Raises
    ------
    NetlistError
        FILE:LINE and what is wrong there.
    """
    reading = _Reading(progress)
    reading.file(Path(path))
    return reading.netlist()


class _Reading:
    """A netlist as far as it has been read."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        numbers = count(1)
        self.number_of: defaultdict[str, int] = defaultdict(numbers.__next__)
        self.number_of.update({"0": 0, "gnd": 0})
        self.places = Places()
        self.position = 0
        self.chunks: list[tuple[NDArray[np.generic], ...]] = []
        # cards that were read one by one: letter, nodes, value, hash of the name, position
        self.single: list[tuple[int, int, int, float, int, int]] = []
        # numbers of waveforms and their position, by the letter of the source and the wave
        self.waves: defaultdict[tuple[str, str], list[tuple[int, list[float]]]] = defaultdict(list)
        self.title = ""
        self.pending: tuple[str, int] | None = None
        self.in_control = False
        self.ended = False
        self.open_files: list[Path] = []
        self.transient: TransientCard | None = None
        self.operating_point = False
        self.printed: list[tuple[str, int]] = []
        self.passed_over: defaultdict[str, int] = defaultdict(int)

    def file(self, path: Path) -> None:
        """Read a file to its end, or to ``.end``."""
        if path.resolve() in self.open_files:
            raise NetlistError(f"{path}: found .include of a file that is being read")
        self.open_files.append(path.resolve())
        try:
            with path.open(encoding="utf-8", errors="replace") as stream:
                self._lines(stream, path, first_file=len(self.open_files) == 1)
        except OSError as error:
            raise NetlistError(f"{path}: cannot be read: {error.strerror}") from None
        self.open_files.pop()

    def _lines(self, stream: TextIO, path: Path, first_file: bool) -> None:
        local = 1
        self.places.begin(self.position, str(path), local)
        if first_file:
            self.title = stream.readline().strip()
            self.position, local = 1, 2
        while not self.ended and (text := stream.read(CHARACTERS_AT_ONCE)):
            text = (text + stream.readline()).removesuffix("\n") + "\n"
            plain = None if self.in_control else plain_cards(text.lower())
            if plain is None:
                self._one_by_one(text.removesuffix("\n").split("\n"), path, local)
            else:
                self._take(plain, path, local)
            local += text.count("\n")
            if self.progress is not None:
                self.progress(self.position)
        self._flush(path, local)
        self._collect_single()

    def _take(self, plain: PlainCards, path: Path, local: int) -> None:
        """Take lines that are all plain cards."""
        self._flush(path, local)
        self._collect_single()
        if self.ended:
            return
        lines = len(plain.names)
        self.chunks.append(
            (
                plain.letters,
                np.fromiter(map(self.number_of.__getitem__, plain.first), np.int32, lines),
                np.fromiter(map(self.number_of.__getitem__, plain.second), np.int32, lines),
                plain.values,
                np.fromiter(map(hash, plain.names), np.int64, lines),
                np.arange(self.position, self.position + lines, dtype=np.uint32),
            )
        )
        self.position += lines

    def _one_by_one(self, lines: list[str], path: Path, local: int) -> None:
        for line in lines:
            continued = line.startswith("+")
            words = "" if line.startswith("*") else COMMENT.sub("", line).strip()
            if continued and self.pending is not None:
                self.pending = (f"{self.pending[0]} {words[1:]}", self.pending[1])
            elif continued:
                self._refuse(self.position, "found '+' with no line before it to continue")
            elif words:
                self._flush(path, local)
                if self.ended:
                    return
                self.pending = (words, self.position)
            self.position += 1
            local += 1
        self._collect_single()

    def _collect_single(self) -> None:
        """Make the cards that were read one by one into arrays."""
        if self.single:
            types = (np.uint8, np.int32, np.int32, np.float64, np.int64, np.uint32)
            columns = zip(*self.single, strict=True)
            self.chunks.append(tuple(np.array(c, t) for c, t in zip(columns, types, strict=True)))
            self.single = []

    def _flush(self, path: Path, local: int) -> None:
        """Read the pending line, now that line ``local`` of the file does not continue it."""
        if self.pending is None:
            return
        (text, position), self.pending = self.pending, None
        before = self.position
        try:
            self._logical_line(text, position, path)
        except CardError as error:
            name = text.split()[0][:40].lower()  # of a file that is no text the rest says nothing
            self._refuse(position, f"{name if name.isprintable() else ascii(name)}: {error}")
        if self.position != before:  # another file was read in between
            self.places.begin(self.position, str(path), local)

    def _refuse(self, position: int, words: str) -> NoReturn:
        raise NetlistError(f"{self.places.name(position)}: {words}")

    def _logical_line(self, text: str, position: int, path: Path) -> None:
        words = text.lower().split()
        name = words[0]
        if self.in_control:
            self.in_control = name != ".endc"
        elif name.startswith("."):
            self._dot_line(words, text, position, path)
        elif name[0] in KINDS:
            self._card(words, position)
        else:
            raise CardError("found a card that is none of R, V, I, C and L")

    def _card(self, words: list[str], position: int) -> None:
        name = words[0]
        if len(words) < 4:
            raise CardError(f"found {len(words)} words; name, two nodes and a value are meant")
        first, second = self.number_of[words[1]], self.number_of[words[2]]
        if name[0] in "vi":
            found = source(words[3:])
            value = found.constant
            if found.wave is not None:
                self.waves[name[0], found.wave].append((position, found.numbers))
                # checked now, while the line is at hand; the run's step and end come later
                if found.wave == "pulse":
                    start = pulse_numbers(found.numbers, 1.0, 1.0)[0]
                else:
                    start = float(line_points(found.numbers)[0, 1])
                value = start if value is None else value
            assert value is not None
        else:
            if len(words) > 4:
                raise CardError(f"found '{words[4]}' behind the value; nothing is meant there")
            value = number(words[3])
        self.single.append((ord(name[0]), first, second, value, hash(name), position))

    def _dot_line(self, words: list[str], text: str, position: int, path: Path) -> None:
        name = words[0]
        if name == ".end":
            self.ended = True
        elif name == ".op":
            self.operating_point = True
        elif name == ".tran":
            if self.transient is not None:
                raise CardError("found a second time; one is meant")
            self.transient = transient_card(words[1:])
        elif name in (".include", ".inc"):
            self._include(text.split(), path)
        elif name in PASSED_OVER:
            self.in_control = name == ".control"
            if name in (".print", ".plot", ".save", ".probe"):
                self.printed += [(node, position) for node in PRINTED.findall(text.lower())]
            else:
                self.passed_over[name] += 1
        else:
            meant = INSTEAD.get(name, ".op, .tran, .print, .include, .options or .end")
            raise CardError(f"found what is not understood; {meant} is meant")

    def _include(self, words: list[str], path: Path) -> None:
        if len(words) != 2:
            raise CardError("found no file name; one is meant")
        self.file(path.parent / words[1].strip("'\""))

    # from what was read to a netlist

    def netlist(self) -> Netlist:
        """What was read, as a whole."""
        if not self.chunks:
            raise NetlistError(f"{self.places.files[0][0]}: found no R, V, I, C or L card")
        nodes = [name for name in self.number_of if name != "gnd"]
        printed = self._printed_nodes()
        self.number_of.clear()  # as large as all the arrays
        letters, first, second, value, names, position = (
            np.concatenate(column) for column in zip(*self.chunks, strict=True)
        )
        self.chunks.clear()
        self._refuse_duplicates(names, position)
        del names
        cards = {}
        for letter in KINDS:
            chosen = letters == ord(letter)
            cards[letter] = Cards(first[chosen], second[chosen], value[chosen], position[chosen])
        self._check_values(cards)
        return Netlist(
            title=self.title,
            nodes=nodes,
            resistors=cards["r"],
            voltages=cards["v"],
            currents=cards["i"],
            capacitors=cards["c"],
            inductors=cards["l"],
            voltage_waves=self._waveforms("v", cards["v"]),
            current_waves=self._waveforms("i", cards["i"]),
            transient=self.transient,
            wants_operating_point=self.operating_point,
            printed=printed,
            lines=self.position,
            notes=self._notes(),
            places=self.places,
        )

    def _refuse_duplicates(self, names: NDArray[np.int64], position: NDArray[np.uint32]) -> None:
        order = np.argsort(names, kind="stable")
        again = np.flatnonzero(np.diff(names[order]) == 0)
        if len(again):
            one, other = position[order[again[0]]], position[order[again[0] + 1]]
            self._refuse(
                int(other), f"found the name of {self.places.name(int(one))} again; "
                "a name of its own for each card is meant"
            )  # fmt: skip

    def _check_values(self, cards: dict[str, Cards]) -> None:
        for letter, unit in (("r", "ohm"), ("c", "F"), ("l", "H")):
            wrong = np.flatnonzero(cards[letter].value < 0)
            if len(wrong):
                value = cards[letter].value[wrong[0]]
                words = "above 0, or 0 for a short," if letter != "c" else "0 or more"
                position = int(cards[letter].position[wrong[0]])
                self._refuse(position, f"found {value:g} {unit}; {words} is meant")

    def _waveforms(self, letter: str, cards: Cards) -> Waveforms:
        step, stop = (1.0, 1.0) if self.transient is None else (
            self.transient.step, self.transient.stop
        )  # fmt: skip

        def source_number(position: int) -> int:
            return int(np.searchsorted(cards.position, position))

        return pulse_and_lines(
            [
                (source_number(position), pulse_numbers(numbers, step, stop))
                for position, numbers in self.waves[letter, "pulse"]
            ],
            [
                (source_number(position), line_points(numbers))
                for position, numbers in self.waves[letter, "pwl"]
            ],
        )

    def _printed_nodes(self) -> list[int]:
        found: dict[int, None] = {}
        for node, position in self.printed:
            if node not in self.number_of:
                self._refuse(position, f"found v({node}); a node that a card names is meant")
            found[self.number_of[node]] = None
        return list(found)

    def _notes(self) -> list[str]:
        notes = [
            f"{name} was passed over{'' if times == 1 else f' {times} times'}"
            for name, times in self.passed_over.items()
        ]
        first = self.title.lower().split()
        if len(first) >= 4 and first[0][0] in KINDS and _is_number(first[3]):
            notes.insert(0, "line 1 looks like a card but is the title, as in SPICE, and not read")
        if not self.ended:
            notes.append("there is no .end")
        return notes


def _is_number(text: str) -> bool:
    try:
        number(text)
    except CardError:
        return False
    return True
