"""What an installer writes for the hub that is measured."""

import json
from pathlib import Path

from benchmarks.throughput.day import Day

HUB_ID = "measured"


def write_settings(day: Day, folder: Path, port: int) -> Path:
    """Home file and settings; the cloud is out of reach, so nothing is measured of it."""
    broker = [f"host = {json.dumps('127.0.0.1')}", f"port = {port}"]
    lines = [
        f"hub_id = {json.dumps(HUB_ID)}",
        f"home_file = {json.dumps(str(day.write_home_file(folder)))}",
        f"data_dir = {json.dumps(str(hub_folder(folder)))}",
        'cloud_url = "http://127.0.0.1:9"',
        'hub_token = "measured"',
        *("[home_broker]", *broker),
        *("[cloud_broker]", 'host = "127.0.0.1"', "port = 9"),
    ]
    path = folder / "hub.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def hub_folder(folder: Path) -> Path:
    """Where the hub keeps its journal."""
    return folder / "hub"
