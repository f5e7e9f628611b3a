"""Several processes that train one network, started by the real `accelerate launch`."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from genlab.recipes.recipe import training_digits
from genlab.recipes.run import in_parts, recipe_of, with_digits
from genlab.team import Team, team
from genlab.training import TrainConfig, train

# A denoiser of the course, briefly: each process notes the losses that it sees.
SCRIPT = """
import json, sys
from dataclasses import replace
from pathlib import Path
import torch
from genlab import checkpoints
from genlab.recipes.recipe import training_digits
from genlab.recipes.run import recipe_of
from genlab.team import team
from genlab.training import train

shards, steps, stop = map(int, sys.argv[1:4])
folder = Path(sys.argv[4])
recipe = recipe_of("ladder-time")
config = replace(recipe.config, steps=steps, batch_size=8, shards=shards)
torch.manual_seed(0)
model = checkpoints.build(recipe.model, recipe.arguments)
losses = {}
for step in train(model, recipe.loss, training_digits(), config, folder / "run.pt"):
    losses[step.step] = step.loss
    if step.step == stop:
        break
weights = float(sum(p.abs().sum() for p in model.parameters()))
report = {"losses": losses, "weights": weights, "size": team().size}
(folder / f"process-{team().index}.json").write_text(json.dumps(report))
"""


def run(folder: Path, processes: int, shards: int = 2, steps: int = 12, stop: int = 0):
    """Train in a folder with a number of processes; what each of them saw."""
    folder.mkdir(exist_ok=True)
    script = folder / "script.py"
    script.write_text(SCRIPT)
    launch = [sys.executable, "-m", "accelerate.commands.launch"]
    launch += ["--multi_gpu"] if processes > 1 else ["--cpu"]
    launch += ["--num_processes", str(processes), "--num_machines", "1"]
    launch += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    arguments = [str(one) for one in (script, shards, steps, stop, folder)]
    done = subprocess.run(
        [*launch, *arguments], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads((folder / f"process-{i}.json").read_text()) for i in range(processes)]


def values(report):
    return np.array(list(report["losses"].values()))


@pytest.mark.tools
def test_two_processes_see_the_losses_of_one(tmp_path):
    (alone,) = run(tmp_path / "one", 1)
    both = run(tmp_path / "two", 2)
    assert [one["size"] for one in both] == [2, 2]
    for one in both:
        assert np.abs(values(one) - values(alone)).max() < 1e-4
        assert one["weights"] == pytest.approx(alone["weights"], rel=1e-4)
    assert values(alone)[-1] < values(alone)[0]


@pytest.mark.tools
def test_two_processes_go_on_where_they_were_interrupted(tmp_path):
    whole = run(tmp_path / "whole", 2, steps=210)
    run(tmp_path / "broken", 2, steps=210, stop=205)  # the state of step 200 is on disk
    resumed = run(tmp_path / "broken", 2, steps=210)
    for one, other in zip(whole, resumed, strict=True):
        assert list(other["losses"]) == [str(step) for step in range(201, 211)]
        assert np.abs(values(one)[200:] - values(other)).max() < 1e-4
        assert other["weights"] == pytest.approx(one["weights"], rel=1e-4)


def test_a_process_alone_is_a_team_of_one():
    alone = team()
    assert type(alone) is Team
    assert (alone.size, alone.index) == (1, 0)
    assert alone.mean(torch.tensor(2.0)) == 2


def test_parts_of_a_batch_have_random_numbers_of_their_own(rng):
    seen = []

    def loss(model, batch, generator):
        seen.append((len(batch[0]), torch.rand((), generator=generator).item()))
        return model(batch[0]).square().mean()

    model, data = torch.nn.Linear(1, 1), (torch.randn(8, 1, generator=rng),)
    list(train(model, loss, data, TrainConfig(steps=2, batch_size=6, shards=3)))
    assert [size for size, _ in seen] == [2] * 6
    assert len({number for _, number in seen}) == 6


@pytest.mark.parametrize("shards", [0, 3])
def test_parts_that_do_not_divide_a_batch_are_refused(shards):
    with pytest.raises(ValueError, match=f"shards is {shards}; expected a number that divides"):
        TrainConfig(batch_size=8, shards=shards)


def test_more_processes_than_parts_are_refused(monkeypatch):
    class Two(Team):
        size = 2

    monkeypatch.setattr("genlab.training.team", lambda: Two())
    with pytest.raises(ValueError, match="shards is 1, and 2 processes train"):
        next(train(torch.nn.Linear(1, 1), None, (torch.zeros(4, 1),), TrainConfig()))


def test_several_processes_without_accelerate_say_what_to_install(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setitem(sys.modules, "accelerate", None)
    team.cache_clear()
    try:
        with pytest.raises(RuntimeError, match="pip install accelerate"):
            team()
    finally:
        team.cache_clear()


def test_a_recipe_is_cut_into_parts_when_it_is_asked_for():
    recipe = recipe_of("unet-basic")
    assert in_parts(recipe) is recipe
    assert in_parts(recipe, 2).config.shards == 2


def test_only_what_trains_on_digits_has_another_source():
    hub = with_digits(recipe_of("unet-basic"), "hub")
    assert hub.data.func is training_digits and "mnist" in hub.data_name
    with pytest.raises(ValueError, match="trains on the training names"):
        with_digits(recipe_of("tiny-lm"), "hub")
