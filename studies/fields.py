"""The fields of an answer: an xarray dataset, and the files that other programs open.

Imported only where fields are asked for, since xarray takes a third of a second to load.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray
from numpy.typing import NDArray
from xarray.core.indexing import IndexSelResult
from xarray.indexes import PandasIndex

from geometry.mesh_files import write_vtu

from .coolant_need import FREEZING
from .coupled import junction_rise
from .sheet_fields import sheet_coordinates, sheet_fields
from .version import program_version

if TYPE_CHECKING:
    from .answer import Answer

Array = NDArray[np.float64]


class LayerIndex(PandasIndex):
    """Picks planes by the name of their layer: one name or several, always a run of planes."""

    def sel(
        self, labels: Mapping[Any, Any], method: str | None = None, tolerance: Any = None
    ) -> IndexSelResult:
        """Planes of the named layers; a layer of one plane keeps its dimension."""
        (wanted,) = labels.values()
        names = np.atleast_1d(np.asarray(wanted)).tolist()
        for name in names:
            if name not in self.index:
                known = ", ".join(dict.fromkeys(self.index))
                raise KeyError(f"layer: found '{name}'; one of {known} is meant")
        return IndexSelResult({self.dim: np.flatnonzero(self.index.isin(names))})


def dataset(answer: Answer) -> xarray.Dataset:
    """Fields over the grid and numbers per block, labelled and with units.

    Plane 0 is on top, on the coolant's side; ``z`` is the height of a plane's centre above the
    bottom face. Blocks have the dimensions (row, column) where they tile the device, and
    ``block`` where a floorplan of rectangles names them.

    Examples
    --------
    >>> from studies import load_case, solve
    >>> ds = dataset(solve(load_case("cs3")))  # doctest: +SKIP
    >>> ds.temperature.sel(layer="wafer").isel(z=-1).plot()  # doctest: +SKIP
    """
    fields = xarray.Dataset(
        _plane_fields(answer)
        | _block_numbers(answer)
        | _supply_numbers(answer)
        | sheet_fields(answer),
        coords=_coordinates(answer) | sheet_coordinates(answer),
        attrs=_attributes(answer),
    )
    return fields.set_xindex("layer", LayerIndex)


def _coordinates(answer: Answer) -> dict[str, Any]:
    problem = answer.coupled.machine.problem
    grid, layers = problem.grid, problem.stack.layers
    names = [layer.name for layer in layers for _ in layer.cell_thickness]
    height = grid.z_faces[-1] - grid.z
    found: dict[str, Any] = {
        "x": ("x", grid.x, {"units": "m", "long_name": "x"}),
        "y": ("y", grid.y, {"units": "m", "long_name": "y"}),
        "z": ("z", height, {"units": "m", "long_name": "height above the bottom face"}),
        "layer": ("z", np.array(names, dtype=object), {"long_name": "layer of the plane"}),
    }
    plan = answer.coupled.machine.floorplan
    labels = np.array(plan.names, dtype=object)
    if plan.rows is None or plan.columns is None:
        return found | {"block": ("block", labels)}
    return found | {
        "row": ("row", np.arange(plan.rows), {"long_name": "row of blocks, along y"}),
        "column": ("column", np.arange(plan.columns), {"long_name": "column of blocks, along x"}),
        "block": (("row", "column"), labels.reshape(plan.rows, plan.columns)),
    }


def _plane_fields(answer: Answer) -> dict[str, Any]:
    space = ("z", "y", "x")
    found = {
        "temperature": _named(space, temperature(answer), "degC", "temperature"),
        "heat": _named(space, heat_density(answer), "W/m3", "heat made per volume"),
        "junction_temperature": _named(
            ("y", "x"), junction_temperature(answer), "degC", "temperature where the heat is made"
        ),
    }
    if answer.coupled.machine.problem.coolant is not None:
        found["coolant_temperature"] = _named(
            space, coolant_temperature(answer), "degC", "temperature of the coolant in the channels"
        )
    return found


def _named(dims: tuple[str, ...], values: Array, units: str, long_name: str) -> tuple[Any, ...]:
    return dims, values, {"units": units, "long_name": long_name}


def temperature(answer: Answer) -> Array:
    """Temperature of each cell [degC], shape (nz, ny, nx); NaN outside the layers' footprints."""
    solver = answer.coupled.solver
    found: Array = solver.temperature - FREEZING
    for k, cover in solver.cover.items():
        found[k][cover == 0] = np.nan
    return found


def heat_density(answer: Answer) -> Array:
    """Heat made in each cell [W/m3], shape (nz, ny, nx)."""
    grid = answer.coupled.machine.problem.grid
    density = np.zeros(grid.shape)
    for plane, heat in answer.coupled.heat.items():
        cover = answer.coupled.solver.cover.get(plane, 1.0)
        volume = np.broadcast_to(grid.cell_area * grid.dz[plane] * cover, heat.shape)
        np.divide(heat, volume, out=density[plane], where=volume > 0)
    return density


def junction_temperature(answer: Answer) -> Array:
    """Highest temperature where the device makes its heat [degC], shape (ny, nx).

    NaN outside the footprint of the layer that makes it.
    """
    coupled = answer.coupled
    rise: Array = junction_rise(coupled.machine, coupled.solver, coupled.heat).max(axis=0)
    cover = coupled.solver.cover.get(coupled.machine.heated_planes[0])
    if cover is not None:
        rise = np.where(cover > 0, rise, np.nan)
    return rise + coupled.machine.problem.reference_temperature - FREEZING


def coolant_temperature(answer: Answer) -> Array:
    """Mean coolant temperature in each cell [degC], (nz, ny, nx); NaN outside the channels."""
    solver = answer.coupled.solver
    flow, grid = solver.problem.coolant, solver.grid
    assert flow is not None
    mean, _ = solver.coolant_rise()
    along = grid.nx if flow.along_x else grid.ny
    by_cell = np.zeros((along, *mean.shape[1:]))
    np.add.at(by_cell, solver.pieces.cell, mean * solver.pieces.share[:, None, None])
    filled = np.full(grid.shape, np.nan)
    filled[solver.planes[0] : solver.planes[-1] + 1] = np.moveaxis(
        by_cell, 0, 2 if flow.along_x else 1
    )
    return filled + flow.inlet_temperature - FREEZING


def _block_numbers(answer: Answer) -> dict[str, Any]:
    network = answer.coupled.drawn.network
    numbers: list[tuple[str, Array | None, str, str]] = [
        (
            "block_temperature_max",
            answer.block_temperature_max - FREEZING,
            "degC",
            "hottest point of the block",
        ),
        (
            "block_temperature_mean",
            answer.block_temperature_mean - FREEZING,
            "degC",
            "mean of the block where the heat is made",
        ),
        ("block_power", answer.coupled.drawn.power, "W", "power of the block's circuits"),
    ]
    if network is not None:
        numbers += [
            ("block_voltage", network.block_voltage, "V", "mean voltage at the circuits"),
            ("block_drop", answer.block_drop, "V", "set-point less the block's worst voltage"),
            ("brick_current", network.brick_current, "A", "output current of the block's brick"),
        ]
    plan = answer.coupled.machine.floorplan
    dims: tuple[str, ...] = ("block",)
    shape: tuple[int, ...] = (plan.n_blocks,)
    if plan.rows is not None and plan.columns is not None:
        dims, shape = ("row", "column"), (plan.rows, plan.columns)
    return {
        name: _named(dims, np.reshape(values, shape), units, meaning)
        for name, values, units, meaning in numbers
        if values is not None
    }


def _supply_numbers(answer: Answer) -> dict[str, Any]:
    network = answer.coupled.drawn.network
    if network is None:
        return {}
    return {
        "supply_current": _named(
            ("supply",), network.supply_current, "A", "output current of the supply"
        ),
        "supply_voltage": _named(
            ("supply",), network.supply_voltage, "V", "voltage at the supply's output"
        ),
        "supply_load_fraction": _named(
            ("supply",), network.supply_load_fraction, "1", "output power over rating"
        ),
    }


def _attributes(answer: Answer) -> dict[Hashable, Any]:
    """Title, version, headline numbers and the whole case, as netCDF can hold them."""
    found: dict[Hashable, Any] = {
        "title": answer.loaded.case.title,
        "program": f"waferflux {program_version()}",
        "plane_order": "from the coolant's side down; z is the height above the bottom face",
    }
    for name, value in answer.to_dict().items():
        if isinstance(value, str) or (isinstance(value, int | float) and math.isfinite(value)):
            found[name] = value
        elif isinstance(value, dict):
            found[name] = json.dumps(value)
        elif name == "warnings":
            found[name] = "\n".join(value)
    return found | {"case_values": json.dumps(answer.loaded.raw, default=str)}


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """A name beside ``path`` to write to; becomes ``path`` only when the writing has ended well."""
    path = Path(path)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".waferflux-") as folder:
        draft = Path(folder) / path.name
        yield draft
        os.replace(draft, path)


def write_netcdf(answer: Answer, path: str | Path) -> None:
    """Write the dataset to a netCDF 4 file.

    Fields over the grid are compressed and in single precision, some 4 uK of a temperature;
    everything else is in double. After reading, ``.set_xindex("layer")`` makes layers selectable.
    """
    fields = answer.fields
    encoding = {
        str(name): {"dtype": "float32", "zlib": True, "complevel": 4}
        for name, values in fields.data_vars.items()
        if {"x", "y"} <= set(values.dims) or {"sheet_x", "sheet_y"} <= set(values.dims)
    }
    with whole_file(path) as draft:
        fields.to_netcdf(draft, engine="h5netcdf", encoding=encoding)


def write_vtu_file(answer: Answer, path: str | Path) -> None:
    """Write the fields on the grid's cells to a VTU file for ParaView; names end in their unit."""
    grid, stack = answer.coupled.machine.problem.grid, answer.coupled.machine.problem.stack
    layer = np.repeat(
        np.arange(len(stack.layers)), [len(one.cell_thickness) for one in stack.layers]
    )
    cells = {
        "temperature_degC": answer.fields.temperature.values,
        "heat_W_m3": answer.fields.heat.values,
        "layer_number": np.broadcast_to(layer[:, None, None], grid.shape),
    }
    if "coolant_temperature" in answer.fields:
        cells["coolant_temperature_degC"] = answer.fields.coolant_temperature.values
    with whole_file(path) as draft:
        write_vtu(
            draft,
            np.arange(grid.nx + 1) * grid.dx,
            np.arange(grid.ny + 1) * grid.dy,
            grid.z_faces,
            cells,
        )
