"""E-mail by SMTP, for what must not be missed."""

import smtplib
from dataclasses import dataclass
from enum import StrEnum

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from notifications.errors import NoAnswer, SendError

TIMEOUT_SECONDS = 10
SUBJECT_LENGTH = 120
PERMANENT = range(500, 600)  # SMTP replies that sending again does not change (RFC 5321, 4.2.1)


class Security(StrEnum):
    """TLS from the first byte, TLS after a greeting in the clear, or none (a relay on this machine)."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailTransport:
    """One mailbox writing to one address."""

    host: str
    port: int
    user: str
    password: str
    sender: str
    recipient: str
    security: Security = Security.TLS

    def send(self, text: str) -> None:
        """Send ``text``, its beginning as the subject. Raises SendError, whose text never holds the password."""
        subject = " ".join(text.split())[:SUBJECT_LENGTH]
        mail = EmailMessage(subject, text, self.sender, [self.recipient], connection=self._connection())
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _ in error.recipients.values()}
            raise SendError("the recipient is refused", permanent=all(code in PERMANENT for code in codes)) from None
        except smtplib.SMTPResponseException as error:
            raise SendError(f"SMTP {error.smtp_code}", permanent=error.smtp_code in PERMANENT) from None
        except (smtplib.SMTPException, OSError) as error:
            raise NoAnswer(error) from None

    def _connection(self) -> EmailBackend:
        return EmailBackend(
            host=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_ssl=self.security is Security.TLS,
            use_tls=self.security is Security.STARTTLS,
            timeout=TIMEOUT_SECONDS,
        )
