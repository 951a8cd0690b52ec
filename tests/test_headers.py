"""Uneven flow from headers: closed forms of the continuous manifold, second order in the groups.

With w the share of the flow still in the dividing header, channels of ``c share^2`` and no
friction, ``w'' = -B w`` with ``B = theta rho U^2 / 2c``; with laminar friction and channels alone
``w'' = m^2 w``.
"""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from geometry.errors import NoSolution
from thermal import cold_plate
from thermal.headers import Header, Manifold, distribution, slot_header

DENSITY, FLOW, LENGTH = 998.0, 100e-3 / 60, 0.215
WIDE = 1e9
"""Hydraulic diameter without friction [m], or area without momentum [m2]."""


def header(strength, c=40e3, diameter=WIDE):
    """A header whose momentum term is ``strength`` times 2 c; of momentum factor 1."""
    if strength == 0:
        return Header(WIDE, diameter, LENGTH, 1.0)
    velocity = math.sqrt(2 * c * strength / DENSITY)
    return Header(FLOW / velocity, diameter, LENGTH, 1.0)


def share(kind, dividing, combining, groups, c=40e3):
    manifold = Manifold(header(dividing), header(combining), kind, groups)
    mean = FLOW / groups

    def channels(flow):
        return c * (flow / mean) * np.abs(flow / mean)

    return distribution(manifold, channels, FLOW, DENSITY, 1e-3)


def remaining(kind, dividing, combining, x):
    """The closed forms of w."""
    if kind == "U":
        strength = dividing - combining
        root = math.sqrt(abs(strength))
        if strength > 0:
            return np.sin(root * (1 - x)) / math.sin(root)
        return np.sinh(root * (1 - x)) / math.sinh(root)
    assert dividing == 0
    root = math.sqrt(combining)
    return 1 - np.sinh(root * x) / math.sinh(root)


CLOSED = [("U", 0.5, 0.0), ("U", 0.0, 0.8), ("U", 0.3, 1.0), ("Z", 0.0, 0.8)]


@pytest.mark.parametrize(("kind", "dividing", "combining"), CLOSED)
def test_momentum_alone_is_the_closed_form_at_second_order(kind, dividing, combining):
    errors = []
    for groups in (16, 32, 64):
        edges = np.arange(groups + 1) / groups
        exact = -np.diff(remaining(kind, dividing, combining, edges)) * groups
        errors.append(np.abs(share(kind, dividing, combining, groups).share - exact).max())
    orders = [math.log2(a / b) for a, b in pairwise(errors)]
    assert errors[-1] < 1e-4
    # on its way up to 2
    assert 1.9 < orders[0] < orders[1]


def test_laminar_friction_alone_is_the_closed_form_at_second_order():
    """Reynolds numbers below 1, linear channels, U-type: w = sinh(m (1 - x)) / sinh(m)."""
    viscosity, diameter, area = 50.0, 0.02, 4e-4
    fall = 32 * viscosity * (FLOW / area) * LENGTH / diameter**2  # of one header with all the flow
    resistance = 2 * fall / 0.7
    errors = []
    for groups in (8, 16, 32):
        one = Header(area, diameter, LENGTH, 0.0)
        found = distribution(
            Manifold(one, one, "U", groups),
            lambda flow, n=groups: resistance * flow * n / FLOW,
            FLOW,
            DENSITY,
            viscosity,
        )
        m, edges = math.sqrt(0.7), np.arange(groups + 1) / groups
        exact = -np.diff(np.sinh(m * (1 - edges)) / math.sinh(m)) * groups
        errors.append(np.abs(found.share - exact).max())
    assert errors[-1] < 2e-4
    assert math.log2(errors[-2] / errors[-1]) > 1.9


def test_equal_headers_without_friction_and_u_type_share_evenly():
    assert share("U", 0.6, 0.6, 20).share == pytest.approx(np.ones(20), abs=1e-9)


def test_z_type_favours_the_far_end_and_mass_is_kept():
    found = share("Z", 0.4, 0.4, 20)
    assert np.all(np.diff(found.share) > 0)
    assert found.share.mean() == pytest.approx(1.0, abs=1e-12)


def test_pressures_meet_the_channels():
    found = share("Z", 0.4, 0.7, 12)
    over = found.dividing_pressure - found.combining_pressure
    assert over == pytest.approx(40e3 * found.share**2, rel=1e-9)


def test_wider_headers_share_more_evenly():
    spans = [share("Z", s, s, 12).unevenness for s in (0.4, 0.1, 0.025)]
    # far from blocked the unevenness goes with the square of the velocity
    assert spans[1] / spans[2] == pytest.approx(4.0, rel=0.1)
    assert spans[0] > spans[1] > spans[2]


def test_too_narrow_headers_are_no_solution():
    with pytest.raises(NoSolution, match="headers"):
        share("U", math.pi**2 * 0.6, 0.0, 12)


def test_groups_on_cells_keep_the_flow():
    found = share("Z", 0.3, 0.6, 7)
    for cells in (7, 3, 50):
        assert found.share_of_cells(cells).mean() == pytest.approx(1.0, abs=1e-12)
    assert found.share_of_cells(7) == pytest.approx(found.share, rel=1e-12)


@pytest.mark.parametrize("width", [20, 40])
def test_numbers_of_the_docs_are_what_comes_out(width):
    """Channels of 0.3 mm between slots with Bajura and Jones' momentum factors."""
    channels = cold_plate.Channels(channel_width=0.3e-3, pitch=0.6e-3)

    def law(flow):
        velocity = channels.mean_velocity(3e-3, 1.0, LENGTH / len(flow)) * np.abs(flow)
        drop = cold_plate.pressure_drop(channels, 3e-3, LENGTH, velocity, DENSITY, 1e-3)
        return np.sign(flow) * drop

    slots = [slot_header(width * 1e-3, 10e-3, LENGTH, theta) for theta in (1.05, 2.66)]
    found = [
        distribution(Manifold(*slots, kind, 12), law, FLOW, DENSITY, 1e-3).share for kind in "ZU"
    ]
    spans = " | ".join(f"{shares.min():.2f} to {shares.max():.2f}" for shares in found)
    page = (Path(__file__).parent.parent / "docs/loop.md").read_text(encoding="utf-8")
    assert f"| slots {width} mm x 10 mm | {spans} |" in page


def test_python_of_the_docs_runs(capsys):
    page = (Path(__file__).parent.parent / "docs/loop.md").read_text(encoding="utf-8")
    block = page.split("```python\n")[1].split("```")[0]
    exec(compile(block, "docs/loop.md", "exec"), {})
    assert "0.90" in capsys.readouterr().out
