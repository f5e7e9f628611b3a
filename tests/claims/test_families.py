"""What the families' claims compare differs in the mask alone, and is judged on unseen names."""

import pytest
import torch

from genlab import checkpoints
from genlab.checkpoints import count_parameters
from genlab.claims import transformer_block
from genlab.claims.transformer_block import OneSided
from genlab.language.names import load_names
from genlab.recipes.run import recipe_of
from genlab.training import TrainConfig

READER = recipe_of("name-reader")


def untrained(name, seed):
    """A network that no training has touched, in the place of a trained one."""
    recipe = recipe_of(name)
    torch.manual_seed(seed)
    return checkpoints.build(recipe.model, recipe.arguments).eval()


def test_the_reader_with_a_mask_sees_what_stands_before_and_is_as_large():
    model = OneSided(**READER.arguments).eval()
    assert count_parameters(model) == count_parameters(untrained("name-reader", 0))
    name = load_names("test").tokens()[:1]
    changed = name.clone()
    changed[0, 5] += 1
    with torch.no_grad():
        difference = (model(name) - model(changed))[0].abs().amax(dim=-1) > 1e-6
    assert difference.tolist() == [place >= 5 for place in range(name.shape[1])]


def test_it_is_trained_as_the_reader_is(monkeypatch):
    seen = []

    def finished(model, loss, data, config, name):
        seen.append((loss, config, name))
        return model

    monkeypatch.setattr(transformer_block, "finished", finished)
    assert isinstance(transformer_block.one_sided(2), OneSided)
    ((loss, config, name),) = seen
    expected = TrainConfig(**{**vars(READER.config), "seed": 2})
    assert (loss, config) == (READER.loss, expected)
    assert name.endswith("seed-2")


def test_both_measurements_give_shares_of_three_trainings(monkeypatch):
    monkeypatch.setattr(transformer_block, "retrained", untrained)
    monkeypatch.setattr(transformer_block, "one_sided", lambda seed: untrained("name-reader", 9))
    found, turned = transformer_block.both_sides(), transformer_block.reversal()
    assert all(value.n == 3 for value in [*found.values(), *turned.values()])
    assert found["both_minus_one"].mean == pytest.approx(found["both"].mean - found["one"].mean)
    assert turned["right"].mean == 0
    looks = [turned[f"looks_{which}"].mean for which in ("first", "second", "most")]
    assert all(0 < look < 30 for look in looks) and looks[2] >= max(looks[:2])
