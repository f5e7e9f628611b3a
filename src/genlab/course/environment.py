"""What a build needs from outside Python: Node.js and the npm packages."""

import shutil
from pathlib import Path

KATEX = Path("node_modules/katex/dist")
INSTALL = "Run `make install` (or `npm ci`) in the course's folder."


def missing_programs(root: Path) -> str | None:
    """Say in one sentence what is missing to build the site in `root`, or None."""
    if shutil.which("node") is None:
        return "Node.js is not on the PATH: formulas are set by it. Install Node 20 or newer."
    for path in (KATEX / "katex.min.js", Path("node_modules/onnxruntime-web/dist")):
        if not (root / path).exists():
            return f"{path} is missing in {root}: the npm packages are not installed. {INSTALL}"
    return None
