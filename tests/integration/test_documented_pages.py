"""The commands of the pages to get started run as they are printed, and give the numbers that the pages state."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long


def blocks(page: Path) -> list[str]:
    """Blocks of shell commands of a page."""
    return re.findall(r"^```\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder but for `paramnet`, which is that of this test."""
    program = tmp_path / "bin" / "paramnet"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m paramnet "$@"\n')
    program.chmod(0o755)
    return tmp_path


def run(commands: str, folder: Path) -> None:
    environment = os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-ec", commands], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=1500)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_a_laptop_and_no_data(folder: Path, repository: Path, built_bridge: Path) -> None:
    page = repository / "docs/start/laptop.md"
    run(blocks(page)[0], folder)
    skill = json.loads((folder / "quick/skill/skill.json").read_text())
    stated = re.search(r"test data is ([\d.]+) and ([\d.]+); that of the linear network is ([\d.]+) and ([\d.]+)\.", page.read_text())
    assert stated is not None
    heating, moistening = skill["tendency_of_air_temperature"], skill["tendency_of_specific_humidity"]
    found = [heating["r2"], moistening["r2"], heating["linear_r2"], moistening["linear_r2"]]
    assert found == pytest.approx([float(number) for number in stated.groups()], abs=0.01)
    assert (folder / "scheme.pt").is_file() and (folder / "store/quality/quality.html").is_file()


def test_your_own_cf_files(folder: Path, repository: Path) -> None:
    make, train = blocks(repository / "docs/start/your_files.md")
    run(make, folder)
    run(train, folder)
    assert (folder / "quick/best.ckpt").is_file()
