"""The WebSocket trading API: one frame a request, one frame an answer, the same routes behind it as behind REST."""
