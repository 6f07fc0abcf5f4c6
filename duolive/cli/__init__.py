"""The desk on the command line: arguments.py, outcome.py (exit codes), and one module per group of commands."""
