"""Digests, identity of files, replacement at the end."""

from __future__ import annotations

import errno
import hashlib

import pytest

from a1sdk.errors import DecodeError, EncodeError, StorageError
from a1sdk.media import same_file, sha256
from a1sdk.media.files import replacing, temporary_name, write_error


def test_digest_is_that_of_the_content(tmp_path):
    data = bytes(range(256)) * 5000
    path = tmp_path / "f.bin"
    path.write_bytes(data)
    assert sha256(path) == hashlib.sha256(data).hexdigest()
    with pytest.raises(DecodeError, match="No such file"):
        sha256(tmp_path / "none")


def test_one_file_by_several_names(tmp_path):
    a = tmp_path / "a"
    a.write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"1")
    (tmp_path / "link").symlink_to(a)
    (tmp_path / "hard").hardlink_to(a)
    assert same_file(a, tmp_path / "link")
    assert same_file(a, tmp_path / "hard")
    assert same_file(a, f"{tmp_path}/x/../a")
    assert same_file(tmp_path / "new", tmp_path / "." / "new")
    assert not same_file(a, tmp_path / "b")


@pytest.mark.parametrize("name", ["plain.mp4", "sp ace %d.mp4", "-dash.mp4", "文" * 80 + ".mp4"])
def test_temporary_names_are_hidden_alike_in_suffix_and_never_the_same(tmp_path, name):
    first, second = (temporary_name(tmp_path / name) for _ in range(2))
    assert first != second
    assert first.parent == tmp_path
    assert first.name.startswith(".")
    assert first.suffix == ".mp4"
    first.write_bytes(b"")


def test_replacing_happens_at_the_end_or_not_at_all(tmp_path):
    path = tmp_path / "f.txt"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    with pytest.raises(KeyboardInterrupt), replacing(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (errno.ENOSPC, StorageError, "the disk is full"),
        (errno.EACCES, StorageError, "permission is denied"),
        (errno.EROFS, StorageError, "read-only"),
        (errno.EINVAL, EncodeError, "Invalid"),
    ],
)
def test_what_goes_wrong_in_writing_has_a_name(code, kind, words):
    error = write_error("f.mp4", OSError(code, "Invalid"))
    assert type(error) is kind
    assert words in str(error)
