"""The parts that can fail: their kinds, their numbers, and how a failure of some is written."""

from __future__ import annotations

from dataclasses import dataclass, replace

from power.delivery import Delivery
from power.outage import Outage
from thermal.contact import ContactLayer

from .case import Case
from .case_file import CaseError, LoadedCase

OUTAGES = {
    "brick": "bricks",
    "board": "boards",
    "supply": "supplies",
    "feed": "feeds",
    "contact": "contacts",
}
"""Kinds of parts, and the key of each in ``delivery.outage``."""
THERMAL = "thermal-contact"
"""The kind that changes the temperature field's own equations."""


@dataclass(frozen=True)
class Failure:
    """Parts that fail together: kind and number of each.

    Examples
    --------
    >>> Failure((("brick", 41), ("board", 3))).name
    'brick:41,board:3'
    """

    parts: tuple[tuple[str, int], ...]

    @property
    def name(self) -> str:
        """As it is typed."""
        return ",".join(f"{kind}:{number}" for kind, number in self.parts)

    @property
    def kind(self) -> str:
        """Of its one part, or ``pair``."""
        return self.parts[0][0] if len(self.parts) == 1 else "pair"

    @property
    def is_thermal(self) -> bool:
        """Whether a thermal contact is among the parts."""
        return any(kind == THERMAL for kind, _ in self.parts)

    def numbers(self, kind: str) -> tuple[int, ...]:
        """Of the parts of one kind."""
        return tuple(number for known, number in self.parts if known == kind)

    def outage(self, before: Outage) -> Outage:
        """What is lost then, beside what was lost before."""
        lost = {key: (*getattr(before, key), *self.numbers(kind)) for kind, key in OUTAGES.items()}
        return replace(before, **lost)  # type: ignore[arg-type]


def lost_parts(delivery: Delivery | None) -> Failure:
    """What a case says is lost from the start; no parts if nothing is."""
    if delivery is None:
        return Failure(())
    numbers = [(kind, getattr(delivery.outage, key)) for kind, key in OUTAGES.items()]
    return Failure(tuple((kind, number) for kind, of_kind in numbers for number in of_kind))


def delivery_of(loaded: LoadedCase) -> Delivery:
    """The power delivery of a case.

    Raises
    ------
    CaseError
        When it has none.
    """
    if loaded.case.delivery is None:
        raise CaseError(f"{loaded.name}: delivery: missing; failures are those of a power delivery")
    return loaded.case.delivery


def single_failures(loaded: LoadedCase, thermal_contacts: bool = False) -> list[Failure]:
    """Every part of a case that can be lost alone and is not lost already.

    Feeds where the supplies' feed is A/B: a single feed is all there is, and a feed for each board
    is its supply. Thermal contacts where they are asked for.
    """
    delivery, counts = delivery_of(loaded), part_counts(loaded)
    if delivery.supplies.feed != "A/B":
        del counts["feed"]
    if not thermal_contacts:
        counts.pop(THERMAL, None)
    elif THERMAL not in counts:
        raise CaseError(f"{loaded.name}: layers: found no contact beside heat.at; one is meant")
    return [
        Failure(((kind, number),))
        for kind, count in counts.items()
        for number in range(count)
        if kind == THERMAL or number not in getattr(delivery.outage, OUTAGES[kind])
    ]


def part_counts(loaded: LoadedCase) -> dict[str, int]:
    """How many parts of each kind a case has.

    Raises
    ------
    CaseError
        When it has no power delivery.
    """
    delivery, device = delivery_of(loaded), loaded.case.device
    buses = delivery.supplies.bus_of_supply(device.columns)
    blocks = device.columns * device.rows
    counts = {
        "brick": blocks,
        "board": device.columns,
        "supply": delivery.supplies.count,
        "feed": int(buses[-1]) + 1,
        "contact": blocks,
    }
    return counts | ({THERMAL: blocks} if contact_layer(loaded.case) else {})


def parse_failure(text: str, loaded: LoadedCase, option: str = "--pair") -> Failure:
    """Parts that fail together, from ``brick:41,board:3``.

    Raises
    ------
    CaseError
        When a kind or number is not one of the case's.
    """
    counts, parts = part_counts(loaded), []
    for word in text.split(","):
        kind, _, number = (part.strip() for part in word.partition(":"))
        if kind not in counts or not (number.isascii() and number.isdigit()):
            raise CaseError(
                f"{option}: found '{word}'; KIND:NUMBER is meant, KIND one of {', '.join(counts)}"
            )
        if int(number) >= counts[kind]:
            raise CaseError(
                f"{option}: found '{word}'; numbers from 0 to {counts[kind] - 1} are meant"
            )
        parts.append((kind, int(number)))
    return Failure(tuple(parts))


def contact_layer(case: Case) -> str | None:
    """Name of the thermal contact nearest to where the heat is made; None where there is none."""
    names = list(case.layers)
    contacts = [name for name, layer in case.layers.items() if isinstance(layer, ContactLayer)]
    if not contacts or case.heat.at not in names:
        return None
    heated = names.index(case.heat.at)
    return min(contacts, key=lambda name: abs(names.index(name) - heated))
