"""What several test files share."""

import re
import shutil
import subprocess

import pytest


@pytest.fixture
def ngspice(tmp_path):
    """Runs ngspice, an external program, on a netlist; gives every ``v(x) = 1.0`` it prints."""
    if shutil.which("ngspice") is None:
        pytest.skip("ngspice, an external program, is not installed")

    def run(text):
        (tmp_path / "run.cir").write_text(text, encoding="utf-8")
        done = subprocess.run(
            ["ngspice", "-b", "run.cir"], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        output = done.stdout + done.stderr
        assert "rror" not in output, output
        values = re.findall(r"^([vi]\(\w+\)) = (\S+)$", done.stdout, re.MULTILINE)
        return {name: float(value) for name, value in values}

    return run
