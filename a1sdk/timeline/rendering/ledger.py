"""What is rendered already: shots are known again by everything that shaped them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import a1sdk
from a1sdk.components.specs import Asset
from a1sdk.media.codecs import sequence_pattern
from a1sdk.media.files import write_text
from a1sdk.render.inputs import ContentDigests
from a1sdk.render.permission import Permission
from a1sdk.render.plan import RenderPlan, report_path
from a1sdk.timeline.records import FOLDER, MediaFile, ShotRecord, Slate

if TYPE_CHECKING:
    from a1sdk.assets import AssetStore
    from a1sdk.components.registry import Chosen
    from a1sdk.components.specs import AnyAsset, Spec
    from a1sdk.render.report import RenderReport


@dataclass
class Ledger:
    """The records of the shots in a folder.

    Media is taken for what a record says as long as its files are what they were.
    """

    folder: Path
    _content: ContentDigests = field(default_factory=ContentDigests)

    def of(self, folder: Path) -> Ledger:
        """Return that of another folder, which knows the same files by their content."""
        return self if folder == self.folder else replace(self, folder=folder)

    def digest(self, plan: RenderPlan) -> str:
        """Return the digest of all that shapes a job's media but the machine it is made on.

        The content of its files counts, not where they lie.

        Raises:
            DecodeError: a file cannot be read.
        """
        unseen = {"output", "device", "commercial", "licensed", "qc", "qc_page"}
        job = plan.job.model_dump(mode="json", exclude=unseen)
        read = {path: self._content.of(path) for path in plan.reads if path.exists()}
        parts = {
            "a1sdk": a1sdk.__version__,
            "job": _named_by_content(job, read),
            "read": list(read.values()),
            "components": [f"{one.ref} {one.plugin.version}" for one in plan.components],
            "name": plan.job.output.name,
        }
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def knows(self, shot: str) -> bool:
        """Whether a shot has been rendered into the folder before."""
        return self._read(shot) is not None

    def record(self, shot: str, digest: str, plan: RenderPlan) -> ShotRecord | None:
        """Return the record of a shot whose media is there and was made of the same.

        Media for commercial use has to be made of what may be used for that.
        """
        found = self._read(shot)
        if found is None or found.digest != digest or not found.files:
            return None
        if Permission.of(plan.job).commercial and found.commercial not in ("yes", "terms"):
            return None
        if any(self._is_other(one, found.assets.get(one.ref, {})) for one in plan.components):
            return None
        there = _files(plan.job.output)
        if there.keys() != found.files.keys():
            return None
        same = all(found.files[name].is_that(path) for name, path in there.items())
        return found if same else None

    def owns(self, output: Path) -> bool:
        """Whether whatever lies where media goes was rendered by us, so that it may be replaced."""
        return _files(output).keys() <= self._made or report_path(output).is_file()

    def keep(self, shot: str, record: ShotRecord) -> None:
        """Write the record of a shot.

        Raises:
            StorageError: no space, no permission.
        """
        write_text(self._path(shot), record.model_dump_json(indent=2) + "\n")

    def made(self, digest: str, slate: Slate, report: RenderReport) -> ShotRecord:
        """Return the record of media that has just been completed."""
        assert report.size is not None  # a finished report has it
        return ShotRecord(
            digest=digest,
            slate=slate,
            files={name: MediaFile.of(path) for name, path in _files(report.job.output).items()},
            frames=report.frames,
            size=report.size,
            warnings=tuple(report.warnings),
            commercial=report.commercial,
            assets={one.ref: one.assets for one in report.components if one.assets},
        )

    def _is_other(self, chosen: Chosen[Spec], used: Mapping[str, str]) -> bool:
        """Whether a component would use another snapshot or folder now than it did.

        One that is not on this machine is none: the shot may have been rendered on another.
        """
        groups = chosen.spec.assets.alternatives if chosen.spec.assets and used else ()
        for asset in (one for group in groups for one in group if not isinstance(one, Asset)):
            files = {name: sha for name, sha in used.items() if _is_of(name, asset)}
            if files and self._store.find(asset) is not None:
                return self._store.digests(asset) != files
        return False

    @cached_property
    def _store(self) -> AssetStore:
        from a1sdk.assets import AssetStore

        return AssetStore()

    def _read(self, shot: str) -> ShotRecord | None:
        return ShotRecord.load(self._path(shot))

    def _path(self, shot: str) -> Path:
        return self._records / f"{shot}.json"

    @cached_property
    def _made(self) -> frozenset[str]:
        """Names of all files that were rendered into the folder before."""
        found = (self._read(path.stem) for path in self._records.glob("*.json"))
        return frozenset(name for record in found if record for name in record.files)

    @cached_property
    def _records(self) -> Path:
        return self.folder / FOLDER


def _is_of(name: str, asset: AnyAsset) -> bool:
    return name == asset.name or name.startswith(f"{asset.name}/")


def _named_by_content(value: Any, digests: Mapping[Path, str]) -> Any:
    """Return JSON with the digests of files and folders in place of their paths."""
    if isinstance(value, dict):
        return {key: _named_by_content(inner, digests) for key, inner in value.items()}
    if isinstance(value, list):
        return [_named_by_content(inner, digests) for inner in value]
    return digests.get(Path(value), value) if isinstance(value, str) else value


def _files(output: Path) -> dict[str, Path]:
    """Return the files of a film or of numbered pictures, by their names."""
    pattern = sequence_pattern(output)
    if pattern is None:
        found = [output] if output.is_file() else []
    else:
        before, _, after = pattern
        inside = output.parent.iterdir() if output.parent.is_dir() else ()
        found = [p for p in inside if p.name.startswith(before) and p.name.endswith(after)]
    return {path.name: path for path in sorted(found)}
