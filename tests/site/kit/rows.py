"""What the wall and the comparison have in common: networks that make digits of the same noise."""

from typing import Any

from playwright.sync_api import expect

from kit.widget import Part, WidgetOnPage

START = (100, 1, 20)  # progress, seed and steps of their pages


class Rows(WidgetOnPage):
    """Several networks, led on together along a way that is scrubbed.

    A subclass says what is shown (`shown`, `expect_shown`: step, seed and steps come first), and by
    `networks` how many rows there are.
    """

    way = handle = Part("slider", "How far sampling")
    seed = Part("slider", "Seed of the noise")
    steps = Part("slider", "How many steps")
    guesses = Part("button", "Show the guesses of x0")

    def shown(self) -> tuple:
        """What the status line says."""
        raise NotImplementedError

    def expect_shown(self, step: int, seed: int, steps: int) -> None:
        """The status comes to say this, and no network is behind."""
        raise NotImplementedError

    def touch(self) -> None:
        """From the end the least that asks for an answer is the first step."""
        self.press("Home", "ArrowRight")

    def expect_touched(self) -> None:
        self.expect_shown(1, START[1], START[2])

    def expect_all_at(self, *wanted: Any) -> None:
        """The status comes to say all this, and no network is behind."""

        def there() -> bool:
            done = self.root.get_attribute("data-state") in ("idle", "ready")
            behind = self.root.locator(".gl-row[data-current=false]").count()
            return done and not behind and self.shown() == wanted

        self.eventually(there, wanted)

    def expect_it_stops(self) -> None:
        """It shows how far it is, and a control stops it; where passes take longer."""
        self.touch()
        self.expect_touched()
        self.seed.press("ArrowRight")
        self.press("End")
        self.expect_state("loading")
        self.expect_said("Sampling from noise 2: ")
        expect(self.root.locator(".gl-row[data-current=false]")).not_to_have_count(0)
        bar = self.root.locator(".gl-row-bar").first
        self.eventually(
            lambda: 0 < float(bar.evaluate("(node) => node.style.getPropertyValue('--done')")) < 1,
            "a row on its way",
        )
        # Within a frame: the next picture that is painted is of the noise that is asked for now.
        current = self.way.evaluate(BACK_TO_THE_NOISE)
        assert current == len(self.networks), "still the rows of the run before"
        self.expect_shown(0, 2, START[2])
        before = self.drawn()
        self.page.wait_for_timeout(1000)
        assert self.drawn() == before, "it went on"
        self.expect_state("ready")


BACK_TO_THE_NOISE = """async (input) => {
  input.value = 0;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise(requestAnimationFrame);
  const root = input.closest("[data-genlab-widget]");
  return root.querySelectorAll(".gl-row[data-current=true]").length;
}"""
