"""Strategies: deterministic judges of the market. Which exist is named in settings.STRATEGIES."""
