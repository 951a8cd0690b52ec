"""A sweep: one case solved at many design points, with nothing lost.

Every finished point goes to a journal on disk beside the file of results; the file is written from
it. A run that was broken off goes on where it was, and comes to the same results bit for bit.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .case_file import CaseError, LoadedCase
from .design_points import Design
from .point_model import Model, full_model
from .sweep_check import check_values
from .sweep_dataset import dataset
from .sweep_files import check_names, write_dataset
from .sweep_identity import case_as_toml, identity, versions
from .sweep_journal import Journal
from .sweep_reduced import Solver, reduced_answers
from .sweep_workers import Task, packed, prepare, solve_alone, solve_points

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Attributes
    ----------
    points : int
        In all.
    found : int
        Were on disk when it began.
    damaged : int
        Records on disk that were not whole; their points are solved again.
    done : int
        Of all, by now.
    without : int
        Of those, how many have no solution.
    """

    points: int
    found: int
    damaged: int
    done: int
    without: int


Report = Callable[[Progress], None]
DEADLY = 3
"""Runs that ended in a point before it is solved in a process of its own."""


def sweep(
    base: LoadedCase,
    design: Design,
    out: str | Path | None = None,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    restart: bool = False,
    model: Model = full_model,
    by_surface: bool = False,
    report: Report | None = None,
    say: Callable[[str], None] | None = None,
) -> xarray.Dataset:
    """Solve a case at every point of a design.

    Parameters
    ----------
    base : LoadedCase
        From which the points differ.
    design : Design
        From ``design_points``: ``grid``, ``sample`` or ``points_from_csv``.
    out : path, optional
        A netCDF file; beside it the journal, with the ending ``.journal``, from which the same call
        goes on. Without it nothing is written.
    workers : int
        Processes; 1 solves in this one.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers solve instead.
    restart : bool
        Begin anew where the journal or the file is of another sweep, or of this.
    model : Model, optional
        What answers a point.
    by_surface : bool
        Answer points by a response surface, or by an influence matrix where nothing but heat
        varies, 0.05 K and 0.1 mV off at most as far as it can be measured, where that takes less
        than half the solutions; else each is solved.
    report : callable, optional
        Called when the sweep begins and after every point.
    say : callable, optional
        Told in words how the surface or matrix comes on, or why there is none.

    Returns
    -------
    xarray.Dataset
        See ``sweep_dataset``. A point without a solution has its ``reason``.

    Raises
    ------
    CaseError
        When a path or a value cannot be, before anything is solved; or when the disk is full, the
        file is that of another sweep or the scheduler is lost. What was finished is kept.
    KeyboardInterrupt
        When it was interrupted; the file then holds the points that were finished.

    Examples
    --------
    >>> from studies import load_case
    >>> from studies.design_points import grid
    >>> found = sweep(load_case("slab"), grid("heat.power=20,30 kW"))
    >>> found.junction_temperature_max_degC.sel(heat_power=30).round(2).item()
    70.09
    """
    if workers < 1:
        raise CaseError(f"--workers: found {workers}; 1 or more is meant")
    if workers > 1 and scheduler is not None:
        raise CaseError("--workers: found with --scheduler; one of the two is meant")
    check_values(base, design)
    quiet = lambda _: None  # noqa: E731
    run = _Run(base, design, model, workers, scheduler, by_surface, report or quiet, say or quiet)
    if out is None:
        memory = Memory()
        run.solve_into(memory)
        return run.dataset(memory)
    out = Path(out)
    check_names(out, None)
    path = out.with_name(f"{out.name}.journal")
    if out.exists() and not path.exists() and not restart:
        raise CaseError(f"{out}: found without its journal; another --out, or --restart, is meant")
    with Journal(path, identity(base, design, model, by_surface), restart) as journal:
        try:
            run.solve_into(journal)
        except KeyboardInterrupt:
            write_dataset(run.dataset(journal), out)
            raise
        found = run.dataset(journal)
        write_dataset(found, out)
    return found


class Memory:
    """Points kept where no file is asked for; as ``Journal``."""

    def __init__(self) -> None:
        self.done: set[int] = set()
        self.without, self.damaged = 0, 0
        self.begun = Counter[int]()
        self._kept: list[dict[str, Any]] = []

    def begin(self, point: int) -> None:
        """Nothing outlasts this process."""

    def append(self, text: str) -> None:
        """Keep a point's record."""
        record = json.loads(text)
        self._kept.append(record)
        self.done.add(record["point"])
        self.without += bool(record["reason"])

    def records(self) -> Iterator[dict[str, Any]]:
        """Every point."""
        return iter(self._kept)


@dataclass(frozen=True)
class _Run:
    """What a sweep is asked to do."""

    base: LoadedCase
    design: Design
    model: Model
    workers: int
    scheduler: str | None
    by_surface: bool
    report: Report
    say: Callable[[str], None]

    def solve_into(self, kept: Journal | Memory) -> None:
        """Solve every point that is not kept yet."""
        count, found = len(self.design.points), len(kept.done)
        say = lambda: self.report(  # noqa: E731
            Progress(count, found, kept.damaged, len(kept.done), kept.without)
        )
        say()
        missing = [point for point in range(count) if point not in kept.done]
        if not missing:
            return
        if self.by_surface:
            solver = Solver(self.workers, self.scheduler)
            answered = reduced_answers(self.base, self.design, solver, self.say)
            for record in () if answered is None else answered.records(set(missing)):
                kept.append(record)
            say()
            missing = [point for point in missing if point not in kept.done]
        with closing(self._solved(kept, missing)) as records:
            for record in records:
                kept.append(record)
                say()

    def _solved(self, kept: Journal | Memory, missing: Sequence[int]) -> Generator[str, None, None]:
        """Records of points; last those that runs before this one have ended in."""
        setup = packed(self.base, self.model)
        here = self.workers == 1 and self.scheduler is None
        often = Counter({point: kept.begun[point] for point in missing if here})
        alone = [point for point in missing if often[point] >= DEADLY]
        others = sorted(set(missing) - set(alone), key=lambda point: (often[point], point))

        def tasks() -> Iterator[Task]:
            for point in others:
                if here:
                    kept.begin(point)
                yield point, self.design.settings(point)

        if here and others:
            prepare(setup)  # before a point is said to be begun
        yield from solve_points(setup, tasks(), self.workers, self.scheduler)
        yield from solve_alone(setup, [(point, self.design.settings(point)) for point in alone])

    def dataset(self, kept: Journal | Memory) -> xarray.Dataset:
        """Of all points, with the case and the versions inside."""
        about: dict[Hashable, Any] = {
            "title": self.base.case.title,
            "case_name": self.base.name,
            "case": case_as_toml(self.base),
            "design": self.design.kind,
            "varied": "\n".join(axis.path for axis in self.design.axes),
            "versions": json.dumps(versions()),
            "model": self.model.__name__,
        }
        if self.design.seed is not None:
            about["seed"] = self.design.seed
        return dataset(self.design, kept.records(), about)
