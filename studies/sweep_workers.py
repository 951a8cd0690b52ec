"""Points solved in this process, in several, or on a cluster; each comes back when it is done.

The same function solves a point everywhere. Within a process the base case and what its points
share are made once.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import pickle
import signal
import threading
import time
import warnings
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from functools import lru_cache
from typing import Any

from geometry.errors import NoSolution

from .case_file import CaseError, LoadedCase
from .point_model import Answers, Model

Task = tuple[int, dict[str, Any]]
"""Number of a point, and its values by path."""
ON_THE_WAY = 4
"""Points sent to each of a cluster's threads before its first comes back."""
CONNECT_SECONDS = 10
LOOK_EVERY = 0.5
"""Seconds after which a worker process sees that it is alone."""
DIED = (
    "its worker died, killed or out of memory, and again when it was the only point that was solved"
)


def packed(base: LoadedCase, model: Model) -> bytes:
    """What a worker needs to know of a sweep; the model may be a function of a script."""
    import cloudpickle

    found: bytes = cloudpickle.dumps((base, model))
    return found


def prepare(setup: bytes) -> None:
    """Make what the points share, in this process."""
    _unpacked(setup)


@lru_cache(maxsize=1)
def _unpacked(setup: bytes) -> tuple[LoadedCase, Answers]:
    base, model = pickle.loads(setup)
    return base, model(base)


def solve_point(setup: bytes, task: Task) -> str:
    """One point, as the journal has it: its numbers, or the reason why it has none."""
    base, answers = _unpacked(setup)
    point, values = task
    found: dict[str, Any] = {}
    reason, started = "", time.perf_counter()
    try:
        found = answers(base.with_values(values))
    except CaseError as error:
        reason = "; ".join(str(error).splitlines())
    except NoSolution as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
    seconds = time.perf_counter() - started
    return json.dumps({"point": point, "reason": reason, "seconds": seconds, "found": found})


def solve_points(
    setup: bytes, tasks: Iterable[Task], workers: int, scheduler: str | None
) -> Generator[str, None, None]:
    """Records of all tasks, in the order in which they are done.

    A point on its way when a worker process dies is solved again by itself; if that process dies
    too, this is its reason.

    Raises
    ------
    CaseError
        When no scheduler answers.
    """
    if scheduler is not None:
        return _on_cluster(setup, tasks, scheduler)
    if workers == 1:
        return (solve_point(setup, task) for task in tasks)
    return _in_processes(setup, tasks, workers)


def solve_alone(setup: bytes, tasks: Iterable[Task]) -> Generator[str, None, None]:
    """Records of tasks that a process may die of, one after the other in a process beside this."""
    from joblib.externals.loky import ProcessPoolExecutor
    from joblib.externals.loky.process_executor import BrokenProcessPool

    waiting = list(tasks)
    while waiting:
        beside = ProcessPoolExecutor(max_workers=1)
        try:
            while waiting:
                yield beside.submit(_solve_beside, os.getpid(), setup, waiting[0]).result()
                waiting.pop(0)
        except BrokenProcessPool:
            yield _without_answer(waiting.pop(0))
        finally:
            beside.shutdown(wait=True, kill_workers=True)


def _without_answer(task: Task) -> str:
    return json.dumps({"point": task[0], "reason": DIED, "seconds": 0.0, "found": {}})


def _in_processes(setup: bytes, tasks: Iterable[Task], workers: int) -> Generator[str, None, None]:
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    on_the_way: dict[int, Task] = {}

    def sent() -> Iterator[Task]:
        for task in tasks:
            on_the_way[task[0]] = task
            yield task

    waiting, died = sent(), True
    while died:
        died = False
        try:
            for record in _from_pool(setup, waiting, workers):
                del on_the_way[json.loads(record)["point"]]
                yield record
        except TerminatedWorkerError:
            died = True
            yield from solve_alone(setup, list(on_the_way.values()))
            on_the_way.clear()


def _from_pool(setup: bytes, tasks: Iterable[Task], workers: int) -> Generator[str, None, None]:
    import joblib

    # that points on their way are given up is what an interruption asks for
    warnings.filterwarnings(
        "ignore", message="[0-9]+ tasks (which were still|have been successfully)"
    )
    with joblib.parallel_config(backend="loky", n_jobs=workers, inner_max_num_threads=1):
        pool = joblib.Parallel(return_as="generator_unordered")
        results = pool(joblib.delayed(_solve_beside)(os.getpid(), setup, task) for task in tasks)
    try:
        yield from results
    finally:
        results.close()


def _solve_beside(parent: int, setup: bytes, task: Task) -> str:
    _belong_to(parent)
    return solve_point(setup, task)


@lru_cache(maxsize=1)
def _belong_to(parent: int) -> None:
    """A worker process leaves Ctrl-C to the process that began it, and ends with it."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_EVERY)
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch, daemon=True).start()


def _on_cluster(setup: bytes, tasks: Iterable[Task], scheduler: str) -> Generator[str, None, None]:
    """By Dask: a worker that is lost gives its points to the others."""
    try:
        import distributed
    except ImportError:
        raise CaseError("--scheduler: needs Dask; install waferflux[cluster]") from None
    for name in ("client", "core", "utils"):
        # what goes wrong there is told below, in one line
        logging.getLogger(f"distributed.{name}").setLevel(logging.CRITICAL + 1)
    try:
        client = distributed.Client(scheduler, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise CaseError(f"--scheduler: {scheduler}: no scheduler answers: {error}") from None
    waiting, suspects = iter(tasks), list[Task]()

    def send(there: int) -> dict[Any, Task]:
        """So many more that the threads there are now have enough to do."""
        enough = max(1, sum(client.nthreads().values())) * ON_THE_WAY
        some = itertools.islice(waiting, max(0, enough - there))
        return {client.submit(solve_point, setup, task, pure=False): task for task in some}

    with client:
        on_the_way = send(0)
        done = distributed.as_completed(list(on_the_way))
        try:
            for future in done:
                task = on_the_way.pop(future)
                try:
                    yield future.result()
                except distributed.KilledWorker:
                    suspects.append(task)
                more = send(done.count())
                on_the_way |= more
                done.update(list(more))
            for task in suspects:
                # by itself, as another point may have been what the workers died of
                try:
                    yield client.submit(solve_point, setup, task, pure=False).result()
                except distributed.KilledWorker:
                    yield _without_answer(task)
        except CancelledError:
            raise CaseError(f"--scheduler: {scheduler} is lost") from None
