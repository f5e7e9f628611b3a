"""Interactive widgets: alive in a notebook on the reader's model, and on the site's own pages."""

from genlab.widgets.attention_viewer import AttentionViewer
from genlab.widgets.beta_slider import BetaSlider
from genlab.widgets.bottleneck_slider import BottleneckSlider
from genlab.widgets.latent_explorer import LatentExplorer
from genlab.widgets.next_token_explorer import NextTokenExplorer
from genlab.widgets.static import static_files

__all__ = [
    "AttentionViewer",
    "BetaSlider",
    "BottleneckSlider",
    "LatentExplorer",
    "NextTokenExplorer",
    "static_files",
]
