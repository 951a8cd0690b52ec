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
from collections.abc import Generator, Iterable
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


def packed(base: LoadedCase, model: Model) -> bytes:
    """What a worker needs to know of a sweep; the model may be a function of a script."""
    import cloudpickle

    found: bytes = cloudpickle.dumps((base, model))
    return found


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

    Raises
    ------
    CaseError
        When a worker process dies or no scheduler answers.
    """
    if scheduler is not None:
        return _on_cluster(setup, tasks, scheduler)
    if workers == 1:
        return (solve_point(setup, task) for task in tasks)
    return _in_processes(setup, tasks, workers)


def _in_processes(setup: bytes, tasks: Iterable[Task], workers: int) -> Generator[str, None, None]:
    import joblib
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    # that points on their way are given up is what an interruption asks for
    warnings.filterwarnings(
        "ignore", message="[0-9]+ tasks (which were still|have been successfully)"
    )
    with joblib.parallel_config(backend="loky", n_jobs=workers, inner_max_num_threads=1):
        pool = joblib.Parallel(return_as="generator_unordered")
        results = pool(joblib.delayed(_solve_beside)(os.getpid(), setup, task) for task in tasks)
    try:
        yield from results
    except TerminatedWorkerError:
        raise CaseError(
            "--workers: a worker process died, killed or out of memory; the same command goes on "
            "from the points on disk"
        ) from None
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
    waiting = iter(tasks)

    def send(there: int) -> list[Any]:
        """So many more that the threads there are now have enough to do."""
        enough = max(1, sum(client.nthreads().values())) * ON_THE_WAY
        some = itertools.islice(waiting, max(0, enough - there))
        return [client.submit(solve_point, setup, task, pure=False) for task in some]

    with client:
        done = distributed.as_completed(send(0))
        try:
            for future in done:
                yield future.result()
                done.update(send(done.count()))
        except distributed.KilledWorker as error:
            raise CaseError(f"--scheduler: a point lost every worker: {error}") from None
        except CancelledError:
            raise CaseError(f"--scheduler: {scheduler} is lost") from None
