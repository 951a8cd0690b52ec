"""What a command reads and writes: its case, its folder, its JSON."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..case_file import LoadedCase


def load(case: str, assignments: list[str]) -> LoadedCase:
    """A case with the values of ``--set`` put in."""
    from ..case_file import load_case, parse_assignment

    return load_case(case, dict(parse_assignment(text) for text in assignments))


def folder_for(
    loaded: LoadedCase, as_json: bool, out: Path | None, no_files: bool, kind: str = ""
) -> Path | None:
    """Where files go, as ``folder_named``: ``out`` or out/CASE with ``kind`` behind."""
    return folder_named(f"{loaded.name}{kind}", as_json, out, no_files)


def folder_named(name: str, as_json: bool, out: Path | None, no_files: bool) -> Path | None:
    """Where files go: ``out`` or out/NAME; None to write none.

    Refused here, before the solve, where it cannot be written.
    """
    if out is not None and no_files:
        from ..case_file import CaseError

        raise CaseError("--out: found with --no-files; one of the two is meant")
    if no_files or (as_json and out is None):
        return None
    folder = Path("out") / name if out is None else out
    check_writable(folder)
    return folder


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    folder = folder.absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def check_writable(folder: Path) -> None:
    """Refuse, before the solve, a folder that cannot be written."""
    from ..case_file import CaseError

    try:
        with tempfile.TemporaryDirectory(dir=_existing(folder), prefix=".waferflux-"):
            pass
    except OSError as error:
        raise CaseError(f"--out: {folder}: cannot be written: {error.strerror}") from None


def move_in(folder: Path, write: Callable[[Path], None]) -> None:
    """Write everything beside the folder, then move it in: no file is ever seen half-written."""
    from ..case_file import CaseError

    try:
        with tempfile.TemporaryDirectory(dir=_existing(folder), prefix=".waferflux-") as name:
            draft = Path(name)
            write(draft)
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(draft.iterdir()):
                os.replace(path, folder / path.name)
    except OSError as error:
        reason = error.strerror or error
        raise CaseError(f"--out: {folder}: cannot be written: {reason}") from None


def write_texts(folder: Path, texts: dict[str, str]) -> None:
    """Write texts by file name."""
    from ..case_file import CaseError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CaseError(f"--out: {folder}: cannot be written: {error.strerror}") from None


def hand_over(
    name: str,
    to_dict: Callable[[], dict[str, Any]],
    write: Callable[[Path], None],
    show: Callable[[], None],
    as_json: bool,
    folder: Path | None,
    files: str,
) -> None:
    """Put an answer into the folder and onto the terminal.

    Parameters
    ----------
    name : str
        Of its JSON file.
    to_dict : callable
        Gives the answer as JSON can hold it.
    write : callable
        Writes what else belongs into a folder.
    show : callable
        Prints the answer for people.
    as_json : bool
        Print the JSON instead.
    folder : Path or None
    files : str
        What people find in the folder, as ``Picture and table are``.
    """
    text = to_json(to_dict()) if as_json or folder is not None else ""

    def write_all(draft: Path) -> None:
        (draft / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        write(draft)

    if folder is not None:
        move_in(folder, write_all)
    if as_json:
        print(text)
        return
    show()
    if folder is not None:
        print(f"\n{files} in {folder}{os.sep}")


def hand_over_pictured(
    name: str,
    to_dict: Callable[[], dict[str, Any]],
    write_csv: Callable[[Path], None],
    draw: Callable[[], Figure],
    show: Callable[[], None],
    as_json: bool,
    folder: Path | None,
    files: str = "Picture and table are",
) -> None:
    """``hand_over`` with one CSV file and one picture, all of one name.

    ``draw`` is called only where files are written: matplotlib is slow to load.
    """

    def write(draft: Path) -> None:
        from ..figures import DOTS_PER_INCH

        write_csv(draft / f"{name}.csv")
        draw().savefig(draft / f"{name}.png", dpi=DOTS_PER_INCH, facecolor="white")

    hand_over(name, to_dict, write, show, as_json, folder, files)


def to_json(found: dict[str, Any]) -> str:
    """One JSON object; a number that is not finite becomes null."""
    return json.dumps(_finite(found), indent=2, allow_nan=False, ensure_ascii=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
