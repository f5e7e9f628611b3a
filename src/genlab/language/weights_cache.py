"""A folder that is made once, by whoever is first, and is whole or not there.

Processes that start together take turns by a lock, which the operating system
releases when its holder dies. A seal lists every file of the folder, so that a
damaged one is noticed and made anew.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

SEAL = "seal.json"


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return `folder`; if it is missing or damaged, let `make` fill it first.

    What conversions that were killed have left beside it is removed, unless one
    is running.

    Args:
        folder: the folder; beside it lie its drafts and the lock.
        make: writes the files into the empty folder that it is given.

    Raises:
        OSError: it cannot be written.
    """
    lock = FileLock(_lock_file(folder))
    if is_sound(folder):
        _sweep(folder, lock)
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with lock:
        _remove_drafts(folder)  # their makers are dead: they held this lock
        if not is_sound(folder):  # it may be: who held the lock has made it
            _make(folder, make)
    return folder


def _make(folder: Path, make: Callable[[Path], None]) -> None:
    prefix = _draft_prefix(folder)
    draft = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
    try:
        (draft / "new").mkdir()
        make(draft / "new")
        seal(draft / "new")
        if folder.exists():  # damaged: moved away, as removing it takes time
            folder.rename(draft / "old")
        (draft / "new").rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _sweep(folder: Path, lock: FileLock) -> None:
    """Remove drafts if nobody is at work on one.

    A cache that cannot be written stays as it is.
    """
    if _drafts(folder):
        with suppress(Timeout, OSError), lock.acquire(timeout=0):
            _remove_drafts(folder)


def _remove_drafts(folder: Path) -> None:
    for draft in _drafts(folder):
        shutil.rmtree(draft, ignore_errors=True)


def _drafts(folder: Path) -> list[Path]:
    return list(folder.parent.glob(_draft_prefix(folder) + "*"))


def _family(folder: Path) -> str:
    """The name without its key: all versions have one lock and one sweep."""
    return folder.name.rpartition("-")[0] or folder.name


def _draft_prefix(folder: Path) -> str:
    return f".{_family(folder)}-"


def _lock_file(folder: Path) -> Path:
    return folder.parent / f"{_family(folder)}.lock"


def seal(folder: Path) -> None:
    """Note the size, the time and the hash of every file in `folder`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    noted = {
        path.relative_to(folder).as_posix(): _noted(path)
        for path in files
        if path.name != SEAL
    }
    (folder / SEAL).write_text(json.dumps(noted, indent=1))


def is_sound(folder: Path) -> bool:
    """Are all files there as they were noted?

    One is read only if its size or time has changed.
    """
    try:
        noted = json.loads((folder / SEAL).read_text())
        as_noted = (_is_as_noted(folder / name, noted[name]) for name in noted)
        return bool(noted) and all(as_noted)
    except (OSError, ValueError, TypeError, LookupError):
        return False


def _is_as_noted(file: Path, noted: dict[str, Any]) -> bool:
    state = file.stat()
    if state.st_size != noted["size"]:
        return False
    return state.st_mtime_ns == noted["time"] or sha256(file) == noted["sha256"]


def _noted(file: Path) -> dict[str, Any]:
    state = file.stat()
    size, time = state.st_size, state.st_mtime_ns
    return {"size": size, "time": time, "sha256": sha256(file)}


def sha256(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
