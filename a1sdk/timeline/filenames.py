"""Names of files as cuts write them: of whatever system, and of numbered pictures."""

from __future__ import annotations

import re
from typing import NamedTuple

_RANGED = re.compile(r"(.*)\[(\d{1,9})-\d{1,9}\](.*)", re.DOTALL | re.ASCII)
_PATTERN = re.compile(r"((?:[^%]|%%)*)%0?(\d{0,2})d((?:[^%]|%%)*)", re.DOTALL | re.ASCII)


def base_name(path: str) -> str:
    r"""Return what follows the last `/` or `\` of a path or URL."""
    return path.replace("\\", "/").rpartition("/")[2]


class PictureName(NamedTuple):
    """The name of numbered pictures.

    Attributes:
        before: what stands before the number.
        digits: how many the number has at least; 0 for no more than it needs.
        after: what stands after it.
    """

    before: str
    digits: int
    after: str

    @classmethod
    def parsed(cls, pattern: str) -> PictureName | None:
        """Return the name that a pattern such as `shot.%04d.exr` is; None where it is none."""
        found = _PATTERN.fullmatch(pattern)
        if found is None:
            return None
        before, digits, after = found.groups()
        return cls(before.replace("%%", "%"), int(digits or 0), after.replace("%%", "%"))

    @classmethod
    def of_range(cls, name: str) -> tuple[PictureName, int] | None:
        """Return the name and the first number of `shot.[1001-1100].exr`; None where it is none."""
        found = _RANGED.fullmatch(name)
        if found is None:
            return None
        before, first, after = found.groups()
        return cls(before, len(first), after), int(first)

    @property
    def pattern(self) -> str:
        """The name as a pattern, in which a `%` of its own is `%%`."""
        number = f"%0{self.digits}d" if self.digits > 1 else "%d"
        before, after = (part.replace("%", "%%") for part in (self.before, self.after))
        return f"{before}{number}{after}"

    def of(self, number: int) -> str:
        """Return the name of one picture."""
        return f"{self.before}{number:0{self.digits}}{self.after}"

    def ranged(self, first: int, last: int) -> str:
        """Return all pictures as one name: `shot.[1001-1100].exr`."""
        numbers = f"{first:0{self.digits}}-{last:0{self.digits}}"
        return f"{self.before}[{numbers}]{self.after}"
