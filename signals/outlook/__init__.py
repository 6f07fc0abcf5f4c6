"""What a market looks like: judgements over indicators, book and funding, gathered in a picture.

Pure functions; only reading.py asks the venue.
"""
