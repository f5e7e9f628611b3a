"""Pages with nothing but a widget, once or several times: the test server makes them up when asked.

What a test asks of a widget alone is answered sooner without a lesson around it.
"""

import re

# As a name beside the page's own, so that its links hold: `noise.3-timestep-scrubber.html`.
NAME = re.compile(r"\.(\d+)-([a-z-]+)\.html$")
TITLE_ENDS, ARTICLE_ENDS = "</h1>", "</article>"
# The list of sections, whose entries would lead nowhere.
CONTENTS = re.compile(r'(<nav id="pst-page-toc-nav"[^>]*>).*?(</nav>)', re.DOTALL)


def page_with(count: int, name: str, home: str) -> str:
    """The name of a page that has of `home` its frame, its title and a widget so many times."""
    return f"{home}.{count}-{name}"


def repeat(text: str, count: int, name: str) -> str:
    """A page's text with its widget `count` times, one below the other, in place of the lesson."""
    start = text.index(f'<div class="genlab-widget" data-genlab-widget="{name}"')
    end = text.index("</div></div>", start) + len("</div></div>")
    title = text.index(TITLE_ENDS) + len(TITLE_ENDS)
    rest = CONTENTS.sub(r"\1\2", text[text.index(ARTICLE_ENDS, end) :])
    return f"{text[:title]}{text[start:end] * count}</section>{rest}"
