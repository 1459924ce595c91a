"""OTIO JSON of any version made readable: newer, older, unknown and incomplete objects.

OpenTimelineIO refuses a whole file for one object it does not know. Here such an object becomes
what its place allows (a gap, an effect, missing media), keeps its JSON as metadata, and is
reported. Objects of earlier versions take the form of today's, so that one reader reads all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.text import text
from a1sdk.timeline.model import Problem, Severity

Node = dict[str, Any]

MAX_DEPTH = 64
"""How deep compositions may lie in each other; a nested sequence is two, a stack and its track."""
MAX_ITEMS = 1_000_000
"""How many children all compositions may have together."""

_LABEL = 60  # characters of each name in the path that says where a problem is
_OLD_NAMES = {
    "Sequence": "Track",
    "Filler": "Gap",
    "SerializeableCollection": "SerializableCollection",
}
_VERSIONS = {"Clip": 2, "Marker": 2}  # all others are at 1
_COMPOSABLE = {"Clip", "Gap", "Track", "Stack", "Transition"}
_EFFECTS = {"Effect", "TimeEffect", "LinearTimeWarp", "FreezeFrame"}
_MEDIA = {
    "ExternalReference",
    "MissingReference",
    "GeneratorReference",
    "ImageSequenceReference",
}
_ROOTS = {"Timeline", "Stack", "Track", "Clip", "SerializableCollection"}
_COLORS = {
    "PINK": (1, 0, 1), "RED": (1, 0, 0), "ORANGE": (1, 0.5, 0), "YELLOW": (1, 1, 0),
    "GREEN": (0, 1, 0), "CYAN": (0, 1, 1), "BLUE": (0, 0, 1), "PURPLE": (0.5, 0, 0.5),
    "BLACK": (0, 0, 0), "WHITE": (1, 1, 1),
}  # fmt: skip


def parse(data: bytes) -> Node:
    """Return the JSON object that `data` is; a byte order mark is skipped, NaN is let through.

    Raises:
        DecodeError: it is no JSON, no object, or nested too deeply.
    """
    try:
        root = json.loads(data)
    except RecursionError:
        raise DecodeError("Its JSON is nested too deeply.") from None
    except ValueError as error:  # UnicodeDecodeError and overlong numbers too
        raise DecodeError(f"It is no valid JSON: {error}.") from None
    if not isinstance(root, dict):
        raise DecodeError("Its JSON is not an object.")
    return root


def schema(node: Any) -> tuple[str, int]:
    """Return the name and version of a node's schema, ("", 0) for what has none."""
    label = node.get("OTIO_SCHEMA") if isinstance(node, dict) else None
    name, _, version = label.rpartition(".") if isinstance(label, str) else ("", "", "")
    return (name, int(version)) if version.isdecimal() and len(version) < 10 else ("", 0)


def rescue(root: Node) -> tuple[Problem, ...]:
    """Put every object of a parsed file into the form of this version, in place.

    Returns:
        What was changed: one problem for each unknown or incomplete object, one for each newer
        schema.

    Raises:
        DecodeError: the root is nothing that holds a cut, or a limit is passed.
    """
    return _Rescue().run(root)


@dataclass
class _Rescue:
    problems: list[Problem] = field(default_factory=list)
    newer: Counter[str] = field(default_factory=Counter)
    items: int = 0

    def run(self, root: Node) -> tuple[Problem, ...]:
        name = self._adopt(root)
        if name not in _ROOTS:
            raise DecodeError(f"It holds no timeline, but {root.get('OTIO_SCHEMA')!r:.60}.")
        for holder in self._holders(root, name):
            self._item(holder, "", 0)
        labels = [f"{label} ({count} times)" for label, count in sorted(self.newer.items())]
        if labels:
            what = ", ".join(labels)
            self._report("A1-OTIO-NEWER", "note", f"Newer than this reader knows: {what}.", "")
        return tuple(self.problems)

    def _holders(self, root: Node, name: str) -> Iterator[Node]:
        if name == "SerializableCollection":
            children = [child for child in root.get("children") or () if isinstance(child, dict)]
            root["children"] = children
            for child in children:
                kind = self._adopt(child)
                if kind in _ROOTS - {"SerializableCollection"}:
                    yield from self._holders(child, kind)
        elif name == "Timeline":
            self._common(root, name)
            if schema(root.get("tracks"))[0] != "Stack":
                self._missing("tracks", root)
                root["tracks"] = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": []}
            self._adopt(root["tracks"])
            yield root["tracks"]
        else:
            yield root

    def _adopt(self, node: Node) -> str:
        """Give the node the schema of this version; return its name."""
        name, version = schema(node)
        name = _OLD_NAMES.get(name, name)
        if name in _COMPOSABLE | _EFFECTS | _MEDIA | _ROOTS | {"Marker"}:
            known = _VERSIONS.get(name, 1)
            if version > known:
                self.newer[f"{name}.{version}"] += 1
            node["OTIO_SCHEMA"] = f"{name}.{known}"
        return name

    def _item(self, node: Node, where: str, depth: int) -> None:
        """Put right a clip, gap, transition, track or stack, and all in it."""
        if depth > MAX_DEPTH:
            raise DecodeError(f"Its sequences are nested more than {MAX_DEPTH} deep.")
        name = schema(node)[0]
        self._common(node, name)
        where = f"{where}/{(node['name'] or name)[:_LABEL]}".removeprefix("/")
        node["effects"] = [self._effect(effect, where) for effect in _list(node, "effects")]
        markers = [self._marker(marker, where) for marker in _list(node, "markers")]
        node["markers"] = [marker for marker in markers if marker is not None]
        if name == "Clip":
            self._clip(node, where)
        elif name == "Transition":
            self._transition(node, where)
        elif name in ("Track", "Stack"):
            self._composition(node, name, where, depth)

    def _common(self, node: Node, name: str) -> None:
        """Fill what every object has."""
        node["name"] = text(node.get("name"))
        if not isinstance(node.get("metadata"), dict):
            node["metadata"] = {}
        if name != "Timeline" and not isinstance(node.get("enabled"), bool):
            node["enabled"] = True

    def _composition(self, node: Node, name: str, where: str, depth: int) -> None:
        if name == "Track" and not isinstance(node.get("kind"), str):
            self._missing("kind", node)
            node["kind"] = "Video"
        if not isinstance(node.get("children"), list):
            self._missing("children", node)
            node["children"] = []
        children = node["children"]
        self.items += len(children)
        if self.items > MAX_ITEMS:
            raise DecodeError(f"It has more than {MAX_ITEMS} items.")
        for index, child in enumerate(children):
            if not isinstance(child, dict) or self._adopt(child) not in _COMPOSABLE:
                children[index] = child = self._foreign(child, where, "Gap.1", "a gap")
                child["source_range"] = child["metadata"]["a1sdk"]["foreign"].get("source_range")
            self._item(child, where, depth + 1)

    def _clip(self, node: Node, where: str) -> None:
        references = node.get("media_references")
        if not isinstance(references, dict):  # Clip.1
            old = node.pop("media_reference", None)
            references = {} if old is None else {"DEFAULT_MEDIA": old}
        if not references:
            self._missing("media_references", node, where)
            references = {"DEFAULT_MEDIA": None}
            node["active_media_reference_key"] = "DEFAULT_MEDIA"
        found = {str(key): self._media(value, where) for key, value in references.items()}
        node["media_references"] = found
        active = node.get("active_media_reference_key", "DEFAULT_MEDIA")
        if not isinstance(active, str) or active not in found:
            taken = "DEFAULT_MEDIA" if "DEFAULT_MEDIA" in found else next(iter(found))
            message = f"No media reference is called {active!r:.60}; {taken!r:.60} is used."
            self._report("A1-MEDIA-ACTIVE-KEY", "warning", message, where)
            active = taken
        node["active_media_reference_key"] = active

    def _media(self, node: Any, where: str) -> Node:
        if node is None:
            node = {"OTIO_SCHEMA": "MissingReference.1"}
        if not isinstance(node, dict) or self._adopt(node) not in _MEDIA:
            foreign = self._foreign(node, where, "MissingReference.1", "missing media")
            foreign["available_range"] = (
                node.get("available_range") if isinstance(node, dict) else None
            )
            node = foreign
        self._common(node, "MediaReference")
        if schema(node)[0] == "ImageSequenceReference":
            self._sequence(node, where)
        return dict(node)

    def _sequence(self, node: Node, where: str) -> None:
        """Fill what numbered pictures cannot be found without."""
        first, rate = node.get("start_frame"), node.get("rate")
        if isinstance(first, float) and first.is_integer():
            node["start_frame"] = int(first)
        elif not isinstance(first, int) or isinstance(first, bool):
            self._missing("start_frame", node, where)
            node["start_frame"] = 0
        if not isinstance(rate, (int, float)) or isinstance(rate, bool):
            self._missing("rate", node, where)
            node["rate"] = None

    def _effect(self, node: Any, where: str) -> Node:
        if not isinstance(node, dict) or self._adopt(node) not in _EFFECTS:
            label = schema(node)[0] or "unknown"
            node = self._foreign(node, where, "Effect.1", "an effect without a meaning")
            node["effect_name"] = node["metadata"]["a1sdk"]["foreign"].get("effect_name") or label
        self._common(node, "Effect")
        node["effect_name"] = text(node.get("effect_name"))
        return dict(node)

    def _marker(self, node: Any, where: str) -> Node | None:
        if not isinstance(node, dict) or self._adopt(node) != "Marker":
            self._report("A1-OTIO-UNKNOWN", "warning", "A marker of an unknown kind.", where)
            return None
        self._common(node, "Marker")
        if "marked_range" not in node and "range" in node:  # Marker.1
            node["marked_range"] = node.pop("range")
        color = node.get("color")
        if isinstance(color, dict):  # Marker.3
            own = node["metadata"].get("a1sdk")
            own = own if isinstance(own, dict) else {}
            node["metadata"] = {**node["metadata"], "a1sdk": {**own, "color": _neutral(color)}}
            node["color"] = _color_name(color)
        node["comment"] = text(node.get("comment"))
        return node

    def _transition(self, node: Node, where: str) -> None:
        node["transition_type"] = text(node.get("transition_type"))
        for key in ("in_offset", "out_offset"):
            if not isinstance(node.get(key), dict):
                self._missing(key, node, where)
                node[key] = {"OTIO_SCHEMA": "RationalTime.1", "rate": 1.0, "value": 0.0}

    def _foreign(self, node: Any, where: str, stands: str, what: str) -> Node:
        """Return an object of a known schema that carries the unknown one."""
        kept = _neutral(node) if isinstance(node, dict) else {"value": _neutral(node)}
        label = node.get("OTIO_SCHEMA") if isinstance(node, dict) else None
        name = text(kept.get("name"))
        message = (
            f"{name or 'An object'} is of the unknown kind {label!r:.60}; it is read as {what}."
        )
        code = "A1-MEDIA-UNKNOWN" if stands.startswith("Missing") else "A1-OTIO-UNKNOWN"
        self._report(code, "warning", message, where)
        enabled = kept.get("enabled") is not False
        return {
            "OTIO_SCHEMA": stands,
            "name": name,
            "enabled": enabled,
            "metadata": {"a1sdk": {"foreign": kept}},
        }

    def _missing(self, key: str, node: Node, where: str = "") -> None:
        message = f"{node.get('OTIO_SCHEMA')} {node.get('name')!r:.60} has no {key}."
        self._report("A1-OTIO-INCOMPLETE", "warning", message, where)

    def _report(self, code: str, severity: Severity, message: str, where: str) -> None:
        self.problems.append(Problem(code, severity, message, where))


def _list(node: Node, key: str) -> list[Any]:
    value = node.get(key)
    return value if isinstance(value, list) else []


def _neutral(value: Any) -> Any:
    """Return foreign JSON under another key, so that nothing takes it for an object of OTIO."""
    if isinstance(value, dict):
        return {
            ("otio_schema" if key == "OTIO_SCHEMA" else key): _neutral(inner)
            for key, inner in value.items()
        }
    return [_neutral(inner) for inner in value] if isinstance(value, list) else value


def _color_name(color: Node) -> str:
    if isinstance(color.get("name"), str) and color["name"]:
        return text(color["name"]).upper()
    parts = [color.get(key) for key in "rgb"]
    given = [min(max(part, 0), 1) if isinstance(part, (int, float)) else 0 for part in parts]

    def distance(name: str) -> float:
        return sum((a - b) ** 2 for a, b in zip(_COLORS[name], given, strict=True))

    return min(_COLORS, key=distance)
