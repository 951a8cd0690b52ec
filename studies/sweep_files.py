"""The files of a sweep: the dataset as netCDF, a table of it as CSV or Parquet."""

from __future__ import annotations

import contextlib
import csv
import io
import os
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
    numbers = [name for name, values in found.data_vars.items() if values.dtype.kind == "f"]
    encoding = {name: {"zlib": True, "complevel": 4} for name in numbers}
    # made in memory, since HDF5 crashes where the disk is full
    write_whole(path, found.to_netcdf(engine="h5netcdf", encoding=encoding))


def write_table(found: xarray.Dataset, path: Path) -> None:
    """Write one row for each point: its varied values and its scalar results."""
    columns = table(found)
    if path.suffix == ".parquet":
        import pyarrow.parquet

        binary = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.table(columns), binary)
        write_whole(path, binary.getvalue())
        return
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    write_whole(path, text.getvalue().encode())


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


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """Write beside the file, bring it to the disk, then put it in the file's place.

    Raises
    ------
    CaseError
        When the disk does not take it; a file that was there is as before.
    """
    draft = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(draft, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise CaseError(f"{path}: cannot be written: {error.strerror}") from None
