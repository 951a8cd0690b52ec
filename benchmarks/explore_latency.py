"""Time until ``waferflux explore`` has answered, over random positions of its sliders.

    python benchmarks/explore_latency.py [CASE] [number of positions]

Each position goes through the server as the page sends it. The time on the wall is that of one
client on this machine; the processor time, of server and client together, does not depend on what
else runs. Prints median and 95 %.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
import urllib.request

import numpy as np

from studies import load_case
from studies.explore import Explorer
from studies.explore_server import ExploreServer


def main(case: str = "cs3", positions: int = 100) -> None:
    """Measure and print."""
    chance, wall, processor = random.Random(0), [], []
    without = 0
    with ExploreServer(0) as server:
        server.explorer = explorer = Explorer(load_case(case))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for _ in range(positions):
            values = {s.path: chance.uniform(s.low, s.high) for s in explorer.sliders}
            began, used = time.perf_counter(), time.process_time()
            without += "no_solution" in _ask(server.port, values)
            wall.append(time.perf_counter() - began)
            processor.append(time.process_time() - used)
        server.shutdown()
    print(f"{case}: {positions} positions on {explorer.quick.name} cells, {without} without answer")
    for name, seconds in (("wall", wall), ("processor", processor)):
        median, most = np.percentile(seconds, [50, 95])
        print(f"{name:9}  median {1e3 * median:.0f} ms, 95 % {1e3 * most:.0f} ms")
    print("difference for the case as it is:", explorer.difference())


def _ask(port: int, values: dict[str, float]) -> dict[str, object]:
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
