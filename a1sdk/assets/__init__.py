"""Declared files that components need: found on this machine, fetched on request, verified."""

from __future__ import annotations

from a1sdk.assets.home import cache_home
from a1sdk.assets.store import AssetStatus, AssetStore, Progress, State, Status

__all__ = ["AssetStatus", "AssetStore", "Progress", "State", "Status", "cache_home"]
