"""Rules for files: no registry of packages is named, no folder that Jupyter Book would swallow."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from genlab.course.lint.finding import Finding

# In parts, so that this file does not name them itself.
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("registry", "yarnpkg", "com"),
            ("conda", "anaconda", "org"),
            ("download", "pytorch", "org"),
        )
    )
)
# PyTorch's CPU build is found nowhere else.
CPU_INDEX = "https://" + ".".join(("download", "pytorch", "org")) + "/whl/cpu"
MAY_NAME_CPU_INDEX = ("environment.yml", ".github/workflows/")
NOT_OURS = {".git", ".venv", "node_modules", "_build", "__pycache__"}


def in_files(root: Path) -> Iterator[Finding]:
    """Find what is wrong with the files of the repository."""
    if (root / "_static").exists():
        message = "Jupyter Book adds every script and style in it to every page: use another folder"
        yield Finding(Path("_static"), 0, message)
    for path in _files(root):
        allowed = CPU_INDEX if path.as_posix().startswith(MAY_NAME_CPU_INDEX) else None
        text = (root / path).read_text("utf-8", errors="ignore")
        if not REGISTRIES.search(text):
            continue
        for number, line in enumerate(text.split("\n"), start=1):
            host = REGISTRIES.search(line.replace(allowed, "") if allowed else line)
            if host:
                yield Finding(path, number, f"names the package registry {host.group()}")


def _files(root: Path) -> list[Path]:
    """Files of the repository; all but the made ones where there is no git."""
    command = [
        "git",
        "-C",
        str(root),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    listing = subprocess.run(command, capture_output=True, text=True, check=False)
    if listing.returncode == 0:
        paths = [Path(name) for name in listing.stdout.split("\0") if name]
        return sorted(path for path in paths if (root / path).is_file())
    found = []
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [name for name in subfolders if name not in NOT_OURS]
        found += [Path(folder, name).relative_to(root) for name in names]
    return sorted(found)
