"""Snapshots of a made-up hub: pulled, resumed, pinned, found elsewhere, verified, refused."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

import pytest

from a1sdk.assets import AssetStore
from a1sdk.assets.hub import HubFile, Listing
from a1sdk.assets.licenses import Acceptances, Offer
from a1sdk.assets.lock import LOCK_NAME, SnapshotLock
from a1sdk.assets.snapshots import SnapshotStatus, fits, is_license, is_needed
from a1sdk.components.specs import AssetGroup, RendererSpec, Snapshot
from a1sdk.errors import AssetMissingError, ConfigError, ResourceError, StorageError
from a1sdk.render.context import HostContext

WEIGHTS, FIRST, SECOND = b"numbers of a network" * 5000, "a" * 40, "b" * 40
TERMS = "Be kind.\n"
FILES = {
    "README.md": b"# Weights\n",
    "LICENSE.txt": TERMS.encode(),
    "net/config.json": b'{"layers": 2}\n',
    "net/weights.safetensors": WEIGHTS,
    "net/weights.bin": b"a pickle",
    "net/old/weights.safetensors": b"deeper down",
    "text_encoder/model.safetensors": b"never wanted",
    "scheduler/scheduler_config.json": b"{}\n",
}
SNAPSHOT = Snapshot(
    name="weights",
    repo="Owner/Weights",
    include=("net/*.json", "net/*.safetensors", "scheduler/*.json"),
    license_files=("LICENSE*",),
    approximate_size=100_000,
    license="LicenseRef-Kind",
    license_url="https://hub.test/terms",
)
GROUP = AssetGroup(alternatives=((SNAPSHOT,),))
WANTED = [
    "LICENSE.txt",
    "net/config.json",
    "net/weights.safetensors",
    "scheduler/scheduler_config.json",
]


class MemoryHub:
    """Serves the commits of one repository; `break_at` cuts a file short, once."""

    def __init__(self) -> None:
        self.commits: dict[str, dict[str, bytes]] = {FIRST: dict(FILES)}
        self.main = FIRST
        self.asked: list[tuple[str, int]] = []
        self.listed: list[str | None] = []
        self.break_at: dict[str, int] = {}
        self.breaks: BaseException = ResourceError("The connection broke.")
        self.forged: dict[str, bytes] = {}

    def listing(self, repo: str, revision: str | None) -> Listing:
        self.listed.append(revision)
        commit = self.main if revision in (None, "main") else str(revision)
        if repo != SNAPSHOT.repo or commit not in self.commits:
            raise ResourceError(f"{repo!r} has no {revision!r}.")
        files = (stated(path, content) for path, content in self.commits[commit].items())
        return Listing(commit, tuple(files))

    def fetch(self, repo: str, commit: str, file: HubFile, into: BinaryIO) -> None:
        start = into.tell()
        self.asked.append((file.path, start))
        content = self.forged.get(file.path, self.commits[commit][file.path])
        stop = self.break_at.pop(file.path, None)
        for begin in range(start, len(content) if stop is None else stop, 1000):
            into.write(content[begin : begin + 1000 if stop is None else min(begin + 1000, stop)])
        if stop is not None:
            raise self.breaks


def stated(path: str, content: bytes) -> HubFile:
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    large = path.endswith(".safetensors")
    sha256 = hashlib.sha256(content).hexdigest() if large else None
    return HubFile(path, len(content), blob, sha256)


def accepting(_: Offer) -> bool:
    return True


@pytest.fixture
def hub() -> MemoryHub:
    return MemoryHub()


@pytest.fixture
def models(store: AssetStore, hub: MemoryHub, tmp_path: Path) -> AssetStore:
    """A store on the made-up hub that finds files in `search`."""
    return AssetStore(store.home, search=[tmp_path / "search"], offline=False, hub=hub)


def pull(store: AssetStore, revision: str | None = None, **more: Any) -> Path:
    (path,) = store.pull(GROUP, consent=more.pop("consent", accepting), revision=revision, **more)
    return path


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def status(store: AssetStore) -> SnapshotStatus:
    found = AssetStore(store.home, search=store._search._folders).status(SNAPSHOT)
    assert isinstance(found, SnapshotStatus)
    return found


def partials(store: AssetStore) -> list[Path]:
    return sorted((store.home / "snapshots").rglob("*.part"))


def forget_leftovers(store: AssetStore) -> None:
    """Remove what a pull that was cut short has kept, which other stores' tests forbid."""
    for path in (store.home / "snapshots").rglob(".partial-*"):
        shutil.rmtree(path)


def test_pull_fetches_what_is_needed_verifies_and_locks_it(
    models: AssetStore, hub: MemoryHub
) -> None:
    told: list[tuple[str, int, int]] = []
    folder = pull(models, progress=lambda *facts: told.append(facts))
    assert folder == models.home / "snapshots" / "Owner" / f"Weights@{FIRST}"
    files = content(folder)
    lock = SnapshotLock.model_validate_json(files.pop(LOCK_NAME))
    assert files == {path: FILES[path] for path in WANTED}
    assert (lock.repo, lock.commit, lock.license) == (SNAPSHOT.repo, FIRST, SNAPSHOT.license)
    assert lock.license_sha256 == hashlib.sha256(TERMS.encode()).hexdigest()
    assert {one.path: (one.size, one.sha256) for one in lock.files} == {
        path: (len(FILES[path]), hashlib.sha256(FILES[path]).hexdigest()) for path in WANTED
    }
    total = sum(len(FILES[path]) for path in WANTED)
    assert told[-1] == ("net/weights.safetensors", total, total)
    assert [done for _, done, _ in told] == sorted({done for _, done, _ in told})
    seen = status(models)
    assert (seen.state, seen.path, seen.revision) == ("cached", folder, f"Owner/Weights@{FIRST}")
    assert seen.accepted == lock.pulled


def test_pickles_and_other_folders_are_never_asked_for(models: AssetStore, hub: MemoryHub) -> None:
    pull(models)
    assert {path for path, _ in hub.asked} == set(WANTED)
    greedy = dataclasses.replace(SNAPSHOT, include=("net/*",), license_files=("*", "net/*"))
    assert is_needed("net/weights.safetensors", greedy)
    for path in ("net/weights.bin", "net/weights.pt", "net/weights.pkl", "net/run.py"):
        assert not is_needed(path, greedy)
        assert not is_license(path, greedy)


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("net/a.json", "net/*.json", True),
        ("net/deep/a.json", "net/*.json", False),
        ("other/net/a.json", "net/*.json", False),
        ("net/A.JSON", "net/*.json", False),
        ("a.json", "*.json", True),
    ],
)
def test_a_star_stays_within_one_folder(path: str, pattern: str, expected: bool) -> None:
    assert fits(path, pattern) is expected


def test_what_is_here_is_neither_fetched_nor_hashed_again(
    models: AssetStore, hub: MemoryHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = pull(models)
    asked = list(hub.asked)
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("hashed"))
    later = AssetStore(models.home, search=[], hub=hub)
    assert pull(later) == folder == later.path(SNAPSHOT)
    assert (hub.asked, hub.listed) == (asked, [None])


@pytest.mark.parametrize("how", [ResourceError("The connection broke."), KeyboardInterrupt()])
def test_pull_goes_on_where_it_was_cut_short(
    models: AssetStore, hub: MemoryHub, how: BaseException
) -> None:
    hub.break_at, hub.breaks = {"net/weights.safetensors": 2500}, how
    with pytest.raises((AssetMissingError, KeyboardInterrupt)):
        pull(models)
    (partial,) = partials(models)
    assert partial.read_bytes() == WEIGHTS[:2500]
    assert status(models).state == "missing"
    hub.asked.clear()
    hub.commits[SECOND], hub.main = dict(FILES), SECOND  # the first commit is pinned already
    folder = pull(models)
    assert folder.name == f"Weights@{FIRST}"
    assert (folder / "net/weights.safetensors").read_bytes() == WEIGHTS
    assert hub.asked == [("LICENSE.txt", 0), ("net/weights.safetensors", 2500)]
    assert partials(models) == []
    assert [path.name for path in folder.parent.glob(".partial*")] == []


def test_broken_pull_says_why(models: AssetStore, hub: MemoryHub) -> None:
    hub.break_at = {"net/config.json": 3}
    with pytest.raises(AssetMissingError, match=r"weights: The connection broke\."):
        pull(models)
    forget_leftovers(models)


@pytest.mark.parametrize("path", ["net/weights.safetensors", "net/config.json"])
def test_wrong_content_is_refused_and_both_digests_are_named(
    models: AssetStore, hub: MemoryHub, path: str
) -> None:
    hub.forged[path] = forged = FILES[path][::-1]
    right, wrong = stated(path, FILES[path]), stated(path, forged)
    with pytest.raises(AssetMissingError) as caught:
        pull(models)
    assert (right.sha256 or right.git_sha1) in str(caught.value)
    assert (wrong.sha256 or wrong.git_sha1) in str(caught.value)
    assert partials(models) == []
    hub.forged.clear()
    assert (pull(models) / path).read_bytes() == FILES[path]


@pytest.mark.parametrize("change", [b"x", -5])
def test_content_of_the_wrong_length_is_refused(
    models: AssetStore, hub: MemoryHub, change: bytes | int
) -> None:
    hub.forged["net/weights.safetensors"] = (
        WEIGHTS + change if isinstance(change, bytes) else WEIGHTS[:change]
    )
    with pytest.raises(AssetMissingError, match=f"ended after .* of {len(WEIGHTS)} bytes"):
        pull(models)
    hub.forged.clear()
    assert (pull(models) / "net/weights.safetensors").read_bytes() == WEIGHTS


def test_full_disk_is_noticed_before_weights_are_asked_for(
    models: AssetStore, hub: MemoryHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = sum(len(FILES[path]) for path in WANTED)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=total - 1))
    with pytest.raises(StorageError, match=f"needs {total} bytes, .* has {total - 1} left"):
        pull(models)
    assert hub.asked == [("LICENSE.txt", 0)]
    forget_leftovers(models)


def test_only_the_rest_of_a_partial_file_needs_room(
    models: AssetStore, hub: MemoryHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.break_at = {"net/weights.safetensors": 99_000}
    with pytest.raises(AssetMissingError):
        pull(models)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    assert status(models).state == "missing"
    pull(models)


def test_nothing_is_fetched_before_the_licence_is_accepted(
    models: AssetStore, hub: MemoryHub
) -> None:
    asked: list[Offer] = []

    def declining(offer: Offer) -> bool:
        asked.append(offer)
        return False

    for consent in (declining, None):
        with pytest.raises(ConfigError, match="LicenseRef-Kind of 'weights' is not acc") as caught:
            pull(models, consent=consent)
        assert "--accept-license" in str(caught.value.hint)
    (offer,) = asked
    assert (offer.text, offer.commit, offer.snapshot) == (TERMS, FIRST, SNAPSHOT)
    assert offer.size == sum(len(FILES[path]) for path in WANTED)
    assert {path for path, _ in hub.asked} == {"LICENSE.txt"}
    assert not (models.home / "snapshots").exists()
    assert not (models.home / "licenses.json").exists()


def test_licence_is_asked_about_once_and_again_when_its_text_changes(
    models: AssetStore, hub: MemoryHub
) -> None:
    texts: list[str] = []

    def noting(offer: Offer) -> bool:
        texts.append(offer.text)
        return True

    hub.commits[SECOND] = FILES | {"net/config.json": b"{}"}
    hub.commits["c" * 40] = FILES | {"LICENSE.txt": b"Be kinder."}
    for revision in (FIRST, SECOND, "c" * 40):
        pull(models, revision, consent=noting)
    assert texts == [TERMS, "Be kinder."]
    known = Acceptances.model_validate_json((models.home / "licenses.json").read_bytes())
    assert [one.text_sha256 for one in known.accepted] == [
        hashlib.sha256(text.encode()).hexdigest() for text in texts
    ]


def test_damaged_memory_of_licences_costs_a_question(models: AssetStore) -> None:
    models.home.mkdir()
    (models.home / "licenses.json").write_text("{")
    with pytest.raises(ConfigError):
        pull(models, consent=None)
    pull(models)
    assert status(models).accepted is not None


def test_forged_licence_is_refused(models: AssetStore, hub: MemoryHub) -> None:
    hub.forged["LICENSE.txt"] = b"Anything."
    with pytest.raises(AssetMissingError, match=r"The digest of 'LICENSE\.txt'"):
        pull(models)


def test_offline_forbids_fetching_but_not_finding(
    models: AssetStore, hub: MemoryHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A1_OFFLINE", "1")
    offline = AssetStore(models.home, search=[], hub=hub)
    with pytest.raises(AssetMissingError, match="A1_OFFLINE=1 forbids"):
        pull(offline)
    assert (hub.listed, hub.asked) == ([], [])
    folder = pull(models)
    assert pull(offline) == folder


def test_first_pull_pins_and_another_revision_is_another_snapshot(
    models: AssetStore, hub: MemoryHub
) -> None:
    first = pull(models)
    hub.commits[SECOND], hub.main = FILES | {"net/config.json": b'{"layers": 3}'}, SECOND
    assert pull(models) == first
    second = pull(models, "main")
    assert second.name == f"Weights@{SECOND}"
    assert (second / "net/config.json").read_bytes() == b'{"layers": 3}'
    assert (first / "net/config.json").read_bytes() == FILES["net/config.json"]
    assert status(models).path == second
    asked = list(hub.asked)
    assert pull(models, FIRST) == first == status(models).path
    assert hub.asked == asked


def test_failed_change_of_revision_leaves_the_old_one_in_use(
    models: AssetStore, hub: MemoryHub
) -> None:
    first = pull(models)
    hub.commits[SECOND] = FILES | {"net/weights.safetensors": WEIGHTS[::-1]}
    hub.break_at = {"net/weights.safetensors": 1}
    with pytest.raises(AssetMissingError):
        pull(models, SECOND)
    assert status(models).path == first
    forget_leftovers(models)


def test_revision_of_the_spec_cannot_be_changed(models: AssetStore, hub: MemoryHub) -> None:
    hub.commits[SECOND], hub.main = dict(FILES), SECOND
    pinned = dataclasses.replace(SNAPSHOT, revision=FIRST)
    group = AssetGroup(alternatives=((pinned,),))
    with pytest.raises(ConfigError, match=f"'weights' is pinned to {FIRST} by its plugin"):
        models.pull(group, consent=accepting, revision=SECOND)
    (folder,) = models.pull(group, consent=accepting)
    assert (folder.name, hub.listed) == (f"Weights@{FIRST}", [FIRST])
    assert models.status(SNAPSHOT).state == "missing"  # of the user's choosing there is none


def test_unknown_revision_is_said(models: AssetStore) -> None:
    with pytest.raises(AssetMissingError, match="has no 'nonsense'"):
        pull(models, "nonsense")


@pytest.mark.parametrize("gone", ["net/weights.safetensors", "scheduler/scheduler_config.json"])
def test_repository_without_what_is_needed_is_refused(
    models: AssetStore, hub: MemoryHub, gone: str
) -> None:
    del hub.commits[FIRST][gone]
    with pytest.raises(AssetMissingError, match="does not hold all of"):
        pull(models)
    assert hub.asked == []


def test_paths_that_leave_the_folder_are_refused(models: AssetStore, hub: MemoryHub) -> None:
    hub.commits[FIRST]["net/../evil.json"] = b"{}"
    upward = dataclasses.replace(SNAPSHOT, include=("net/*/*.json", *SNAPSHOT.include))
    with pytest.raises(AssetMissingError, match="which is no plain path"):
        models.pull(AssetGroup(alternatives=((upward,),)), consent=accepting)
    assert hub.asked == []


def damaged(folder: Path, how: str) -> None:
    weights = folder / "net/weights.safetensors"
    if how == "changed":
        weights.write_bytes(WEIGHTS[::-1])
    elif how == "short":
        weights.write_bytes(WEIGHTS[:-1])
    elif how == "gone":
        weights.unlink()
    elif how == "more":
        (folder / "net/weights.fp16.safetensors").write_bytes(b"others")
    else:
        (folder / LOCK_NAME).write_text("{}")


@pytest.mark.parametrize("how", ["changed", "short", "gone", "more", "unlocked"])
def test_damage_is_noticed_and_mended_without_fetching_the_rest(
    models: AssetStore, hub: MemoryHub, how: str
) -> None:
    folder = pull(models)
    before = content(folder)
    damaged(folder, how)
    assert status(models).state == "damaged"
    with pytest.raises(AssetMissingError, match="The snapshot 'weights' is not on this machine"):
        models.path(SNAPSHOT)
    hub.asked.clear()
    assert pull(models) == folder
    assert content(folder) == before
    assert status(models).state == "cached"
    lacking = {"net/weights.safetensors"} if how in ("changed", "short", "gone") else set()
    assert {path for path, _ in hub.asked} == {"LICENSE.txt"} | lacking


def test_verify_notices_damage_that_left_size_and_time_alone(models: AssetStore) -> None:
    weights = pull(models) / "net/weights.safetensors"
    before = weights.stat()
    weights.write_bytes(WEIGHTS[::-1])
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert models.status(SNAPSHOT).state == "cached"
    assert models.verify(SNAPSHOT).state == "damaged"
    assert models.status(SNAPSHOT).state == "damaged"


@pytest.mark.parametrize("path", ["net/weights.safetensors", "net/config.json"])
def test_hub_that_states_other_digests_for_a_locked_commit_is_refused(
    models: AssetStore, hub: MemoryHub, path: str
) -> None:
    folder = pull(models)
    (folder / path).unlink()
    hub.commits[FIRST][path] = FILES[path][::-1]
    with pytest.raises(AssetMissingError, match="was locked for the same commit"):
        pull(models)
    assert not folder.exists()
    forget_leftovers(models)


def test_two_processes_do_not_fetch_at_once(models: AssetStore, hub: MemoryHub) -> None:
    from filelock import FileLock

    guard = models.home / "snapshots/Owner/.Weights.lock"
    guard.parent.mkdir(parents=True)
    with FileLock(guard), pytest.raises(AssetMissingError, match="Another process is fetching"):
        pull(models)
    assert {path for path, _ in hub.asked} == {"LICENSE.txt"}


def copied(models: AssetStore, target: Path, *, locked: bool) -> AssetStore:
    """Lay a pulled snapshot somewhere, forget that it was pulled, and look about afresh."""
    folder = pull(models)
    shutil.copytree(folder, target)
    if not locked:
        (target / LOCK_NAME).unlink()
    shutil.rmtree(models.home)
    return AssetStore(models.home, search=models._search._folders)


def test_locked_folder_is_found_whatever_its_name(models: AssetStore, tmp_path: Path) -> None:
    there = tmp_path / "search/deep/any name"
    copied(models, there, locked=True)
    seen = status(models)
    assert (seen.state, seen.path, seen.revision) == ("found", there, f"Owner/Weights@{FIRST}")
    assert seen.accepted is None
    (there / "net/weights.safetensors").write_bytes(WEIGHTS[::-1])
    assert status(models).state == "missing"


def test_locked_folder_of_another_revision_is_not_what_a_spec_pins(
    models: AssetStore, tmp_path: Path
) -> None:
    there = copied(models, tmp_path / "search/any", locked=True)
    for revision, state in ((FIRST, "found"), (SECOND, "missing")):
        assert there.status(dataclasses.replace(SNAPSHOT, revision=revision)).state == state


@pytest.mark.parametrize(
    "name", ["Weights", "weights", f"models--Owner--Weights/snapshots/{FIRST}", "deep/er/Weights"]
)
def test_folder_of_the_right_name_is_found_unpinned(
    models: AssetStore, tmp_path: Path, name: str
) -> None:
    there = copied(models, tmp_path / "search" / name, locked=False)
    seen = status(models)
    assert (seen.state, seen.path, seen.lock) == ("found", tmp_path / "search" / name, None)
    assert seen.revision == "Owner/Weights, unpinned"
    assert dict(seen.sizes) == {path: len(FILES[path]) for path in WANTED[1:]}
    pinned = dataclasses.replace(SNAPSHOT, revision=FIRST)
    assert there.status(pinned).state == "missing"  # nothing shows that it is that commit


@pytest.mark.parametrize("lacking", [None, "net/weights.safetensors", "scheduler"])
def test_folders_of_other_names_and_halves_are_not_found(
    models: AssetStore, tmp_path: Path, lacking: str | None
) -> None:
    there = tmp_path / "search" / ("Weights" if lacking else "others")
    copied(models, there, locked=False)
    if lacking:
        shutil.move(there / lacking, tmp_path / "away")
    assert status(models).state == "missing"


def test_search_may_name_the_folder_itself(models: AssetStore, tmp_path: Path) -> None:
    copied(models, tmp_path / "search/Weights", locked=False)
    at_it = AssetStore(models.home, search=[tmp_path / "search/Weights"])
    assert at_it.path(SNAPSHOT) == tmp_path / "search/Weights"


def spec() -> RendererSpec:
    return RendererSpec(name="pen", summary="Draws.", factory="x:Y", assets=GROUP)


def test_report_says_which_weights(models: AssetStore) -> None:
    folder = pull(models)
    context = HostContext(store=models)
    assert context.lend(spec(), label="fake/pen").asset("weights") == folder
    digests = {f"weights/{at}": hashlib.sha256(FILES[at]).hexdigest() for at in WANTED}
    assert context.used == {"fake/pen": {"weights": f"Owner/Weights@{FIRST}", **digests}}


def test_report_has_the_digests_of_unpinned_weights(models: AssetStore, tmp_path: Path) -> None:
    context = HostContext(store=copied(models, tmp_path / "search/Weights", locked=False))
    assert context.lend(spec(), label="fake/pen").asset("weights") == tmp_path / "search/Weights"
    digests = {f"weights/{at}": hashlib.sha256(FILES[at]).hexdigest() for at in WANTED[1:]}
    assert context.used == {"fake/pen": {"weights": "Owner/Weights, unpinned", **digests}}


def test_missing_snapshot_says_how_to_get_it(models: AssetStore, hub: MemoryHub) -> None:
    with pytest.raises(AssetMissingError, match="The snapshot 'weights' is not on") as caught:
        HostContext(store=models).lend(spec(), label="fake/pen").asset("weights")
    assert caught.value.hint == "run `a1 assets pull fake`"
    assert hub.listed == []


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": "a1.snapshot/2"},
        {"commit": "main"},
        {"files": [{"path": "../evil", "size": 1, "sha256": "0" * 64}]},
        {"files": [{"path": "/etc/passwd", "size": 1, "sha256": "0" * 64}]},
        {"files": []},
        {"repo": "Someone/Else"},
    ],
)
def test_foreign_lock_files_are_not_trusted(
    models: AssetStore, tmp_path: Path, change: dict[str, Any]
) -> None:
    copied(models, tmp_path / "search/any", locked=True)
    file = tmp_path / "search/any" / LOCK_NAME
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    assert status(models).state == "missing"
