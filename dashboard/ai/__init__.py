"""What the AI bot thought, decided, spent and learnt, as API, socket and pages tell it."""
