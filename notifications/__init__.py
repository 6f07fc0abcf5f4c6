"""Telling the owner: events become deliveries, one per channel, and deliveries become messages."""
