"""The table of widgets: what is asked of every widget is asked of each of these."""

from kit.attention import Attention
from kit.beta import Beta
from kit.bottleneck import Slider
from kit.compare import Compare
from kit.explorer import Explorer
from kit.labels import Labels
from kit.objectives import Objectives
from kit.patches import Patches
from kit.places import lessons
from kit.player import Player
from kit.scrubber import Scrubber
from kit.tokens import Tokens
from kit.tracer import Tracer
from kit.wall import Wall
from kit.widget import SCRIPT, WidgetOnPage

ALL: list[type[WidgetOnPage]] = [
    *(Explorer, Slider, Beta, Scrubber),
    *(Objectives, Tracer, Tokens, Attention),
    *(Wall, Player, Compare, Patches),
    Labels,
]
# A draft, and with it its widget, is not on the site.
WIDGETS = [widget for widget in ALL if widget.home in lessons()]
WITH_NETWORKS = [widget for widget in WIDGETS if widget.networks]
# No widget understands these.
COMMON = ("", "%%%", "\u0000\u202e", "__proto__:1", SCRIPT, f"{SCRIPT}:1", "x" * 3000)


def nonsense_for(widget: type[WidgetOnPage]) -> dict[str, str]:
    """What a link may not say to a widget, with a part of the answer."""
    return dict.fromkeys(COMMON, "expected " + ", ".join(widget.keys)) | widget.nonsense
