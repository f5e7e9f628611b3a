"""The standard files, the pipeline of `transformers`, and what is refused."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.data import data_dir
from transformers import (
    AutoModelForZeroShotImageClassification,
    AutoProcessor,
    CLIPConfig,
    CLIPModel,
    CLIPTokenizer,
)

from genlab import checkpoints
from genlab.checkpoints import load_model
from genlab.models.clip import DigitCLIP
from genlab.vision import standard
from genlab.vision.captions import (
    CONTEXT,
    HELD_OUT,
    NEW_TEMPLATES,
    PAIRS,
    TEMPLATES,
    TRAINED,
    VOCABULARY,
    captions,
    encode,
)
from genlab.vision.standard import (
    REAL_CLIP,
    as_picture,
    make_tokenizer,
    open_pipeline,
    save_standard,
)
from genlab.vision.zero_shot import (
    MOST_LABELS,
    classify,
    image_vectors,
    label_vectors,
    recognised,
    shares_right,
    text_vectors,
)


@pytest.fixture(scope="module")
def model():
    return load_model("digit-clip")


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("digit-clip")
    save_standard(model, folder)
    return folder


@pytest.fixture(scope="module")
def pipe(folder):
    return open_pipeline(folder)


@pytest.fixture
def picture(rng):
    return as_picture(torch.rand(3, 28, 28, generator=rng))


def by_hand(model, picture, texts):
    """Pixels to a vector, texts to vectors, cosines, scale, softmax."""
    pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None] / 255
    cosines = image_vectors(model, pixels) @ text_vectors(model, texts).T
    return (model.logit_scale.exp() * cosines).softmax(dim=1)[0]


def test_it_is_small():
    assert checkpoints.weights_bytes("digit-clip") <= 1_000_000


def test_the_folder_is_that_of_any_clip(folder):
    names = {"config.json", "model.safetensors", "tokenizer.json", "preprocessor_config.json"}
    assert names <= {file.name for file in folder.iterdir()}
    config = json.loads((folder / "config.json").read_text())
    assert config["architectures"] == ["CLIPModel"] and config["model_type"] == "clip"


def test_transformers_opens_it_without_this_package(folder, model):
    opened = AutoModelForZeroShotImageClassification.from_pretrained(folder)
    assert type(opened) is CLIPModel
    ours = model.state_dict()
    assert all(torch.equal(one, ours[name]) for name, one in opened.state_dict().items())
    processor = AutoProcessor.from_pretrained(folder)
    assert processor is not None


@pytest.mark.parametrize("template", ["{}", "This is a photo of {}."])
def test_the_pipeline_says_what_the_steps_say(pipe, model, picture, template):
    labels = captions(TEMPLATES[0])
    found = pipe(picture, candidate_labels=labels, hypothesis_template=template)
    wanted = by_hand(model, picture, [template.format(one) for one in labels])
    scores = {one["label"]: one["score"] for one in found}
    assert max(abs(scores[a] - b) for a, b in zip(labels, wanted.tolist(), strict=True)) < 1e-5


def test_the_pipeline_says_the_same_of_all_images_of_a_digit(pipe, model, rng):
    labels = captions(TEMPLATES[2])
    for image in torch.rand(5, 3, 28, 28, generator=rng):
        wanted = by_hand(model, as_picture(image), labels)
        scores = classify(pipe, as_picture(image), labels)
        assert list(scores) == [labels[i] for i in wanted.argsort(descending=True)]
        assert max(abs(scores[a] - b) for a, b in zip(labels, wanted.tolist(), strict=True)) < 1e-5


def test_the_tokenizer_reads_as_the_package_does():
    tokenizer = make_tokenizer()
    for one in TEMPLATES + NEW_TEMPLATES:
        texts = captions(one)
        ids = tokenizer(texts, padding="max_length", max_length=CONTEXT).input_ids
        assert torch.equal(torch.tensor(ids), encode(texts))
    assert tokenizer("a yellow cat").input_ids.count(VOCABULARY["<unknown>"]) == 2


def test_an_ensemble_of_one_template_is_the_template(model):
    alone = label_vectors(model, TEMPLATES[:1])
    assert torch.allclose(alone, text_vectors(model, captions(TEMPLATES[0])), atol=1e-6)
    together = label_vectors(model, TEMPLATES)
    assert torch.allclose(together.norm(dim=1), torch.ones(60), atol=1e-5)


def test_shares_count_pairs_digits_and_colours():
    answers, pairs = torch.tensor([3, 13, 4, 20]), torch.tensor([3, 3, 3, 3])
    assert shares_right(answers, pairs) == {"pair": 0.25, "digit": 0.5, "colour": 0.5}


def test_held_out_pairs_are_recognised_far_above_chance(model):
    found = recognised(model, HELD_OUT, (TEMPLATES[3],))
    assert found["pair"] >= 0.7 and found["digit"] >= 0.9
    card = checkpoints.load_card("digit-clip").metrics
    for kind, pairs in (("held_out", HELD_OUT), ("trained", TRAINED)):
        for part, share in recognised(model, pairs, TEMPLATES).items():
            assert abs(share - card[f"{kind}_{part}"]) < 0.003


# -- what is refused -------------------------------------------------------------------------------

LABELS = ["a red three", "a blue seven"]
WHITE = Image.new("RGB", (28, 28), "white")

REFUSED = {
    "grey": (WHITE.convert("L"), LABELS, "{}", 'mode L; expected RGB: use image.convert("RGB")'),
    "transparent": (WHITE.convert("RGBA"), LABELS, "{}", "mode RGBA; expected RGB"),
    "small": (WHITE.resize((40, 27)), LABELS, "{}", "40 by 27 pixels; expected at least 28 by 28"),
    "empty list": (WHITE, [], "{}", "there are 0 labels; expected 1 to 1000"),
    "long list": (WHITE, ["red"] * (MOST_LABELS + 1), "{}", "there are 1001 labels; expected 1 to"),
    "empty label": (WHITE, ["a red three", " "], "{}", "one of the labels is ' '; expected words"),
    "number": (WHITE, [3], "{}", "one of the labels is 3; expected words"),
    "twice": (WHITE, ["red three"] * 2, "{}", "'red three' stands in the list more than once"),
    "unknown": (WHITE, ["a cat"], "{}", r"'a cat' has words that this model never read; it knows"),
    "unknown in template": (WHITE, LABELS, "a drawing of {}", "words that this model never read"),
    "long label": (WHITE, ["red " * 11], "{}", "has 13 tokens; expected at most 12"),
    "template": (WHITE, LABELS, "a photo", "expected one with {} where the label shall stand"),
}


@pytest.mark.parametrize(
    ("image", "labels", "template", "message"), REFUSED.values(), ids=list(REFUSED)
)
def test_what_cannot_be_answered_is_refused(pipe, image, labels, template, message):
    with pytest.raises(ValueError) as error:
        classify(pipe, image, labels, template)
    assert message in str(error.value)


def test_other_kinds_are_refused(pipe):
    with pytest.raises(TypeError, match=r"of type Tensor; expected a picture of PIL"):
        classify(pipe, torch.rand(3, 28, 28), LABELS)
    for labels in ("a red three", None, {"a red three"}):
        with pytest.raises(TypeError, match=r"labels are of type \w+; expected a list of texts"):
            classify(pipe, WHITE, labels)


def test_one_label_gets_everything_and_a_large_picture_is_made_small(pipe):
    assert classify(pipe, WHITE.resize((200, 100)), ["a red three"]) == {"a red three": 1.0}


def test_without_the_hub_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setattr(standard, "pipeline", no_network)
    with pytest.raises(RuntimeError, match=r"openai/.* could not be loaded \(OSError\).*DigitCLIP"):
        open_pipeline(REAL_CLIP)


def no_network(*asked, **named):
    raise OSError("We couldn't connect to the Hub")


# -- the real one, small and untrained -------------------------------------------------------------


@pytest.fixture(scope="module")
def small_clip(tmp_path_factory):
    """A CLIP as the Hub has them, with its kind of tokenizer: bytes and a few merges."""
    folder = tmp_path_factory.mktemp("clip")
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    symbols = letters + [f"{letter}</w>" for letter in letters] + ["c a".replace(" ", "")]
    vocabulary = {word: number for number, word in enumerate(symbols)}
    for word in ("cat</w>", "<|startoftext|>", "<|endoftext|>"):
        vocabulary[word] = len(vocabulary)
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=[("c", "a"), ("ca", "t</w>")])
    tokenizer.save_pretrained(folder)
    sizes = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_attention_heads": 2,
        "num_hidden_layers": 1,
    }
    ends = {
        "vocab_size": len(vocabulary),
        "bos_token_id": vocabulary["<|startoftext|>"],
        "eos_token_id": vocabulary["<|endoftext|>"],
    }
    torch.manual_seed(0)
    config = CLIPConfig(text_config=sizes | ends, vision_config=sizes, projection_dim=16)
    CLIPModel(config).save_pretrained(folder)
    standard._image_processor()().save_pretrained(folder)
    return folder


def test_a_clip_of_another_make_answers_about_the_cat(small_clip):
    with Image.open(f"{data_dir}/chelsea.png") as photo:
        answers = classify(open_pipeline(small_clip), photo, ["a cat", "a dog"], "a photo of {}")
    assert answers.keys() == {"a cat", "a dog"}
    assert sum(answers.values()) == pytest.approx(1, abs=1e-5)


def test_all_pairs_have_a_caption_of_their_own(model):
    assert label_vectors(model, TEMPLATES[:1]).shape[0] == len(PAIRS)
    assert isinstance(model, DigitCLIP)
