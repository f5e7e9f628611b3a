"""Interactive widgets: alive in a notebook on the reader's model, and on the site's own pages."""

from genlab.widgets.architecture_compare.widget import ArchitectureCompare
from genlab.widgets.attention_viewer.widget import AttentionViewer
from genlab.widgets.beta_slider.widget import BetaSlider
from genlab.widgets.bottleneck_slider.widget import BottleneckSlider
from genlab.widgets.denoise_player.widget import DenoisePlayer
from genlab.widgets.latent_explorer.widget import LatentExplorer
from genlab.widgets.next_token_explorer.widget import NextTokenExplorer
from genlab.widgets.objective_explorer.widget import ObjectiveExplorer
from genlab.widgets.patch_explorer.widget import PatchExplorer
from genlab.widgets.sample_wall.widget import SampleWall
from genlab.widgets.site.files import static_files
from genlab.widgets.timestep_scrubber.widget import TimestepScrubber
from genlab.widgets.unet_tracer.widget import UNetTracer
from genlab.widgets.zero_shot_classifier.widget import ZeroShotClassifier

__all__ = [
    "ArchitectureCompare",
    "AttentionViewer",
    "BetaSlider",
    "BottleneckSlider",
    "DenoisePlayer",
    "LatentExplorer",
    "NextTokenExplorer",
    "ObjectiveExplorer",
    "PatchExplorer",
    "SampleWall",
    "TimestepScrubber",
    "UNetTracer",
    "ZeroShotClassifier",
    "static_files",
]
