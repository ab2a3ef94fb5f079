"""Everything that is read over the network, through one guarded client.

Public addresses only, each hop of a redirect checked, limits on bytes and time. Parsers get bytes.
"""

from ingest.fetch.client import Fetched, Fetcher, open_cache, open_fetcher
from ingest.fetch.errors import FetchError, Reason

__all__ = ["FetchError", "Fetched", "Fetcher", "Reason", "open_cache", "open_fetcher"]
