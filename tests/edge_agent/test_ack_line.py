"""A broker is told in order what is safe, and of a press not before the disk has it."""

from concurrent.futures import Future

from edge_agent.mqtt_client import Incoming
from edge_agent.mqtt_ingest import AckLine


def _delivery(mid: int) -> Incoming:
    return Incoming(f"a/{mid}", b"", 1, mid, is_retained=False, is_repeat=False)


class _Broker:
    """Takes acknowledgements as they come."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.line = AckLine(lambda message: self.told.append(message.mid))

    def deliver(self, mid: int, *, is_press: bool = False) -> "Future[None] | None":
        durable: Future[None] | None = Future() if is_press else None
        self.line.add(_delivery(mid), durable)
        return durable


def test_an_ordinary_delivery_is_acknowledged_at_once() -> None:
    broker = _Broker()
    broker.deliver(1)
    assert broker.told == [1]


def test_a_press_waits_for_the_disk_and_what_follows_keeps_its_place() -> None:
    broker = _Broker()
    durable = broker.deliver(1, is_press=True)
    broker.deliver(2)
    assert broker.told == []
    assert durable is not None
    durable.set_result(None)
    broker.line.move_up()
    assert broker.told == [1, 2]


def test_with_a_hanging_disk_ordinary_ones_overtake_the_press() -> None:
    broker = _Broker()
    broker.deliver(1, is_press=True)
    for mid in range(2, 12):
        broker.deliver(mid)
    assert broker.told == list(range(2, 12))
    broker.deliver(12)
    assert broker.told == list(range(2, 12)), "the press itself is told only after its commit"


def test_of_too_many_waiting_presses_the_oldest_is_let_go() -> None:
    broker = _Broker()
    for mid in range(1, 12):
        broker.deliver(mid, is_press=True)
    assert broker.told == [1]
