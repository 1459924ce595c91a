"""What programs on opentimelineio find once the SDK is installed; `docs/otio.md` tells.

This package is the entry point: opentimelineio imports it to read `plugin_manifest.json` beside it,
so it imports nothing. `a1sdk.timeline.read` needs none of it, and no plugin of opentimelineio.
"""
