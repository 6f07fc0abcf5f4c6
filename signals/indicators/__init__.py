"""Technical indicators over finished candles: pure functions on float arrays, one family a module.

Each function answers an array as long as its input, NaN where there is not enough history or nothing to measure.
"""
