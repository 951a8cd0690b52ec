"""What a viewer reads back: values at their cells' centres, the coolant on top."""

import subprocess
import sys
import time

import meshio
import numpy as np
import pytest

from geometry.mesh_files import write_vtu

X = np.array([0.0, 1.0, 3.0, 6.0])
Y = np.array([0.0, 0.5, 2.0])
DEPTH = np.array([0.0, 0.1, 0.4, 1.0, 3.0])
SHAPE = (4, 2, 3)


def centres(mesh):
    return mesh.points[mesh.cells[0].data].mean(axis=1)


def volumes(mesh):
    """Signed: edges along the first three neighbours of corner 0 are right-handed or not."""
    corner = mesh.points[mesh.cells[0].data]
    edges = [corner[:, k] - corner[:, 0] for k in (1, 3, 4)]
    return np.einsum("ci,ci->c", np.cross(edges[0], edges[1]), edges[2])


def expected_centres(z):
    middle = [(faces[1:] + faces[:-1]) / 2 for faces in (z, Y, X)]
    grids = np.meshgrid(*middle, indexing="ij")
    return np.stack([grids[2], grids[1], grids[0]], axis=-1).reshape(-1, 3)


def test_values_come_back_at_the_centres_of_their_cells(tmp_path):
    rng = np.random.default_rng(2)
    fields = {"temperature_degC": rng.random(SHAPE), "power_W": rng.random(SHAPE)}
    write_vtu(tmp_path / "a.vtu", X, Y, DEPTH, fields)
    mesh = meshio.read(tmp_path / "a.vtu")
    np.testing.assert_allclose(centres(mesh), expected_centres(3.0 - DEPTH), rtol=1e-14)
    assert set(mesh.cell_data) == set(fields)
    for name, values in fields.items():
        np.testing.assert_array_equal(mesh.cell_data[name][0], values.ravel())


def test_layer_zero_is_on_top_and_the_stack_stands_on_z_zero(tmp_path):
    layer = np.broadcast_to(np.arange(4.0)[:, None, None], SHAPE)
    write_vtu(tmp_path / "a.vtu", X, Y, DEPTH, {"layer": layer})
    mesh = meshio.read(tmp_path / "a.vtu")
    assert mesh.points[:, 2].min() == 0
    assert mesh.points[:, 2].max() == 3
    np.testing.assert_allclose(
        centres(mesh)[:, 2],
        np.array([2.95, 2.75, 2.3, 1.0])[mesh.cell_data["layer"][0].astype(int)],
    )


def test_depths_that_rise_and_heights_that_fall_are_the_same_stack(tmp_path):
    field = {"layer": np.arange(24.0).reshape(SHAPE)}
    write_vtu(tmp_path / "depth.vtu", X, Y, DEPTH, field)
    write_vtu(tmp_path / "height.vtu", X, Y, 7.0 - DEPTH, field)
    depth, height = (meshio.read(tmp_path / f"{name}.vtu") for name in ("depth", "height"))
    np.testing.assert_allclose(height.points, depth.points, atol=1e-15)


def test_cells_are_right_handed_hexahedra_that_share_their_points(tmp_path):
    write_vtu(tmp_path / "a.vtu", X, Y, DEPTH, {})
    mesh = meshio.read(tmp_path / "a.vtu")
    assert [block.type for block in mesh.cells] == ["hexahedron"]
    assert mesh.points.shape == (5 * 3 * 4, 3)
    assert len(np.unique(mesh.points, axis=0)) == len(mesh.points)
    expected = np.diff(DEPTH)[:, None, None] * np.diff(Y)[:, None] * np.diff(X)
    np.testing.assert_allclose(volumes(mesh), expected.ravel(), rtol=1e-13)
    corner = mesh.points[mesh.cells[0].data]
    # VTK's order: the lower face around, then the upper one above it
    np.testing.assert_array_equal(corner[:, :4, :2], corner[:, 4:, :2])
    assert (corner[:, 4:, 2] > corner[:, :4, 2]).all()
    np.testing.assert_array_equal(
        corner[:, 2, :2], corner[:, 1, :2] + corner[:, 3, :2] - corner[:, 0, :2]
    )


def test_layers_of_no_thickness_are_left_out(tmp_path):
    depth = np.array([0.0, 0.1, 0.1, 0.4, 0.4])
    layer = np.broadcast_to(np.arange(4.0)[:, None, None], SHAPE)
    write_vtu(tmp_path / "a.vtu", X, Y, depth, {"layer": layer})
    mesh = meshio.read(tmp_path / "a.vtu")
    np.testing.assert_array_equal(mesh.cell_data["layer"][0], np.repeat([0.0, 2.0], 6))
    np.testing.assert_allclose(centres(mesh), expected_centres(np.array([0.4, 0.3, 0.0])))


def test_file_is_compressed_binary(tmp_path):
    write_vtu(tmp_path / "a.vtu", X, Y, DEPTH, {"q_W": np.zeros(SHAPE)})
    text = (tmp_path / "a.vtu").read_text()
    assert 'compressor="vtkZLibDataCompressor"' in text
    assert 'format="ascii"' not in text


@pytest.mark.parametrize(
    ("x", "z", "shape", "message"),
    [
        (X[::-1], DEPTH, SHAPE, "x_faces: two or more coordinates that rise are meant"),
        (X[:1], DEPTH, SHAPE, "x_faces: two or more coordinates that rise are meant"),
        (X, [0, 1, 0.5, 2, 3], SHAPE, "z_faces: depths that rise or heights that fall are meant"),
        (X, [1, 1, 1, 1, 1], SHAPE, "z_faces: depths that rise or heights that fall are meant"),
        (X, [0.0], SHAPE, "z_faces: depths that rise or heights that fall are meant"),
        (X, DEPTH, (3, 2, 4), r"field q_W: found shape \(3, 2, 4\); \(4, 2, 3\) is meant"),
    ],
)
def test_faces_and_fields_that_do_not_fit_are_refused(tmp_path, x, z, shape, message):
    with pytest.raises(ValueError, match=message):
        write_vtu(tmp_path / "a.vtu", x, Y, z, {"q_W": np.zeros(shape)})
    assert not (tmp_path / "a.vtu").exists()


def test_three_hundred_thousand_cells_take_below_two_seconds(tmp_path):
    nz, n = 10, 174
    field = np.random.default_rng(0).random((nz, n, n))
    faces = np.linspace(0, 0.215, n + 1)
    start = time.process_time()
    write_vtu(tmp_path / "a.vtu", faces, faces, np.linspace(0, 0.01, nz + 1), {"t_K": field})
    assert time.process_time() - start < 2.0


def test_importing_the_module_does_not_import_meshio():
    code = "import sys, geometry.mesh_files; sys.exit('meshio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
