"""Derivatives of the hottest point, the worst drop and the pump power with every input of a case.

One adjoint solution for each number, whatever the count of inputs: with its multipliers the
derivative with an input is the change of ``number + multipliers . equations`` at the solved state
held fast (Giles & Pierce, Flow, Turbulence and Combustion 65 (2000) 393), for which nothing is
solved again. That change is a central difference of the very functions that are solved with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from threadpoolctl import threadpool_limits

from thermal.steady import SteadySolver

from .answer import Answer, solve
from .case_file import CaseError, LoadedCase
from .faults import fault_lines
from .found_flows import FoundFlow
from .gradient_numbers import Name, Number, numbers_of
from .input_units import InputUnit, input_unit
from .inputs import Path, inputs, with_plain_materials
from .slopes import Slopes
from .solved_state import SolvedState

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Input:
    """An input and what it moves.

    Attributes
    ----------
    path : str
        Its key in the case file; of a named material's conductivity the key that gives it by hand.
    value : float
        In ``unit``.
    unit : str
        That in which the case file gives it; ``degC`` of a temperature, whose changes are kelvin.
    step : str
        ``1 %``, or ``1 K`` of a temperature.
    derivative, per_step : dict of number to float
        Growth of each number per unit, and when the input grows by the step [K, mV, W].
    """

    path: str
    value: float
    unit: str
    step: str
    derivative: dict[Name, float]
    per_step: dict[Name, float]


@dataclass(frozen=True)
class SmoothNumber:
    """A number, smoothed where it is a maximum.

    Attributes
    ----------
    value, plain : float
        Smooth, and as it is [K, mV or W].
    unit : str
    per_watt : array, shape (blocks,)
        Growth of the number with each block's nominal power [unit/W].
    iterations : int
        Of the adjoint solution.
    """

    value: float
    plain: float
    unit: str
    per_watt: Array
    iterations: int


@dataclass(frozen=True)
class Gradient:
    """Derivatives of a case's numbers with its inputs.

    Attributes
    ----------
    answer : Answer
        The solved case.
    numbers : dict of name to SmoothNumber
    inputs : list of Input
    left_out : dict of path to str
        Inputs that cannot be both a little less and a little more, and why.
    """

    answer: Answer
    numbers: dict[Name, SmoothNumber]
    inputs: list[Input]
    left_out: dict[str, str]

    def ranked(self, name: Name) -> list[Input]:
        """Inputs that move a number, the strongest by its step first."""
        moving = [found for found in self.inputs if found.per_step[name] != 0]
        return sorted(moving, key=lambda found: -abs(found.per_step[name]))


def gradient(
    loaded: LoadedCase,
    numbers: Sequence[Name] | None = None,
    paths: Sequence[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> Gradient:
    """Solve a case and differentiate its numbers with its inputs and with each block's power.

    Parameters
    ----------
    loaded : LoadedCase
        Its low-voltage side is taken per block, even where the case has sheets.
    numbers : sequence of {"hottest", "worst drop", "pump power"}, optional
        Those that the case has if left out.
    paths : sequence of str, optional
        Keys of the inputs; all that are not nought if left out.
    progress : callable, optional
        Called with what is being done.

    Returns
    -------
    Gradient

    Raises
    ------
    CaseError
        When the case has no such number or input, or is one that has no gradient here.
    NoSolution
        When it has no steady state, or the adjoint does not come to rest.

    Examples
    --------
    >>> found = gradient(load_case("cs3"), paths=["coolant.flow"])  # doctest: +SKIP
    >>> found.inputs[0].derivative["hottest"]  # doctest: +SKIP
    """
    say = progress or (lambda _: None)
    loaded = loaded.per_block()
    _refuse(loaded)
    loaded = replace(loaded, case=with_plain_materials(loaded.case))
    answer = solve(loaded, lambda count, _: say(f"round {count}"))
    with threadpool_limits(limits=1, user_api="blas"):
        return _differentiate(answer, numbers, paths, say)


def _refuse(loaded: LoadedCase) -> None:
    case = loaded.case
    if case.heat.at.endswith(" face") and case.loads is not None:
        raise CaseError(
            f"{loaded.name}: heat.at: found '{case.heat.at}' with loads; a layer is meant for "
            "gradients, or no loads"
        )
    plates = None if case.loop is None else case.loop.brick_plates
    if plates is not None and plates.arrangement == "series":
        raise CaseError(
            f"{loaded.name}: loop.brick_plates.arrangement: found 'series'; 'parallel' is meant "
            "for gradients"
        )


def _differentiate(
    answer: Answer,
    names: Sequence[Name] | None,
    paths: Sequence[str] | None,
    say: Callable[[str], None],
) -> Gradient:
    coupled, loaded = answer.coupled, answer.loaded
    if not isinstance(coupled.solver, SteadySolver):
        raise CaseError(f"engine: found '{coupled.solver.name}'; cosine or amg is meant")
    state = SolvedState(coupled, coupled.machine)
    numbers = _wanted(loaded, numbers_of(state), names)
    say("derivatives of the equations")
    slopes = Slopes(state, loaded, numbers, say)
    found, left_out = [], {}
    for path, value in _wanted_inputs(loaded, paths, slopes.flows):
        key = ".".join(path)
        say(key)
        try:
            found.append(_input(loaded, path, value, slopes))
        except ValueError as error:
            if paths is not None:
                raise CaseError(f"{loaded.name}: {key}: cannot be moved: {_words(error)}") from None
            left_out[key] = _words(error)
    say("powers of the blocks")
    per_watt = slopes.with_powers()
    smooth = {
        n.name: SmoothNumber(n.value(state), n.plain(state), n.unit, watt, m.iterations)
        for n, m, watt in zip(numbers, slopes.multipliers, per_watt, strict=False)
    }
    return Gradient(answer, smooth, found, left_out)


def _words(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(fault_lines(error.errors(include_url=False)))
    return str(error)


def _wanted(loaded: LoadedCase, known: list[Number], names: Sequence[Name] | None) -> list[Number]:
    by_name = {number.name: number for number in known}
    for name in names or ():
        if name not in by_name:
            has = ", ".join(by_name)
            raise CaseError(f"{loaded.name}: found no '{name}' in it; one of {has} is meant")
    return known if names is None else [by_name[name] for name in names]


def _wanted_inputs(
    loaded: LoadedCase, paths: Sequence[str] | None, flows: list[FoundFlow]
) -> list[tuple[Path, float]]:
    found = {flow.path for flow in flows}
    known = {".".join(p): (p, value) for p, value in inputs(loaded.case) if p not in found}
    for path in paths or ():
        if path not in known:
            raise CaseError(
                f"{loaded.name}: {path}: found no such number, or nought, or one that the pumps "
                "find; the key of a number that the case gives is meant"
            )
    return list(known.values()) if paths is None else [known[path] for path in paths]


def _input(loaded: LoadedCase, path: Path, value: float, slopes: Slopes) -> Input:
    unit: InputUnit = input_unit(loaded, path)
    names = [number.name for number in slopes.numbers]
    per_si = dict(zip(names, slopes.with_input(path, value, unit.is_temperature), strict=True))
    size, step = (unit.size, "1 K") if unit.is_temperature else (0.01 * value, "1 %")
    return Input(
        ".".join(path),
        unit.shown(value),
        unit.name,
        step,
        {name: slope * unit.size for name, slope in per_si.items()},
        {name: slope * size for name, slope in per_si.items()},
    )
