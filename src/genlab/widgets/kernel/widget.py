"""What every widget has in common: one ES module, two hosts.

In a live kernel the browser asks for forward passes by messages and the reader's own model answers
them. On a page of the site there is no kernel: `text/html` carries the stored state, and `host.mjs`
mounts the same module over networks that run in the page.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import anywidget
import traitlets

from genlab.widgets.kernel import page
from genlab.widgets.kernel.bundle import WIDGETS, inline_module, widget_css
from genlab.widgets.kernel.page import Picture, Tables, Texts
from genlab.widgets.kernel.protocol import Network, SiteNetwork, answer, one_sentence, site_name
from genlab.widgets.kernel.values import Declaration, declarations, ranges_of


class GenlabWidget(anywidget.AnyWidget):
    """A widget of the course; subclasses name their folder, their state and their picture.

    Attributes:
        module_name: of the folder that holds `view.mjs` and `style.css`.
        state_names: the traits that a page of the site stores.
        site_networks: by name, those of the site that may answer in the page.
        ranges: of each value that the reader can move; sliders and links are made from it.
        language: of the texts, such as "en"; by default the page's own.
    """

    module_name: ClassVar[str]
    state_names: ClassVar[tuple[str, ...]]
    site_networks: ClassVar[Mapping[str, SiteNetwork]] = {}
    _declared: ClassVar[Mapping[str, Declaration]] = {}

    ranges = traitlets.Dict(read_only=True).tag(sync=True)
    language = traitlets.Unicode().tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Read the subclass's ES module, style and values, once."""
        if "module_name" in vars(cls):  # traitlets subclasses again when it adds traits
            cls._esm = inline_module(WIDGETS / cls.module_name / "view.mjs")
            cls._css = widget_css(cls.module_name)
            cls._declared = declarations(vars(cls))
            cls._check_value = traitlets.validate(*cls._declared)(_check_value)
        super().__init_subclass__(**kwargs)

    def __init__(self, networks: Mapping[str, Network], **values: Any) -> None:
        self._networks = dict(networks)
        super().__init__(**values)
        self.on_msg(self._answer)

    @traitlets.observe(traitlets.All)
    def _follow_bounds(self, change: Any) -> None:
        """Keep the ranges true: bounds may depend on any trait."""
        if change["name"] != "ranges":
            self.set_trait("ranges", ranges_of(self, self._declared))

    def _answer(self, _widget: object, content: Any, buffers: Sequence[Any]) -> None:
        """Answer one `run` message with a `result` or an `error`; never raise into the kernel."""
        request = content.get("id") if isinstance(content, dict) else None
        try:
            reply, output = answer(self._networks, content, buffers)
        except Exception as error:  # the reader's own model may raise anything
            self.send({"kind": "error", "id": request, "message": one_sentence(error)})
        else:
            self.send({"kind": "result", "id": request, **reply}, [output])

    # -- on a page of the site ----------------------------------------------------------------

    def picture(self) -> Picture:
        """Draw the state as it is now, for a page without JavaScript."""
        raise NotImplementedError

    def texts(self, tables: Tables) -> Texts:
        """Return the table of the widget's language."""
        return page.pick_texts(tables, self.language)

    def page_networks(self) -> dict[str, str] | None:
        """Map this widget's networks to the site's; None if the site lacks one of them.

        The site has a network if the model is that of a checkpoint as it was stored, and the widget
        declares the part among its `site_networks`, with the same inputs.

        Raises:
            ValueError: if the reader named a checkpoint with other weights than the model's.
        """
        found: dict[str, str] = {}
        for name, network in self._networks.items():
            known = site_name(network, self.site_networks)
            if known is None:
                return None
            found[name] = known
        return found

    def page_html(self) -> str:
        """Return the widget for a page without a kernel, or its picture if no network is there."""
        picture, networks, texts = self.picture(), self.page_networks(), self.texts(page.STRINGS)
        if networks is None:
            return page.picture_html(picture, texts)
        names = (*self.state_names, "ranges", "language")
        state = {name: getattr(self, name) for name in names}
        return page.widget_html(self.module_name, picture, networks, state, texts)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Add HTML for the site's pages; a notebook would only carry it along, dead."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None or not os.environ.get("GENLAB_SITE"):
            return bundle
        data, metadata = bundle
        return {**data, "text/html": self.page_html()}, metadata


def _check_value(widget: GenlabWidget, proposal: Any) -> Any:
    """Return a value that was set, if it is one that the widget can have."""
    name, value = proposal["trait"].name, proposal["value"]
    widget._declared[name].check(widget, name, value)
    return value
