"""A logged-in page that remembers every error of its console."""

from typing import Any

from django.contrib.auth.models import User

from desk.roles import Role, give_role

WITHIN_MS = 5000


def open_page(browser: Any, url: str, *, width: int = 1440, height: int = 1000) -> Any:
    page = browser.new_page(viewport={"width": width, "height": height}, base_url=url, color_scheme="dark")
    page.set_default_timeout(WITHIN_MS)
    page.problems = []
    page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    return page


def log_in(page: Any, *, path: str = "/", role: Role = Role.OWNER) -> None:
    """Creates the user at the first call of a test."""
    if not User.objects.filter(username="demo").exists():
        give_role(User.objects.create_user("demo", password="demo-password"), role)
    page.goto(path)
    page.fill("#id_username", "demo")
    page.fill("#id_password", "demo-password")
    page.click("button.primary")
    page.wait_for_selector("#clock .speed, #clock .label")
