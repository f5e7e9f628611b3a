"""The full data set's format: a local folder, laid out as the Hub lays out `ylecun/mnist`."""

import numpy as np
import pytest
import torch

from genlab import data
from genlab.data import load_digits
from genlab.recipes.recipe import training_digits
from genlab.recipes.run import recipe_of, with_digits
from genlab.training import TrainConfig, train

datasets = pytest.importorskip("datasets", reason="optional: the full data set alone needs it")

CARD = """---
configs:
- config_name: mnist
  data_files:
  - split: train
    path: mnist/train-*
  - split: test
    path: mnist/test-*
---
"""


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """300 digits for training, 60 for testing, as images in two parquet files."""
    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(num_classes=10)}
    )
    folder = tmp_path / "mnist-as-on-the-hub"
    (folder / "mnist").mkdir(parents=True)
    (folder / "README.md").write_text(CARD, encoding="utf8")
    for split, count in (("train", 300), ("test", 60)):
        digits = load_digits(split).subset(count)
        pixels = [np.uint8(np.round(image * 255)) for image in digits.images[:, 0].numpy()]
        rows = {"image": pixels, "label": digits.labels.tolist()}
        path = folder / "mnist" / f"{split}-00000-of-00001.parquet"
        datasets.Dataset.from_dict(rows, features=features).to_parquet(str(path))
    monkeypatch.setattr(data, "HUB_DATASET", str(folder))
    monkeypatch.setattr(data, "HUB_VALIDATION", 40)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    data._from_hub.cache_clear()
    yield folder
    data._from_hub.cache_clear()


def test_the_hub_has_three_splits_of_the_same_form(hub):
    sizes = {split: len(load_digits(split, "hub")) for split in ("train", "validation", "test")}
    assert sizes == {"train": 260, "validation": 40, "test": 60}
    train_digits = load_digits("train", "hub")
    assert train_digits.images.shape == (260, 1, 28, 28)
    assert train_digits.images.dtype == torch.float32
    assert train_digits.images.min() >= 0 and train_digits.images.max() == 1


def test_its_digits_are_those_that_were_written(hub):
    mine, own = load_digits("test", "hub"), load_digits("test").subset(60)
    assert (mine.images - own.images).abs().max() < 1e-6
    assert torch.equal(mine.labels, own.labels)


def test_training_and_validation_do_not_overlap(hub):
    parts = [load_digits(split, "hub").images.flatten(1) for split in ("train", "validation")]
    assert torch.cdist(*parts).min() > 0.1


def test_a_recipe_trains_on_them(hub):
    recipe = with_digits(recipe_of("unet-basic"), "hub")
    images, labels = recipe.data()
    assert len(images) == len(labels) == 260
    assert len(training_digits()[0]) == 4000
    from genlab.checkpoints import build

    model = build(recipe.model, recipe.arguments)
    config = TrainConfig(steps=2, batch_size=4)
    losses = [step.loss for step in train(model, recipe.loss, recipe.data(), config)]
    assert all(0 < loss < 2 for loss in losses)
