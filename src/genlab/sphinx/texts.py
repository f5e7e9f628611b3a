"""What the site says by itself, by language: menus, buttons, the line under a title."""

from __future__ import annotations

from collections.abc import Mapping

from genlab.texts import Table, choose

TEXTS: Table = {
    "en": {
        "run": "Run",
        "run_in": "Run in {place}",
        "run_tooltip": "Run this page as a notebook",
        "runtime": "Runs in {seconds} s on one CPU thread.",
        "front_door": "Go to the first page",
        "living_alt": (
            "A map of {count} digits, all drawn by a network, each in the colour of its class: "
            "{left} at the left, {right} at the right, and under the lens a {digit}."
        ),
        "living_lens": "Under the lens, larger: a {digit}.",
        "living_caption": (
            "Nobody wrote these digits. A network of this course drew them: each place on the map "
            "is two numbers, and the network turns them into an image."
        ),
        "living_task": "Move the lens. It draws what lies between the digits, in your browser.",
        "living_label": "Map of digits. The arrow keys move the lens, with Shift further.",
        "living_near": "{z}, near a {digit}.",
        "living_lost": "The network did not arrive. Press Play to try again.",
        "living_play": "Play",
        "living_pause": "Pause",
        "play": "Play",
        "thumbnail": "Small picture of the {widget}",
        # Each widget's name, and what a reader does with it.
        "architecture-compare": "architecture compare",
        "architecture-compare-task": "Let several architectures make digits of the same noise.",
        "attention-viewer": "attention viewer",
        "attention-viewer-task": "Pick a word and see which words it looks at.",
        "beta-slider": "beta slider",
        "beta-slider-task": "Weigh the two parts of the loss and watch the map change.",
        "bottleneck-slider": "bottleneck slider",
        "bottleneck-slider-task": "Squeeze a digit through fewer and fewer numbers.",
        "denoise-player": "denoise player",
        "denoise-player-task": "Ask for a digit and let it form from noise.",
        "latent-explorer": "latent explorer",
        "latent-explorer-task": "Drag a point over the map and see it decoded.",
        "next-token-explorer": "next-token explorer",
        "next-token-explorer-task": "Begin a name and see which letter the model expects.",
        "objective-explorer": "objective explorer",
        "objective-explorer-task": "See what each network predicts, at every level of noise.",
        "patch-explorer": "patch explorer",
        "patch-explorer-task": "Cover patches of a digit and see what the network still knows.",
        "sample-wall": "sample wall",
        "sample-wall-task": "Let several networks make digits of the same noise.",
        "timestep-scrubber": "timestep scrubber",
        "timestep-scrubber-task": "Turn a digit into noise and back, step by step.",
        "unet-tracer": "UNet tracer",
        "unet-tracer-task": "Follow your digit through every block of the network.",
        "zero-shot-classifier": "zero-shot classifier",
        "zero-shot-classifier-task": "Write labels in words and see which one fits a digit.",
        "search": "Search",
        "search_bar": "Search the course",
        "search_found": "Pages found: {count}.",
        "search_none": "No page has the words of “{query}”.",
        "search_failed": "The search index did not arrive: is there a connection? "
        "Load the page again.",
        "claim_errors": "Errors are over {over}; the run took {seconds} s.",
        "claim_value": "Value",
        "claim_measured": "Measured",
        "claim_n": "Number of runs",
        "index": "Index",
        "contents": "On this page",
        "skip": "Skip",
        "skip_to_text": "Skip to the text",
        "skip_to_widget": "Skip to the first widget",
        "skip_to_contents": "Skip to the contents of this page",
        "back_to_top": "Back to top",
        "link_to_section": "Link to this section: {title}",
        # Names of what scrolls sideways in its own box.
        "scrolls_code": "Code that scrolls sideways",
        "scrolls_figure": "Figure that scrolls sideways",
        "scrolls_formula": "Formula that scrolls sideways",
        "scrolls_output": "Output that scrolls sideways",
        "scrolls_table": "Table that scrolls sideways",
        # Instead of "With JavaScript the picture comes to life", where its modules did not come.
        "widget_missing": "The picture could not be brought to life: a script of the site did not "
        "arrive, or something in the browser blocks it.",
        "widget_from_file": "The picture cannot come to life in a page that is opened as a file; "
        "it does on the site, and from a server on your own machine.",
        "try_again": "Try again",
        "toggle_pages": "Show or hide the list of pages",
        "toggle_contents": "Show the contents of this page",
        # What of a code cell is folded, by myst-nb's own word for it.
        "show_content": "Show the content",
        "hide_content": "Hide the content",
        "show_source": "Show the source",
        "hide_source": "Hide the source",
        "show_output": "Show the output",
        "hide_output": "Hide the output",
        "show_outputs": "Show the outputs",
        "hide_outputs": "Hide the outputs",
    },
}


def site_texts(language: str) -> Mapping[str, str]:
    """Choose the texts of a language, which may be written as HTML or as Sphinx writes it."""
    return choose(TEXTS, language.replace("_", "-"))
