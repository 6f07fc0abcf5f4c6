"""Telegram: plain-text messages by the Bot API."""
