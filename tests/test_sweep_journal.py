"""The journal: nothing whole is lost, nothing torn is believed."""

import errno
import json
import os
import resource
import subprocess
import sys

import pytest

from studies.case_file import CaseError
from studies.sweep_files import write_whole
from studies.sweep_journal import Journal

IDENTITY = {"case": "a", "seed": "1"}


def record(point, reason=""):
    return json.dumps({"point": point, "reason": reason, "seconds": 0.1, "found": {"x": point / 3}})


def written(path, points):
    with Journal(path, IDENTITY) as journal:
        for point in points:
            journal.append(record(point))
    return path.read_bytes()


def points_in(path):
    with Journal(path, IDENTITY) as journal:
        found = [one["point"] for one in journal.records()]
        assert set(found) == journal.done
        return found


def test_what_is_written_is_found(tmp_path):
    path = tmp_path / "j"
    written(path, range(5))
    with Journal(path, IDENTITY) as journal:
        assert journal.done == set(range(5))
        assert list(journal.records()) == [json.loads(record(point)) for point in range(5)]
        journal.append(record(7, "VoltageCollapse: no"))
        assert (journal.done, journal.without) == ({*range(5), 7}, 1)
    with Journal(path, IDENTITY) as journal:
        assert (len(journal.done), journal.without, journal.damaged) == (6, 1, 0)


def test_torn_at_every_byte_of_header_and_last_record(tmp_path):
    path = tmp_path / "j"
    header, one, two = written(path, range(2)).splitlines(keepends=True)
    whole = header + one + two
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        kept = (length >= len(header + one)) + (length >= len(whole))
        assert points_in(path) == list(range(kept)), length
        # what follows is whole again
        with Journal(path, IDENTITY) as journal:
            journal.append(record(9))
        assert points_in(path) == [*range(kept), 9]


def test_a_damaged_record_is_left_out_and_told(tmp_path):
    path = tmp_path / "j"
    whole = written(path, range(3))
    header = whole.index(b"\n") + 1
    end = whole.index(b"\n", header)
    for at in range(header, end):
        changed = bytearray(whole)
        changed[at] ^= 1
        if changed[at] == ord("\n"):
            continue
        path.write_bytes(bytes(changed))
        with Journal(path, IDENTITY) as journal:
            assert journal.done == {1, 2}
            assert journal.damaged == 1


def test_zeros_after_a_loss_of_power_are_left_out(tmp_path):
    path = tmp_path / "j"
    whole = written(path, range(3))
    path.write_bytes(whole + b"\0" * 4096)
    assert points_in(path) == [0, 1, 2]
    assert path.read_bytes() == whole
    path.write_bytes(b"\0" * 512)
    assert points_in(path) == []


def test_another_sweep_is_refused_until_restarted(tmp_path):
    path = tmp_path / "j"
    written(path, range(3))
    with pytest.raises(CaseError, match="a sweep with another seed; the same, another --out"):
        Journal(path, IDENTITY | {"seed": "2"})
    assert points_in(path) == [0, 1, 2]
    with Journal(path, IDENTITY | {"seed": "2"}, restart=True) as journal:
        assert journal.done == set()
    with pytest.raises(CaseError, match="another seed"):
        Journal(path, IDENTITY)


@pytest.mark.parametrize("restart", [False, True])
def test_a_file_that_is_no_journal_is_left_alone(tmp_path, restart):
    path = tmp_path / "j"
    path.write_text("dear diary\nnothing\n")
    with pytest.raises(CaseError, match="something else than the journal"):
        Journal(path, IDENTITY, restart)
    assert path.read_text() == "dear diary\nnothing\n"


def test_two_runs_on_one_file_are_refused(tmp_path):
    path = tmp_path / "j"
    with Journal(path, IDENTITY), pytest.raises(CaseError, match="another run is writing it"):
        Journal(path, IDENTITY)
    assert points_in(path) == []


def test_the_lock_goes_with_the_process(tmp_path):
    path = tmp_path / "j"
    hold = (
        "import sys, time; from pathlib import Path; from studies.sweep_journal import Journal\n"
        f"Journal(Path({str(path)!r}), {IDENTITY}); print('held', flush=True); time.sleep(60)"
    )
    # the journal is kept by nothing but the process
    hold = hold.replace("Journal(Path", "kept = Journal(Path", 1)
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(CaseError, match="another run is writing it"):
            Journal(path, IDENTITY)
        process.kill()
        process.wait()
    assert points_in(path) == []


def test_a_file_that_may_grow_no_more_keeps_what_was_finished(tmp_path):
    path = tmp_path / "j"
    size = len(written(path, range(4)))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # the fifth record fits half
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + len(record(4)) // 2, before[1]))
    try:
        with Journal(path, IDENTITY) as journal, pytest.raises(CaseError) as refused:
            journal.append(record(4))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(refused.value) == (
        f"{path}: cannot be written: {os.strerror(errno.EFBIG)}; 4 finished points are kept in it"
    )
    assert path.stat().st_size == size
    assert points_in(path) == [0, 1, 2, 3]


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CaseError, match="cannot be written"):
        Journal(tmp_path / "file" / "j", IDENTITY)


def test_a_file_that_cannot_be_written_whole_is_as_before(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"before")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(CaseError) as refused:
            write_whole(path, b"x" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(refused.value) == f"{path}: cannot be written: {os.strerror(errno.EFBIG)}"
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("f", b"before")]
    write_whole(path, b"after")
    assert path.read_bytes() == b"after"
