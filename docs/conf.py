"""The documentation site: Sphinx over the Markdown pages. `make docs` builds it."""

from importlib.metadata import version as version_of

from pygments.lexers import YamlLexer
from sphinx.application import Sphinx

project = "crmbridge"
author = "the crmbridge authors"
copyright = author  # noqa: A001 # Sphinx's name
release = version_of("crmbridge")

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
nitpicky = True

myst_heading_anchors = 3
"""A heading is linked to by the words that a repository's own viewer makes of it, too."""
myst_links_external_new_tab = False

html_theme = "furo"
html_title = f"crmbridge {release}"
html_show_sphinx = False
html_copy_source = False
# Nothing is loaded from anywhere else, and no page asks who reads it.
html_theme_options = {"navigation_with_keys": True}


def setup(app: Sphinx) -> None:
    """Conditions of the rule book are YAML, marked so that a test can find them."""
    app.add_lexer("yaml-condition", YamlLexer)
