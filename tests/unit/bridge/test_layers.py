"""The folders of the library's sources are layers: each includes only those below it."""

import re
from pathlib import Path

LAYERS = ["common", "artefact", "backends", "scheme", "capi"]  # from the bottom


def test_a_layer_includes_only_layers_below_it(repository: Path) -> None:
    sources = repository / "fortran_bridge" / "library" / "src"
    assert sorted(path.name for path in sources.iterdir()) == sorted(LAYERS)
    includes = [
        (path.relative_to(sources).parts[0], name)
        for path in sources.rglob("*.[ch]pp")
        for name in re.findall(rf'^#include "({"|".join(LAYERS)})/', path.read_text(), re.MULTILINE)
    ]
    assert len(includes) > 100
    assert {pair for pair in includes if LAYERS.index(pair[0]) < LAYERS.index(pair[1])} == set()
