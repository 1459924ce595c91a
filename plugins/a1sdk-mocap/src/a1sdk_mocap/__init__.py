"""Motion from and to the files of other programs: mocap takes, tracked faces, mouth cues."""

from a1sdk.plugin import MotionSourceSpec, MotionWriterSpec, hookimpl


@hookimpl
def a1_register_motion_sources() -> list[MotionSourceSpec]:
    """Offer the sources."""
    return [
        MotionSourceSpec(
            name="take",
            summary="Plays a mocap take: Live Link Face, ARKit, OpenFace, LivePortrait and others.",
            factory="a1sdk_mocap.source:MocapTake",
            options="a1sdk_mocap.options:TakeOptions",
            inputs=(
                ".csv",
                ".json",
                ".txt",
                ".pkl",
                ".npz",
                ".gesichter",
                ".anim",
                ".usd",
                ".usda",
                ".usdc",
            ),
        ),
        MotionSourceSpec(
            name="cues",
            summary="Moves the mouth by cues: files of Rhubarb Lip Sync, or times of phones.",
            factory="a1sdk_mocap.source:MouthCues",
            options="a1sdk_mocap.options:CueOptions",
            inputs=(".tsv", ".xml", ".dat", ".align", ".json:mouthCues", ".json:w"),
            any_rate=True,
            speaks=True,
        ),
    ]


@hookimpl
def a1_register_motion_writers() -> list[MotionWriterSpec]:
    """Offer the writer."""
    return [
        MotionWriterSpec(
            name="livelink",
            summary="Writes a performance as a Live Link Face CSV file.",
            factory="a1sdk_mocap.writer:LiveLinkWriter",
            outputs=(".csv",),
        )
    ]
