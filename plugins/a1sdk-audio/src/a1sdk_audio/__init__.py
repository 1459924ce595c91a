"""Motion from speech: `audio/speech`; and its visemes for other programs: `audio/rhubarb`."""

from a1sdk.plugin import MotionSourceSpec, MotionWriterSpec, hookimpl


@hookimpl
def a1_register_motion_sources() -> list[MotionSourceSpec]:
    """Offer the source."""
    return [
        MotionSourceSpec(
            name="speech",
            summary="Makes a face say what is heard in a sound.",
            factory="a1sdk_audio.source:Speech",
            options="a1sdk_audio.options:Options",
            inputs=("audio",),
            any_rate=True,
            speaks=True,
        )
    ]


@hookimpl
def a1_register_motion_writers() -> list[MotionWriterSpec]:
    """Offer the writer."""
    return [
        MotionWriterSpec(
            name="rhubarb",
            summary="Writes mouth shapes as Rhubarb Lip Sync does: TSV, XML, DAT or JSON.",
            factory="a1sdk_audio.rhubarb:RhubarbWriter",
            options="a1sdk_audio.rhubarb:RhubarbOptions",
            outputs=(".tsv", ".xml", ".dat", ".json"),
        )
    ]
