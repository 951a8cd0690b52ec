"""The journal of a sweep: every finished point on disk, whatever happens to the program.

A file of lines, each a CRC-32 and a JSON object. The first says what sweep it is; each other is a
point, or says that one was begun in this very process. Lines are only ever appended. One that a
crash has torn, or that has changed on disk, is known by its checksum and left out: its point is
solved again.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from .case_file import CaseError

SYNC_EVERY = 1.0
"""Seconds between writes that wait for the disk."""
_TORN_HEADER = re.compile(rb"[0-9a-f]{0,7}|[0-9a-f]{8}( (\{.*)?)?|\0+", re.S)


class Journal:
    """The points of one sweep on disk; a context manager that holds the file's lock.

    Parameters
    ----------
    path : Path
    identity : dict of str to str
        What must be the same for points to belong together, by its name in words.
    restart : bool
        Forget what is there.

    Attributes
    ----------
    done : set of int
        Points that are on disk.
    without : int
        Of those, how many have no solution.
    damaged : int
        Lines left out.
    begun : Counter of int
        How often each point was begun, by runs before this one too.

    Raises
    ------
    CaseError
        When it cannot be read or written, another program holds it, it is that of another sweep,
        or none at all; one line.
    """

    def __init__(self, path: Path, identity: dict[str, str], restart: bool = False) -> None:
        self.path = path
        self.done: set[int] = set()
        self.without, self.damaged = 0, 0
        self.begun = Counter[int]()
        self._synced = 0.0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise self._cannot(error) from None
        try:
            self._lock()
            self._open(identity, restart)
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                os.fsync(self._file)
        except OSError as fault:
            raise self._cannot(fault) from None
        finally:
            os.close(self._file)

    def begin(self, point: int) -> None:
        """Say that a point is solved in this process from now on, which may die of it."""
        self._write(json.dumps({"begun": point}))
        self.begun[point] += 1

    def append(self, text: str) -> None:
        """Add a point: a JSON object with its number as ``point``; on disk within a second.

        Raises
        ------
        CaseError
            When the disk does not take it; what was there before is kept.
        """
        record = json.loads(text)
        self._write(text)
        self._count(record)

    def records(self) -> Iterator[dict[str, Any]]:
        """Every whole point, from disk."""
        with open(self.path, "rb") as file:
            next(file)
            for line in file:
                record = _read(line)
                if record is not None and "point" in record:
                    yield record

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CaseError(
                f"{self.path}: another run is writing it; one at a time, or another --out, is meant"
            ) from None
        except OSError as error:
            raise self._cannot(error) from None

    def _open(self, identity: dict[str, str], restart: bool) -> None:
        header = {"waferflux_sweep": 1, **identity}
        with open(self.path, "rb") as file:
            first = file.readline()
            torn = not first.endswith(b"\n") and _TORN_HEADER.fullmatch(first) is not None
            found = _read(first)
            if restart and (torn or found is not None):
                torn = True
            if not torn:
                self._check(found, header)
                end = self._take(file, len(first))
        try:
            if torn:
                os.ftruncate(self._file, 0)
                self._write(json.dumps(header))
                _sync_folder(self.path.parent)
            else:
                os.ftruncate(self._file, end)
        except OSError as error:
            raise self._cannot(error) from None

    def _check(self, found: dict[str, Any] | None, header: dict[str, Any]) -> None:
        if found is None or "waferflux_sweep" not in found:
            raise CaseError(f"{self.path}: found something else than the journal of a sweep")
        other = [name for name, value in header.items() if found.get(name) != value]
        if other:
            raise CaseError(
                f"{self.path}: found a sweep with another {' and '.join(other)}; the same, "
                "another --out, or --restart to begin anew, is meant"
            )

    def _take(self, lines: Iterator[bytes], end: int) -> int:
        """Count the points; gives where the last whole line ends."""
        for line in lines:
            record = _read(line)
            if record is None:
                self.damaged += 1
            else:
                self._count(record)
            if not line.endswith(b"\n"):
                break
            end += len(line)
        return end

    def _count(self, record: dict[str, Any]) -> None:
        if "begun" in record:
            self.begun[record["begun"]] += 1
        elif record["point"] not in self.done:
            self.done.add(record["point"])
            self.without += bool(record["reason"])

    def _write(self, text: str) -> None:
        payload = text.encode()
        line = b"%08x %b\n" % (zlib.crc32(payload), payload)
        end = os.fstat(self._file).st_size
        try:
            while line:
                line = line[os.write(self._file, line) :]
            if time.monotonic() - self._synced > SYNC_EVERY:
                os.fsync(self._file)
                self._synced = time.monotonic()
        except OSError as error:
            os.ftruncate(self._file, end)
            raise self._cannot(error) from None

    def _cannot(self, error: OSError) -> CaseError:
        kept = f"; {len(self.done)} finished points are kept in it" if self.done else ""
        return CaseError(f"{self.path}: cannot be written: {error.strerror}{kept}")


def _read(line: bytes) -> dict[str, Any] | None:
    """The object of a line; None where it is not whole."""
    checksum, _, payload = line.removesuffix(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(payload):
        return None
    found: dict[str, Any] = json.loads(payload)
    return found


def _sync_folder(folder: Path) -> None:
    """So that a new name in it outlasts a loss of power."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
