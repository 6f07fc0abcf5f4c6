"""``python -m duolive COMMAND``: the desk on the command line."""

import sys

from duolive.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
