"""Write films as numbered pictures: PNG or OpenEXR."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.errors import EncodeError, StorageError
from a1sdk.media.codecs import SEQUENCE_START, Codec, sequence_pattern
from a1sdk.media.exr import encode_exr
from a1sdk.media.files import temporary_name
from a1sdk.media.output import PictureFormat, VideoWriter
from a1sdk.media.png import encode_png

if TYPE_CHECKING:
    from a1sdk.components.data import Pixels

_DIGITS = 4
_ENCODERS = {"png": encode_png, "exr": encode_exr}


class SequenceWriter(VideoWriter):
    """Writes files numbered from 1001; see `open_writer`.

    A folder `shot` holds `shot.1001.png` and so on, and replaces a folder of that name as a
    whole, provided that holds nothing but such files. The files of a pattern replace those that
    the pattern matches, one by one, once all are complete.
    """

    def __init__(self, path: Path, picture: PictureFormat, codec: Codec) -> None:
        super().__init__(path, picture)
        self._encode = _ENCODERS[codec.name]
        pattern = sequence_pattern(path)
        self._folder = pattern is None
        self._before, self._digits, self._after = pattern or (
            f"{path.name}.",
            _DIGITS,
            codec.suffix,
        )
        self._names = re.compile(
            re.escape(self._before) + rf"\d{{{self._digits},}}" + re.escape(self._after)
        )
        self._check_replaceable()
        self._temporary = temporary_name(path.with_suffix("") if pattern else path)
        with self._translated():
            self._temporary.mkdir()

    def name(self, number: int) -> str:
        """Return the name of picture `number`, 0-based."""
        return f"{self._before}{number + SEQUENCE_START:0{self._digits}}{self._after}"

    def _check_replaceable(self) -> None:
        if not self._folder or not os.path.lexists(self.path):
            return
        if not self.path.is_dir() or self.path.is_symlink():
            raise StorageError(
                f"{str(self.path)!r} exists and is no folder.", hint="choose another name"
            )
        for entry in self.path.iterdir():
            if self._names.fullmatch(entry.name) is None:
                raise StorageError(
                    f"The folder {str(self.path)!r} holds {entry.name!r}, which is no part of a"
                    " sequence and would be lost.",
                    hint="choose a new folder",
                )

    def _write(self, pixels: Pixels) -> None:
        data = self._encode(pixels)
        with self._translated():
            (self._temporary / self.name(self.count)).write_bytes(data)

    def finish(self) -> None:
        """Put the files in their place."""
        if not self.count:
            raise EncodeError(
                f"{str(self.path)!r} would have no pictures.",
                path=str(self.path),
                hint="use a longer driver, or a higher rate",
            )
        with self._translated():
            if self._folder:
                self._replace_folder()
            else:
                self._replace_files()

    def _replace_folder(self) -> None:
        old = None
        if self.path.exists():
            old = temporary_name(self.path)
            os.rename(self.path, old)
        try:
            os.rename(self._temporary, self.path)
        except OSError:
            if old is not None:
                os.rename(old, self.path)
            raise
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)

    def _replace_files(self) -> None:
        written = {self.name(number) for number in range(self.count)}
        for entry in self.path.parent.iterdir():
            if self._names.fullmatch(entry.name) and entry.name not in written:
                entry.unlink()  # of a longer film that was here before
        for name in sorted(written):
            os.replace(self._temporary / name, self.path.parent / name)
        self._temporary.rmdir()

    def abort(self) -> None:
        """Remove the temporary files. Safe to call twice."""
        shutil.rmtree(self._temporary, ignore_errors=True)
