"""The outputs that a notebook keeps: text that comes out the same on every machine.

nbval compares every kind of output but PNG and JPEG pictures and widget views. What is kept here is
therefore all that it compares; anything else that it would compare is refused instead of dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output

KEPT = ("text/plain", "text/html", "text/latex", "text/markdown")
WIDGET = "application/vnd.jupyter.widget-view+json"
NOT_COMPARED = ("image/png", "image/jpeg", WIDGET)
IGNORING = frozenset({"nbval-ignore-output", "nbval-skip"})

# Addresses, and the file that ipykernel names a cell's code by.
CHANGING = re.compile(r"\b0x[0-9a-f]{6,}|ipykernel_\d+/\d+\.py")


class OutputError(ValueError):
    """An output that cannot be held to a reference; the message says why and what to do."""


def kept_outputs(
    outputs: Iterable[NotebookNode], count: int, places: Iterable[Path] = ()
) -> list[NotebookNode]:
    """Reduce a cell's outputs to the text that is compared.

    Args:
        outputs: The outputs of an executed cell.
        count: The cell's number among the code cells, from 1; nbval compares only cells with one.
        places: Folders of this machine that must not be part of a reference.

    Returns:
        Outputs as nbval merges them: one of each stream, no pictures, no widget state.

    Raises:
        OutputError: A kind of output that nbval compares but a notebook does not keep, or text
            that changes from run to run.
    """
    kept = [_reduced(output, count) for output in _merged(outputs)]
    for text in _texts(kept):
        _refuse_changing(text, [f"{place}/" for place in places])
    return [output for output in kept if output.get("data") != {}]


def prints_text(outputs: Iterable[NotebookNode]) -> bool:
    """Tell whether kept outputs hold text that says something.

    Args:
        outputs: Outputs of a notebook.

    Returns:
        False if there is nothing, or only the names of figures (`<Figure size 640x480 ...>`).
    """
    return any(not text.startswith("<Figure size") for text in _texts(outputs))


def draws(outputs: Iterable[NotebookNode]) -> bool:
    """Tell whether one of the outputs stands for a matplotlib figure."""
    return any(text.startswith("<Figure size") for text in _texts(outputs))


def _merged(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    merged: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in outputs:
        if output.output_type != "stream":
            merged.append(output)
        elif output.name in streams:
            streams[output.name].text += output.text
        else:
            streams[output.name] = new_output("stream", name=output.name, text=output.text)
            merged.append(streams[output.name])
    return merged


def _reduced(output: NotebookNode, count: int) -> NotebookNode:
    match output.output_type:
        case "stream":
            return output
        case "error":  # its traceback holds colours and paths, and is not compared
            short = [f"{output.ename}: {output.evalue}"]
            return new_output("error", ename=output.ename, evalue=output.evalue, traceback=short)
        case "execute_result":
            return new_output("execute_result", data=_data(output.data), execution_count=count)
    return new_output("display_data", data=_data(output.data))


def _data(data: NotebookNode) -> dict[str, str]:
    unknown = [kind for kind in data if kind not in (*KEPT, *NOT_COMPARED)]
    if unknown:
        raise OutputError(
            f"nbval would compare its output of type {', '.join(unknown)}, a notebook keeps only "
            f"text: show a PNG picture or text"
        )
    # The HTML of a widget is the site's own; a kernel elsewhere does not show it.
    is_widget = WIDGET in data or "data-genlab-widget" in data.get("text/html", "")
    return {
        kind: text
        for kind in KEPT
        if (text := data.get(kind)) is not None and not (is_widget and kind == "text/html")
    }


def _texts(outputs: Iterable[NotebookNode]) -> list[str]:
    texts: list[str] = []
    for output in outputs:
        texts.extend((output.get("data") or {}).values())
        texts.append(output.get("text") or output.get("evalue") or "")
    return [text for text in texts if text]


def _refuse_changing(text: str, places: list[str]) -> None:
    for line in text.split("\n"):
        found = CHANGING.search(line)
        words = found.group() if found else next((p for p in places if p in line), "")
        if words:
            raise OutputError(
                f"its output holds {words!r}, which differs from run to run, in {line[:160]!r}: "
                "print something stable, or tag the cell nbval-ignore-output and say why in "
                "nbval-reason"
            )
