"""Every command line in the documentation composes: its groups, keys and values are those of the code."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from paramnet.cli.advice import unknown_key
from paramnet.cli.config import composed
from paramnet.cli.keys import groups_of, options_of
from paramnet.cli.main import COMMANDS
from paramnet.cli.starting_file import starting_text
from paramnet.contract import ParamnetError

REPOSITORY = Path(__file__).parents[3]
PAGES = ["README.md", "CONTRIBUTING.md", "docs/**/*.md", "data/**/*.md", "fortran_bridge/**/*.md"]
FENCED = re.compile(r"^( *)```(?:bash|sh)?\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?:^    .*\n)+", re.MULTILINE)
INLINE = re.compile(r"`(paramnet \w[^`]*)`")
ABBREVIATED = {"...", "…", "KEY=VALUE", "[KEY=VALUE", "...]", "[GROUP=NAME", "GROUP=NAME"}
OWN = {"mymodel", "mysite", "…", "<name>"}  # files of the reader's own, and what the text leaves open
OF_JOBS = ("batch.", "batch=", "script=", "submit=", "site=")
SYNTAX = re.compile(r"[\[\]{}'\"$ ]|=$|=.*=")  # values that Hydra's grammar could refuse


def command_lines(page: str) -> Iterator[str]:
    """Commands of paramnet in blocks of code and in the text; the parts of a shell line each for itself."""
    blocks = [body for _, body in FENCED.findall(page)]
    blocks += INDENTED.findall(re.sub(r"^( *)```.*?^\1```", "", page, flags=re.DOTALL | re.MULTILINE))
    for block in blocks:
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            for part in re.split(r"; | \| | && ", line):
                if found := re.match(r"\s*(?:do |nohup |srun )?(paramnet \w.*)", part):
                    yield found[1]
    yield from (line.replace(r"\|", "|").partition(" | ")[0] for line in INLINE.findall(page))


def is_a_command(line: str) -> bool:
    """Whether the line is not a message of a command (``paramnet train: …``) or the form of one (``paramnet COMMAND``)."""
    return re.match(r"paramnet [a-z]+( |$)", line) is not None and "<command>" not in line


def documented() -> list[tuple[str, str]]:
    """Page and words of each command line, each line once."""
    pages = sorted({page for pattern in PAGES for page in REPOSITORY.glob(pattern) if "generated" not in page.parts})
    found = {}
    for page in pages:
        for line in filter(is_a_command, command_lines(page.read_text(encoding="utf-8"))):
            found.setdefault(line, page.relative_to(REPOSITORY).as_posix())
    return [(page, line) for line, page in found.items()]


def arguments_of(line: str) -> list[str]:
    """What the shell would pass on, without what the text leaves out."""
    return [word for word in shlex.split(line, comments=True)[1:] if word not in ABBREVIATED]


def require_known(line: str) -> None:
    """Look up the command, its groups, keys and kinds; compose where values are more than words. Raises ParamnetError."""
    name, *words = arguments_of(line)
    if name not in COMMANDS:
        raise ParamnetError(name, expected=f"one of {', '.join(COMMANDS)}", got=name)
    if name == "batch":
        words = [word for word in words if not word.startswith(OF_JOBS)]
        name, *words = words or ["train"]
    if name == "config":
        starting_text(words[1], [word for word in words if "=" in word], Path("my/experiment/mine.yaml"))
    if not COMMANDS[name].configured or {"--help", "--cfg"} & set(words):
        return
    config = "online" if name == "host" else name
    overrides = [word for word in words if "=" in word and not word.startswith("-")]
    if wrong := unknown_key(config, overrides):
        raise ParamnetError(wrong)
    own = any(word.startswith("--config-dir") for word in words)  # a folder that is not here
    for group, option in (override.split("=", 1) for override in overrides if override.partition("=")[0] in groups_of(config)):
        missing = set(option.split(",")) - set(options_of(group)) - OWN
        if missing and not own:
            raise ParamnetError(group, expected=f"one of {', '.join(options_of(group))}", got=str(missing))
    if not own and not {"-m", "--multirun"} & set(words) and any(SYNTAX.search(override) for override in overrides):
        composed(config, overrides)


def test_the_documentation_has_many_command_lines() -> None:
    assert len(documented()) > 100


@pytest.mark.parametrize("page", sorted({page for page, _ in documented()}))
def test_every_command_line_of_a_page_composes(page: str) -> None:
    refused = {}
    for where, line in documented():
        if where == page:
            try:
                require_known(line)
            except ParamnetError as error:
                refused[line] = str(error)
    assert refused == {}
