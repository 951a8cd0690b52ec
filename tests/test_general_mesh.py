"""Conduction on meshes of any shape: exact fields, orders, balances, and what is refused.

Heat made = heat that leaves, to 1e-9, on every mesh.
"""

import re
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from geometry.errors import NoSolution
from geometry.materials import ConductivityLaw
from geometry.mesh_shapes import (
    cut_corner_wafer,
    extruded,
    plate_on_wafer,
    plate_with_round_zone,
    rectangles,
    triangulated,
)
from geometry.region_mesh import RegionMesh, read_mesh, write_mesh
from thermal.general_mesh import Joint, Outside, Region, solve_mesh

pytest.importorskip("fipy")

WAFER = 0.215
CUT = 16.525353190382933e-6
"""Area of a 215 mm square outside a circle of 300 mm [m2], by the circle's segments."""


def moved(points, shift, seed=1):
    inner = ((points > 1e-9) & (points < 1 - 1e-9)).all(axis=1)
    step = shift * inner[:, None]
    return points + step * np.random.default_rng(seed).uniform(-1, 1, points.shape)


def of_one_region(points, kind, cells):
    mesh = RegionMesh(points, {kind: cells}, np.full(len(cells), "body", dtype=object))
    return mesh.with_named("skin", lambda x, n: np.ones(len(x), dtype=bool))


def quadrilaterals(n, shift=0.0):
    g = np.linspace(0, 1, n + 1)
    points, quads = rectangles(g, g)
    return of_one_region(moved(points, shift / n), "quad", quads)


def triangles(n, shift=0.2):
    g = np.linspace(0, 1, n + 1)
    points = moved(rectangles(g, g)[0], shift / n)
    return of_one_region(points, "triangle", triangulated(points))


def prisms(n, shift=0.2):
    g = np.linspace(0, 1, n + 1)
    points = moved(rectangles(g, g)[0], shift / n)
    mesh = extruded(points, triangulated(points), g, ["body"] * n)
    return mesh.with_named("skin", lambda x, n: np.ones(len(x), dtype=bool))


def hexahedra(n, shift=0.2):
    """Their side faces stay flat: points move in the plane, the same at every height."""
    g = np.linspace(0, 1, n + 1)
    points, quads = rectangles(g, g)
    mesh = extruded(moved(points, shift / n), quads, g, ["body"] * n)
    return mesh.with_named("skin", lambda x, n: np.ones(len(x), dtype=bool))


def tetrahedra(n, shift=0.0):
    """Six to a cube (Kuhn's), along its diagonal."""
    g = np.arange(n + 1)
    z, y, x = np.meshgrid(g, g, g, indexing="ij")
    points = moved(np.column_stack([x.ravel(), y.ravel(), z.ravel()]) / n, shift / n)
    number = np.arange((n + 1) ** 3).reshape(n + 1, n + 1, n + 1)
    cells = []
    for way in permutations(range(3)):
        at = np.indices((n, n, n)).reshape(3, -1)
        corners = [number[tuple(at)]]
        for axis in way:
            at = at + np.eye(3, dtype=int)[axis][:, None]
            corners.append(number[tuple(at)])
        cells.append(np.column_stack(corners))
    return of_one_region(points, "tetra", np.concatenate(cells))


def linear(x):
    return 300 + x @ np.array([10.0, -7.0, 4.0])[: x.shape[1]]


def sinh_plate(x):
    return 300 + 10 * np.sin(np.pi * x[:, 0]) * np.sinh(np.pi * x[:, 1]) / np.sinh(np.pi)


@pytest.mark.parametrize("make", [quadrilaterals, triangles, prisms, hexahedra, tetrahedra])
@pytest.mark.parametrize("law", [20.0, ConductivityLaw(30.0, 10.0, 2.0)], ids=["even", "by axis"])
def test_linear_field_is_exact_on_any_mesh(make, law):
    mesh = make(4, 0.2)
    assert mesh.volume.sum() == pytest.approx(1, rel=1e-12)
    found = solve_mesh(mesh, {"body": Region(law)}, {"skin": Outside(temperature=linear)})
    np.testing.assert_allclose(found.temperature, linear(mesh.centre), atol=1e-7)
    assert found.skewness > 0.1
    assert found.balance < 1e-9


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "shift", "counts", "order"),
    [
        (quadrilaterals, 0.0, (8, 16, 32), 1.9),
        (quadrilaterals, 0.25, (16, 32, 64), 1.85),
        (triangles, 0.2, (16, 32, 64), 1.85),
        (prisms, 0.2, (4, 8, 16), 1.7),
        (hexahedra, 0.2, (4, 8, 16), 1.7),
        (tetrahedra, 0.0, (4, 8, 12), 1.7),
        (tetrahedra, 0.15, (4, 8, 12), 1.7),
    ],
)
def test_sinh_plate_is_second_order(make, shift, counts, order):
    errors = []
    for n in counts:
        mesh = make(n, shift)
        boundaries = {"skin": Outside(temperature=sinh_plate)}
        found = solve_mesh(mesh, {"body": Region(20.0)}, boundaries)
        off = found.temperature - sinh_plate(mesh.centre)
        errors.append(np.sqrt(np.average(off**2, weights=mesh.volume)))
    fall = np.log(errors[-2] / errors[-1]) / np.log(counts[-1] / counts[-2])
    assert fall > order
    assert errors[-1] < 0.025


def test_two_point_flux_alone_does_not_converge_on_tetrahedra():
    """Why the correction is there: finer cells, no better answer."""
    errors = []
    for n in (4, 8):
        mesh = tetrahedra(n)
        found = solve_mesh(
            mesh,
            {"body": Region(20.0)},
            {"skin": Outside(temperature=sinh_plate)},
            correct_skewness=False,
        )
        errors.append(np.abs(found.temperature - sinh_plate(mesh.centre)).max())
    assert errors[1] > 0.6


def test_slab_of_84_blocks_is_the_hand_calculation():
    """40.909 K: film and slab under an even flux, on prisms that no block divides."""
    mesh = plate_with_round_zone(WAFER, 0.05, np.linspace(0, 0.01, 4), ["slab"] * 3, cells=12)
    film = Outside(temperature=294.15, film_coefficient=20e3)
    found = solve_mesh(
        mesh,
        {"slab": Region(390.0)},
        {"top": film, "round zone": film, "bottom": Outside(heat_flux=25e3 / WAFER**2)},
    )
    rise = found.surface_temperature["bottom"] - 294.15
    np.testing.assert_allclose(rise, 25e3 / WAFER**2 * (0.01 / 390 + 1 / 20e3), rtol=1e-8)
    assert rise.max() == pytest.approx(40.909, abs=5e-4)
    assert found.balance < 1e-9


def cut_wafer(cells=24, arc=6):
    levels = np.array([0.0, 0.02e-3, 0.4e-3, 0.775e-3])
    layers = ["circuits", "silicon", "silicon"]
    return cut_corner_wafer(WAFER, 0.150, levels, layers, cells=cells, arc=arc)


def test_cut_corner_wafer_has_its_area():
    """16.5 mm2 are missing of 46225; chords leave out 1/n2 of the arcs' segments."""
    off = [WAFER**2 - cut_wafer(8, arc).area_of("top") - CUT for arc in (4, 8, 16)]
    assert np.log2(np.array(off[:-1]) / off[1:]) == pytest.approx(2, abs=0.02)
    assert 0 < off[-1] < 1e-9
    mesh = cut_wafer()
    assert mesh.volume.sum() == pytest.approx(mesh.area_of("top") * 0.775e-3, rel=1e-12)
    assert mesh.area_of("bottom") == pytest.approx(mesh.area_of("top"), rel=1e-12)


def test_cut_corner_wafer_keeps_its_heat():
    silicon = ConductivityLaw(148.0, 148.0, 148.0, 1.3)
    found = solve_mesh(
        cut_wafer(),
        {"circuits": Region(silicon, heat=25e3), "silicon": Region(silicon)},
        {"top": Outside(temperature=294.15, film_coefficient=20e3)},
    )
    assert found.heat_through["top"] == pytest.approx(25e3, rel=1e-9)
    assert found.balance < 1e-9
    assert found.rounds > 3  # k(T)
    # even heat through an even film: one column like another, over less area than the square
    film = 25e3 / found.mesh.area_of("top") / 20e3
    assert found.surface_temperature["top"] - 294.15 == pytest.approx(film, rel=1e-6)


def test_wider_plate_spreads_the_heat_beyond_the_wafer():
    """The contact's step is flux times resistance; the overhang takes its part of the heat."""
    plate, wafer = np.linspace(1e-3, 5e-3, 4), np.linspace(0, 1e-3, 3)
    mesh = plate_on_wafer(0.26, WAFER, plate, wafer, overhang_cells=5, wafer_cells=24)
    found = {}
    for resistance in (5e-6, 20e-6):
        found[resistance] = solve_mesh(
            mesh,
            {"plate": Region(390.0), "wafer": Region(148.0, heat=25e3)},
            {
                "top": Outside(temperature=294.15, film_coefficient=20e3),
                "contact": Joint(resistance),
            },
        )
        assert found[resistance].balance < 1e-9
    step = found[20e-6].mean("wafer") - found[5e-6].mean("wafer")
    assert step == pytest.approx(15e-6 * 25e3 / WAFER**2, rel=0.02)
    flux = (found[5e-6].surface_temperature["top"] - 294.15) * 20e3
    x = mesh.face_centre[mesh.faces("top")]
    over = np.abs(x[:, :2]).max(axis=1) > WAFER / 2
    share = flux[over] @ mesh.face_area[mesh.faces("top")][over] / 25e3
    assert 0.02 < share < 0.2


def test_round_zone_without_fins_is_warmer_there():
    mesh = plate_with_round_zone(WAFER, 0.05, np.linspace(0, 4e-3, 4), ["plate"] * 3, cells=24)
    corners = 3 * 24
    disc = corners / 2 * 0.025**2 * np.sin(2 * np.pi / corners)
    assert mesh.area_of("round zone") == pytest.approx(disc, rel=1e-12)
    assert mesh.area_of("top") + disc == pytest.approx(WAFER**2, rel=1e-12)
    found = solve_mesh(
        mesh,
        {"plate": Region(390.0)},
        {
            "top": Outside(temperature=294.15, film_coefficient=20e3),
            "bottom": Outside(heat_flux=25e3 / WAFER**2),
        },
    )
    assert found.balance < 1e-9
    r = np.hypot(*mesh.face_centre[mesh.faces("bottom")][:, :2].T)
    surface = found.surface_temperature["bottom"]
    # far from the disc it is the plain slab
    plain = 294.15 + 25e3 / WAFER**2 * (4e-3 / 390 + 1 / 20e3)
    assert surface[r > 0.09] == pytest.approx(plain, abs=0.6)
    # inside, all heat must flow to the rim, below: q (r2^2 - r1^2)/(4 k t) from ring to ring
    inner, outer = r < 0.010, (r > 0.018) & (r < 0.023)
    hump = surface[inner].mean() - surface[outer].mean()
    spread = np.mean(r[outer] ** 2) - np.mean(r[inner] ** 2)
    assert hump == pytest.approx(25e3 / WAFER**2 * spread / (4 * 390 * 4e-3), rel=0.03)


@pytest.mark.parametrize("make", [quadrilaterals, triangles, prisms, hexahedra, tetrahedra])
def test_file_gives_the_mesh_back(make, tmp_path):
    mesh = make(3, 0.1)
    write_mesh(mesh, tmp_path / "a.msh")
    again = read_mesh(tmp_path / "a.msh", length_unit=2.0)
    assert again.dimension == mesh.dimension
    assert again.volume == pytest.approx(mesh.volume * 2.0**mesh.dimension)
    assert again.area_of("skin") == pytest.approx(mesh.area_of("skin") * 2 ** (mesh.dimension - 1))


MSH_4_1 = """$MeshFormat
4.1 0 8
$EndMeshFormat
$PhysicalNames
3
1 1 "left"
1 2 "right"
2 3 "plate"
$EndPhysicalNames
$Entities
0 2 1 0
1 0 0 0 0 1 0 1 1 0
2 1 0 0 1 1 0 1 2 0
1 0 0 0 1 1 0 1 3 0
$EndEntities
$Nodes
1 4 1 4
2 1 0 4
1
2
3
4
0 0 0
1 0 0
1 1 0
0 1 0
$EndNodes
$Elements
3 4 1 4
1 1 1 1
1 4 1
1 2 1 1
2 2 3
2 1 2 2
3 1 2 3
4 1 3 4
$EndElements
"""


def test_msh_4_1_with_physical_names(tmp_path):
    path = tmp_path / "square.msh"
    path.write_text(MSH_4_1)
    found = solve_mesh(
        path,
        {"plate": Region(5.0)},
        {"left": Outside(temperature=310.0), "right": Outside(temperature=300.0)},
        length_unit=1e-2,
        thickness=2e-3,
    )
    assert sorted(found.temperature) == pytest.approx([310 - 20 / 3, 310 - 10 / 3])
    assert found.heat_through["right"] == pytest.approx(5.0 * 10 / 1e-2 * 1e-2 * 2e-3)


@pytest.mark.parametrize(
    ("regions", "boundaries", "words"),
    [
        ({}, {"skin": Outside(temperature=300.0)}, "region body: found no conductivity"),
        ({"bdy": Region(1.0)}, {}, "region: found 'bdy'; one of body is meant"),
        ({"body": Region(1.0)}, {"top": Joint(1.0)}, "boundary: found 'top'; one of skin is meant"),
        ({"body": Region(1.0)}, {"skin": Outside(heat_flux=1.0)}, "nothing takes the heat away"),
        (
            {"body": Region(1.0)},
            {"skin": Joint(1e-5)},
            "nothing takes the heat away",
        ),
    ],
)
def test_wrong_names_are_one_line(regions, boundaries, words):
    with pytest.raises(ValueError, match=words) as caught:
        solve_mesh(quadrilaterals(2), regions, boundaries)
    assert "\n" not in str(caught.value)


def test_joint_on_the_outside_is_refused():
    mesh = quadrilaterals(2).with_named("left", lambda x, n: n[:, 0] < -0.5)
    right = {"skin": Joint(1e-5), "left": Outside(temperature=300.0)}
    with pytest.raises(ValueError, match="skin: found faces that are not inside the body"):
        solve_mesh(mesh, {"body": Region(1.0)}, right)


def test_unreadable_and_unnamed_files_are_one_line(tmp_path):
    path = tmp_path / "a.msh"
    path.write_text("nothing")
    with pytest.raises(ValueError, match="the mesh cannot be read"):
        read_mesh(path)
    path.write_text(MSH_4_1.replace("1 0 0 0 1 1 0 1 3 0", "1 0 0 0 1 1 0 0 0"))
    with pytest.raises(ValueError, match="in no physical group"):
        read_mesh(path)
    with pytest.raises(ValueError, match="one of the two"):
        Outside()
    with pytest.raises(ValueError, match="cuts the corners only"):
        cut_corner_wafer(0.1, 0.2, [0, 1], ["a"])


def test_what_does_not_converge_is_an_error():
    silicon = ConductivityLaw(148.0, 148.0, 148.0, 1.3)
    film = {"top": Outside(temperature=294.15, film_coefficient=20e3)}
    heated = {"circuits": Region(silicon, heat=25e3), "silicon": Region(silicon)}
    with pytest.raises(NoSolution, match="relative residual"):
        solve_mesh(cut_wafer(8), heated, film, most_rounds=2)


@pytest.mark.slow
def test_the_page_runs(tmp_path, monkeypatch, capsys):
    page = (Path(__file__).parent.parent / "docs" / "general-mesh.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    exec(compile(code, "general-mesh.md", "exec"), {})
    said = capsys.readouterr().out
    assert re.search(r"hottest 5\d\.\d\d degC, balance \d?e-1\d", said), said
    assert (tmp_path / "wafer.vtu").exists()
