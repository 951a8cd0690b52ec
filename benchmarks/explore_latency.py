"""Time until ``waferflux explore`` has answered, as its sliders move.

    python benchmarks/explore_latency.py [CASE] [number of positions]

Once with all sliders at random positions, once with one slider at a time drawn in steps of 3 % of
its length, eight each. Each position goes through the server as the page sends it. The time on the
wall is that of one client on this machine; the processor time, of server and client together, does
not depend on what else runs. Prints median and 95 %, and beside it the processor time of a fresh
solution at the same positions, so what beginning from the last one saves, with the largest
difference of any temperature.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator

import numpy as np

from geometry.errors import NoSolution
from studies import load_case, solve
from studies.answer import Answer
from studies.explore import Explorer
from studies.explore_server import ExploreServer

Positions = dict[str, float]
OF_A_SLIDER = 0.03
STEPS = 8


def main(case: str = "cs3", positions: int = 100) -> None:
    """Measure and print."""
    with ExploreServer(0) as server:
        server.explorer = explorer = Explorer(load_case(case))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"{case}: {positions} positions on {explorer.quick.name} cells")
        for name, moved in (("at random", _at_random), ("drawn", _drawn)):
            print(f"sliders {name}")
            _measure(server, list(moved(explorer, positions)))
        server.shutdown()
    print("difference for the case as it is:", explorer.difference())


def _at_random(explorer: Explorer, count: int) -> Iterator[Positions]:
    chance = random.Random(0)
    for _ in range(count):
        yield {s.path: chance.uniform(s.low, s.high) for s in explorer.sliders}


def _drawn(explorer: Explorer, count: int) -> Iterator[Positions]:
    chance, at = random.Random(0), {s.path: s.value for s in explorer.sliders}
    for step in range(count):
        slider = explorer.sliders[step // STEPS % len(explorer.sliders)]
        by = chance.choice((-1, 1)) * OF_A_SLIDER * (slider.high - slider.low)
        at[slider.path] = min(max(at[slider.path] + by, slider.low), slider.high)
        yield dict(at)


def _measure(server: ExploreServer, positions: list[Positions]) -> None:
    wall, processor, without = [], [], 0
    for values in positions:
        began, used = time.perf_counter(), time.process_time()
        without += "no_solution" in _ask(server.port, values)
        wall.append(time.perf_counter() - began)
        processor.append(time.process_time() - used)
    begun, fresh, off = _beside_fresh(server.explorer, positions)
    print(f"  {without} without answer")
    for name, seconds in (
        ("wall", wall),
        ("processor", processor),
        ("solution alone, processor", begun),
        ("fresh solution, processor", fresh),
    ):
        median, most = np.percentile(seconds, [50, 95])
        print(f"  {name:25}  median {1e3 * median:.0f} ms, 95 % {1e3 * most:.0f} ms")
    print(f"  {sum(begun) / sum(fresh):.2f} of the processor time of fresh ones, {off:.1e} K off")


def _beside_fresh(
    explorer: Explorer, positions: list[Positions]
) -> tuple[list[float], list[float], float]:
    """Processor times begun from the last solution and afresh; the largest difference [K]."""
    begun: list[float] = []
    fresh: list[float] = []
    off = 0.0
    for at, values in enumerate(positions):
        texts = {s.path: s.text(values[s.path]) for s in explorer.sliders}
        case = explorer.quick.loaded.with_values(texts)
        pair = [
            (begun, lambda v=values: explorer.solve(v, False)),
            (fresh, lambda c=case: solve(c)),
        ]
        # which comes first takes turns, so that what else runs is the same for both
        answers = [_timed(*one) for one in (pair if at % 2 else pair[::-1])]
        rises = [answer.coupled.solver.rise for answer in answers if answer is not None]
        if len(rises) == 2:
            off = max(off, float(np.abs(rises[0] - rises[1]).max()))
    return begun, fresh, off


def _timed(seconds: list[float], call: Callable[[], Answer]) -> Answer | None:
    used = time.process_time()
    try:
        answer: Answer | None = call()
    except NoSolution:
        answer = None
    seconds.append(time.process_time() - used)
    return answer


def _ask(port: int, values: Positions) -> dict[str, object]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/solve",
        json.dumps({"values": values, "whole": False}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as reply:
        found: dict[str, object] = json.load(reply)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:3]))
