from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from cuts import clip, made, nest, note, scripted, video

from a1sdk.errors import ConfigError
from a1sdk.timeline.model import Marker
from a1sdk.timeline.shots.binding import (
    Binding,
    TrackRole,
    bind,
    group_of,
    labels_of,
    marked,
    role_of,
    track_role,
)
from a1sdk.timeline.shots.sidecar import Sidecar, SidecarShot
from a1sdk.timeline.walk import placed

BOB = TrackRole("PORTRAIT", "bob", "track")


def bound(
    *markers: Marker,
    metadata: Mapping[str, Any] | None = None,
    role: TrackRole | None = None,
    entries: list[dict[str, Any]] | None = None,
    **sidecar: Any,
) -> Binding:
    shots = [SidecarShot.model_validate({"clip": "x", "note": one}) for one in entries or []]
    return bind(metadata or {}, markers, role, shots, Sidecar.model_validate(sidecar))


def layers(binding: Binding) -> dict[str, tuple[Any, str]]:
    return {name: (one.value, one.layer) for name, one in binding.settings.items()}


@pytest.mark.parametrize(
    ("name", "role", "group"),
    [
        ("A1 PORTRAIT", "PORTRAIT", ""),
        ("a1 face Bob", "PORTRAIT", "bob"),
        ("A1_STILL_BOB_SMITH", "PORTRAIT", "bob smith"),
        ("A1: Drive  bob", "DRIVE", "bob"),
        (" A1 PERF ", "DRIVE", ""),
        ("A1 VOICE Zoë", "VOICE", "zoë"),
        ("A1 DIALOGUE", "VOICE", ""),
        ("A1 dx", "VOICE", ""),
        ("A1 KEYS bob", "KEYS", "bob"),
    ],
)
def test_names_of_tracks_are_roles_and_groups(name: str, role: str, group: str) -> None:
    assert role_of(name) == TrackRole(role, group, "track")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "V1", "A1", "A1 ", "A1 Music", "Video 1", "PORTRAIT", "A1X"])
def test_other_tracks_have_no_role(name: str) -> None:
    assert role_of(name) is None


@pytest.mark.parametrize("name", ["A1 PORTRIAT", "A1 DRIVER BOB", "a1 voices"])
def test_a_name_that_is_nearly_a_role_is_an_error(name: str) -> None:
    with pytest.raises(ConfigError, match="no role that is known") as caught:
        role_of(name)
    assert "did you mean" in (caught.value.hint or "")


def test_long_names_take_no_time() -> None:
    for name in ("A1" + " " * 200_000, "A1" + "_" * 200_000 + "x", "A1 x" + " _" * 100_000):
        assert role_of(name) is None


def test_groups_are_compared_without_case_and_underscores() -> None:
    assert group_of(" BOB__Smith ") == "bob smith"


def test_the_sidecar_gives_roles_to_tracks_of_the_open_sequence_by_number() -> None:
    inner = nest("n", 0, 10, [video("", clip("a", 0, 10)), video("Bob", clip("b", 0, 10))])
    cut = made(video("A1 DRIVE", clip("c", 0, 10)), video("", inner))
    sidecar = Sidecar(tracks={"V1": "PORTRAIT", "v2": "portrait bob", "bob": "DRIVE"})
    paths = {one.clip.name: one.path for one in placed(cut)}
    assert track_role(paths["c"], sidecar) == TrackRole("DRIVE", "", "track")
    assert track_role(paths["a"][:1], sidecar) == TrackRole("PORTRAIT", "bob", "sidecar")
    assert track_role(paths["a"], sidecar) is None
    assert track_role(paths["b"], sidecar) == TrackRole("DRIVE", "", "sidecar")
    assert labels_of(paths["b"]) == {"v2", "bob"}


def test_a_sidecar_without_a_role_for_a_track_is_an_error() -> None:
    (one,) = placed(made(video("x", clip("c", 0, 10))))
    with pytest.raises(ConfigError, match="'V1' 'MUSIC', which is no role") as caught:
        track_role(one.path, Sidecar(tracks={"V1": "MUSIC"}))
    assert (caught.value.hint or "").startswith("roles: PORTRAIT")


def test_the_highest_layer_wins_each_setting_and_says_so() -> None:
    binding = bound(
        note("A1 sh020 | drive=m expr=0.2 head=0.2"),
        metadata=scripted(drive="s", seed=1),
        role=BOB,
        entries=[{"drive": "e", "expr": 0.3, "gaze": 0.3, "group": "al", "preset": "Soft"}],
        presets={"soft": {"expr": 0.4, "gaze": 0.4, "gap": "hold"}},
        defaults={"expr": 0.5, "gap": "error", "handles": 4},
    )
    assert layers(binding) == {
        "drive": ("s", "metadata"),
        "seed": (1, "metadata"),
        "shot": ("sh020", "marker"),
        "expr": (0.2, "marker"),
        "head": (0.2, "marker"),
        "group": ("bob", "track"),
        "gaze": (0.3, "sidecar"),
        "preset": ("Soft", "sidecar"),
        "gap": ("hold", "sidecar"),
        "handles": (4, "sidecar"),
    }
    assert not binding.wrong
    assert binding.layer("voice") == "default"
    assert binding.get("voice", "nobody") == "nobody"


def test_a_note_says_another_group_than_its_track() -> None:
    assert layers(bound(note("A1 group=al"), role=BOB)) == {"group": ("al", "marker")}
    beside = TrackRole("PORTRAIT", "bob", "sidecar")
    assert bound(role=beside, entries=[{"group": "al"}]).get("group") == "al"


def test_null_leaves_a_setting_to_the_layers_below() -> None:
    binding = bound(
        note("A1", '{"drive": null, "handles": null}'),
        metadata=scripted(drive=None, expr=None),
        defaults={"handles": 3},
    )
    assert layers(binding) == {"handles": (3, "sidecar")}
    assert binding.spoken


def test_only_notes_of_the_clip_itself_make_it_a_shot() -> None:
    assert not bound(defaults={"expr": 1}).spoken
    assert not bound(note("sh010"), note("see A1")).spoken
    assert not bound(role=BOB).spoken
    assert bound(note("A1")).spoken
    assert bound(entries=[{}]).spoken
    assert bound(metadata=scripted()).spoken


def test_two_markers_add_up_and_may_repeat_each_other() -> None:
    binding = bound(note("A1 drive=p"), note("A1 drive=p voice=v"))
    assert layers(binding) == {"drive": ("p", "marker"), "voice": ("v", "marker")}
    assert not binding.wrong


@pytest.mark.parametrize(
    "binding",
    [
        bound(note("A1 drive=p"), note("A1 drive=q")),
        bound(entries=[{"drive": "p"}, {"drive": "q"}]),
    ],
    ids=["markers", "sidecar"],
)
def test_two_notes_of_a_layer_that_disagree_are_an_error(binding: Binding) -> None:
    ((layer, error),) = binding.wrong
    assert binding.layer("drive") == layer
    assert str(error) == "Key 'drive' is said twice: 'p' and 'q'."


def test_a_note_that_is_not_understood_is_a_shot_all_the_same() -> None:
    binding = bound(note("A1 drvie=p"), note("A1 voice=v"), metadata=scripted(expr="much"))
    assert layers(binding) == {"voice": ("v", "marker")}
    assert [layer for layer, _ in binding.wrong] == ["metadata", "marker"]
    assert binding.spoken
    assert marked(note("A1 drvie=p"))
    assert not marked(note("drive=p"))


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"schema_version": "a1.shot/2", "drive": "p"}, "is 'a1.shot/2', not known here"),
        ({"drive": "p"}, "has no schema_version"),
        ({"schema_version": "a1.shot/1", "drive": {"clip": "p"}}, "neither text nor a number"),
    ],
)
def test_metadata_of_another_version_is_an_error(metadata: dict[str, Any], message: str) -> None:
    ((layer, error),) = bound(metadata={"a1sdk": metadata}).wrong
    assert layer == "metadata"
    assert message in str(error)


@pytest.mark.parametrize("ours", [{"schema_version": "a1.curves/1"}, "text", None, ["a"]])
def test_metadata_of_other_kinds_is_no_note(ours: object) -> None:
    assert bound(metadata={"a1sdk": ours}) == Binding()


def test_a_preset_that_is_not_there_is_an_error() -> None:
    binding = bound(note("A1 preset=sotf"), presets={"soft": {"expr": 0.4}})
    ((layer, error),) = binding.wrong
    assert (layer, error.hint) == ("marker", "did you mean 'soft'?")
    assert bound(note("A1 PRESET=SOFT"), presets={"soft": {"expr": 0.4}}).get("expr") == 0.4
