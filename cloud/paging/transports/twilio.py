"""Twilio calls and writes for us, through its own SDK with a base address of ours.

The SDK knows no base address, waits for ever, and sends no idempotency key (LIBRARIES §6): so the
address is rewritten, five seconds are enough, and what happened to a lost request is looked up.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from operator import itemgetter
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from typing_extensions import override
from urllib3.exceptions import NewConnectionError

from cloud.paging.rules import RING, Channel
from cloud.paging.transports import Found, Order, OutcomeUnknown, Rejected, TransportError, TryLater

T = TypeVar("T")

TIMEOUT_SECONDS = 5
"""For connecting and for each answer; the page's lease is twice as long."""

_EVENTS = ["initiated", "ringing", "answered", "completed"]


class RebasedHttpClient(TwilioHttpClient):
    """Sends to `base_url` what the SDK means for api.twilio.com."""

    def __init__(self, base_url: str, timeout: float = TIMEOUT_SECONDS) -> None:
        quiet = logging.getLogger("cloud.paging.twilio.http")
        quiet.setLevel(logging.WARNING)  # the SDK logs numbers and bodies at INFO
        super().__init__(timeout=timeout, logger=quiet, max_retries=0)
        self._base = urlsplit(base_url)

    @override
    def request(  # type: ignore[override]  # the SDK's own client renames its parent's `uri`
        self, method: str, url: str, *args: Any, **kwargs: Any
    ) -> Response:
        asked = urlsplit(url)
        path = self._base.path.rstrip("/") + asked.path
        ours = urlunsplit((self._base.scheme, self._base.netloc, path, asked.query, ""))
        return super().request(method, ours, *args, **kwargs)


class Twilio:
    """One account at Twilio, or at something that speaks its HTTP API."""

    name = "twilio"

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        from_number: str,
        *,
        base_url: str = "https://api.twilio.com",
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._http = RebasedHttpClient(base_url, timeout)
        self._client = Client(account_sid, auth_token, http_client=self._http)
        self._from = from_number
        # the SDK loads these parts when they are first used, which would cost the first page 0.3 s
        self._calls, self._messages = self._client.calls, self._client.messages

    def place(self, order: Order) -> str:
        """See `Transport.place`."""
        return _asking(lambda: self._place(order))

    def look_up(self, channel: Channel, to: str, since: datetime) -> list[Found]:
        """See `Transport.look_up`."""
        return _asking(lambda: self._list(channel, to, since))

    def tell(self, provider_id: str) -> str:
        """See `Transport.tell`."""
        return _asking(lambda: str(self._client.calls(provider_id).fetch().status))

    def close(self) -> None:
        """Let go of the kept connections."""
        if self._http.session is not None:
            self._http.session.close()

    def _place(self, order: Order) -> str:
        if order.channel is Channel.SMS:
            message = self._messages.create(
                to=order.to, from_=self._from, body=order.body, status_callback=order.status_url
            )
            return _sid(message.sid)
        call = self._calls.create(
            to=order.to,
            from_=self._from,
            url=order.answer_url,
            method="POST",
            status_callback=order.status_url,
            status_callback_event=_EVENTS,
            status_callback_method="POST",
            timeout=int(RING.total_seconds()),
        )
        return _sid(call.sid)

    def _list(self, channel: Channel, to: str, since: datetime) -> list[Found]:
        if channel is Channel.SMS:
            messages = self._messages.list(to=to, from_=self._from, date_sent_after=since, limit=50)
            held = [(m.date_created or since, m.sid, str(m.status or "queued")) for m in messages]
        else:
            calls = self._calls.list(to=to, from_=self._from, start_time_after=since, limit=50)
            held = [(c.date_created or since, c.sid, str(c.status or "queued")) for c in calls]
        return [Found(_sid(sid), status) for _, sid, status in sorted(held, key=itemgetter(0))]


def _sid(sid: str | None) -> str:
    """An answer without an id is no answer: whether the call was placed is unknown."""
    if not sid:
        raise OutcomeUnknown("an answer without an id")
    return sid


def _asking(do: Callable[[], T]) -> T:
    try:
        return do()
    except TransportError:
        raise
    except TwilioRestException as refused:
        raise _refusal(int(refused.status), refused.code) from refused
    except (ConnectTimeout, NoConnection) as broken:
        if isinstance(broken, ConnectTimeout) or _never_connected(broken):
            raise TryLater("no connection") from broken
        raise OutcomeUnknown("the connection broke") from broken
    except RequestException as late:
        raise OutcomeUnknown("no answer in time") from late
    except (TwilioException, ValueError, KeyError) as nonsense:
        raise OutcomeUnknown("an answer that makes no sense") from nonsense


def _refusal(status: int, code: object) -> TransportError:
    reason = f"http {status}" if not code else f"http {status}, code {code}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TryLater(reason)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return OutcomeUnknown(reason)
    return Rejected(reason)


def _never_connected(broken: NoConnection) -> bool:
    cause: object = broken.args[0] if broken.args else None
    return isinstance(getattr(cause, "reason", cause), NewConnectionError)
