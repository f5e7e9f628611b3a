"""Checkpoints: what ships holds what its card says; what is broken is refused."""

import json

import pytest
import torch

from genlab import checkpoints, metrics
from genlab.checkpoints import Card, CheckpointError
from genlab.data import load_digits
from genlab.latents import reconstruction_loss
from genlab.models.autoencoder import AutoEncoder
from genlab.recipes import latents
from genlab.recipes import run as recipes
from genlab.recipes.recipe import Recipe
from genlab.training import TrainConfig

MEGABYTE = 1_000_000
CARD = Card(
    name="tiny",
    model="genlab.models.autoencoder.AutoEncoder",
    arguments={"latent_size": 2},
    recipe={},
    data="nothing",
    sha256="",
)

MEASURED = [n for n in checkpoints.names() if "quality" in checkpoints.load_card(n).metrics]


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    checkpoints.save_model(AutoEncoder(2), CARD, tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", checkpoints.names())
def test_every_shipped_checkpoint_loads_and_has_a_recipe(name):
    model = checkpoints.load_model(name)
    assert model.checkpoint_name == name
    assert not model.training
    assert all(p.dtype == torch.float32 for p in model.parameters())
    assert checkpoints.weights_bytes(name) <= 3 * MEGABYTE
    card, recipe = checkpoints.load_card(name), recipes.RECIPES[name]
    assert (card.model, card.arguments) == (recipe.model, recipe.arguments)
    assert card.recipe["steps"] == recipe.config.steps
    assert card.recipe["seed"] == recipe.config.seed


def test_all_checkpoints_together_stay_below_25_megabytes():
    assert sum(map(checkpoints.weights_bytes, checkpoints.names())) <= 25 * MEGABYTE


def test_every_recipe_has_its_checkpoint():
    assert set(recipes.RECIPES) == set(checkpoints.names())


@pytest.mark.parametrize("name", MEASURED)
def test_cards_have_errors_by_both_of_the_shipped_classifiers(name):
    card = checkpoints.load_card(name).metrics
    assert card["classifier_sha256"] == {
        judge: checkpoints.load_card(judge).sha256 for judge in metrics.CLASSIFIERS
    }
    assert len(set(card["sampling_seeds"])) >= metrics.SETS
    quality = metrics.Quality.from_card(card["quality"])
    assert quality.as_card() == card["quality"]
    for judgement in quality.judgements.values():
        for value in (judgement.fid, judgement.kid):
            assert value.n == len(card["sampling_seeds"])
            # One network's samples are blank whatever the seed, so that they have no spread.
            assert value.error > 0 or quality.copy_ratio.error == 0
        assert judgement.fid.mean > judgement.floor
        assert sum(judgement.class_shares) == pytest.approx(1, abs=1e-3)


def test_every_generator_was_measured():
    generators = ("unet", "vae", "autoencoder", "ladder-long", "dit", "uvit", "rin")
    assert [n for n in checkpoints.names() if n.startswith(generators)] == MEASURED


@pytest.mark.parametrize("judge", metrics.CLASSIFIERS)
def test_a_classifier_is_good_enough_for_a_yardstick(judge):
    test = load_digits("test")
    predicted = metrics.class_probabilities(test.images, judge).argmax(dim=1)
    accuracy = (predicted == test.labels).float().mean().item()
    assert accuracy >= 0.97
    card = checkpoints.load_card(judge)
    assert abs(accuracy - card.metrics["test_accuracy"]) < 0.005


def test_the_2d_autoencoder_reconstructs_as_well_as_its_card_says():
    model = checkpoints.load_model("autoencoder-2d")
    mse = metrics.reconstruction_mse(model, load_digits("test").images)
    assert mse <= 0.042
    assert abs(mse - checkpoints.load_card("autoencoder-2d").metrics["test_mse"]) < 1e-4


def test_vae_samples_beat_autoencoder_samples(rng):
    ae, vae = (checkpoints.load_model(name) for name in ("autoencoder-2d", "vae-2d"))
    with torch.no_grad():
        square = ae.decode(torch.rand(500, 2, generator=rng) * 8 - 4)
    of_vae = metrics.digit_fid(latents.sample_prior(vae))
    assert of_vae < metrics.digit_fid(latents.sample_bounding_box(ae))
    assert of_vae < metrics.digit_fid(square)


def test_weights_come_back_to_half_precision(folder):
    torch.manual_seed(0)
    before, after = AutoEncoder(2).state_dict(), checkpoints.load_model("tiny", folder).state_dict()
    assert max((before[k] - after[k]).abs().max().item() for k in before) < 1e-3


def test_a_missing_checkpoint_names_those_that_are_there(folder):
    with pytest.raises(CheckpointError, match=r"no checkpoint 'large'; there are: tiny.*make"):
        checkpoints.load_model("large", folder)


def test_a_changed_file_is_refused(folder):
    file = checkpoints.path("tiny", folder)
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(CheckpointError, match="corrupted or of another version"):
        checkpoints.load_model("tiny", folder)


def test_weights_of_another_shape_are_refused(folder):
    card = json.loads((folder / "tiny.json").read_text())
    card["arguments"] = {"latent_size": 3}
    (folder / "tiny.json").write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match=r"does not fit genlab\.models"):
        checkpoints.load_model("tiny", folder)


@pytest.mark.parametrize("model", ["os.system", "genlab.models.vae.None", "genlab.data.x"])
def test_a_card_names_only_models_of_the_package(folder, model):
    card = json.loads((folder / "tiny.json").read_text())
    card["model"] = model
    (folder / "tiny.json").write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match="the card names"):
        checkpoints.load_model("tiny", folder)


def test_an_unreadable_card_is_refused(folder):
    (folder / "tiny.json").write_text("{")
    with pytest.raises(CheckpointError, match="not a checkpoint's card"):
        checkpoints.load_card("tiny", folder)


def test_an_unknown_recipe_names_those_that_are_there(tmp_path):
    with pytest.raises(ValueError, match="'gan' has no recipe; there are: digit-classifier"):
        recipes.train_checkpoint("gan", tmp_path, tmp_path)


def test_a_recipe_trains_writes_and_measures(tmp_path, monkeypatch, capsys):
    short = Recipe(
        model=CARD.model,
        arguments=CARD.arguments,
        loss=reconstruction_loss,
        config=TrainConfig(steps=3),
        evaluate=lambda model, seeds: {"latent_size": model.latent_size},
    )
    monkeypatch.setitem(recipes.RECIPES, "short", short)
    card = recipes.train_checkpoint("short", tmp_path, tmp_path)
    assert card.metrics == {"latent_size": 2}
    assert checkpoints.load_card("short", tmp_path) == card
    assert "short" in capsys.readouterr().out
