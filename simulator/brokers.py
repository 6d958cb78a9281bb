"""Two brokers stand between a device and a doctor: one in the home, one in front of the cloud.

Mosquitto where it is installed, else rumqttd from the `iotcore` wheel: both speak MQTT 5 on
127.0.0.1 only. Mosquitto keeps what it acknowledged on disk at each change
(`autosave_on_changes`; by its default, kill -9 lost 50 of 50 acknowledged messages). The wheel
keeps nothing over a restart and has no topic rules: `Broker.is_lasting` says so.
"""

import asyncio
import base64
import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from simulator.ports import free_port

Kind = Literal["home", "cloud"]

_LARGEST_MESSAGE = 4 * 1024 * 1024
"""Bytes: the list of a hundred devices with all they expose stays below it."""
_PASSWORD_ROUNDS = 101
"""What mosquitto_passwd itself uses; these log-ins live as long as a demo."""


class BrokerFailedError(RuntimeError):
    """The broker did not come up; says why. Trying again helps only if a port was taken."""


@dataclass(slots=True)
class Broker:
    """One broker process of ours, with its port, its folder and its log."""

    kind: Kind
    port: int
    data_dir: Path
    users: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Log-ins, name to password; empty: anonymous clients, loopback only."""
    acl_lines: Sequence[str] = ()
    """Mosquitto ACL lines, for example `pattern write hub/%u/up/#`."""
    uses: Literal["mosquitto", "iotcore"] = "mosquitto"
    saves: bool = True
    """Whether Mosquitto keeps what it acknowledged; at each change it writes all of it anew."""
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    async def start(  # noqa: PLR0913 - each is one line of the broker's configuration
        cls,
        kind: Kind,
        data_dir: Path,
        *,
        port: int = 0,
        users: Mapping[str, str] | None = None,
        acl_lines: Sequence[str] = (),
        uses: Literal["mosquitto", "iotcore"] | None = None,
        saves: bool = True,
    ) -> Self:
        """Start a broker and wait until it answers; raises `BrokerFailedError`.

        `port` 0 takes a free one. `users` and `acl_lines` are Mosquitto's; with the wheel the
        log-ins hold and the topic rules are left out. Saving at each change limits Mosquitto to
        some hundred messages a second: `saves` False measures who listens, not the disk.
        """
        chosen = uses or ("mosquitto" if mosquitto_path() else "iotcore")
        broker = cls(kind, port or free_port(), data_dir, users or {}, acl_lines, chosen, saves)
        await broker.resume()
        return broker

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def is_lasting(self) -> bool:
        """Whether messages it acknowledged outlive its own kill -9."""
        return self.uses == "mosquitto" and self.saves

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self.is_running else None

    def login(self, name: str) -> dict[str, str | int]:
        """What a client of that name needs to connect, as a settings table."""
        found: dict[str, str | int] = {"host": "127.0.0.1", "port": self.port, "username": name}
        if name in self.users:
            found["password"] = self.users[name]
        return found

    async def resume(self, time_limit: float = 10.0) -> None:
        """Start it again on the same port and the same folder; `time_limit` in seconds."""
        if self.is_running:
            return
        process = self._spawn()
        try:
            async with asyncio.timeout(time_limit):
                while not _answers(self.port):
                    if process.poll() is not None:
                        raise BrokerFailedError(
                            f"{self.kind} broker ended on {self.address}: {self._last_words()}"
                        )
                    await asyncio.sleep(0.02)
        except TimeoutError:
            self.kill()
            raise BrokerFailedError(f"{self.kind} broker silent on {self.address}") from None

    async def stop(self, time_limit: float = 5.0) -> None:
        """End it as an operator would; safe to call twice. `time_limit` in seconds."""
        await asyncio.to_thread(self._end, signal.SIGTERM, time_limit)

    async def restart(self) -> None:
        """Stop it if it still runs, then start it on the same port and folder."""
        await self.stop()
        await self.resume()

    def kill(self) -> None:
        """End it as a power cut would: nothing is flushed, no client is told."""
        self._end(signal.SIGKILL, 5.0)

    def _spawn(self) -> subprocess.Popen[bytes]:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own arguments
                self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return self._process

    @property
    def _log_path(self) -> Path:
        return self.data_dir / f"{self.kind}-broker.log"

    def _last_words(self) -> str:
        return " ".join(self._log_path.read_text(errors="replace").strip().splitlines()[-1:])

    def _end(self, how: signal.Signals, timeout: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout)

    def _command(self) -> list[str]:
        if self.uses == "mosquitto":
            found = mosquitto_path()
            if found is None:
                raise BrokerFailedError("no mosquitto on this machine; leave `uses` out")
            return [found, "-c", str(self._write_mosquitto())]
        return [sys.executable, "-m", "iotcore", "--config", str(self._write_rumqttd())]

    def _write_mosquitto(self) -> Path:
        store = self.data_dir / "store"
        store.mkdir(exist_ok=True)
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"persistence {str(self.saves).lower()}",
            f"persistence_location {store}/",
            "autosave_on_changes true",
            "autosave_interval 1",
            # not 0 (no limit): then Mosquitto 2.0 drops the connection of whom it refuses a publish
            "max_queued_messages 100000",
            f"max_packet_size {_LARGEST_MESSAGE}",
            "set_tcp_nodelay true",
            "log_dest stderr",
            "log_type error",
            "log_type warning",
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            lines.append("user root")  # else it drops to a user who cannot write our folder
        if self.users:
            passwords = self.data_dir / "passwords"
            passwords.write_text("".join(_password_line(*user) for user in self.users.items()))
            passwords.chmod(0o600)
            lines += ["allow_anonymous false", f"password_file {passwords}"]
        else:
            lines.append("allow_anonymous true")
        if self.acl_lines:
            rules = self.data_dir / "acl"
            rules.write_text("\n".join(self.acl_lines) + "\n")
            rules.chmod(0o600)
            lines.append(f"acl_file {rules}")
        return self._write("mosquitto.conf", lines)

    def _write_rumqttd(self) -> Path:
        lines = [
            "id = 0",
            "[router]",
            "id = 0",
            "max_connections = 1000",
            "max_outgoing_packet_count = 200",
            # it keeps a log of past messages: 20 MB at most instead of a gigabyte
            "max_segment_size = 10485760",
            "max_segment_count = 2",
            "[v5.1]",
            f'name = "{self.kind}"',
            f'listen = "127.0.0.1:{self.port}"',
            "next_connection_delay_ms = 1",
            "[v5.1.connections]",
            "connection_timeout_ms = 60000",
            f"max_payload_size = {_LARGEST_MESSAGE}",
            "max_inflight_count = 100",
        ]
        if self.users:
            lines.append("[v5.1.connections.auth]")
            lines += [f'"{name}" = "{password}"' for name, password in self.users.items()]
        return self._write("rumqttd.toml", lines)

    def _write(self, name: str, lines: list[str]) -> Path:
        path = self.data_dir / name
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o600)
        return path


def mosquitto_path() -> str | None:
    """Where Mosquitto is, also where Debian keeps it off a user's PATH."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return True
    except OSError:
        return False


def _password_line(name: str, password: str) -> str:
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _PASSWORD_ROUNDS)
    shown = (base64.b64encode(part).decode() for part in (salt, digest))
    return f"{name}:$7${_PASSWORD_ROUNDS}${'$'.join(shown)}\n"
