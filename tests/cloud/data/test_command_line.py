"""Starting the cloud: what it does, and what it says when it will not."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from sqlite3 import connect

import httpx
import pytest
from typer.testing import CliRunner

from cloud.__main__ import app
from cloud.seed.people import HOUSEHOLD
from cloud.single import AlreadyRunning, only_one
from simulator.brokers import Broker
from simulator.ports import free_port

RUN = CliRunner()


def _settings(folder: Path, **changed: object) -> str:
    values = {
        "database_url": "sqlite+aiosqlite:///cloud.db",
        "public_url": "http://127.0.0.1:1",
        "cookies_secure": False,
        "port": 8000,
        "broker_port": 1,
    } | changed
    file = folder / "cloud.toml"
    file.write_text(
        f"""database_url = "{values["database_url"]}"
public_url = "{values["public_url"]}"
cookies_secure = false
port = {values["port"]}

[broker]
host = "127.0.0.1"
port = {values["broker_port"]}

[twilio]
account_sid = "AC{"0" * 32}"
auth_token = "t"
from_number = "+12025550100"
base_url = "http://127.0.0.1:1"
"""
    )
    return str(file)


def _run(*arguments: str) -> tuple[int, str]:
    result = RUN.invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_migrate_seed_and_verify(tmp_path: Path) -> None:
    file = _settings(tmp_path)
    assert _run("migrate", "--settings", file)[0] == 0
    status, printed = _run("seed", "--json", "--settings", file)
    roster = json.loads(printed.splitlines()[-1])
    assert status == 0
    assert roster["hub"]["id"] == "hub-margaret"
    assert {"gp", "desk", "community", "family"} <= {one["role"] for one in roster["people"]}
    assert _run("verify", "--settings", file) == (0, '{"schema": 1, "broken": {}}\n')
    status, printed = _run("seed", "--settings", file)
    assert (status, "already" in printed) == (2, True)
    with connect(tmp_path / "cloud.db") as insider:
        insider.execute("DROP TRIGGER audit_no_update")
        insider.execute("UPDATE audit SET actor = 'nobody' WHERE sequence = 2")
    insider.close()
    status, printed = _run("verify", "--settings", file)
    assert (status, set(json.loads(printed)["broken"].values())) == (1, {2})


def test_a_care_profile_is_signed_with_the_signers_own_password(tmp_path: Path) -> None:
    file = _settings(tmp_path)
    _run("migrate", "--settings", file)
    roster = json.loads(_run("seed", "--json", "--settings", file)[1].splitlines()[-1])
    doctor = next(one for one in roster["people"] if one["role"] == "gp")
    home = tmp_path / "home.toml"
    home.write_text('[home]\nzone = "Europe/London"\norganisation = "demo-care"\narea = "N1"\n')
    where = ["--settings", file, "--household", str(HOUSEHOLD)]
    signed = [*where, "--by", doctor["login"], "--reason", "first", "--password"]
    assert _run("care-profile", "change", *signed, "a guess", str(home))[0] == 2
    status, said = _run("care-profile", "change", *signed, doctor["password"], str(home))
    assert (status, json.loads(said)) == (0, {"schema": 1, "version": 1})
    status, said = _run("care-profile", "restore", *signed, doctor["password"], "1")
    assert (status, "says this already" in said) == (2, True)
    (kept,) = _run("care-profile", "history", *where)[1].splitlines()
    assert (json.loads(kept)["by"], json.loads(kept)["version"]) == (doctor["name"], 1)
    status, said = _run("care-profile", "change", *signed, doctor["password"], "no such file")
    assert (status, "no such file" in said) == (2, True)


@pytest.mark.parametrize("part", ["serve", "ingest", "worker"])
def test_on_sqlite_there_is_one_process(tmp_path: Path, part: str) -> None:
    status, said = _run(part, "--settings", _settings(tmp_path))
    assert status == 2
    assert "python -m cloud all" in said


def test_a_wrong_setting_is_said_plainly(tmp_path: Path) -> None:
    status, said = _run("all", "--settings", _settings(tmp_path, port=123456))
    assert status == 2
    assert "cloud.toml:4: port" in said


def test_a_second_process_on_the_same_file_is_refused(tmp_path: Path) -> None:
    file = _settings(tmp_path)
    with only_one(f"sqlite+aiosqlite:///{tmp_path / 'cloud.db'}"):
        for command in ("all", "migrate", "seed"):
            status, said = _run(command, "--settings", file)
            assert (status, "in use" in said) == (2, True)


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'cloud.db'}"
    with only_one(url), pytest.raises(AlreadyRunning), only_one(url):
        pass
    with only_one(url):
        pass


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    started = await Broker.start("cloud", tmp_path / "broker")
    yield started
    await started.stop()


@pytest.mark.slow
def test_all_of_it_is_there_again_after_a_kill(tmp_path: Path, broker: Broker) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    file = _settings(tmp_path, port=port, public_url=address, broker_port=broker.port)
    for end, expected in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 0)):
        log = tmp_path / f"{end}.log"
        command = [sys.executable, "-m", "cloud", "all", "--settings", file]
        with log.open("w") as written, subprocess.Popen(command, stderr=written) as process:
            try:
                _wait_until_ready(process, log)
                assert httpx.get(f"{address}/healthz").json() == {"status": "ok"}
            finally:
                process.send_signal(end)
            assert process.wait(20) == expected


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while '"event": "ready"' not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
