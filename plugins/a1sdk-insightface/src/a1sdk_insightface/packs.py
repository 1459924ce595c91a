"""Model packs: where they are, which file of one does what, and running it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a1sdk.plugin import (
    AssetMissingError,
    ConfigError,
    DeviceUnavailableError,
)
from a1sdk_insightface.assets import NAMES, PACKS
from a1sdk_insightface.contents import Task, boxes_only, damaged, file_for
from a1sdk_insightface.library import model_zoo
from a1sdk_insightface.providers import device_here, providers_for

if TYPE_CHECKING:
    from a1sdk.plugin import RunContext
    from a1sdk_insightface.options import PackOptions

_FLOATS = "tensor(float)"


@dataclass(frozen=True, slots=True)
class Pack:
    """A folder of networks.

    Attributes:
        name: what it is called in reports.
        folder: where it is.
        threads: how many threads a network may run in.
        providers: where networks run, best first, with options.
        strict: whether nothing but the first will do: the user asked for the device.
    """

    name: str
    folder: Path
    threads: int
    providers: dict[str, dict[str, Any]]
    strict: bool

    @classmethod
    def of(cls, options: PackOptions, ctx: RunContext) -> Pack:
        """Return the pack that options ask for, or the first that is here.

        Raises:
            AssetMissingError: it is not on this machine; it is never fetched.
            CapabilityError: insightface is not installed, or onnxruntime lacks the device.
        """
        folder = options.folder or _declared(options.pack, ctx)
        if not folder.is_dir():
            raise _no_folder(folder)
        model_zoo()
        import onnxruntime

        onnxruntime.disable_telemetry_events()  # its builds for Windows have some
        available = onnxruntime.get_available_providers()
        device = device_here(ctx.device, available)
        providers = providers_for(device, available, tensorrt=options.tensorrt)
        return cls(folder.name, folder, max(1, ctx.threads), providers, ctx.device != "auto")

    def open(self, task: Task) -> Network:
        """Load the network for a task.

        Raises:
            ConfigError: the pack has none or several, or it is of another kind.
            DeviceUnavailableError: the device is not there.
            ResourceError: its file is damaged.
        """
        zoo = model_zoo()
        if zoo.has_model_package_manifest(self.folder):
            return self._opened(*self._by_manifest(zoo, task))
        path = file_for(task, self.folder)
        return self._opened(path, {"name": str(path.resolve())})

    def _by_manifest(self, zoo: Any, task: Task) -> tuple[Path, dict[str, Any]]:
        try:
            described = zoo.load_model_package(self.folder).task(task)
        except (OSError, TypeError, ValueError) as error:
            raise ConfigError(
                f"The manifest of model pack {str(self.folder)!r} cannot be used: {error}",
                hint="unpack the pack again, or name another",
            ) from error
        asked = {"name": str(self.folder), "model_task": task, "model_descriptor": described}
        return described.path, asked

    def _opened(self, path: Path, asked: dict[str, Any]) -> Network:
        import onnxruntime

        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = self.threads
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        settings.log_severity_level = 4  # what fails is raised too
        try:
            model = model_zoo().get_model(
                **asked,
                providers=list(self.providers),
                provider_options=list(self.providers.values()),
                sess_options=settings,
            )
        except Exception as error:  # its own errors, onnx's and onnxruntime's share no base
            raise damaged(path, error) from error
        first = next(iter(self.providers))
        started = model.session.get_providers()
        if self.strict and first not in started:
            raise DeviceUnavailableError(
                f"onnxruntime has {first}, and could not start it for {path.name}.",
                hint="check the driver and the CUDA libraries, or choose device cpu",
            )
        if not getattr(model, "use_kps", True):
            raise boxes_only(path)
        _require_input(model, path)
        return Network(model, path, _sha256(path), started[0])


@dataclass(frozen=True, slots=True)
class Network:
    """A network that runs: insightface's model, its file, the SHA-256 of that, and by what."""

    model: Any
    path: Path
    sha256: str
    provider: str

    @property
    def facts(self) -> dict[str, str]:
        """What a report says of it."""
        return {"file": self.path.name, "sha256": self.sha256, "provider": self.provider}


def _require_input(model: Any, path: Path) -> None:
    """Refuse a network that takes other numbers than insightface hands it."""
    takes = model.session.get_inputs()[0].type
    gives = "tensor(uint8)" if getattr(model, "input_type", "") == "tensor(uint8)" else _FLOATS
    if takes != gives:
        raise ConfigError(
            f"{path.name} takes pictures as {takes}, and insightface gives it {gives}.",
            hint="name a pack whose networks take float32 pictures; inside they may be of any type",
        )


def _no_folder(folder: Path) -> AssetMissingError:
    if folder.exists():
        return AssetMissingError(
            f"{str(folder)!r} is a file, and a model pack is a folder.",
            hint="unpack it if it is an archive, and name the folder that holds its *.onnx files",
        )
    return AssetMissingError(
        f"There is no folder {str(folder)!r} with a model pack.",
        hint="name the folder that holds the pack's *.onnx files",
    )


def _declared(name: str | None, ctx: RunContext) -> Path:
    """Return the folder of a pack by its name, or of the first that is here."""
    if name is not None:
        return ctx.asset(name)
    for candidate in NAMES:
        try:
            return ctx.asset(candidate)
        except AssetMissingError:
            continue
    raise AssetMissingError(
        f"None of the model packs {', '.join(NAMES)} is on this machine.",
        hint="unpack one in a folder that A1_ASSET_PATH names, such as ~/.insightface/models where"
        " insightface keeps them, or name a folder of yours with the option `folder`; see"
        f" {PACKS[NAMES[0]].source}",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
