"""The ground the others stand on: accounts, bots, their settings, and the record of everything that happened."""
