"""The worker that a page's networks run in: slowed down, or its passes counted."""

from playwright.sync_api import BrowserContext

from kit.widget import WidgetOnPage

# Each message to the worker waits, so that a pass lasts longer than a key on a slow machine.
SLOW = """{
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (...message) {
    setTimeout(() => post.apply(this, message), 400);
  };
}"""
COUNTED = """{
  window.passes = 0;
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (...message) {
    if (message[0].url) window.passes += 1;
    post.apply(this, message);
  };
}"""


def slowed(context: BrowserContext) -> None:
    """Let each pass of a network last 0.4 s longer."""
    context.add_init_script(SLOW)


def counted(context: BrowserContext) -> None:
    """Count passes, for `passes`."""
    context.add_init_script(COUNTED)


def passes(widget: WidgetOnPage) -> int:
    """How often a network of its page was asked, where they are counted."""
    return widget.page.evaluate("window.passes")
