import os
import sys

import pytest

from app.errors import OutputError
from app.outputs import OutputFile, write_atomically


def test_the_target_appears_only_when_it_is_complete(tmp_path):
    target = tmp_path / "a.csv"
    with OutputFile(target) as output:
        output.write("half")
        assert not target.exists()
        output.write(" and half")
        output.commit()
    assert target.read_text() == "half and half"
    assert list(tmp_path.iterdir()) == [target]


def test_giving_up_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.csv"
    target.write_text("old")
    with OutputFile(target) as output:
        output.write("new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_folder_is_an_error_at_once(tmp_path):
    with pytest.raises(OutputError, match="cannot write"):
        OutputFile(tmp_path / "none" / "a.csv")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(OutputError):
        OutputFile(tmp_path)


def test_a_link_keeps_being_a_link(tmp_path):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    link.symlink_to(real)
    write_atomically(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_a_full_disk_is_an_error_and_the_device_stays_a_device():
    full = "/dev/full"
    if not os.path.exists(full):  # Linux has it
        return
    with pytest.raises(OutputError, match="space"):
        write_atomically(full, "x" * 100)
    assert not os.path.isfile(full)


def test_the_users_own_permissions_are_used(tmp_path):
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a", "x")
    finally:
        os.umask(before)
    if sys.platform != "win32":
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
