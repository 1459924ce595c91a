"""Two faces of one picture perform, and the film is inspected.

python examples/duet.py PORTRAIT VOICE KEYS OUTPUT

The picture is made here, PORTRAIT beside its mirror image: OUTPUT.png. The left face speaks VOICE,
the right one does what KEYS say. Beside the film lie what quality control found, and its page.
"""

import sys
from pathlib import Path

from PIL import Image, ImageOps

import a1sdk
from a1sdk.render.pipeline import render

portrait, voice, keys, output = map(Path, sys.argv[1:])
face = Image.open(portrait).convert("RGB")
pair = Image.new("RGB", (2 * face.width, face.height))
pair.paste(face, (0, 0))
pair.paste(ImageOps.mirror(face), (face.width, 0))
picture = output.with_name(f"{output.name}.png")
pair.save(picture)

job = a1sdk.RenderJob.model_validate(
    {
        "portrait": picture,
        "face": f"{face.width // 2},{face.height // 2}",
        "motion": [{"use": "audio/speech", "options": {"path": voice}}],
        "cast": [
            {
                "face": f"{face.width + face.width // 2},{face.height // 2}",
                "motion": [{"use": "keyframes/keys", "options": {"path": keys}}],
            }
        ],
        "output": output,
        "qc": True,
        "qc_page": True,
    }
)
with a1sdk.HostContext() as context:
    report = render(job, registry=a1sdk.Registry(), context=context)
verdict = "none" if report.qc is None else report.qc.verdict
print(f"{report.frames} frames, quality control: {verdict}")
