"""Records of the Bluetooth health services, byte by byte as the standards lay them out."""

import pytest

from edge_agent.decode.gatt import read_characteristic


@pytest.mark.parametrize(
    ("uuid", "record", "expected"),
    [
        pytest.param("2a37", "0048", {"bpm": 72}, id="heart rate"),
        pytest.param("2a37", "012c01", {"bpm": 300}, id="heart rate of 16 bits"),
        pytest.param("2a37", "0448", {}, id="the strap touches no skin"),
        pytest.param("2a37", "0648", {"bpm": 72}, id="the strap touches skin"),
        pytest.param(
            "0x2A35",
            "048e005b006c004c00",
            {"bp_systolic": 142, "bp_diastolic": 91, "bp_mean": 108, "bpm": 76},
            id="blood pressure with pulse",
        ),
        pytest.param(
            "00002a35-0000-1000-8000-00805f9b34fb",
            "1e8e005b00ff07ea07060c080f004c00010400",
            {"bp_systolic": 142, "bp_diastolic": 91, "bpm": 76, "rhythm_irregular": True},
            id="no mean; with time, user and an irregular pulse",
        ),
        pytest.param(
            "2a35",
            "01a0f06ef0ff07",
            {"bp_systolic": 120.01, "bp_diastolic": 82.51},
            id="kilopascals",
        ),
        pytest.param("2a5e", "0060004800", {"spo2": 96, "bpm": 72}, id="oxygen"),
        pytest.param("2a5f", "00ff074800", {"bpm": 72}, id="oxygen not found"),
        pytest.param("2a1c", "00720100ff", {"body_temperature": 37.0}, id="warmth"),
        pytest.param("2a1c", "01e40300ff", {"body_temperature": 37.56}, id="Fahrenheit"),
        pytest.param("2a1c", "00ffff7f00", {}, id="not a number"),
        pytest.param("2a9d", "00983a", {"body_weight": 75.0}, id="weight"),
        pytest.param("2a9d", "01803e", {"body_weight": 72.575}, id="pounds"),
        pytest.param("2a9d", "00ffff", {}, id="not weighed"),
        pytest.param("2a18", "020100ea07060c080f0064b011", {"glucose_mg": 100}, id="glucose, mg"),
        pytest.param("2a18", "060100ea07060c080f0037c011", {"glucose_mmol": 5.5}, id="in mmol"),
        pytest.param(
            "2a18", "030100ea07060c080f00000064b011", {"glucose_mg": 100}, id="with an offset"
        ),
        pytest.param("2a18", "020100ea07060c080f0064b01a", {}, id="the meter tests itself"),
        pytest.param("2a18", "020100ea07060c080f0064b041", {}, id="in control solution"),
        pytest.param("2a18", "000100ea07060c080f00", {}, id="no concentration"),
        pytest.param("2a35", "048e", None, id="too short"),
        pytest.param("2a35", "xyz", None, id="no hexadecimal"),
        pytest.param("2a37", "00" * 600, None, id="too long"),
        pytest.param("2aff", "0048", None, id="another characteristic"),
        pytest.param("", "", None, id="nothing"),
    ],
)
def test_a_record_holds(uuid: str, record: str, expected: dict[str, float] | None) -> None:
    found = read_characteristic(uuid, record)
    assert found == (expected if expected is None else pytest.approx(expected))
