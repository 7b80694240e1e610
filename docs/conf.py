"""The documentation site: ``make docs`` builds it into build/docs. Its source folder is the repository, so links are those of a forge."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from paramnet import __version__

project = "paramnet"
author = copyright = "The paramnet developers"
release = version = __version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx_copybutton", "paramnet_site"]

root_doc = "README"
include_patterns = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ".github/CODE_OF_CONDUCT.md", "docs/**", "data/**", "fortran_bridge/**"]
exclude_patterns = ["docs/_ext", "**/_build", "build", "runs", "src", "tests", ".git", ".venv", ".*_cache", "**/.*_cache"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

# The notebooks are run once until they change, in the order of their names: one reads what another makes in runs/notebooks.
nb_execution_mode = os.environ.get("PARAMNET_DOCS_NOTEBOOKS", "cache")  # "off" shows the notebooks without results
nb_execution_cache_path = str(Path(__file__).parents[1] / "build" / "docs" / "executed")
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_merge_streams = True

autodoc_member_order = "groupwise"
autodoc_inherit_docstrings = False
python_maximum_signature_line_length = 100
c_maximum_signature_line_length = 100

highlight_language = "none"

html_theme = "furo"
html_title = f"paramnet {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
copybutton_prompt_text = "$ "
