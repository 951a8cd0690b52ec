"""The dataset holds the answer's own numbers, labelled, and files give them back."""

import json

import meshio
import numpy as np
import pytest
import xarray

from studies import load_case, solve
from studies.fields import write_netcdf, write_vtu_file

COARSE = {"grid.along_x": 30, "grid.along_y": 21}


@pytest.fixture(scope="module")
def wafer():
    return solve(load_case("cs3", COARSE))


@pytest.fixture(scope="module")
def chip():
    return solve(load_case("test-chip"))


def test_every_field_has_its_unit_and_its_labels(wafer):
    ds = wafer.fields
    assert ds.temperature.dims == ("z", "y", "x")
    assert {name: v.attrs["units"] for name, v in ds.data_vars.items()} == {
        "temperature": "degC",
        "heat": "W/m3",
        "junction_temperature": "degC",
        "coolant_temperature": "degC",
        "block_temperature_max": "degC",
        "block_temperature_mean": "degC",
        "block_power": "W",
        "block_voltage": "V",
        "block_drop": "V",
        "brick_current": "A",
        "supply_current": "A",
        "supply_voltage": "V",
        "supply_load_fraction": "1",
    }
    assert all(ds[axis].attrs["units"] == "m" for axis in "xyz")
    assert ds.x.values[0] == pytest.approx(0.215 / 30 / 2)


def test_a_layer_is_picked_by_its_name_and_keeps_its_planes(wafer):
    ds = wafer.fields
    planes = wafer.coupled.machine.problem.stack.planes("wafer")
    picked = ds.temperature.sel(layer="wafer")
    assert picked.shape == (len(planes), 21, 30)
    np.testing.assert_array_equal(
        picked.isel(z=-1).values, wafer.coupled.solver.temperature[planes[-1]] - 273.15
    )
    # one plane only: the dimension stays all the same
    assert ds.temperature.sel(layer="lid").shape == (1, 21, 30)
    assert ds.temperature.sel(layer=["lid", "wafer"]).sizes["z"] == 1 + len(planes)


def test_an_unknown_layer_names_those_that_there_are(wafer):
    with pytest.raises(KeyError, match="found 'waver'; one of lid, fins, base, wafer"):
        wafer.fields.temperature.sel(layer="waver")


def test_z_counts_up_from_the_bottom_face(wafer):
    ds = wafer.fields
    assert (np.diff(ds.z) < 0).all()
    assert ds.z.values[-1] == pytest.approx(0.0025 / 2)
    assert ds.z.values[0] == pytest.approx(0.017775 - 0.001)


def test_heat_integrates_to_what_is_put_in(wafer):
    ds = wafer.fields
    grid = wafer.coupled.machine.problem.grid
    total = float((ds.heat.sum(("x", "y")) * grid.dz).sum() * grid.cell_area)
    put_in = sum(q.sum() for q in wafer.coupled.heat.values())
    assert total == pytest.approx(put_in, rel=1e-13)


def test_coolant_is_only_in_the_channels_and_warms_from_the_centre_outwards(wafer):
    coolant = wafer.fields.coolant_temperature
    inside = (wafer.fields.layer == "fins").values
    assert np.isnan(coolant.values[~inside]).all()
    channel = coolant.sel(layer="fins")
    assert np.isfinite(channel).all()
    assert float(channel.min()) > 21.0
    mean = channel.mean(("z", "y")).values
    assert (np.diff(mean[15:]) > 0).all()
    assert (np.diff(mean[:15]) < 0).all()
    # weighted by each height's flow it is what the budget takes as the coolant's rise
    rate = wafer.coupled.solver.march.capacity_rate[0]
    bulk = np.tensordot(rate / rate.sum(), channel.values, axes=1) - 21.0
    np.testing.assert_allclose(bulk, wafer.coupled.solver.bulk_rise_by_cell(), atol=1e-12)


@pytest.mark.parametrize("direction", ["y", "-y"])
def test_coolant_along_y_lies_along_y(direction):
    values = {"coolant.direction": direction, "coolant.path": "single pass"}
    answer = solve(load_case("cs3", COARSE | values))
    mean = answer.fields.coolant_temperature.sel(layer="fins").mean(("z", "x")).values
    assert (np.diff(mean) * (1 if direction == "y" else -1) > 0).all()


def test_blocks_lie_by_row_and_column(wafer):
    ds = wafer.fields
    assert ds.block_drop.dims == ("row", "column")
    assert ds.block_drop.shape == (7, 12)
    assert ds.block.values[2, 3] == "r2c3"
    np.testing.assert_array_equal(ds.block_drop.values.ravel(), wafer.block_drop)
    assert float(ds.block_temperature_max.max()) == pytest.approx(
        float(ds.junction_temperature.max())
    )


def test_rectangles_of_a_floorplan_lie_by_name(chip):
    ds = chip.fields
    assert ds.block_power.dims == ("block",)
    assert float(ds.block_power.sel(block="core_b")) == pytest.approx(
        chip.coupled.drawn.power[chip.coupled.machine.floorplan.names.index("core_b")]
    )
    assert "coolant_temperature" not in ds
    assert "block_voltage" not in ds


def test_the_dataset_says_what_it_is(wafer):
    attributes = wafer.fields.attrs
    assert attributes["title"] == wafer.loaded.case.title
    assert attributes["wafer_power_W"] == pytest.approx(25e3)
    assert json.loads(attributes["case_values"])["grid"] == {"along_x": 30, "along_y": 21}
    assert attributes["program"].startswith("waferflux ")


@pytest.mark.parametrize("which", ["wafer", "chip"])
def test_netcdf_gives_back_the_dataset(which, request, tmp_path):
    answer = request.getfixturevalue(which)
    write_netcdf(answer, tmp_path / "a.nc")
    with xarray.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as read:
        assert set(read.data_vars) == set(answer.fields.data_vars)
        for name, values in answer.fields.data_vars.items():
            on_grid = {"x", "y"} <= set(values.dims)
            np.testing.assert_allclose(read[name], values, rtol=1e-7 if on_grid else 0)
        assert read.attrs["title"] == answer.loaded.case.title
        assert list(read.layer.values) == list(answer.fields.layer.values)
    assert [p.name for p in tmp_path.iterdir()] == ["a.nc"]


def test_vtu_holds_the_fields_cell_by_cell(wafer, tmp_path):
    write_vtu_file(wafer, tmp_path / "a.vtu")
    mesh = meshio.read(tmp_path / "a.vtu")
    assert set(mesh.cell_data) == {
        "temperature_degC",
        "heat_W_m3",
        "layer_number",
        "coolant_temperature_degC",
    }
    np.testing.assert_array_equal(
        mesh.cell_data["temperature_degC"][0], wafer.fields.temperature.values.ravel()
    )
    assert mesh.points[:, 2].max() == pytest.approx(0.017775)
    assert [p.name for p in tmp_path.iterdir()] == ["a.vtu"]


def test_a_file_that_fails_leaves_nothing(wafer, tmp_path, monkeypatch):
    def half_written(path, *_):
        path.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr("studies.fields.write_vtu", half_written)
    with pytest.raises(OSError, match="disk full"):
        write_vtu_file(wafer, tmp_path / "a.vtu")
    assert list(tmp_path.iterdir()) == []
