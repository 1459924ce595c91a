"""Options of `dit/skyreels-a1` and `dit/siglip-face`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ProfileName = Literal["exact", "fast", "draft"]
Precision = Literal["auto", "bf16", "fp32"]
Memory = Literal["auto", "resident", "tabled", "offload"]
Attention = Literal["auto", "native", "math", "efficient", "flash", "cudnn"]
Quantization = Literal["none", "int8", "fp8"]


class EncoderOptions(BaseModel):
    """What a user may choose about the likeness."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    checkpoint: Path | None = Field(
        None, description="Folder with the released checkpoint; the one that was pulled if absent."
    )


class RendererOptions(EncoderOptions):
    """What a user may choose about the drawing."""

    profile: ProfileName = Field(
        "exact",
        description="exact runs every step in full; fast and draft leave work out, and the report"
        " says which.",
    )
    gate: Literal["lower", "refuse", "off"] = Field(
        "lower",
        description="What happens when a lossy profile changes expression, pose or gaze too much"
        " in a probe: lower takes the next better profile, refuse fails, off does not look.",
    )
    steps: int | None = Field(
        None, ge=1, le=100, description="Denoising steps; those of the profile if absent."
    )
    guidance: float = Field(
        3.0, ge=1, le=20, description="How strongly the likeness guides; 1 is off."
    )
    sampling: Literal["seamless", "reference"] = Field(
        "seamless",
        description="reference repeats what the released scripts compute, with their seams.",
    )
    scheduler: Path | None = Field(
        None, description="Scheduler configuration in place of the checkpoint's, a JSON file."
    )
    lora: Path | None = Field(None, description="LoRA adapter of the transformer, safetensors.")
    lora_scale: float = Field(1.0, ge=-4, le=4, description="Strength of the LoRA adapter.")
    precision: Precision = Field(
        "auto", description="Numbers of the networks; auto is bf16 on a GPU and fp32 on the CPU."
    )
    memory: Memory = Field(
        "auto",
        description="resident keeps every weight on the device; tabled leaves out those that only"
        " depend on the step; offload keeps one block at a time there; auto takes what fits.",
    )
    tiling: Literal["auto", "on", "off"] = Field(
        "auto", description="Whether pictures are decoded in tiles, which shows slightly."
    )
    quantize: Quantization = Field(
        "none", description="Numbers of the large linear layers, lossy: int8, fp8."
    )
    attention: Attention = Field("auto", description="Kernel of the attention.")
    compile: bool = Field(False, description="Compile the transformer's blocks first: minutes.")
    windows_at_once: int = Field(
        1, ge=1, le=4, description="Windows of 4 seconds that are denoised together."
    )
    gpus: int = Field(1, ge=1, le=16, description="GPUs that share the transformer's work.")
    face_share: float = Field(
        0.36, ge=0.1, le=0.8, description="Height of the face in the height of the model's picture."
    )
    feather: float = Field(
        0.12, ge=0, le=0.4, description="Width of the soft edge of what is pasted back."
    )
    anchor: bool = Field(True, description="Hold the colours to the portrait's over long shots.")
    between: Literal["landmarks", "blend", "network"] = Field(
        "landmarks",
        description="What fills in frames between the model's: neighbours warped by the landmarks,"
        " neighbours blended, or a network.",
    )
    network: Path | None = Field(None, description="Frame interpolation network, an ONNX file.")
