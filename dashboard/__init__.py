"""The web entrance: the live page, the API, the socket, health."""
