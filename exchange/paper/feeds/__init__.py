"""Feeds of the paper exchange: where its prices come from."""
