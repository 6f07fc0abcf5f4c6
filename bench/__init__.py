"""How fast the paper exchange is, measured beside the least that a server of its kind can do: ``make bench``."""
