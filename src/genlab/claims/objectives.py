"""What the page "What to predict" claims: samples by target, by network above and below, by eta."""

from __future__ import annotations

from typing import get_args

from torch import Tensor

from genlab.claims.registry import Values, measurement
from genlab.claims.sample_sets import JUDGES, SAMPLING_SEEDS, floors, of_switched, of_time_unet
from genlab.diffusion.objectives import PredictionType
from genlab.measured import Measured, paired

OBJECTIVES: tuple[PredictionType, ...] = get_args(PredictionType)
SHORT = {"epsilon": "epsilon", "sample": "sample", "v_prediction": "v"}
ETA_SEEDS = SAMPLING_SEEDS[:3]


def all_floors(sets: list[Tensor], classifier: str) -> list[float]:
    """Return the digit-FID of each set of 500 samples as a multiple of the floor."""
    return [floors(images, classifier) for images in sets]


@measurement(
    "objectives/hybrids",
    over="five sampling seeds (0 to 4), the same noise for all",
    orders=(
        "v_minus_sample_first",
        "v_minus_sample_second",
        "v_then_sample_minus_sample_then_v_first",
        "v_then_sample_minus_sample_then_v_second",
    ),
)
def hybrids() -> Values:
    """Digit-FID in floors of `sample`, of v, and of each above t = 250 with the other below."""
    ways: dict[str, list[Tensor]] = {
        "sample": [of_time_unet("sample", seed) for seed in SAMPLING_SEEDS],
        "v": [of_time_unet("v_prediction", seed) for seed in SAMPLING_SEEDS],
        "sample_then_v": [
            of_switched("sample", "v_prediction", 250, seed) for seed in SAMPLING_SEEDS
        ],
        "v_then_sample": [
            of_switched("v_prediction", "sample", 250, seed) for seed in SAMPLING_SEEDS
        ],
    }
    values: dict[str, Measured | float] = {}
    for label, classifier in JUDGES.items():
        found = {name: all_floors(sets, classifier) for name, sets in ways.items()}
        values |= {f"{name}_{label}": Measured.of(numbers) for name, numbers in found.items()}
        for a, b in (
            ("sample", "v"),
            ("sample_then_v", "v_then_sample"),
            ("sample", "v_then_sample"),
            ("sample_then_v", "v"),
            ("sample", "sample_then_v"),
            ("v_then_sample", "v"),
        ):
            values[f"{b}_minus_{a}_{label}"] = paired(found[a], found[b])
    return values


@measurement("objectives/epsilon-start", over="three sampling seeds (0 to 2)")
def epsilon_start() -> Values:
    """Digit-FID in floors of the `epsilon` network alone, and with v's network for t >= 900."""
    alone = [of_time_unet("epsilon", seed) for seed in ETA_SEEDS]
    helped = [of_switched("v_prediction", "epsilon", 900, seed) for seed in ETA_SEEDS]
    values: dict[str, Measured | float] = {}
    for label, classifier in JUDGES.items():
        one, other = all_floors(alone, classifier), all_floors(helped, classifier)
        values[f"alone_{label}"] = Measured.of(one)
        values[f"helped_{label}"] = Measured.of(other)
        values[f"alone_minus_helped_{label}"] = paired(other, one)
    return values


@measurement(
    "objectives/eta",
    over="three sampling seeds (0 to 2)",
    orders=(
        "v_eta0_minus_eta1_first",
        "v_eta0_minus_eta1_second",
        "epsilon_eta0_minus_eta1_first",
        "epsilon_eta0_minus_eta1_second",
    ),
)
def eta() -> Values:
    """Digit-FID in floors of the three networks with eta = 0 and with eta = 1."""
    values: dict[str, Measured | float] = {}
    for label, classifier in JUDGES.items():
        for objective in OBJECTIVES:
            found = [
                all_floors([of_time_unet(objective, seed, eta) for seed in ETA_SEEDS], classifier)
                for eta in (0.0, 1.0)
            ]
            name = SHORT[objective]
            for eta_name, numbers in zip(("eta0", "eta1"), found, strict=True):
                values[f"{name}_{eta_name}_{label}"] = Measured.of(numbers)
            values[f"{name}_eta0_minus_eta1_{label}"] = paired(found[1], found[0])
    return values
