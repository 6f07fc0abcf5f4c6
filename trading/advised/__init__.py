"""The AI futures bot: looks that are due, what advice may do here, and how it is carried out."""
