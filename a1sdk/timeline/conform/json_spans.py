"""Where in a JSON text its values stand, so that one can be replaced and all others be left alone.

The decoder of the standard library says where a value ends, so that what is passed over costs no
more than reading it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from a1sdk.errors import DecodeError
from a1sdk.timeline.conform.splices import Splice, indent_at

_SPACE = re.compile(r"[ \t\n\r\ufeff]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Place:
    """A value, from `start` to `stop`, the latter excluded."""

    start: int
    stop: int


@dataclass(frozen=True)
class JsonText:
    """A JSON text that is known to be valid."""

    text: str

    def value(self, place: Place) -> Any:
        """Return what stands at a place."""
        return _DECODER.raw_decode(self.text, place.start)[0]

    def find(self, pointers: Iterable[str]) -> dict[str, Place]:
        """Return where the values are that JSON pointers name.

        Raises:
            DecodeError: there is none.
        """
        wanted: dict[str, Any] = {}
        for pointer in pointers:
            branch = wanted
            for step in pointer.split("/")[1:]:
                branch = branch.setdefault(step, {})
            branch[""] = pointer
        return dict(self._below(self._space(0), wanted))

    def _below(self, start: int, wanted: dict[str, Any]) -> Iterator[tuple[str, Place]]:
        place = Place(start, self._end(start))
        if "" in wanted:
            yield wanted[""], place
        steps = {key: branch for key, branch in wanted.items() if key}
        if not steps:
            return
        if self.text[start] == "[":
            found = {str(n): one for n, one in enumerate(self.elements(place))}
        else:
            found = self.members(place)
        for key, branch in steps.items():
            if key not in found:
                raise DecodeError(f"The document has nothing at {key!r:.60}.")
            yield from self._below(found[key].start, branch)

    def members(self, place: Place) -> dict[str, Place]:
        """Return where the values of an object are, by their keys; of a key's, the last."""
        found: dict[str, Place] = {}
        at = self._space(place.start + 1)
        while self.text[at] != "}":
            key, at = _DECODER.raw_decode(self.text, at)
            start = self._space(self._space(at) + 1)
            found[key] = Place(start, self._end(start))
            at = self._next(found[key].stop)
        return found

    def elements(self, place: Place) -> list[Place]:
        """Return where the elements of an array are."""
        found = []
        at = self._space(place.start + 1)
        while self.text[at] != "]":
            found.append(Place(at, self._end(at)))
            at = self._next(found[-1].stop)
        return found

    def put(self, place: Place, key: str, value: Any) -> Splice:
        """Return the change that gives an object's member a value, be it there or not."""
        members = self.members(place)
        if key in members:
            old = members[key]
            return Splice(old.start, old.stop, self.written(value, old.start))
        last = max((member.stop for member in members.values()), default=place.start + 1)
        first = min((member.start for member in members.values()), default=None)
        lead = indent_at(self.text, first) if first is not None else None
        on_its_own = lead is not None and "\n" in self.text[place.start : first]
        before = ("," if members else "") + ("\n" + (lead or "") if on_its_own else " ")
        text = f"{before}{json.dumps(key)}: {self.written(value, first or place.start)}"
        return Splice(last, last, text if members else text.strip())

    def edited(
        self, place: Place, dropped: Collection[int] = (), added: Sequence[Any] = ()
    ) -> Iterator[Splice]:
        """Yield the changes that take elements out of an array and put others behind the rest.

        The elements that stay are left alone, so that they may be changed as well.
        """
        elements = self.elements(place)
        kept = [n for n in range(len(elements)) if n not in dropped]
        if not kept:
            text = self.written([*added], place.start) if added else "[]"
            yield Splice(place.start, place.stop, text)
            return
        for n in dropped:
            if n > kept[0]:
                yield Splice(elements[n - 1].stop, elements[n].stop, "")
            else:
                yield Splice(elements[n].start, elements[n + 1].start, "")
        if not added:
            return
        first, last = elements[0], elements[-1]
        lead = indent_at(self.text, first.start)
        alone = lead is not None and "\n" in self.text[place.start : first.start]
        between = f",\n{lead}" if alone else ", "
        texts = (between + self.written(one, first.start) for one in added)
        yield Splice(last.stop, last.stop, "".join(texts))

    def written(self, value: Any, at: int) -> str:
        """Return a value as JSON, set in as the line of a place is."""
        lead = indent_at(self.text, at)
        if lead is None:
            return json.dumps(value)
        return json.dumps(value, indent=4).replace("\n", "\n" + lead)

    def _space(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def _end(self, start: int) -> int:
        return _DECODER.raw_decode(self.text, start)[1]

    def _next(self, stop: int) -> int:
        at = self._space(stop)
        return self._space(at + 1) if self.text[at] == "," else at
