"""What an adviser may be told besides the market: readings of outside sources, quoted as data, never relied on.

Parsing, freshness and telling are pure; only fetching.py and venue_statistics.py ask somebody, only store.py keeps
rows.
"""
