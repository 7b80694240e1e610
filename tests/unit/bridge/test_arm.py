"""The native kernel on 64-bit Arm: its tests, cross-compiled and run by qemu, and the instructions of its innermost loop."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

COMPILER, EMULATORS = "aarch64-linux-gnu-g++", ("qemu-aarch64", "qemu-aarch64-static")
INSTRUCTION = re.compile(r"^\s+([0-9a-f]+):\s+(\S+)\s*(.*)$")


@pytest.fixture(scope="module")
def arm_build(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which(COMPILER):
        pytest.skip(f"no {COMPILER} (Debian: g++-aarch64-linux-gnu)")
    if not any(map(shutil.which, EMULATORS)):
        pytest.skip(f"no {EMULATORS[0]} (Debian: qemu-user)")
    folder = tmp_path_factory.mktemp("arm")
    source = repository / "fortran_bridge" / "library" / "tests" / "arm"
    subprocess.run(["cmake", "-S", source, "-B", folder, "-G", "Ninja"], check=True, capture_output=True)
    done = subprocess.run(["cmake", "--build", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    return folder


def test_the_kernel_agrees_with_the_reference_on_arm(arm_build: Path) -> None:
    done = subprocess.run(["ctest", "--test-dir", arm_build, "--output-on-failure"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "100% tests passed, 0 tests failed out of 5" in done.stdout


def loops(disassembly: str, function: str) -> list[list[str]]:
    """The instructions of each loop of ``function`` that contains no other."""
    found: list[list[str]] = []
    body: list[tuple[int, str, str]] = []
    inside = False
    for line in disassembly.splitlines():
        if heading := re.match(r"^[0-9a-f]+ <(.*)>:", line):
            inside, body = function in heading[1], []
        elif inside and (one := INSTRUCTION.match(line)):
            body.append((int(one[1], 16), one[2], one[3]))
            target = re.search(r"\b([0-9a-f]+) <", one[3]) if one[2].startswith(("b.", "cb")) else None
            starts = [at for at, (address, _, _) in enumerate(body) if target and address == int(target[1], 16)]
            if starts and not any(name.startswith(("b", "cb", "tb")) and name != "bic" for _, name, _ in body[starts[0] : -1]):
                found.append([f"{name} {arguments}" for _, name, arguments in body[starts[0] :]])
    return found


def test_the_inner_loop_is_fused_multiply_adds_on_registers(arm_build: Path) -> None:
    """Eight outputs times three vectors of four columns, which take three loads of columns and four of pairs of weights."""
    (source,) = arm_build.rglob("kernels_portable.cpp.o")
    command = ["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", source]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    counts = [
        {kind: sum(one.startswith(kind) for one in loop) for kind in ("fmla", "fmul", "ld", "st")} for loop in loops(text, "dense_wide")
    ]
    widest = min((one for one in counts if one["fmla"] == 24), key=lambda one: one["ld"])
    assert widest["fmul"] == widest["st"] == 0 and widest["ld"] <= 11
    assert all(re.search(r"v\d+\.4s", one) for loop in loops(text, "dense_wide") for one in loop if one.startswith("fmla"))
