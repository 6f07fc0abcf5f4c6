"""A mail server on loopback that takes what it is sent, or refuses as a test has scripted (RFC 5321)."""

import socketserver
import threading
from collections import deque
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, cast


class Mailbox:
    """Context manager; ``port`` is where it listens. ``refuse_next`` answers the next command so named by a code."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, str]] = []
        self._refusals: deque[tuple[str, int]] = deque()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.port: int = self._server.server_address[1]

    def refuse_next(self, command: str, code: int) -> None:
        self._refusals.append((command, code))

    def _refusal(self, command: str) -> int | None:
        if self._refusals and self._refusals[0][0] == command:
            return self._refusals.popleft()[1]
        return None

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        mailbox = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say(220, "ready")
                sender = recipient = ""
                while line := self.rfile.readline():
                    text = line.decode().strip()
                    command = text.split(" ")[0].split(":")[0].upper()
                    if (code := mailbox._refusal(command)) is not None:
                        self._say(code, "no")
                    elif command == "DATA":
                        self._say(354, "go on")
                        mailbox.envelopes.append((sender, recipient))
                        mailbox.mails.append(self._mail())
                        self._say(250, "taken")
                    elif command == "QUIT":
                        self._say(221, "bye")
                        return
                    else:
                        sender = _address(text) if command == "MAIL" else sender
                        recipient = _address(text) if command == "RCPT" else recipient
                        self._say(250, "fine")

            def _mail(self) -> EmailMessage:
                lines = iter(self.rfile.readline, b".\r\n")
                return cast(EmailMessage, message_from_bytes(b"".join(lines), policy=policy.default))

            def _say(self, code: int, text: str) -> None:
                self.wfile.write(f"{code} {text}\r\n".encode())

        return Handler

    def __enter__(self) -> "Mailbox":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _address(text: str) -> str:
    return text[text.index("<") + 1 : text.index(">")]


def settings_for(mailbox: Mailbox) -> dict[str, Any]:
    """The settings that open the e-mail channel to ``mailbox``."""
    return {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": mailbox.port,
        "SMTP_SECURITY": "none",
        "SMTP_EMAIL": "",
        "SMTP_PASSWORD": "",
        "ALERT_EMAIL": "owner@example.org",
    }
