"""Channels etched in silicon: what docs/microchannels.md says of the two shipped cases."""

from pathlib import Path

import pytest

from studies import load_case, solve

PAGE = (Path(__file__).parents[1] / "docs" / "microchannels.md").read_text(encoding="utf-8")


def rows(heading):
    """First column to the others of the table below a heading."""
    lines = PAGE.split(heading)[1].split("\n## ")[0].splitlines()
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines if line[:1] == "|"]
    return cells[2:]


def test_the_small_chip_is_as_the_page_says():
    answer = solve(load_case("silicon-microchannels"))
    found, kelvins = answer.to_dict(), answer.temperature_budget
    flux = 588 / 0.014**2
    surface = sum(kelvins[name] for name in ("coolant rise", "film and fins", "base")) / flux
    table = {row[0]: row[1] for row in rows("## A small chip")}
    assert table["cooler's surface to inlet, mm2 K/W"] == f"{1e6 * surface:.1f}"
    assert table["pressure drop, kPa"] == f"{found['cold_plate_pressure_drop_kPa']:.1f}"
    hottest = f"{found['junction_temperature_max_degC']:.1f} degC"
    assert table["hottest point at an inlet of 20 degC"] == hottest
    assert answer.warnings == []
    solid = sum(kelvins[name] for name in ("base", "contact", "chip"))
    words = f"Of the {sum(kelvins.values()):.0f} K, {kelvins['film and fins']:.0f} are the film"
    assert words in PAGE
    assert f"{kelvins['coolant rise']:.0f} the water; {solid:.0f} are conduction" in PAGE
    # published: more than 300 W/cm2 at less than 35 kPa
    assert found["cold_plate_pressure_drop_kPa"] < 35


@pytest.mark.parametrize("row", rows("## A wafer"), ids=lambda row: row[0])
def test_the_wafer_s_flow_paths_are_as_the_page_says(row):
    answer = solve(load_case("wafer-microchannels", {"coolant.path": row[0]}))
    found = answer.to_dict()
    drop = found["cold_plate_pressure_drop_kPa"]
    assert float(row[2]) == pytest.approx(drop, rel=0.01)
    assert row[3:] == [
        f"{found['channel_velocity_m_s']:.2f}",
        f"{found['junction_temperature_max_degC']:.1f}",
    ]
    passed = [
        words
        for words in answer.warnings
        if words.startswith(("pressure drop", "channel velocity"))
    ]
    assert len(passed) == (drop > 100) + (found["channel_velocity_m_s"] > 5)


@pytest.mark.slow
@pytest.mark.parametrize("row", rows("## 300 W/cm2 on a wafer"), ids=lambda row: " ".join(row[:2]))
def test_300_W_on_each_square_centimetre_is_as_the_page_says(row):
    values = {"coolant.path": row[0], "coolant.flow": f"{row[1]} L/min", "heat.power": "138.7 kW"}
    found = solve(load_case("wafer-microchannels", values)).to_dict()
    assert row[2:] == [
        f"{found['coolant_flow_L_min_per_kW']:.2f}",
        f"{found['cold_plate_pressure_drop_kPa']:.1f}",
        f"21.0 to {found['coolant_outlet_degC']:.1f}",
        f"{found['junction_temperature_max_degC']:.1f}",
    ]


@pytest.mark.slow
def test_a_hot_spot_of_300_W_is_as_the_page_says():
    spot = {"heat.map": None, "heat.map.hot_spot_factor": 5.547, "heat.map.hot_spot_area": 0.01}
    etched = solve(load_case("wafer-microchannels", spot | {"grid.along_y": 288})).to_dict()
    bare = {"delivery": None, "loads": None, "loss_layers": None}
    plate = solve(
        load_case("cs3", spot | bare | {"grid.along_x": 288, "grid.along_y": 252})
    ).to_dict()
    assert f"gives {etched['junction_temperature_max_degC']:.1f} degC" in PAGE
    assert f"same map {plate['junction_temperature_max_degC']:.1f} degC" in PAGE
