"""The mirror: public data of another venue, with accounts and matching of our own.

What the engine learns of prices, rules and turnovers is journaled as it is taken in; everything else a client asks of
the market is the upstream's own answer.
"""
