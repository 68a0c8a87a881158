"""The set-up of `./run` and `./test`, on stand-ins for Python, pip, dpkg-query and apt-get."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository.tree import ROOT

# Makes "virtual environments" that are copies of itself; each pip call goes to the log.
PYTHON = """#!/bin/bash
case "$*" in
    -c*ensurepip*) exit ${FAKE_NO_VENV:-${FAKE_TOO_NEW:-0}} ;;
    -c*) exit ${FAKE_TOO_NEW:-0} ;;
    -V) echo "Python 3.9.1" ;;
    "-m venv"*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
    "-m pip"*)
        echo "pip $*" >>"$FAKE_LOG"
        [[ ${FAKE_PIP-} == slow ]] && sleep 0.3
        [[ ${FAKE_PIP-} == killed ]] && kill -KILL $PPID
        if [[ ${FAKE_PIP-} == lacking ]]; then
            while [[ $1 != --log ]]; do shift; done
            echo "ERROR: No matching distribution found for sparkles>=3" >"$2"
            exit 1
        fi ;;
    -\\ *) echo "requirements for $3" >>"$FAKE_LOG" ;;
    *) echo "$@" ;;
esac
exit 0
"""
DPKG_QUERY = """#!/bin/bash
for name in "${@:4}"; do
    [[ " $FAKE_MISSING " == *" $name "* || $name == *t64 ]] || echo "$name installed"
    [[ " ${FAKE_RENAMED-} " == *" $name "* ]] && echo "$name installed"
done
exit 1
"""
APT_GET = '#!/bin/bash\necho "apt-get $*" >>"$FAKE_LOG"\n'
TOOLS = ("bash", "cp", "dirname", "env", "flock", "mkdir", "readlink", "rm", "sed", "sha256sum")
TOOLS += ("sleep", "tail", "uname")
PYTHONS = ("python3", *(f"python3.{minor}" for minor in range(11, 15)))
SUDO = '#!/bin/bash\n[[ $1 == -n ]] && shift\nexec "$@"\n'


class Checkout:
    """A copy of the start scripts with a pyproject of its own."""

    def __init__(self, root: Path):
        self.root, self.log = root / "copy", root / "log"
        self.venv = self.root / ".venv"
        (self.root / "scripts").mkdir(parents=True)
        for name in ("run", "test", "scripts/setup.sh", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root / name)
        tools = {"dpkg-query": DPKG_QUERY, "apt-get": APT_GET, "sudo": SUDO}
        tools |= dict.fromkeys(PYTHONS, PYTHON)
        self.bin = root / "bin"
        self.bin.mkdir()
        for name in TOOLS:
            (self.bin / name).symlink_to(shutil.which(name))
        for name, text in tools.items():
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(stat.S_IRWXU)

    def environment(self, **fakes: str) -> dict[str, str]:
        """Nothing but the stand-ins and a few plain tools can be found."""
        return {"PATH": str(self.bin), "FAKE_LOG": str(self.log), "FAKE_MISSING": "", **fakes}

    def start(self, *command: str, **fakes: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        return subprocess.run(
            [self.root / command[0], *command[1:]],
            env=self.environment(**fakes),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self, tool: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if line.startswith(tool)]


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_the_first_start_installs_and_the_second_does_not(checkout):
    first = checkout.start("run", "demo", "--frames", "3")
    assert first.returncode == 0, first.stderr
    assert first.stdout.split() == [str(checkout.root / "main.py"), "demo", "--frames", "3"]
    assert len(checkout.calls("pip")) == 1
    second = checkout.start("run", "demo")
    assert checkout.calls("pip") == []
    assert second.stderr == ""


def test_yes_is_not_passed_on(checkout):
    done = checkout.start("run", "--yes", "--headless", "a file.bag")
    assert done.stdout.strip() == f"{checkout.root / 'main.py'} --headless a file.bag"


def test_a_changed_pyproject_installs_again(checkout):
    checkout.start("run")
    with open(checkout.root / "pyproject.toml", "a") as file:
        file.write("\n# another line\n")
    checkout.start("run")
    assert len(checkout.calls("pip")) == 1


def test_the_tests_need_more_than_the_program(checkout):
    checkout.start("run")
    assert checkout.start("test").returncode == 0
    assert len(checkout.calls("pip")) == 1
    for again in ("run", "test"):
        checkout.start(again)
        assert checkout.calls("pip") == []


def requirements(kind: str, folder: Path) -> set[str]:
    """What would be installed for `kind`, listed by this Python in the place of the .venv's."""
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    (folder / "bin" / "python").write_text(f'#!/bin/bash\nexec "{sys.executable}" "$@"\n')
    (folder / "bin" / "python").chmod(stat.S_IRWXU)
    script = f'root="{ROOT}"; source "$root/scripts/setup.sh"; venv="{folder}" kind={kind}'
    listed = subprocess.run(
        ["bash", "-euc", f"{script}; list_requirements"], capture_output=True, text=True, check=True
    )
    return set(listed.stdout.splitlines())


def test_the_program_gets_no_extras_and_the_tests_get_all_they_name(tmp_path):
    run, test = requirements("run", tmp_path), requirements("test", tmp_path)
    assert run < test
    names = {kind: "\n".join(["", *lines]) for kind, lines in (("run", run), ("test", test))}
    for extra in ("torch", "onnx>", "matplotlib", "scipy", "tensorboardX", "pytest"):
        assert f"\n{extra}" in names["test"]
        assert f"\n{extra}" not in names["run"]
    assert "crossing-nets-live" not in names["test"]


def test_full_takes_the_mark_away(checkout):
    assert "-m pytest" in checkout.start("test", "-x").stdout
    full = checkout.start("test", "--full", "--yes", "-x").stdout.splitlines()[-1]
    assert full == "-m pytest -m  -x"  # an empty mark expression: everything


def test_a_set_up_that_was_cut_off_begins_anew(checkout):
    killed = checkout.start("run", FAKE_PIP="killed")
    assert killed.returncode != 0
    (checkout.venv / "half").touch()
    again = checkout.start("run")
    assert again.returncode == 0
    assert "cut off" in again.stderr
    assert len(checkout.calls("pip")) == 1
    assert not (checkout.venv / "half").exists()


def test_what_the_index_lacks_is_named(checkout):
    failed = checkout.start("run", FAKE_PIP="lacking")
    assert failed.returncode == 1
    assert "pip found no sparkles>=3" in failed.stderr
    assert failed.stdout == ""
    checkout.start("run")
    assert len(checkout.calls("pip")) == 1


def test_missing_packages_are_named_and_not_installed_unasked(checkout):
    done = checkout.start("run", FAKE_MISSING="libegl1 libgl1")
    assert done.returncode == 0
    assert "apt-get install --no-install-recommends libegl1 libgl1\n" in done.stderr
    assert checkout.calls("apt-get") == []
    assert "libegl1" in checkout.start("run", FAKE_MISSING="libegl1").stderr
    assert checkout.start("run").stderr == ""


def test_yes_installs_the_missing_packages(checkout):
    checkout.start("run", "--yes", FAKE_MISSING="libegl1")
    update, install = checkout.calls("apt-get")
    assert update == "apt-get update"
    assert install == "apt-get install -y --no-install-recommends libegl1"


def test_only_the_tests_ask_for_the_packages_of_tests(checkout):
    assert checkout.start("run", FAKE_MISSING="weston strace").stderr.count("apt-get") == 0
    checkout.start("test", "--yes", FAKE_MISSING="weston strace")
    assert checkout.calls("apt-get")[-1].endswith(" weston strace")
    checkout.start("test", "--yes")
    assert checkout.calls("apt-get") == []


def test_a_renamed_package_counts_as_installed(checkout):
    renamed = {"FAKE_MISSING": "libglib2.0-0", "FAKE_RENAMED": "libglib2.0-0t64"}
    assert "libglib2.0-0" not in checkout.start("run", **renamed).stderr


def test_a_python_without_venv_gets_it(checkout):
    done = checkout.start("run", "--yes", FAKE_NO_VENV="1")
    assert checkout.calls("apt-get")[-1].endswith("python3 python3-venv")
    assert done.returncode == 1  # the stand-in for apt-get installs nothing
    assert not checkout.venv.exists()


def test_no_python_at_all_gets_one(checkout):
    for name in PYTHONS:
        (checkout.bin / name).unlink()
    done = checkout.start("run")
    assert "python3 python3-venv\n" in done.stderr
    assert done.returncode == 1


def test_a_python_out_of_range_is_named(checkout):
    done = checkout.start("run", "--yes", FAKE_TOO_NEW="1")
    assert done.returncode == 1
    assert checkout.calls("apt-get") == []
    assert "Python 3.11 to 3.14" in done.stderr
    assert "Python 3.9.1" in done.stderr


def test_two_starts_at_once_install_once(checkout):
    started = [
        subprocess.Popen(
            [checkout.root / "run"],
            env=checkout.environment(FAKE_PIP="slow"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(3)
    ]
    assert [process.wait(60) for process in started] == [0, 0, 0]
    assert len(checkout.calls("pip")) == 1
