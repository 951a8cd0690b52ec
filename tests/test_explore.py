"""``waferflux explore``: answers are those of ``solve``, and only its own page is answered."""

import http.client
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from geometry.errors import ThermalRunaway
from studies import explore as exploring
from studies import load_case, solve
from studies.case_file import CaseError
from studies.cli import app
from studies.explore import Explorer, Superseded
from studies.explore_server import MOST_BYTES, ExploreServer
from studies.explore_sliders import read_positions, sliders_of

ROOT = Path(__file__).parent.parent
SMALL = {"grid.along_x": 48, "grid.along_y": 28}
QUICK = {"grid.along_x": 16, "grid.along_y": 9}
MOVED = {"coolant.flow": 80.0, "layers.contact.resistance": 8.0, "layers.fins.channel_width": 0.4}
LEAKY = {"loads.leakage_per_kelvin": "0.036 /K", "loads.leakage_fraction": 0.4}
TOO_MUCH = {"heat.power": 50.0, "coolant.flow": 30.0, "coolant.inlet_temperature": 45.0}


@pytest.fixture(scope="module")
def server():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exploring, "SOON", 0.0)  # no grid is soon enough: the coarsest is taken
        explorer = Explorer(load_case("cs3", SMALL | LEAKY))
    with ExploreServer(0) as made:
        made.explorer = explorer
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def send(server, method="POST", path="/solve", body="", **headers):
    """Status and text of a request; a header of None is left out."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    given = {"Host": f"127.0.0.1:{server.port}", "Content-Type": "application/json"}
    body = body if isinstance(body, str | bytes) else json.dumps(body)
    body = body if isinstance(body, bytes) else body.encode()
    given |= {"Content-Length": str(len(body))} | {
        k.replace("_", "-"): v for k, v in headers.items()
    }
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in given.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(body)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply.status, text


def physics(numbers):
    """Every number of an answer by its path, without how it was found."""
    how = ("solve_seconds", "rounds", "residual", "heat_balance_relative", "power_balance_relative")
    found = {}
    for key, value in numbers.items():
        if key in how:
            continue
        if isinstance(value, dict):
            found |= {f"{key}.{inner}": v for inner, v in physics(value).items()}
        elif isinstance(value, list):
            found |= {f"{key}.{at}": v for at, v in enumerate(value)}
        else:
            found[key] = value
    return found


def assert_as_fresh(found, fresh):
    """The same to 1e-6 K, or to 1e-7 of a number: the solver's tolerance leaves a tenth of it."""
    found, fresh = physics(found), physics(fresh)
    assert found.keys() == fresh.keys()
    for key, value in fresh.items():
        expected = value
        if key == "hottest_block":
            continue  # of blocks that mirror each other rounding says which
        if isinstance(value, float):
            expected = pytest.approx(value, abs=1e-6, rel=1e-7)
        assert found[key] == expected, key


@pytest.mark.parametrize("whole", [True, False])
def test_answers_are_those_of_solve(server, whole):
    status, text = send(server, body={"values": MOVED, "whole": whole})
    assert status == 200
    values = {"coolant.flow": "80 L/min", "layers.contact.resistance": "8 mm**2*K/W",
              "layers.fins.channel_width": "0.4 mm"}  # fmt: skip
    expected = solve(load_case("cs3", SMALL | LEAKY | values | ({} if whole else QUICK))).to_dict()
    found = json.loads(text)
    assert_as_fresh(found["numbers"], json.loads(json.dumps(expected)))
    assert found["whole"] is whole
    assert "'coolant.flow=80.0 L/min'" in found["command"]


@pytest.mark.parametrize("whole", [True, False])
def test_answers_begin_from_the_one_before_and_are_as_fresh_ones(server, whole):
    explorer, rounds = server.explorer, []
    grid = (explorer.whole if whole else explorer.quick).loaded
    for kilowatts in (20.0, 20.5, 21.0):
        found = explorer.solve({"heat.power": kilowatts}, whole)
        fresh = solve(grid.with_values({"heat.power": f"{kilowatts} kW"}))
        assert np.abs(found.coupled.solver.rise - fresh.coupled.solver.rise).max() < 1e-6
        assert_as_fresh(found.to_dict(), fresh.to_dict())
        rounds.append((found.coupled.rounds, fresh.coupled.rounds))
    assert all(begun < fresh for begun, fresh in rounds[1:])


def test_an_answer_after_one_without_is_as_a_fresh_one(server):
    explorer = server.explorer
    with pytest.raises(ThermalRunaway):
        explorer.solve(TOO_MUCH, False)
    found = explorer.solve(MOVED, False).to_dict()
    values = {path: s.text(MOVED[path]) for s in explorer.sliders if (path := s.path) in MOVED}
    assert_as_fresh(found, solve(explorer.quick.loaded.with_values(values)).to_dict())


def test_the_page_says_what_the_coarser_grid_costs(server):
    status, text = send(server, "GET", "/")
    assert status == 200
    quick, whole = (solve(server.explorer.whole.loaded.with_values(g)) for g in (QUICK, {}))
    kelvin = quick.block_temperature_max.max() - whole.block_temperature_max.max()
    assert server.explorer.difference()["hottest_K"] == pytest.approx(kelvin, abs=1e-9)
    assert f"{kelvin:+.3f} K" in text
    assert "coarser grid of 16 × 9 cells" in text


def test_figures_say_how_they_change(server):
    answer = json.loads(send(server, body={"values": {"coolant.flow": 80.0}, "whole": False})[1])
    base = server.explorer.quick.base.to_dict()
    changes = re.findall(r'data-key="(\w+)".*?</li>', answer["html"])
    shown = dict(re.findall(r'data-key="(\w+)"[^\n]*class="change">([^<]*)<', answer["html"]))
    kelvin = (
        answer["numbers"]["junction_temperature_max_degC"] - base["junction_temperature_max_degC"]
    )
    assert kelvin > 0.1
    assert shown["junction_temperature_max_degC"] == f"{kelvin:+.3g} K"
    assert shown["coolant_flow_L_min"] == "-20 L/min"
    # the heat of the device is given: what rounding makes of it is no change
    assert "wafer_power_W" in changes
    assert "wafer_power_W" not in shown


def test_physics_without_an_answer_is_told(server):
    status, text = send(server, body={"values": TOO_MUCH, "whole": False})
    assert status == 200
    assert json.loads(text)["no_solution"].startswith("ThermalRunaway: ")


@pytest.mark.slow
def test_an_answer_takes_a_quarter_of_a_second_at_the_most():
    """In processor time of server and client together, whatever else the machine does."""
    chance, taken = random.Random(0), []
    with ExploreServer(0) as made:
        made.explorer = Explorer(load_case("cs3"))
        threading.Thread(target=made.serve_forever, daemon=True).start()
        for _ in range(20):
            values = {s.path: chance.uniform(s.low, s.high) for s in made.explorer.sliders}
            started = time.process_time()
            assert send(made, body={"values": values, "whole": False})[0] == 200
            taken.append(time.process_time() - started)
        made.shutdown()
    assert statistics.median(taken) < exploring.SOON


NONSENSE = [
    "",
    "x",
    "[]",
    "null",
    "[" * 5000,
    b"\xff\xfe\x00",
    '{"values": {}}',
    '{"values": {}, "whole": 1}',
    '{"values": {}, "whole": true, "more": 1}',
    '{"values": [], "whole": true}',
    '{"values": {"coolant.flow": "80 L/min"}, "whole": true}',
    '{"values": {"coolant.flow": true}, "whole": true}',
    '{"values": {"coolant.flow": null}, "whole": true}',
    '{"values": {"coolant.flow": NaN}, "whole": true}',
    '{"values": {"coolant.flow": Infinity}, "whole": true}',
    '{"values": {"coolant.flow": -1e999}, "whole": true}',
    '{"values": {"coolant.flow": 1' + "0" * 400 + '}, "whole": true}',
    '{"values": {"coolant.flow": 1' + "0" * 5000 + '}, "whole": true}',
    '{"values": {"coolant.flow": 29}, "whole": true}',
    '{"values": {"grid.along_x": 24}, "whole": true}',
    '{"values": {"\\n\\ud800": 24}, "whole": true}',
    '{"values": {"../../etc/passwd": 24}, "whole": true}',
]


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_is_refused_in_one_line(server, body, capfd):
    status, text = send(server, body=body)
    assert status == 400
    assert text.count("\n") == 1
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Length": None},
        {"Content_Length": "-1"},
        {"Content_Length": "x"},
        {"Content_Length": "²"},
        {"Content_Length": str(MOST_BYTES + 1)},
        {"Content_Length": "9" * 4000},
        {"Content_Length": "0" * 4000 + "20"},
        {"Content_Type": None},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/x-www-form-urlencoded"},
    ],
    ids=str,
)
def test_wrong_headers_are_refused(server, headers):
    headers = {k: v and v.encode("latin-1") for k, v in headers.items()}
    assert send(server, body={"values": {}, "whole": False}, **headers)[0] == 400


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1.evil.example:{port}"},
        {"Host": None},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
    ids=str,
)
def test_other_pages_and_other_names_are_refused(server, method, headers):
    headers = {k: v and v.replace("{port}", str(server.port)) for k, v in headers.items()}
    path = "/" if method == "GET" else "/solve"
    assert send(server, method, path, {"values": {}, "whole": False}, **headers)[0] == 403


def test_its_own_page_is_answered_by_either_name(server):
    for name in ("127.0.0.1", "localhost"):
        own = {"Host": f"{name}:{server.port}", "Origin": f"http://{name}:{server.port}"}
        own["Sec_Fetch_Site"] = "same-origin"
        assert send(server, body={"values": {}, "whole": False}, **own)[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/solve", 404), ("GET", "/../pyproject.toml", 404), ("GET", "//x", 404),
     ("POST", "/", 404), ("PUT", "/", 501), ("DELETE", "/solve", 501), ("OPTIONS", "/solve", 501),
     ("GET", "http://evil.example/", 404)],
)  # fmt: skip
def test_only_its_own_paths_are_answered(server, method, path, status):
    assert send(server, method, path)[0] == status


BROKEN = [
    b"",
    b"\x16\x03\x01\x02",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\r\n" * 99,
    b"POST /solve HTTP/1.1\r\nContent-Length: 99\r\n\r\nx",
]


@pytest.mark.parametrize("said", BROKEN, ids=range(len(BROKEN)))
def test_broken_connections_do_no_harm(server, said, capfd):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.sendall(said)
    assert send(server, "GET", "/")[0] == 200
    assert "Traceback" not in capfd.readouterr().err


def test_it_listens_on_this_machine_alone(server):
    assert server.server_address[0] == "127.0.0.1"
    assert server.socket.family == socket.AF_INET


def test_a_whole_grid_gives_way_to_what_is_newer(monkeypatch, server):
    """The solution on the whole grid is given up at its next round."""
    explorer, begun, go_on = server.explorer, threading.Event(), threading.Event()

    def slow(case, progress, start):
        if case.case.grid.along_x == 16:
            return SimpleNamespace(coupled=start, name="quick")
        begun.set()
        assert go_on.wait(30)
        progress(1, 0.5)
        return SimpleNamespace(coupled=start, name="whole")

    found = {}

    def ask(whole):
        try:
            found[whole] = explorer.solve({}, whole).name
        except Superseded:
            found[whole] = "superseded"

    monkeypatch.setattr(exploring, "solve", slow)
    first = threading.Thread(target=ask, args=(True,))
    first.start()
    assert begun.wait(30)
    second = threading.Thread(target=ask, args=(False,))
    second.start()
    time.sleep(0.2)  # the second has asked by now, and waits
    go_on.set()
    first.join(30)
    second.join(30)
    assert found == {True: "superseded", False: "quick"}


def test_a_case_that_is_soon_solved_keeps_its_grid(monkeypatch):
    monkeypatch.setattr(exploring, "SOON", 1e3)
    explorer = Explorer(load_case("slab"))
    assert explorer.quick is explorer.whole
    assert explorer.difference()["hottest_K"] == 0


def test_sliders_are_the_ranges_of_the_case():
    found = {s.path: (s.low, s.value, s.high) for s in sliders_of(load_case("cs3"))}
    assert found == {
        "coolant.inlet_temperature": (5, 21, 45),
        "coolant.flow": (30, 100, 150),
        "heat.power": (10, 25, 50),
        "layers.contact.resistance": (1, 5, 20),
        "layers.fins.channel_width": (0.2, 0.3, 0.57),  # of a pitch of 0.6 mm some fin is left
        "layers.fins.thickness": (1, 3, 5),
    }


@pytest.mark.parametrize("name", ["cs1", "cold-plate", "kawano", "gb300-nvl72", "slab"])
def test_every_slider_of_a_case_stands_within_its_ends(name):
    for slider in sliders_of(load_case(name)):
        assert slider.low <= slider.value <= slider.high
        assert slider.low < slider.high
        assert read_positions([slider], {slider.path: slider.value}) == {}


def test_flow_is_no_slider_where_pumps_find_it():
    pumps = {"loop.pumps.shutoff_pressure": "300 kPa", "loop.pumps.quadratic_term":
             "-0.03 kPa*min**2/L**2"}  # fmt: skip
    assert "coolant.flow" not in [s.path for s in sliders_of(load_case("cs3", pumps))]


def test_a_case_with_nothing_to_move_is_refused():
    with pytest.raises(CaseError, match="nothing that a slider moves"):
        sliders_of(load_case("test-chip"))


def test_a_taken_port_is_refused_in_one_line(server):
    done = CliRunner().invoke(app, ["explore", "slab", "--port", str(server.port)])
    assert done.exit_code == 2
    assert done.stderr.startswith(f"--port: found {server.port}; one that is free is meant")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_ctrl_c_ends_it_cleanly():
    started = subprocess.Popen(
        [sys.executable, "-m", "studies", "explore", "slab", "--port", "0"], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "slab is at http://127.0.0.1:" in started.stdout.readline()
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=30)
    assert (started.returncode, out, err) == (0, "stopped\n", "")
