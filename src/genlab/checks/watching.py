"""What an answer does on its way: for tasks whose text forbids a way to the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook
from torch.overrides import TorchFunctionMode

from genlab.checks.run import Hint
from genlab.checks.words import Said, say


class Watch(TorchFunctionMode):
    """Notes each call of a function of PyTorch, with its first argument and its result."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = names
        self.calls: list[tuple[str, Any, Any]] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Call the function, and keep what it was about."""
        result = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        if name in self.names:
            values = (*args, *(kwargs or {}).values())
            self.calls.append((name, values[0] if values else None, result))
        return result

    def inputs(self, name: str) -> list[Any]:
        """Return the first argument of each call of a function."""
        return [first for called, first, _ in self.calls if called == name]

    def results(self, name: str) -> list[Any]:
        """Return what each call of a function gave."""
        return [result for called, _, result in self.calls if called == name]


@contextmanager
def no_layers(instead: str) -> Iterator[None]:
    """Stop an answer that builds a layer with parameters, with a hint that says what to do."""
    built: list[Said] = []
    instead = say(instead)

    def stop(module: nn.Module, name: str, parameter: Tensor | None) -> None:
        said = say(
            "A model is built, with {kind}.{name} and more: {instead}",
            kind=type(module).__name__,
            name=name,
            instead=instead,
        )
        built.append(said)
        raise Hint(said)

    hook = register_module_parameter_registration_hook(stop)
    try:
        yield
    finally:
        hook.remove()
    if built:  # an `except` of the answer may have caught it
        first, *_ = built
        raise Hint(first)
