import pytest

from tests.duolive.supervisor.desk import Desk


@pytest.fixture
def start_desk(tmp_path, many_free_ports):
    """Starts fake desks; the last two ports are the same for all desks of a test."""
    desks, ports = [], many_free_ports(2)

    def start(*arguments, **variables):
        desk = Desk(tmp_path, *arguments, ports=ports, **variables)
        desks.append(desk)
        return desk

    yield start
    for desk in desks:
        desk.clean_up()
