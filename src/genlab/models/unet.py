"""The basic UNet: three convolutions down, three up, skips; without t."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


def conv5x5(inputs: int, outputs: int) -> nn.Conv2d:
    """A 5x5 convolution that keeps height and width."""
    return nn.Conv2d(inputs, outputs, kernel_size=5, padding=2)


class BasicUNet(nn.Module):
    """Noisy digits (N, 1, 28, 28) to estimates of that shape.

    It has 309,057 parameters.
    """

    def __init__(self) -> None:
        super().__init__()
        self.down1 = nn.Sequential(conv5x5(1, 32), nn.SiLU())
        self.down2 = nn.Sequential(conv5x5(32, 64), nn.SiLU())
        self.down3 = nn.Sequential(conv5x5(64, 64), nn.SiLU())
        self.up1 = nn.Sequential(conv5x5(64, 64), nn.SiLU())
        self.up2 = nn.Sequential(conv5x5(64, 32), nn.SiLU())
        # no activation here: noise has both signs
        self.up3 = nn.Sequential(conv5x5(32, 1))
        self.pool = nn.MaxPool2d(2)
        self.upsample = nn.Upsample(scale_factor=2)

    def forward(self, xt: Tensor, t: Tensor | None = None) -> Tensor:
        """Map (N, 1, 28, 28) to (N, 1, 28, 28); `t` is taken and not used."""
        fine = self.down1(xt)  # (32, 28, 28)
        coarse = self.down2(self.pool(fine))  # (64, 14, 14)
        x = self.down3(self.pool(coarse))  # (64, 7, 7)
        x = self.up1(x)  # (64, 7, 7)
        x = self.up2(self.join(self.upsample(x), coarse))  # (32, 14, 14)
        return self.up3(self.join(self.upsample(x), fine))  # (1, 28, 28)

    def join(self, x: Tensor, skip: Tensor) -> Tensor:
        """Bring a skip connection back: both (N, C, H, W), added."""
        return x + skip


class ConcatUNet(BasicUNet):
    """The basic UNet with skips side by side with what comes up, not added."""

    def __init__(self) -> None:
        super().__init__()
        self.up2 = nn.Sequential(conv5x5(64 + 64, 32), nn.SiLU())
        self.up3 = nn.Sequential(conv5x5(32 + 32, 1))

    def join(self, x: Tensor, skip: Tensor) -> Tensor:
        """Stack two (N, C, H, W) to (N, 2C, H, W)."""
        return torch.cat([x, skip], dim=1)


class NoSkipUNet(BasicUNet):
    """The basic UNet without its skips: all passes the 7x7 bottleneck."""

    def join(self, x: Tensor, skip: Tensor) -> Tensor:
        """Return `x` as it came, (N, C, H, W)."""
        return x


class StridedUNet(NoSkipUNet):
    """Without skips, and convolutions step by two in place of the pooling."""

    def __init__(self) -> None:
        super().__init__()
        for block in (self.down2, self.down3):
            assert isinstance(block[0], nn.Conv2d)
            block[0].stride = (2, 2)
        self.pool = nn.MaxPool2d(1)  # leaves everything as it is


class SiluOutUNet(BasicUNet):
    """The basic UNet with one more SiLU, at its end: no output below -0.28."""

    def __init__(self) -> None:
        super().__init__()
        self.up3 = nn.Sequential(conv5x5(32, 1), nn.SiLU())


def walk(model: nn.Module, *inputs: Tensor) -> list[tuple[str, Tensor]]:
    """Run a network and return what each of its parts gives, in their order.

    Args:
        model: its direct children are the parts.
        inputs: what the model is called with.

    Returns:
        Names and outputs; a part that is used twice comes twice.
    """
    outputs: list[tuple[str, Tensor]] = []

    def copy(output: Tensor) -> Tensor:
        # What follows may work in place, as `nn.SiLU(inplace=True)` does.
        return output.clone() if isinstance(output, Tensor) else output

    def keep(name: str) -> Callable[..., None]:
        return lambda part, args, output: outputs.append((name, copy(output)))

    hooks = [
        part.register_forward_hook(keep(name))
        for name, part in model.named_children()
    ]
    try:
        model(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return outputs


def stages_of(model: nn.Module) -> Callable[[Tensor], Tensor]:
    """Return the function from images to all that `walk` sees, a row an image.

    The row holds the values of each part's output, flattened, in the order of
    the run: one output for a network that runs elsewhere and has to give all of
    them at once.
    """

    def stages(xt: Tensor) -> Tensor:
        rows = [output.flatten(1) for _, output in walk(model, xt)]
        return torch.cat(rows, dim=1)

    return stages
