"""The market streams: what their names mean, what each of them says and when, and who hears it."""
