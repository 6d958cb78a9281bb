"""The only line to people outside: it must know when it is cut, and then take another way.

MQTT 5 while the cloud's broker answers; HTTPS when a receipt is overdue or the broker is gone.
What is sent stays in the outbox until the cloud's own receipt (DESIGN §6).
"""

import asyncio

from edge_agent.mqtt_client import Address
from edge_agent.timeline import Clock
from edge_agent.uplink.broker_way import BrokerWay
from edge_agent.uplink.https_way import HttpsWay
from edge_agent.uplink.line import Down, Line, NotDurableError
from edge_agent.uplink.mailbox import Mailbox
from edge_agent.uplink.message import Message
from edge_agent.uplink.other_way import OtherWay
from edge_agent.uplink.outbox import Entry, Outbox
from edge_agent.uplink.pace import Pace

__all__ = [
    "Down",
    "Entry",
    "HttpsWay",
    "Line",
    "Message",
    "NotDurableError",
    "Outbox",
    "Pace",
    "Uplink",
]


class Uplink:
    """Both ways to the cloud, and the outbox they empty."""

    def __init__(  # noqa: PLR0913 - two addresses, whom it speaks for, and when
        self, hub_id: str, address: Address, https: HttpsWay, *, now: Clock, line: Line, pace: Pace
    ) -> None:
        self._mailbox = Mailbox(hub_id, now, line, pace)
        self._broker_way = BrokerWay(self._mailbox, address)
        self._other_way = OtherWay(self._mailbox, self._broker_way, https)

    @property
    def outbox(self) -> Outbox:
        return self._mailbox.outbox

    def send(self, message: Message) -> None:
        """Put a message into the outbox and send it now; never waits."""
        self._mailbox.put(message)

    async def run(self) -> None:
        """Keep both ways going until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._broker_way.run(), name="uplink-mqtt")
            group.create_task(self._other_way.run(), name="uplink-https")
