"""Who gives advice: language models behind one port, and the rules that need none."""
