"""The training loop: it learns, resumes exactly, and stops at NaN."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from genlab.latents import reconstruction_loss, vae_loss
from genlab.models.vae import VAE
from genlab.training import (
    TrainConfig,
    TrainingError,
    classification_loss,
    train,
)


def line_loss(model, batch, rng):
    x, y = batch
    return ((model(x) - y) ** 2).mean()


@pytest.fixture
def line(rng):
    x = torch.randn(64, 1, generator=rng)
    return x, 3 * x + 1


def fresh() -> nn.Module:
    torch.manual_seed(0)
    return nn.Linear(1, 1)


def weights(model: nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_it_learns_a_line(line):
    model = fresh()
    steps = list(train(model, line_loss, line, TrainConfig(steps=400, lr=0.1, weight_decay=0)))
    assert [step.step for step in steps] == list(range(1, 401))
    assert steps[-1].loss < 1e-4
    assert torch.allclose(weights(model), torch.tensor([3.0, 1.0]), atol=0.02)
    assert not model.training


def test_the_same_seed_gives_the_same_weights(line):
    runs = []
    for seed in (1, 1, 2):
        model = fresh()
        list(train(model, line_loss, line, TrainConfig(steps=20, seed=seed, batch_size=4)))
        runs.append(weights(model))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


@pytest.mark.parametrize("ema", [0.0, 0.95])
def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(line, tmp_path, ema):
    config = TrainConfig(steps=450, batch_size=8, ema=ema)
    whole = fresh()
    list(train(whole, line_loss, line, config))

    file = tmp_path / "run.pt"
    for step in train(fresh(), line_loss, line, config, save_to=file):
        if step.step == 333:
            break  # the state of step 200 is on disk
    resumed = fresh()
    steps = list(train(resumed, line_loss, line, config, save_to=file))
    assert steps[0].step == 201
    assert torch.equal(weights(whole), weights(resumed))


def test_another_runs_state_is_refused(line, tmp_path):
    file = tmp_path / "run.pt"
    list(train(fresh(), line_loss, line, TrainConfig(steps=200), save_to=file))
    with pytest.raises(ValueError, match="Remove the file to start anew"):
        next(train(fresh(), line_loss, line, TrainConfig(steps=300), save_to=file))


def test_nan_stops_training_names_the_step_and_keeps_the_last_good_weights(line):
    seen = []

    def breaks_at_third(model, batch, rng):
        loss = line_loss(model, batch, rng)
        seen.append(weights(model))
        return loss * float("nan") if len(seen) == 3 else loss

    model = fresh()
    with pytest.raises(TrainingError, match="the loss is nan at step 3"):
        list(train(model, breaks_at_third, line, TrainConfig(steps=10)))
    assert torch.equal(weights(model), seen[2])


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"batch_size": 0}, "batch_size 0"),
        ({"lr": 0.0}, "lr is 0.0; expected more than 0"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"ema": 1.0}, r"ema is 1.0; expected a decay in \[0, 1\)"),
    ],
)
def test_a_config_that_cannot_train_is_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        TrainConfig(**kwargs)


def test_vae_loss_is_squared_error_plus_weighted_kl(rng):
    torch.manual_seed(0)
    model, x = VAE(2), torch.rand(8, 1, 28, 28, generator=rng)
    losses = [
        vae_loss(beta)(model, (x,), torch.Generator().manual_seed(1)) for beta in (0.0, 1.0, 3.0)
    ]
    kl = losses[1] - losses[0]
    assert kl > 0
    assert torch.allclose(losses[2], losses[0] + 3 * kl, atol=1e-3)


def test_a_negative_beta_is_refused():
    with pytest.raises(ValueError, match="beta is -1; expected 0 or more"):
        vae_loss(-1)


def test_losses_of_perfect_answers_are_zero(rng):
    x = torch.rand(2, 1, 28, 28, generator=rng)
    assert reconstruction_loss(nn.Identity(), (x,), rng).item() == 0
    logits = torch.full((2, 10), -100.0)
    logits[:, 4] = 100
    assert classification_loss(lambda _: logits, (x, torch.tensor([4, 4])), rng).item() == 0


def test_a_run_at_a_constant_rate_is_part_of_every_longer_one(line):
    short, long = fresh(), fresh()
    config = TrainConfig(steps=150, batch_size=8, ema=0.9, lr_schedule="constant")
    list(train(short, line_loss, line, config))
    for step in train(long, line_loss, line, replace(config, steps=300)):
        if step.step == 150:
            assert torch.equal(weights(step.model), weights(short))
    assert not torch.equal(weights(long), weights(short))


def test_a_one_cycle_run_is_not(line):
    short, long = fresh(), fresh()
    config = TrainConfig(steps=150, batch_size=8)
    list(train(short, line_loss, line, config))
    middle = [weights(s.model) for s in train(long, line_loss, line, replace(config, steps=300))]
    assert not torch.allclose(middle[149], weights(short), atol=1e-4)


def test_an_unknown_schedule_of_the_rate_is_refused():
    with pytest.raises(ValueError, match="lr_schedule is 'cosine'; expected one of one_cycle, co"):
        TrainConfig(lr_schedule="cosine")
