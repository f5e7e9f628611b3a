"""Running a check: its cases one after the other, a line for each, and what went wrong in words.

A check stops at the first case that fails, since the later ones build on it. It prints and never
raises, so that a page with an unfinished exercise runs on.
"""

from __future__ import annotations

import dis
import functools
import linecache
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType

from genlab.checks.words import say, text

STUB = text("This is still the stub: write the body, then run both cells again.")
PASSED, NOT_YET = text("{title}: passed"), text("{title}: not yet")
UNJUDGED = text("This answer cannot be judged, it leads to {name}: {message}")
STOPPED_AT = text("Your code stopped with {name} at `{line}`: {message}")
PLAIN_SIGNS = {"✓": "ok", "✗": "no"}  # for a console that has no ticks and crosses
LONGEST = 300  # characters of an error's message; PyTorch's can fill a screen


class Hint(Exception):  # noqa: N818 - it is a message to the reader, not an error of the program
    """What is wrong with an answer, in a sentence that helps.

    Args:
        template: the sentence in English, with fields for the values; or one that `say` gave.
        values: what stands in the fields, by name.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(say(template, **values))


class Case:
    """One thing that an answer must do: `run` raises a `Hint` if it does not.

    Args:
        template: what it shows, in English, with fields for the values.
        run: looks at the answer.
        values: what stands in the fields, by name.
    """

    def __init__(self, template: str, run: Callable[[], None], /, **values: object) -> None:
        self.shows, self.run = say(template, **values), run


@dataclass(frozen=True)
class Result:
    """The outcome of a check: passed or not, and the lines that were printed."""

    passed: bool
    lines: tuple[str, ...]


def run_check(title: str, cases: Sequence[Case]) -> Result:
    """Run the cases in order, print a line for each, and stop at the first that fails."""
    lines: list[str] = []
    problem: str | None = None
    for case in cases:
        problem = _problem(case)
        lines.append(f"{'✓' if problem is None else '✗'} {case.shows}")
        if problem is not None:
            lines.append(f"  {problem}")
            break
    passed = problem is None
    outcome = PASSED if passed else NOT_YET
    lines.append(say(outcome, title=title))
    _show("\n".join(lines))
    return Result(passed, tuple(lines))


def _show(text: str) -> None:
    """Print `text` as well as this console can; one that is closed or not there gets nothing."""
    try:
        print(text)
    except UnicodeEncodeError:
        for sign, plain in PLAIN_SIGNS.items():
            text = text.replace(sign, plain)
        print(text.encode("ascii", "backslashreplace").decode())
    except (ValueError, OSError):
        return


# -- what went wrong -------------------------------------------------------------------------------


def _problem(case: Case) -> str | None:
    """Run one case; return what is wrong in words, or None."""
    try:
        case.run()
    except Hint as hint:
        return str(hint)
    except SystemExit:
        return say("Your code ends the program (SystemExit): return a value instead.")
    except Exception as error:  # the reader's code may fail in any way
        return say(STUB) if _is_stub(error) else _about(error)
    return None


def _is_stub(error: Exception) -> bool:
    """Whether the reader's own `raise NotImplementedError` ended it, not a library's."""
    frame, place = _steps(error)[-1].tb_frame, _steps(error)[-1].tb_lasti
    raised = dis.opname[frame.f_code.co_code[place]] == "RAISE_VARARGS"
    return isinstance(error, NotImplementedError) and raised and _is_reader(frame)


def _about(error: Exception) -> str:
    steps, name, message = _steps(error), type(error).__name__, _message(error)
    modules = [step.tb_frame.f_globals.get("__name__") for step in steps]
    called = _ANSWER in modules
    within = steps[modules.index(_ANSWER) :] if called else steps
    of_reader = [step for step in within if _is_reader(step.tb_frame)]
    if not of_reader and not called:
        return say(UNJUDGED, name=name, message=message)
    line = _line(of_reader[-1]) if of_reader else ""
    if not line:
        return say("Your code stopped with {name}: {message}", name=name, message=message)
    return say(STOPPED_AT, name=name, line=line, message=message)


def _message(error: Exception) -> str:
    try:
        first = next(iter(str(error).splitlines()), "")
    except Exception:
        return say("(an error without a message)")
    return first if len(first) <= LONGEST else f"{first[:LONGEST]}..."


def _steps(error: Exception) -> list[TracebackType]:
    """Return the traceback from the check, which comes first, to where the error arose."""
    steps = [error.__traceback__]
    while steps[-1] is not None:
        steps.append(steps[-1].tb_next)
    return [step for step in steps if step is not None]


def _line(step: TracebackType) -> str:
    return linecache.getline(step.tb_frame.f_code.co_filename, step.tb_lineno).strip()


_ANSWER = f"{__package__}.answer"  # the module through which checks call what they are given
_INSTALLED = map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib"))
_FOREIGN = [str(Path(__file__).resolve().parents[1]), *_INSTALLED]


def _is_reader(frame: FrameType) -> bool:
    """Whether a frame runs a reader's code: of a cell or a script, nothing that was installed."""
    return _is_of_reader(frame.f_code.co_filename)


@functools.cache  # of a thousand frames in a recursion most are of one file
def _is_of_reader(filename: str) -> bool:
    if filename.startswith("<"):  # `<frozen importlib>`; a console is the reader's
        return filename.startswith(("<ipython-input", "<stdin", "<python-input"))
    path = Path(filename)
    if {"site-packages", "dist-packages"} & set(path.parts):
        return False
    return not any(path.is_relative_to(folder) for folder in _FOREIGN)
