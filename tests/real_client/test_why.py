"""Lines that sessions of the real client wrote are traced to their prompts, whatever a person does with them."""

import pytest

from tests.people import Person
from tests.real_client.machine import Machine
from tests.real_client.shop import Shop, measure_all
from tests.server import Server

pytestmark = [pytest.mark.real_client, pytest.mark.slow, pytest.mark.timeout(600)]


def test_lines_of_real_sessions_are_traced(machine: Machine, alice: Person, server: Server) -> None:
    machine.connect(alice.token, server.url)
    scores = measure_all(Shop(machine))
    for name, score in scores.items():
        is_harder = any(word in name for word in ("formatted", "squashed", "rebased"))
        assert score.lines > 30, name
        assert score.traced >= (0.8 if is_harder else 0.95), (name, score)
        assert score.false <= 0.01, (name, score)
    made = alice.http.get("/api/commits").json()["commits"]
    assert [(one["kind"], one["subject"]) for one in reversed(made)] == [
        ("commit", "Write the shop"),
        ("commit", "Change the order"),
        ("commit", "Rename the basket"),
        ("commit", "Extend the cart"),
    ]
    history = alice.http.get("/api/files/history", params={"path": "shop/cart.py"}).json()
    assert [one["kind"] for one in history["changes"]] == ["edit", "move", "create"]
