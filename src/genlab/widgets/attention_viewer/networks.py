"""The attention viewer asks no network in the page: the weights of all heads are stored with it."""

from genlab.widgets.kernel.protocol import SiteNetwork

SITE_NETWORKS: dict[str, SiteNetwork] = {}
