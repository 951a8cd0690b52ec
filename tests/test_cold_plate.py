"""Channels: two-temperature model against conjugate solutions, profile, film, pressure, split."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy.linalg import solve_banded

from thermal import cold_plate, ducts
from thermal.cold_plate import Channels
from thermal.coolant import named_fluid

# the default cold plate: 215 mm square, centre-split, 100 L/min of water
PLATE = Channels(channel_width=0.3e-3, pitch=0.6e-3)
HEIGHT, PATH = 3e-3, 107.5e-3
VELOCITY = PLATE.mean_velocity(HEIGHT, 0.5 * 100e-3 / 60.0, 0.215)
WATER = named_fluid("water")
PROPERTIES = {
    name: float(getattr(WATER, name)(295.15))
    for name in ("density", "viscosity", "heat_capacity", "conductivity")
}
DENSITY, VISCOSITY = PROPERTIES["density"], PROPERTIES["viscosity"]

# Base-to-bulk resistance of one developed channel, mm2 K/W, water k 0.60 W/mK, adiabatic lid.
# Source: full conjugate finite-volume solution of the cross-section, made for this project.
CONJUGATE = [
    # channel [m], fin [m], height [m], solid [W/mK], resistance
    (56e-6, 44e-6, 320e-6, 148.0, 5.384),
    (300e-6, 300e-6, 3e-3, 390.0, 17.724),
    (500e-6, 500e-6, 4e-3, 390.0, 32.989),
    (1e-3, 1e-3, 5e-3, 390.0, 91.804),
]


def two_temperature_resistance(channels, height, solid, fluid, cells):
    """Developed channel by finite volumes: base at 0 and flux 1 find the coolant's mean [m2 K/W].

    Unknowns per cell, from the base up: fin and coolant temperature below the base's. At the base
    both are the base's (half a cell away), the lid is adiabatic.
    """
    dz = height / cells
    profile = cold_plate.velocity_profile(channels, np.linspace(0.0, height, cells + 1))
    film = cold_plate.developed_heat_transfer_coefficient(channels, fluid)
    exchange = film * channels.wetted_area_density * dz
    conductances = np.array([channels.solid_fraction * solid, channels.open_fraction * fluid]) / dz
    banded = np.zeros((5, 2 * cells))  # diagonals +2 .. -2
    for kind in (0, 1):
        k, here = conductances[kind], np.arange(cells) * 2 + kind
        diagonal = np.full(cells, 2.0 * k)
        diagonal[0], diagonal[-1] = 3.0 * k, k
        banded[2, here] = diagonal + exchange
        banded[0, here[1:]] = -k
        banded[4, here[:-1]] = -k
    banded[1, 1::2] = -exchange
    banded[3, 0::2] = -exchange
    source = np.zeros(2 * cells)
    source[1::2] = profile / cells  # what the coolant carries away of a flux of 1
    below = solve_banded((2, 2), banded, source)
    return float(np.mean(profile * below[1::2]))


@pytest.mark.parametrize(("width", "fin", "height", "solid", "conjugate"), CONJUGATE)
def test_two_temperature_model_is_close_to_the_conjugate_channel(
    width, fin, height, solid, conjugate
):
    channels = Channels(channel_width=width, pitch=width + fin)
    coarse, middle, fine = (
        two_temperature_resistance(channels, height, solid, 0.60, n) for n in (100, 200, 400)
    )
    order = np.log2((coarse - middle) / (middle - fine))
    assert order == pytest.approx(2.0, abs=0.1)
    limit = (fine + (fine - middle) / 3.0) * 1e6
    assert -0.035 < limit / conjugate - 1.0 < 0.0


@pytest.mark.parametrize(("width", "fin", "height", "solid", "conjugate"), CONJUGATE)
def test_plain_fin_formula_is_somewhat_below_the_conjugate_channel(
    width, fin, height, solid, conjugate
):
    channels = Channels(channel_width=width, pitch=width + fin)
    found = cold_plate.base_resistance(channels, height, solid, 0.60) * 1e6
    assert -0.10 < found / conjugate - 1.0 < 0.0


def test_base_resistance_of_perfect_fins_is_one_over_the_wetted_area():
    found = cold_plate.base_resistance(PLATE, HEIGHT, 1e12, 0.60)
    film = float(ducts.nusselt_three_walls(0.1)) * 0.60 / PLATE.hydraulic_diameter(HEIGHT)
    assert found == pytest.approx(0.6e-3 / (film * (0.3e-3 + 2 * 3e-3)), rel=1e-6)


# ------------------------------------------------------------------------------ geometry


def test_geometry_of_the_default_plate():
    assert PLATE.hydraulic_diameter(HEIGHT) == pytest.approx(0.5454545e-3, rel=1e-6)
    assert PLATE.aspect(HEIGHT) == pytest.approx(0.1)
    assert PLATE.aspect(0.03e-3) == pytest.approx(0.1)
    assert PLATE.solid_fraction == pytest.approx(0.5)
    assert PLATE.open_fraction == pytest.approx(0.5)
    assert PLATE.wall_thickness == pytest.approx(0.3e-3)
    assert PLATE.wetted_area_density == pytest.approx(2.0 / 0.6e-3)


def test_mean_velocity_carries_the_flow():
    flow = VELOCITY * 0.215 * HEIGHT * 0.5
    assert flow == pytest.approx(0.5 * 100e-3 / 60.0)


@pytest.mark.parametrize("width", ["0.6 mm", "0.7 mm"])
def test_a_channel_as_wide_as_the_pitch_is_refused(width):
    message = r"channel_width: found 0\.[67] mm with a pitch of 0\.6 mm"
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(Channels).validate_python({"channel_width": width, "pitch": "0.6 mm"})


def test_a_class_that_extends_channels_keeps_its_check():
    class Wider(Channels):
        def __post_init__(self):
            """An own check, as a layer of a case file has."""

    with pytest.raises(ValidationError, match="a channel narrower than the pitch is meant"):
        Wider(channel_width=0.6e-3, pitch=0.6e-3)


# ---------------------------------------------------------------------------------- film


def film(start, stop, velocity=VELOCITY):
    return cold_plate.heat_transfer_coefficient(PLATE, HEIGHT, start, stop, velocity, **PROPERTIES)


DEVELOPED = cold_plate.developed_heat_transfer_coefficient(PLATE, PROPERTIES["conductivity"])


def test_developed_film_is_that_of_parallel_plates():
    nusselt = DEVELOPED * 2 * PLATE.channel_width / PROPERTIES["conductivity"]
    assert nusselt == pytest.approx(140.0 / 17.0, rel=1e-12)


def test_film_far_downstream_is_developed():
    assert film(10.0, 10.1) == pytest.approx(DEVELOPED, rel=1e-12)


def test_mean_film_of_the_default_plate_is_a_third_above_developed():
    """Hand value: x* = L / (Dh Re Pr) and the tabulated mean Nusselt number there."""
    reynolds = float(PLATE.reynolds(HEIGHT, VELOCITY, DENSITY, VISCOSITY))
    prandtl = VISCOSITY * PROPERTIES["heat_capacity"] / PROPERTIES["conductivity"]
    position = PATH / (PLATE.hydraulic_diameter(HEIGHT) * reynolds * prandtl)
    assert position == pytest.approx(0.0202, abs=2e-4)
    # numerical march at x* 0.02: mean 8.900, developed 6.770
    assert film(0.0, PATH) / DEVELOPED == pytest.approx(8.900 / 6.770, rel=0.035)


def test_film_on_coarse_cells_is_the_mean_of_that_on_fine_ones():
    faces = np.linspace(0.0, PATH, 121)
    fine = film(faces[:-1], faces[1:])
    coarse = film(faces[:-1:10], faces[10::10])
    assert fine.reshape(-1, 10).mean(axis=1) == pytest.approx(coarse, rel=1e-9)
    assert np.all(np.diff(fine) <= 1e-9 * DEVELOPED)
    assert np.all(fine >= DEVELOPED * (1.0 - 1e-12))


def test_film_at_rest_is_developed_and_broadcasts():
    faces = np.linspace(0.0, PATH, 6)
    velocity = np.array([0.0, 1.0, 8.0])[:, None]
    found = film(faces[:-1], faces[1:], velocity)
    assert found.shape == (3, 5)
    assert found[0] == pytest.approx(DEVELOPED, rel=1e-6)
    assert np.all(np.diff(found, axis=0) >= 0.0)


def test_turbulent_film_is_gnielinskis():
    velocity = 12.0
    reynolds = PLATE.reynolds(HEIGHT, velocity, DENSITY, VISCOSITY)
    assert reynolds > 4000.0
    prandtl = VISCOSITY * PROPERTIES["heat_capacity"] / PROPERTIES["conductivity"]
    nusselt = ducts.turbulent_nusselt(reynolds, prandtl, 0.1)
    expected = nusselt * PROPERTIES["conductivity"] / PLATE.hydraulic_diameter(HEIGHT)
    assert film(0.0, 0.01, velocity) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("edge", [2300.0, 4000.0])
def test_film_is_continuous_through_transition(edge):
    at_edge = edge * VISCOSITY / (DENSITY * PLATE.hydraulic_diameter(HEIGHT))
    below, above = film(0.0, PATH, at_edge * np.array([1.0 - 1e-9, 1.0 + 1e-9]))
    assert above == pytest.approx(below, rel=1e-7)


# ------------------------------------------------------------------------------- profile


@given(
    st.lists(st.floats(0.01, 1.0), min_size=1, max_size=40), st.floats(1e-5, 1e-2), st.booleans()
)
def test_profile_has_mean_one_on_any_cells(parts, height, falling):
    faces = np.concatenate([[0.0], np.cumsum(parts)])
    faces *= height / faces[-1]
    profile = cold_plate.velocity_profile(PLATE, faces[::-1] if falling else faces)
    thickness = np.diff(faces)[::-1] if falling else np.diff(faces)
    assert np.sum(profile * thickness) / np.sum(thickness) == pytest.approx(1.0, rel=1e-13)
    assert np.all(profile > 0.0)


def test_profile_is_the_mean_over_each_cell_of_the_cosh():
    faces = np.array([0.0, 0.1, 0.5, 1.7, 3.0]) * 1e-3
    length = 0.3e-3 / np.sqrt(12.0)
    y = np.linspace(0.0, HEIGHT, 300_001)
    pointwise = 1.0 - np.cosh((y - HEIGHT / 2) / length) / np.cosh(HEIGHT / 2 / length)
    pointwise /= np.trapezoid(pointwise, y) / HEIGHT
    expected = []
    for low, high in pairwise(faces):
        inside = (y >= low - 1e-12) & (y <= high + 1e-12)
        expected.append(np.trapezoid(pointwise[inside], y[inside]) / (high - low))
    assert cold_plate.velocity_profile(PLATE, faces) == pytest.approx(expected, rel=1e-6)


def test_profile_of_a_very_tall_channel_is_flat_without_overflow():
    profile = cold_plate.velocity_profile(PLATE, np.linspace(0.0, 1.0, 101))
    assert profile[50] == pytest.approx(1.0, rel=2e-4)


def test_profile_of_a_very_shallow_channel_is_a_parabola():
    """In the limit l >> H of the formula: u = 6 y (1 - y), cell means exact."""
    faces = np.linspace(0.0, 3e-6, 4)
    expected = [7.0 / 9.0, 13.0 / 9.0, 7.0 / 9.0]
    assert cold_plate.velocity_profile(PLATE, faces) == pytest.approx(expected, rel=1e-3)


def test_faces_that_turn_back_are_refused():
    with pytest.raises(ValueError, match="faces: found faces that meet or turn back"):
        cold_plate.velocity_profile(PLATE, [0.0, 2e-3, 1e-3, 3e-3])


# -------------------------------------------------------------------------- pressure drop


def drop(velocity, viscosity=VISCOSITY, length=PATH, channels=PLATE):
    return cold_plate.pressure_drop(channels, HEIGHT, length, velocity, DENSITY, viscosity)


def test_pressure_drop_of_the_default_plate_is_the_sum_of_its_parts():
    """Hand values: f.Re 21.18, K_inf 0.826, K_c 0.305, K_e 0.05 at Re 1474."""
    reynolds = float(PLATE.reynolds(HEIGHT, VELOCITY, DENSITY, VISCOSITY))
    assert reynolds == pytest.approx(1474.0, rel=1e-3)
    head = DENSITY * VELOCITY**2 / 2.0
    friction = 4.0 * 21.176 / reynolds * PATH / PLATE.hydraulic_diameter(HEIGHT)
    expected = head * (friction + 0.826 + 0.305 + 0.05)
    assert drop(VELOCITY) == pytest.approx(expected, rel=2e-3)
    assert drop(VELOCITY) == pytest.approx(41.6e3, rel=2e-3)


def test_pressure_drop_of_a_slow_long_channel_is_poiseuilles():
    slow = 1e-4
    diameter = PLATE.hydraulic_diameter(HEIGHT)
    expected = 2.0 * ducts.developed_friction(0.1) * VISCOSITY * slow * PATH / diameter**2
    assert drop(slow) == pytest.approx(expected, rel=1e-3)


def test_contraction_loss_at_known_ratios():
    """Plane free jet: contraction 0.611 toward 0, 0.644 at 1/2, 1 at 1 (von Mises)."""
    found = cold_plate.contraction_loss([1e-6, 0.5, 1.0])
    assert found == pytest.approx([(2.0 / np.pi) ** 2, (1.0 / 0.644 - 1.0) ** 2, 0.0], abs=1e-3)


def test_expansion_loss_limits():
    """Borda's loss of a flat profile; all the head into an infinite header."""
    assert cold_plate.expansion_loss(0.3, 1.0) == pytest.approx(0.49)
    assert cold_plate.expansion_loss(0.0, 1.2) == 1.0


velocities = st.floats(1e-3, 30.0)
slenderness = st.floats(10.0, 2000.0)
viscosities = st.floats(2e-4, 5e-3)
open_fractions = st.floats(0.02, 0.98)


@given(velocities, slenderness, open_fractions)
def test_pressure_drop_rises_with_velocity_through_all_regimes(velocity, slender, open_fraction):
    channels = Channels(channel_width=0.6e-3 * open_fraction, pitch=0.6e-3)
    length = slender * channels.hydraulic_diameter(HEIGHT)
    slower, faster = drop(velocity * np.array([1.0, 1.001]), length=length, channels=channels)
    assert 0.0 < slower < faster


def test_pressure_drop_of_a_very_short_wide_channel_is_above_zero():
    """The momentum that a developed profile gives back cannot exceed what was spent on it."""
    channels = Channels(channel_width=0.98 * 0.6e-3, pitch=0.6e-3)
    assert np.all(drop(np.geomspace(0.01, 20.0, 50), length=1e-4, channels=channels) > 0.0)


@given(velocities, slenderness, viscosities, open_fractions)
def test_velocity_at_a_pressure_drop_inverts_it(velocity, slender, viscosity, open_fraction):
    channels = Channels(channel_width=0.6e-3 * open_fraction, pitch=0.6e-3)
    length = slender * channels.hydraulic_diameter(HEIGHT)
    found = cold_plate.velocity_at_pressure_drop(
        channels, HEIGHT, length, drop(velocity, viscosity, length, channels), DENSITY, viscosity
    )
    assert found == pytest.approx(velocity, rel=1e-9)


def test_velocity_at_a_pressure_drop_is_vectorised():
    velocity = np.geomspace(0.01, 15.0, 24).reshape(4, 6)
    found = cold_plate.velocity_at_pressure_drop(
        PLATE, HEIGHT, PATH, drop(velocity), DENSITY, VISCOSITY
    )
    assert found == pytest.approx(velocity, rel=1e-10)


# ----------------------------------------------------------------------------- flow split


def split(viscosity, mean=VELOCITY, shares=None):
    return cold_plate.equal_pressure_velocities(
        PLATE, HEIGHT, PATH, mean, DENSITY, viscosity, shares
    )


def test_equal_segments_share_equally():
    assert split(np.full(5, VISCOSITY)) == pytest.approx(VELOCITY, rel=1e-12)
    assert split(VISCOSITY) == pytest.approx(VELOCITY, rel=1e-12)


@given(
    st.lists(st.floats(3e-4, 3e-3), min_size=2, max_size=8),
    st.floats(0.01, 12.0),
    st.data(),
)
def test_split_has_one_pressure_drop_and_keeps_the_flow(viscosity, mean, data):
    share = st.lists(st.floats(0.1, 1.0), min_size=len(viscosity), max_size=len(viscosity))
    shares = np.array(data.draw(share))
    velocities = split(np.array(viscosity), mean, shares)
    assert shares @ velocities / shares.sum() == pytest.approx(mean, rel=1e-10)
    drops = drop(velocities, np.array(viscosity))
    assert drops == pytest.approx(drops[0], rel=1e-9)


def test_slow_flow_splits_inversely_to_viscosity():
    velocities = split(np.array([1e-3, 2e-3]), mean=1e-4)
    assert velocities[0] / velocities[1] == pytest.approx(2.0, rel=1e-3)


def test_a_split_of_nothing_is_refused():
    with pytest.raises(ValueError, match="mean velocity: found 0 m/s; above 0 is meant"):
        split(VISCOSITY, mean=0.0)


# ------------------------------------------------------------------------------- warnings


def test_transition_is_warned_of_only_in_between():
    assert cold_plate.transition_warning([1500.0, 2300.0, 4000.0]) is None
    assert "number 3000 is in transition" in str(cold_plate.transition_warning([900.0, 3000.0]))
