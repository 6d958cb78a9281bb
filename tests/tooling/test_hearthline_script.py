"""`./hearthline` on machines that lack things, are in a hurry, or fail half-way.

Each test has a copy of the script in a folder of its own and a PATH that holds nothing but what the
test put there. Save in the slow test, Python and its installer only play their parts: they write
down how they were called.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# All that the script may take from a system besides Python.
TOOLS = "cat cksum date dirname grep ln mkdir readlink rm rmdir sed sh sleep tail".split()  # noqa: SIM905 - reads better
USAGE = 2
NO_ENVIRONMENT = 69

PYTHON = r"""#!/bin/sh
# Plays Python {version}: answers what the script asks of a Python, else writes down its call.
case "$*" in
    *version_info\[:3\]*) echo "{version} {ensurepip} $0"; exit ;;
    *version_info\[:2\]*) echo "{short}"; exit ;;
esac
echo "constraint=${{PIP_CONSTRAINT-}} active=${{VIRTUAL_ENV-}} path=${{PYTHONPATH-}} $*" >>{calls}
case "$*" in
    "-m venv "*)
        for target; do :; done
        mkdir -p "$target/bin" "$target/lib/python{short}/site-packages"
        cat "$0" >"$target/bin/python"
        chmod +x "$target/bin/python" ;;
    *uv.txt) echo "no such package here"; exit 1 ;; # so pip goes on by itself
    *"pip install"*) {pip} ;;
    *) echo "ran $*" ;;
esac
"""


@dataclass
class Machine:
    """A folder with the script, and a PATH with what this machine has."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def checkout(self) -> Path:
        return self.folder / "a checkout"

    @property
    def programs(self) -> Path:
        return self.folder / "programs"

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def installations(self) -> int:
        return sum("requirements.lock" in call for call in self.calls)

    def has_python(
        self, version: str, *, name: str = "python3", ensurepip: str = "yes", pip: str = "true"
    ) -> None:
        self.has_program(
            name,
            PYTHON.format(
                version=version,
                short=version.rpartition(".")[0],
                ensurepip=ensurepip,
                pip=pip,
                calls=f"'{self.folder}/calls'",
            ),
        )

    def has_program(self, name: str, text: str) -> None:
        program = self.programs / name
        program.write_text(text)
        program.chmod(0o755)

    def stamps(self) -> list[Path]:
        return list(self.checkout.glob(".venv*/hearthline.stamp"))

    def starts(self, *words: str, script: Path | None = None) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [script or self.checkout / "hearthline", *words],
            cwd=self.folder,
            env={"PATH": str(self.programs), "HOME": str(self.folder)} | self.settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def runs(self, *words: str, script: Path | None = None) -> "Outcome":
        return finished(self.starts(*words, script=script))


@dataclass(frozen=True)
class Outcome:
    """What a start left behind."""

    status: int
    printed: str
    said: str


def finished(started: "subprocess.Popen[str]", *, within: float = 100) -> Outcome:
    printed, said = started.communicate(timeout=within)
    return Outcome(started.returncode, printed, said)


def until(happened: Path) -> None:
    for _ in range(500):
        if happened.exists():
            return
        time.sleep(0.02)
    raise TimeoutError(happened)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    machine.checkout.mkdir()
    machine.programs.mkdir()
    shutil.copy2(ROOT / "hearthline", machine.checkout)
    (machine.checkout / "requirements.lock").write_text("uv==1 \\\n    --hash=sha256:0\nother==2\n")
    for tool in [*TOOLS, "chmod"]:  # chmod is for the playing Python
        (machine.programs / tool).symlink_to(str(shutil.which(tool)))
    yield machine
    assert not list(machine.checkout.glob("*.turn*")), "a start left its turn behind"


class TestUsage:
    @pytest.mark.parametrize("asking", ["help", "--help", "-h"])
    def test_explains_itself_without_a_python(self, machine: Machine, asking: str) -> None:
        outcome = machine.runs(asking)
        assert outcome.status == 0
        assert "usage: ./hearthline COMMAND" in outcome.printed

    @pytest.mark.parametrize(
        "words",
        [
            pytest.param([], id="nothing named"),
            pytest.param(["demoo"], id="no such command"),
            pytest.param(["setup", "now"], id="an argument too many"),
            pytest.param(["check", "-x"], id="check takes none"),
            pytest.param(["test", "--python", "3.10"], id="a Python too old"),
            pytest.param(["setup", "--python"], id="a Python without its version"),
            pytest.param(["bench"], id="no benchmark named"),
            pytest.param(["bench", "../demo"], id="no such benchmark"),
        ],
    )
    def test_wrong_usage_ends_with_2_and_makes_nothing(
        self, machine: Machine, words: list[str]
    ) -> None:
        machine.has_python("3.12.1")
        outcome = machine.runs(*words)
        assert outcome.status == USAGE
        assert outcome.printed == ""
        assert "./hearthline" in outcome.said
        assert not (machine.checkout / ".venv").exists()

    def test_a_benchmark_is_named_by_its_file(self, machine: Machine) -> None:
        machine.has_python("3.12.1")
        benchmarks = machine.checkout / "benchmarks"
        (benchmarks / "kills").mkdir(parents=True)
        (benchmarks / "kills" / "__main__.py").touch()
        (benchmarks / "throughput.py").touch()
        (benchmarks / "__init__.py").touch()
        assert (
            machine.runs("bench", "kills", "--json").printed == "ran -m benchmarks.kills --json\n"
        )
        assert "throughput kills" in machine.runs("bench", "all").said


class TestFindingPython:
    def test_none(self, machine: Machine) -> None:
        outcome = machine.runs("setup")
        assert outcome.status == NO_ENVIRONMENT
        assert "no Python 3.11, 3.12 or 3.13 was found" in outcome.said
        assert "apt install python3" in outcome.said

    def test_too_old(self, machine: Machine) -> None:
        machine.has_python("3.9.2")
        outcome = machine.runs("demo")
        assert outcome.status == NO_ENVIRONMENT
        assert f"3.9.2 ({machine.programs}/python3)" in outcome.said
        assert not (machine.checkout / ".venv").exists()

    def test_too_new(self, machine: Machine) -> None:
        machine.has_python("3.14.0")
        outcome = machine.runs("demo")
        assert outcome.status == NO_ENVIRONMENT
        assert "3.14.0" in outcome.said

    def test_passes_over_a_stand_in_that_does_not_start(self, machine: Machine) -> None:
        machine.has_program("python3.13", "#!/bin/sh\necho 'no such version' >&2; exit 127\n")
        machine.has_program("python3.12", "#!/nowhere/python\n")
        machine.has_python("3.11.2", name="python3.11")
        outcome = machine.runs("setup")
        assert outcome.status == 0
        assert "with Python 3.11.2" in outcome.said

    def test_looks_further_along_the_path_for_one_that_starts(self, machine: Machine) -> None:
        machine.has_program("python3", "#!/bin/sh\nexit 127\n")
        further = machine.folder / "further"
        further.mkdir()
        machine.has_python("3.12.1", name="python")
        (machine.programs / "python").rename(further / "python3")
        machine.settings["PATH"] = f"{machine.programs}:{further}"
        assert machine.runs("setup").status == 0

    def test_the_newest_that_we_know_comes_first(self, machine: Machine) -> None:
        machine.has_python("3.11.2", name="python3")
        machine.has_python("3.13.0", name="python3.13")
        assert "with Python 3.13.0" in machine.runs("setup").said

    def test_one_that_can_make_environments_comes_before_one_that_cannot(
        self, machine: Machine
    ) -> None:
        machine.has_python("3.13.0", name="python3.13", ensurepip="no")
        machine.has_python("3.11.2", name="python3.11")
        assert "with Python 3.11.2" in machine.runs("setup").said

    def test_by_name_of_a_setting(self, machine: Machine) -> None:
        machine.has_python("3.13.0", name="python3.13")
        machine.has_python("3.12.4", name="mine")
        machine.settings["HEARTHLINE_PYTHON"] = str(machine.programs / "mine")
        assert "with Python 3.12.4" in machine.runs("setup").said

    def test_a_setting_that_names_none(self, machine: Machine) -> None:
        machine.has_python("3.13.0")
        machine.settings["HEARTHLINE_PYTHON"] = "/nowhere/python"
        outcome = machine.runs("setup")
        assert outcome.status == NO_ENVIRONMENT
        assert "/nowhere/python does not start" in outcome.said

    def test_another_version_has_an_environment_of_its_own(self, machine: Machine) -> None:
        machine.has_python("3.11.2", name="python3")
        machine.has_python("3.12.1", name="python3.12")
        machine.runs("setup")
        assert machine.runs("setup", "--python", "3.11").status == 0
        stamps = {file.parent.name: file.read_text() for file in machine.stamps()}
        assert stamps[".venv"].startswith("python 3.12\n")
        assert stamps[".venv-3.11"].startswith("python 3.11\n")

    def test_another_version_that_is_not_here(self, machine: Machine) -> None:
        machine.has_python("3.11.2")
        outcome = machine.runs("test", "--python", "3.13")
        assert outcome.status == NO_ENVIRONMENT
        assert "no Python 3.13 was found" in outcome.said


class TestMakingTheEnvironment:
    def test_once(self, machine: Machine) -> None:
        machine.has_python("3.12.1")
        first, second = machine.runs("setup"), machine.runs("setup")
        assert (first.status, second.status) == (0, 0)
        assert "ready after" in first.said
        assert second.said == ""
        assert machine.installations == 1

    def test_programs_start_in_the_callers_folder_with_their_arguments(
        self, machine: Machine
    ) -> None:
        machine.has_python("3.12.1")
        outcome = machine.runs("demo", "--story", "sos_call", "two words")
        assert outcome.printed == "ran -m simulator demo --story sos_call two words\n"
        assert str(machine.checkout) in [
            file.read_text().strip() for file in machine.checkout.rglob("hearthline.pth")
        ]

    def test_through_a_link(self, machine: Machine) -> None:
        machine.has_python("3.12.1")
        link = machine.folder / "link"
        link.symlink_to("a checkout/hearthline")
        assert machine.runs("setup", script=link).status == 0
        assert (machine.checkout / ".venv").is_dir()

    @pytest.mark.parametrize("change", ["lock", "place", "python"])
    def test_again_when_something_changed(self, machine: Machine, change: str) -> None:
        machine.has_python("3.12.1")
        machine.runs("setup")
        match change:
            case "lock":
                (machine.checkout / "requirements.lock").write_text("other==3\n")
            case "place":
                moved = machine.folder / "moved"
                machine.checkout.rename(moved)
                assert machine.runs("setup", script=moved / "hearthline").status == 0
                assert machine.installations == 2
                return
            case _:
                (machine.checkout / ".venv/bin/python").unlink()
        assert machine.runs("setup").status == 0
        assert machine.installations == 2
        assert machine.runs("setup").said == ""

    def test_what_is_meant_for_other_environments_stays_outside(self, machine: Machine) -> None:
        machine.has_python("3.12.1")
        machine.settings |= {
            "PIP_CONSTRAINT": "/etc/caps.txt",
            "VIRTUAL_ENV": "/somewhere",
            "PYTHONPATH": "/elsewhere",
        }
        machine.runs("python", "-V")
        assert machine.calls
        for call in machine.calls:
            assert call.startswith("constraint=/dev/null active= path= ")

    def test_with_uv_where_there_is_one(self, machine: Machine) -> None:
        machine.has_python("3.12.1", ensurepip="no")
        machine.has_program(
            "uv",
            f"""#!/bin/sh
echo "$UV_PYTHON_DOWNLOADS uv $*" >>'{machine.folder}/calls'
[ "$1" != venv ] || {{ for target; do :; done; "{machine.programs}/python3" -m venv "$target"; }}
""",
        )
        assert machine.runs("setup").status == 0
        (machine.checkout / "requirements.lock").write_text("other==3\n")
        assert machine.runs("setup").status == 0
        uv = [call.removeprefix("never uv ") for call in machine.calls if " uv " in call]
        assert [call.split()[0] for call in uv] == ["venv", "pip", "pip"], "made once, then kept up"
        assert all("--require-hashes" in call for call in uv[1:])

    def test_pip_takes_only_what_the_hashes_name(self, machine: Machine) -> None:
        machine.has_python("3.12.1")
        machine.runs("setup")
        installs = [call for call in machine.calls if "pip install" in call]
        assert installs
        assert all("--require-hashes" in call for call in installs)


class TestWhatCanGoWrong:
    def test_a_python_that_cannot_make_environments(self, machine: Machine) -> None:
        machine.has_python("3.11.2", ensurepip="no")
        outcome = machine.runs("setup")
        assert outcome.status == NO_ENVIRONMENT
        assert "apt install python3-venv" in outcome.said
        assert "python3.11-venv" in outcome.said

    @pytest.mark.parametrize(
        ("words", "advice"),
        [
            pytest.param("Temporary failure in name resolution", "on the network?", id="network"),
            pytest.param("OSError: [Errno 28] No space left on device", "disk is full", id="disk"),
            pytest.param("THESE PACKAGES DO NOT MATCH THE HASHES", "was refused", id="hash"),
            pytest.param("No matching distribution found", "no build for this machine", id="build"),
            pytest.param("something nobody foresaw", "something nobody foresaw", id="else"),
        ],
    )
    def test_says_what_and_what_to_do(self, machine: Machine, words: str, advice: str) -> None:
        machine.has_python("3.12.1", pip=f"echo '{words}'; exit 1")
        outcome = machine.runs("demo")
        assert outcome.status == NO_ENVIRONMENT
        assert advice in outcome.said
        assert outcome.printed == ""
        assert not (machine.checkout / ".venv").exists()
        machine.has_python("3.12.1")
        assert machine.runs("demo").status == 0, "the next start repairs it"

    def test_two_starts_at_once_make_one_environment(self, machine: Machine) -> None:
        machine.has_python("3.12.1", pip="sleep 2")
        one, two = machine.starts("demo", "1"), machine.starts("demo", "2")
        outcomes = [finished(one), finished(two)]
        assert [outcome.status for outcome in outcomes] == [0, 0]
        assert [outcome.printed for outcome in outcomes] == [
            "ran -m simulator demo 1\n",
            "ran -m simulator demo 2\n",
        ]
        assert machine.installations == 1
        assert sum("waiting for it" in outcome.said for outcome in outcomes) == 1

    @pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
    def test_ended_half_way_is_repaired_by_the_next_start(
        self, machine: Machine, how: signal.Signals
    ) -> None:
        begun = machine.folder / "begun"
        machine.has_python("3.12.1", pip=f"echo >'{begun}'; sleep 60")
        started = machine.starts("setup")
        until(begun)
        os.killpg(started.pid, how)
        assert finished(started).status != 0
        machine.has_python("3.12.1")
        assert machine.runs("setup").status == 0
        assert machine.installations == 2

    def test_waits_for_the_installer_that_a_killed_start_left_behind(
        self, machine: Machine
    ) -> None:
        begun = machine.folder / "begun"
        machine.has_python("3.12.1", pip=f"echo >'{begun}'; sleep 3; echo >'{begun}.over'")
        started = machine.starts("setup")
        until(begun)
        started.kill()
        finished(started)
        machine.has_python("3.12.1", pip=f"cat '{begun}.over'")
        assert machine.runs("setup").status == 0

    def test_of_several_who_wait_for_a_dead_start_one_takes_over(self, machine: Machine) -> None:
        machine.has_python("3.12.1", pip="sleep 1")
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        (machine.checkout / ".venv.turn").symlink_to(str(dead.pid))
        started = [machine.starts("setup") for _ in range(4)]
        assert [finished(one).status for one in started] == [0] * 4
        assert machine.installations == 1


class TestTheLock:
    text = (ROOT / "requirements.lock").read_text()

    def test_names_no_address_and_a_hash_for_each_package(self) -> None:
        assert "://" not in self.text
        for pinned in re.split(r"\n(?=\S)", self.text.strip()):
            assert re.match(r"[a-z0-9-]+(\[\w+\])?==\S+", pinned)
            assert "--hash=sha256:" in pinned

    def test_holds_what_pyproject_asks_for(self) -> None:
        pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
        asked = pyproject["project"]["dependencies"] + pyproject["dependency-groups"]["dev"]
        names = {re.split(r"[^\w-]", line.lower())[0] for line in asked}
        assert names <= set(re.findall(r"^([\w-]+)==", self.text, re.MULTILINE))


@pytest.mark.slow
@pytest.mark.timeout(600)
class TestARealEnvironment:
    """With the Python that runs this test, the real lock, and the network."""

    @pytest.fixture
    def real(self, machine: Machine) -> Machine:
        shutil.copy2(ROOT / "requirements.lock", machine.checkout)
        machine.settings["HEARTHLINE_PYTHON"] = str(Path(sys.base_prefix) / "bin/python3")
        return machine

    def test_is_made_from_nothing_and_found_again_at_once(self, real: Machine) -> None:
        (real.checkout / "ours.py").write_text("print('ours')\n")
        needed = "import fastapi, aiomqtt, sqlalchemy, pytest, ours"
        first = finished(real.starts("python", "-c", needed), within=500)
        assert (first.status, first.printed) == (0, "ours\n"), first.said
        begun = time.monotonic()
        assert real.runs("setup").said == ""
        assert time.monotonic() - begun < 1
