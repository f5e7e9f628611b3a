"""The site's network that answers the next-token explorer: the tiny model of names."""

from genlab.language.names import LENGTH
from genlab.widgets.kernel.protocol import SiteNetwork, by_name
from genlab.widgets.next_token_explorer.sources import names_rows

SITE_NETWORKS = by_name(SiteNetwork("tiny-lm.next", names_rows, ((LENGTH,),)))
