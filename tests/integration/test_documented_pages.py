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
def checkout(tmp_path: Path, repository: Path) -> Path:
    """A folder with the scripts of the checkout; `paramnet` and `python` are those of this test."""
    for name in ("data", "fortran_bridge", "conf"):
        (tmp_path / name).symlink_to(repository / name)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, arguments in (("python", ""), ("paramnet", "-m paramnet ")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n')
        (programs / name).chmod(0o755)
    return tmp_path


def run(commands: str, folder: Path) -> None:
    environment = os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-ec", commands], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=1500)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_a_laptop_and_no_data(checkout: Path, repository: Path, built_bridge: Path) -> None:
    page = repository / "docs/start/laptop.md"
    run(blocks(page)[0], checkout)
    skill = json.loads((checkout / "quick/skill/skill.json").read_text())
    stated = re.search(r"test data is ([\d.]+) and ([\d.]+); that of the linear network is ([\d.]+) and ([\d.]+)\.", page.read_text())
    assert stated is not None
    heating, moistening = skill["tendency_of_air_temperature"], skill["tendency_of_specific_humidity"]
    found = [heating["r2"], moistening["r2"], heating["linear_r2"], moistening["linear_r2"]]
    assert found == pytest.approx([float(number) for number in stated.groups()], abs=0.01)
    assert (checkout / "scheme.pt").is_file() and (checkout / "store/quality/quality.html").is_file()


def test_your_own_cf_files(checkout: Path, repository: Path) -> None:
    make, train = blocks(repository / "docs/start/your_files.md")
    run(make, checkout)
    run(train, checkout)
    assert (checkout / "quick/best.ckpt").is_file()
