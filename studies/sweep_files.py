"""The files of a sweep: the dataset as netCDF, a table of it as CSV or Parquet."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray

from .case_file import CaseError

TABLES = (".csv", ".parquet")


def check_names(out: Path | None, table: Path | None) -> None:
    """Refuse a name whose ending says no format that is written.

    Raises
    ------
    CaseError
        Also where a table asks for a library that is not installed.
    """
    if out is not None and out.suffix != ".nc":
        raise CaseError(f"--out: found '{out}'; a file that ends in .nc is meant")
    if table is not None and table.suffix not in TABLES:
        raise CaseError(f"--table: found '{table}'; a file that ends in .csv or .parquet is meant")
    if table is not None and table.suffix == ".parquet":
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            raise CaseError("--table: Parquet needs pyarrow; install waferflux[tables]") from None


def write_dataset(found: xarray.Dataset, path: Path) -> None:
    """Write netCDF 4; the file is whole or is not there."""
    long = {str(name) for name, values in found.data_vars.items() if values.dtype.kind == "f"}
    encoding = {name: {"zlib": True, "complevel": 4} for name in long}
    write_whole(path, lambda draft: found.to_netcdf(draft, engine="h5netcdf", encoding=encoding))


def write_table(found: xarray.Dataset, path: Path) -> None:
    """Write one row for each point: its varied values and its scalar results."""
    write_whole(path, lambda draft: _write_rows(table(found), draft, path.suffix))


def table(found: xarray.Dataset) -> dict[str, list[Any]]:
    """Columns by name, over the points in their order."""
    dims = tuple(found["reason"].dims)
    shape = found["reason"].shape
    columns = {
        str(name): values.broadcast_like(found["reason"]).transpose(*dims)
        for name, values in found.coords.items()
        if set(values.dims) <= set(dims) and values.dims
    }
    columns |= {str(name): v for name, v in found.data_vars.items() if v.dims == dims}
    assert all(values.shape == shape for values in columns.values())
    return {name: values.values.ravel().tolist() for name, values in columns.items()}


def _write_rows(columns: dict[str, list[Any]], path: Path, suffix: str) -> None:
    if suffix == ".parquet":
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.table(columns), path)
        return
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside the file, bring it to the disk, then put it in the file's place.

    Raises
    ------
    CaseError
        When the disk does not take it; a file that was there is as before.
    """
    draft = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(draft)
        with open(draft, "rb") as file:
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise CaseError(f"{path}: cannot be written: {error.strerror or error}") from None
