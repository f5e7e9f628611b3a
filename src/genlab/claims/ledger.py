"""The record of what was measured: one file a page, `claims/<page>.json` in the course's root."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from genlab.claims.registry import VALUE, Measurement, measurements
from genlab.measured import ERRORS, Measured, exceeds_error

FOLDER = Path("claims")
DIGITS = 5  # significant digits that a record keeps


@dataclass(frozen=True)
class Entry:
    """What one run of a measurement gave.

    Attributes:
        name: the measurement's.
        what: one sentence that says what was measured.
        over: what the errors are over.
        command: what measures it again.
        seconds: that the run took.
        orders: names of the values on which a claimed order rests.
        values: by name.
    """

    name: str
    what: str
    over: str
    command: str
    seconds: int
    orders: tuple[str, ...]
    values: dict[str, Measured]


class LedgerError(ValueError):
    """A record cannot be read, or a run gave what cannot be recorded."""


def read_ledger(root: Path) -> dict[str, Entry]:
    """Read all entries by name.

    Raises:
        LedgerError: if a file is none of ours.
    """
    return {entry.name: entry for path in _files(root) for entry in _read(path)}


def record(
    names: list[str], root: Path, known: dict[str, Measurement] | None = None
) -> Iterator[Entry]:
    """Run measurements and write each into its page's record as soon as it is there.

    Args:
        names: which ones; all, if there are none.
        root: the course's root folder.
        known: all measurements; the package's own if not given.

    Yields:
        The entries as they are written.

    Raises:
        LedgerError: if a name is not known, or a measurement's values do not fit.
    """
    known = measurements() if known is None else known
    if unknown := [name for name in names if name not in known]:
        have = ", ".join(known) or "none"
        raise LedgerError(f"there is no measurement {unknown[0]!r}; there are: {have}")
    for name in names or known:
        started = time.monotonic()
        values = dict(known[name].function())
        entry = _entry(known[name], values, round(time.monotonic() - started))
        _write(root, known[name].page, entry)
        yield entry


def unmet_orders(entry: Entry) -> list[str]:
    """List the values on which an order rests although they do not exceed their error."""
    return [name for name in entry.orders if not exceeds_error(entry.values[name])]


def _entry(measured: Measurement, values: dict[str, Any], seconds: int) -> Entry:
    kept = {name: _kept(measured.name, name, value) for name, value in values.items()}
    if missing := [name for name in measured.orders if name not in kept]:
        raise LedgerError(f"{measured.name} gave no {missing[0]!r}, on which it rests an order")
    entry = Entry(
        measured.name,
        measured.what,
        measured.over,
        measured.command,
        seconds,
        measured.orders,
        kept,
    )
    if unmet := unmet_orders(entry):
        raise LedgerError(
            f"{measured.name}: {unmet[0]} is {entry.values[unmet[0]]}, not above {ERRORS:g} "
            "errors: do not claim this order, or measure more"
        )
    return entry


def _kept(measurement: str, name: str, value: Measured | float) -> Measured:
    if not VALUE.fullmatch(name):
        raise LedgerError(f"{measurement} gave {name!r}; a value is named like `rim_minus_middle`")
    value = value if isinstance(value, Measured) else Measured(float(value))
    error = None if value.error is None else _rounded(value.error)
    return Measured(_rounded(value.mean), error, value.n)


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _files(root: Path) -> list[Path]:
    return sorted((root / FOLDER).glob("*.json"))


def _read(path: Path) -> Iterator[Entry]:
    try:
        for name, entry in json.loads(path.read_text("utf-8")).items():
            values = {key: Measured(**value) for key, value in entry.pop("values").items()}
            orders = tuple(entry.pop("orders"))
            yield Entry(name=name, **entry, orders=orders, values=values)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        message = f"{path.name} is no record of claims ({error}): `genlab claims` writes it anew"
        raise LedgerError(message) from error


def _write(root: Path, page: str, entry: Entry) -> None:
    path = root / FOLDER / f"{page}.json"
    entries = {old.name: old for old in _read(path)} if path.exists() else {}
    entries[entry.name] = entry
    plain = {}
    for name in sorted(entries):
        plain[name] = asdict(entries[name])
        del plain[name]["name"]
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".json.part")
    temporary.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)
