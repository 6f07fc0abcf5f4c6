"""What a delivery says: one line, with the environment ahead and the event's id at the end."""

from django.conf import settings
from django.utils.translation import gettext as _

from desk.models import Event
from desk.narration import sentence
from notifications.details import details


def message(event: Event) -> str:
    """The event in the active language. The id tells a repeated message from a second event."""
    more = details(event)
    told = f"{sentence(event)} ({more})" if more else sentence(event)
    return _("[{environment}] {sentence} · {at} UTC · #{id}").format(
        environment=settings.DUOLIVE_ENV,
        sentence=" ".join(told.split()),
        at=f"{event.at:%Y-%m-%d %H:%M:%S}",
        id=event.pk,
    )
