"""Identity encoder `dit/siglip-face`: an aligned face as SigLIP's patch tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from a1sdk.plugin import Identity, IdentityEncoder, OutOfMemoryError, Portrait, RunContext
from a1sdk_dit import IDENTITY
from a1sdk_dit.alignment import aligned_face
from a1sdk_dit.checkpoint.layout import SIGLIP
from a1sdk_dit.checkpoint.locate import checkpoint_folder
from a1sdk_dit.exhaustion import ran_out, release
from a1sdk_dit.options import EncoderOptions
from a1sdk_dit.quiet import quietly

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch
    from transformers import SiglipVisionModel


class SiglipFace(IdentityEncoder):
    """Encodes a likeness with the vision tower of SigLIP that the checkpoint brings.

    The tower computes in float32, whatever the renderer does: it runs once per likeness.
    """

    _tower: SiglipVisionModel | None = None
    _digest = ""

    def __init__(self, options: Any = None) -> None:
        super().__init__(options if options is not None else EncoderOptions())

    def setup(self, ctx: RunContext) -> None:
        """Load the vision tower.

        Raises:
            AssetMissingError: the checkpoint is not on this machine.
            ConfigError: it is one of something else.
            DeviceUnavailableError: the device is not there.
            OutOfMemoryError: it does not fit.
        """
        with quietly():
            import torch

            from a1sdk_dit.checkpoint.loading import load_siglip
            from a1sdk_dit.device import torch_device

        device = torch_device(ctx.device)
        layout = checkpoint_folder(self.options, ctx, "fp32")
        with _within_memory(device):
            self._tower = load_siglip(layout, torch.float32, device)
        self._digest = _digest(self._tower)

    def close(self) -> None:
        """Let go of the tower's memory."""
        if self._tower is None:
            return
        from a1sdk_dit.device import free_memory

        device = self._tower.device
        self._tower = None
        free_memory(device)

    def encode(self, portraits: Sequence[Portrait], ctx: RunContext) -> Identity:
        """Return the tokens, float32 [patches, width]; of several pictures, their mean.

        Tokens of several pictures can be averaged one by one because the faces in them are
        aligned: each patch shows the same part of the face.
        """
        tokens = []
        for portrait in portraits:
            ctx.check()
            tokens.append(self.tokens(aligned_face(portrait)))
        return Identity(
            IDENTITY,
            {"tokens": np.mean(tokens, axis=0, dtype=np.float32)},
            {"encoder": "dit/siglip-face", "model": SIGLIP, "weights": self._digest},
        )

    def tokens(self, face: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the tokens of one aligned face, uint8 RGB of any size, float32 [patches, width].

        The picture is resized as SigLIP's processor does without torchvision: by Pillow, bicubic.
        """
        import torch

        assert self._tower is not None, "setup comes first"
        side = self._tower.config.image_size
        small = Image.fromarray(face).resize((side, side), Image.Resampling.BICUBIC)
        values = np.asarray(small, np.float32).transpose(2, 0, 1)[None] / np.float32(127.5) - 1
        with _within_memory(self._tower.device), torch.inference_mode():
            seen = self._tower(torch.from_numpy(values).to(self._tower.device))
        tokens: npt.NDArray[np.float32] = seen.last_hidden_state[0].cpu().numpy()
        return tokens


@contextmanager
def _within_memory(device: torch.device) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not ran_out(error):
            raise
        release(error)
        raise OutOfMemoryError(
            f"SigLIP's vision tower does not fit into the memory of {device}.",
            hint="end other programs that use it, or choose device cpu",
        ) from error


def _digest(tower: SiglipVisionModel) -> str:
    """Return a digest of the tower's last norm: it changes with any training of the tower."""
    digest = hashlib.sha256()
    for values in tower.post_layernorm.state_dict().values():
        digest.update(values.cpu().numpy().tobytes())
    return digest.hexdigest()
