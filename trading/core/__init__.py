"""The pure part: states and transitions, prices of exits, client order ids, results."""
