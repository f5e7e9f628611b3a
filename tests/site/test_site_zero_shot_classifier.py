"""The zero-shot classifier on its page: labels that are typed, colours, scale, drawings."""

from typing import Any

import pytest
import torch
from kit.denoising import SEVEN
from kit.labels import SCALE, START, Labels, by_clip, painted
from kit.watch import Watch
from playwright.sync_api import expect

from genlab.vision.captions import TEMPLATES, captions
from genlab.widgets import ZeroShotClassifier

pytestmark = pytest.mark.site


@pytest.fixture
def classifier(open_page: Any) -> Labels:
    """The classifier, untouched, on its page without the lesson."""
    return Labels(open_page(Labels.alone()))


# -- labels --------------------------------------------------------------------------------------


def test_typed_labels_are_compared(classifier: Labels) -> None:
    classifier.write("a purple one", "the digit zero in red", "0")
    classifier.expect_all_of(0, "red", ("a purple one", "the digit zero in red", "0"), SCALE)
    classifier.expect_mirrored(labels="a purple one\nthe digit zero in red\n0")


def test_typing_letter_by_letter_ends_at_what_was_typed(classifier: Labels) -> None:
    classifier.field.fill("")
    classifier.field.press_sequentially("A Blue zero, red\nA red zero")
    classifier.expect_all_of(0, "red", ("a blue zero", "red", "a red zero"), SCALE)
    expect(classifier.field).to_have_value("A Blue zero, red\nA red zero")


def test_all_pairs_show_the_six_likeliest(classifier: Labels) -> None:
    classifier.button("All 60 pairs").click()
    classifier.expect_all_of(0, "red", tuple(captions(TEMPLATES[0])), SCALE)
    assert classifier.fits.get_by_role("listitem").count() == 6
    height = classifier.root.bounding_box()
    classifier.button("First labels").press("Enter")
    classifier.expect_all_of(0, "red", START, SCALE)
    assert classifier.root.bounding_box() == height, "what stands below has moved"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "There is no label: write at least one."),
        (" \n,, ", "There is no label"),
        ("a red cat\na dog", 'never read "cat", "dog". It knows a, red, zero'),
        ("a red <b>", 'never read "<", "b", ">"'),
        ("a red zero\nA RED  zero", '"a red zero" stands there twice'),
        (" ".join(["red"] * 11), "has 11 words; up to 10 fit"),
        (
            "\n".join(f"{'red ' * (n % 9 + 1)}{n // 9}" for n in range(61)),
            "There are 61 labels; up to 60",
        ),
    ],
    ids=["none", "blank", "unknown", "marks", "twice", "long", "many"],
)
def test_labels_that_cannot_be_compared_are_said_and_change_nothing(
    classifier: Labels, typed: str, said: str
) -> None:
    before = classifier.rows()
    classifier.field.fill(typed)
    classifier.expect_said(said)
    classifier.expect_said("The bars stay those of the labels before.")
    expect(classifier.field).to_have_attribute("aria-invalid", "true")
    assert classifier.rows() == before
    classifier.write("red", "blue")
    classifier.expect_all_of(0, "red", ("red", "blue"), SCALE)
    expect(classifier.field).to_have_attribute("aria-invalid", "false")


def test_a_button_replaces_what_cannot_be_compared(classifier: Labels) -> None:
    classifier.field.fill("a red cat")
    classifier.expect_said('never read "cat"')
    classifier.button("First labels").click()
    expect(classifier.field).to_have_value("\n".join(START))
    classifier.expect_all_of(0, "red", START, SCALE)
    expect(classifier.field).to_have_attribute("aria-invalid", "false")


def test_a_single_label_gets_everything(classifier: Labels) -> None:
    classifier.write("a black nine")
    classifier.expect_said("compared with a single label: its probability is 1, whatever it says")
    near, share = classifier.rows()["a black nine"]
    assert share == 1 and abs(near - by_clip(0, "red", ("a black nine",))[0]) <= 0.0052


def test_a_link_to_unknown_words_says_so_and_starts(open_page: Any) -> None:
    classifier = Labels(open_page(Labels.alone(), "?zero-shot-classifier-1=labels:a red cat"))
    classifier.expect_said('The network never read "cat".')
    classifier.expect_said("The link holds labels that cannot be compared: others are shown.")
    assert list(classifier.rows()) == [START[0], START[1], START[3], START[2]]


# -- picture and scale ---------------------------------------------------------------------------


def test_the_scale_moves_probabilities_and_no_cosine(classifier: Labels, watch: Watch) -> None:
    classifier.press("Home")
    classifier.expect_all_of(0, "red", START, 0.0)
    assert {share for _, share in classifier.rows().values()} == {0.25}
    loaded = len(watch.urls(".onnx"))
    classifier.press("End")
    classifier.expect_all_of(0, "red", START, 100.0)
    assert len(watch.urls(".onnx")) == loaded == 2


def test_every_colour_of_a_digit_is_seen_by_the_network(classifier: Labels) -> None:
    for name in ("orange", "green", "blue", "purple", "black", "red"):
        classifier.colour(name).click()
        classifier.expect_all_of(0, name, START, SCALE)


def test_colours_and_labels_by_keyboard_alone(classifier: Labels) -> None:
    keyboard = classifier.page.keyboard
    classifier.root.get_by_role("radio", name="red", exact=True).focus()
    keyboard.press("ArrowRight")
    classifier.expect_all_of(0, "orange", START, SCALE)
    keyboard.press("Tab")
    keyboard.press("Control+A")
    keyboard.type("an orange zero\nan orange one")
    classifier.expect_all_of(0, "orange", ("an orange zero", "an orange one"), SCALE)


def test_a_drawing_is_compared_in_its_colour(classifier: Labels) -> None:
    classifier.write("a red seven", "a red zero", "a blue seven")
    classifier.draw(SEVEN)
    said = classifier.expect_shown(picture="Your drawing", colour="red")
    assert said["first"].startswith("a red")
    classifier.colour("blue").click()
    said = classifier.expect_shown(picture="Your drawing", colour="blue")
    assert said["first"] == "a blue seven"
    classifier.button("Next digit").click()
    classifier.expect_all_of(1, "blue", ("a red seven", "a red zero", "a blue seven"), SCALE)


def test_what_the_page_computes_is_what_the_widget_says_in_python(classifier: Labels) -> None:
    python = ZeroShotClassifier(labels="red\nthree", digit=3, colour="green")
    with torch.no_grad():
        assert torch.equal(python.image(), painted(3, "green"))
    for _ in range(3):
        classifier.button("Next digit").click()
    classifier.colour("green").click()
    classifier.write("red", "three")
    classifier.expect_shown(picture="A 3", colour="green", count=2)
    rows = classifier.rows()
    for label, cosine in zip(("red", "three"), python.cosines().tolist(), strict=True):
        assert abs(rows[label][0] - cosine) <= 0.0052
