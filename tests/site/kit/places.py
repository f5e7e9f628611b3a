"""Where things are."""

import os
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]
# Another build than this checkout's own can be tested by GENLAB_SITE_HTML.
SITE = Path(os.environ.get("GENLAB_SITE_HTML", ROOT / "_build/html"))
SCREENSHOTS = ROOT / "_build/test-screenshots"
FIGURES = ROOT / "_build/site-figures.json"
AXE = ROOT / "node_modules/axe-core/axe.min.js"
FIND_BROWSER = ROOT / "tests/site/ensure-browser.sh"


def lessons() -> list[str]:
    """The pages of the table of contents, as `book/latents/latent-space`."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *_files([*toc.get("parts", []), *toc.get("chapters", [])])]


def _files(entries: list[dict]) -> list[str]:
    found: list[str] = []
    for entry in entries:
        found += [entry["file"]] if "file" in entry else []
        found += _files([*entry.get("chapters", []), *entry.get("sections", [])])
    return found
