"""Why a start is refused.

StartRefused             one clear line for the person at the terminal, and the exit code
"""


class StartRefused(Exception):
    """The desk cannot start; the text is the whole message."""

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
