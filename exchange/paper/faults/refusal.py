"""A refusal with any code, also of those the exchange itself never answers with."""

from exchange.paper.core.refusals import STATUS, TEXTS, VenueError

OTHER_TEXTS = {
    -1001: "Internal error; unable to process your request. Please try again.",
    -1007: "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
    -1008: (
        "Request throttled by system-level protection. Reduce-only/close-position orders are exempt. Please try again."
    ),
    -4140: "Invalid symbol status for opening position.",
}


class Refusal(VenueError):
    """``message`` and ``status`` are the venue's for this code unless given."""

    def __init__(self, code: int, *, message: str = "", status: int | None = None) -> None:
        self.code = code
        self.message = message or TEXTS.get(code) or OTHER_TEXTS.get(code, "Refused.")
        self.status = status or STATUS.get(code, 400)
        Exception.__init__(self, f"{self.code}: {self.message}")
