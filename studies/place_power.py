"""Where on the device to make a given power, so that its hottest point is as cold as it can be.

The total stays and every block stays between shares of what it has. With coefficients held the
temperature of every cell is linear in the blocks' heat (``studies.influence``), and the coldest
hottest cell a linear program. A few turns of solving the case and then the program bring it to rest
(sequential linear programming for a minimax: Madsen, J. Inst. Maths Applics 16 (1975) 321).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from geometry.errors import NoSolution

from .answer import Answer
from .build import Machine, build
from .case_file import CaseError, LoadedCase
from .coolant_need import coolant_need
from .coupled import junction_rise, solve_coupled
from .influence import Influence, influence_about, own_cells, solved_heat
from .operating_points import coarser

Array = NDArray[np.float64]
SEARCHED_ON = 6
"""Cells of the case's own grid that become one for the search, along x and y."""
SETTLED = 1e-3
"""Gain of the hottest point at which the search ends [K]."""
MOST_TURNS = 12


@dataclass(frozen=True)
class Placement:
    """Power before and after.

    Attributes
    ----------
    before, after : Answer
        On the case's own grid.
    least, most : float
        Of each block's nominal power, over what it has.
    turns : int
        Linear programs that it took.
    """

    before: Answer
    after: Answer
    least: float
    most: float
    turns: int

    @property
    def shares(self) -> Array:
        """Each block's nominal power over what it had."""
        return nominal(self.after) / nominal(self.before)


def nominal(answer: Answer) -> Array:
    """Nominal power of each block [W]."""
    return answer.coupled.machine.power_map.block_power


def place_power(
    loaded: LoadedCase,
    least: float = 0.5,
    most: float = 1.5,
    say: Callable[[str], None] | None = None,
) -> Placement:
    """Share a case's power over its blocks so that the hottest point is coldest.

    Parameters
    ----------
    loaded : LoadedCase
        Its low-voltage side is taken per block, even where the case has sheets.
    least, most : float
        Bounds of each block's nominal power, over what it has; 1 is between them.
    say : callable, optional
        Called with what is being solved.

    Returns
    -------
    Placement

    Raises
    ------
    CaseError
        When the bounds leave nothing to choose, or the case has one block.
    NoSolution
        When it has no steady state.

    Examples
    --------
    >>> found = place_power(load_case("cs3"), 0.8, 1.2)  # doctest: +SKIP
    """
    if not 0 <= least < 1 < most:
        raise CaseError(
            f"--block-power: found {least:g}:{most:g}; from below 1, not negative, to above 1 is "
            "meant, as 0.5:1.5"
        )
    say, loaded = say or (lambda _: None), loaded.per_block()
    if loaded.case.heat.at.endswith(" face") and loaded.case.loads is not None:
        raise CaseError(f"{loaded.name}: heat.at: found a face with loads; a layer is meant")
    own, search = build(loaded), build(coarser(loaded, SEARCHED_ON))
    if own.floorplan.areas.size < 2:
        raise CaseError(f"{loaded.name}: device.columns: found one block; more are meant")
    say("the case as it is")
    before = _answer(loaded, own)
    power, turns = _search(search, least, most, say)
    say("the case's own grid")
    return Placement(before, _answer(loaded, with_power(own, power)), least, most, turns)


def with_power(machine: Machine, power: Array) -> Machine:
    """The machine with other nominal powers of its blocks [W]."""
    return replace(machine, power_map=replace(machine.power_map, block_power=power))


def _answer(loaded: LoadedCase, machine: Machine) -> Answer:
    coupled = solve_coupled(machine)
    return Answer(loaded, coupled, coolant_need(coupled), 0.0)


def _search(
    machine: Machine, least: float, most: float, say: Callable[[str], None]
) -> tuple[Array, int]:
    """Nominal powers [W] and how many turns they took."""
    say("influence of every block")
    now = machine.power_map.block_power
    known = influence_about(solve_coupled(machine))
    best, power, trust = known, now, most - least
    for turn in range(1, MOST_TURNS + 1):
        say(f"placement {turn}")
        tried = _next(best, power, now, (least, most), trust)
        try:
            found = _recentred(known, with_power(machine, tried))
        except NoSolution:
            trust /= 4
            continue
        gain = float(best.maximum.max() - found.maximum.max())
        if gain > 0:
            best, power = found, tried
        else:
            trust /= 4
        if abs(gain) < SETTLED:
            break
    return power, turn


def _recentred(known: Influence, machine: Machine) -> Influence:
    """The influence about another solved state, with the responses that are known."""
    coupled = solve_coupled(machine)
    rise = junction_rise(machine, coupled.solver, coupled.heat)
    where = np.concatenate(own_cells(machine, len(rise)))
    cells = rise.ravel()[where] + machine.problem.reference_temperature
    return replace(
        known,
        coupled=coupled,
        power=solved_heat(coupled),
        maximum=np.maximum.reduceat(
            cells, np.searchsorted(known.cell_block, np.arange(known.power.size))
        ),
        cell_temperature=cells,
    )


def _next(
    about: Influence, power: Array, now: Array, bounds: tuple[float, float], trust: float
) -> Array:
    """The best nominal powers [W] by the linear program about a state.

    Unknowns are the blocks' shares and the hottest cell; no share moves further than ``trust``.
    """
    blocks, shares = power.size, power / now
    heat = about.power / shares
    response = about.cell_response * heat
    rows = np.column_stack([response, -np.ones(len(response))])
    lower = np.maximum(bounds[0], shares - trust)
    upper = np.minimum(bounds[1], shares + trust)
    found = linprog(
        np.append(np.zeros(blocks), 1.0),
        A_ub=rows,
        b_ub=response @ shares - (about.cell_temperature - about.cell_temperature.mean()),
        A_eq=np.append(now / now.sum(), 0.0)[None],
        b_eq=[1.0],
        bounds=[*zip(lower, upper, strict=True), (None, None)],
        method="highs",
    )
    return conserving(found.x[:blocks], now, *bounds)


def conserving(shares: Array, now: Array, least: float, most: float) -> Array:
    """Powers of shares within their bounds whose total is that of ``now`` to rounding.

    Examples
    --------
    >>> conserving(np.array([0.4, 1.7, 1.0]), np.ones(3), 0.5, 1.5).tolist()
    [0.5, 1.5, 1.0]
    """
    power = np.clip(shares, least, most) * now
    for _ in range(3):
        lacking = now.sum() - power.sum()
        room = most * now - power if lacking > 0 else power - least * now
        power = power + lacking * room / room.sum()
    return power
