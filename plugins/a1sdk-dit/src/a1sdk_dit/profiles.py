"""Profiles: how much of the work is done, and what is lost where some is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from a1sdk_dit.sampling.settings import CacheSettings, Compat, SamplingSettings

if TYPE_CHECKING:
    from a1sdk_dit.options import ProfileName, Quantization, RendererOptions

_FEWEST_CACHED = 8
"""With fewer steps, neighbours are too far apart to extrapolate from."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a name of a profile stands for.

    Attributes:
        steps: denoising steps, unless the user says how many.
        guided_share: share of the steps that are guided, the first ones.
        cache: steps that are extrapolated, or None.
        better: the next profile that leaves out less, or None.
    """

    steps: int
    guided_share: float
    cache: CacheSettings | None
    better: ProfileName | None


PROFILES: dict[ProfileName, Profile] = {
    "exact": Profile(10, 1.0, None, None),
    "fast": Profile(10, 0.6, CacheSettings(first=3, interval=2), "exact"),
    "draft": Profile(5, 0.4, None, "fast"),
}
"""The profiles. The released scripts take 10 steps and guide all of them.

Guidance only pulls towards the likeness, which is settled in the first, noisy steps: so the last
ones go without. The first three steps of a cache are computed because what is extrapolated from
needs two neighbours, and differs most between the noisiest levels.
"""


def sampling(
    options: RendererOptions,
    profile: ProfileName,
    *,
    windows_at_once: int,
    tiled: bool,
) -> SamplingSettings:
    """Return how to sample under a profile; what the options say of steps and guidance holds.

    Raises:
        ConfigError: windows are to be denoised together as the released scripts cannot.
    """
    chosen = PROFILES[profile]
    steps = options.steps or chosen.steps
    return SamplingSettings(
        steps=steps,
        guidance=options.guidance,
        guided_share=chosen.guided_share,
        cache=chosen.cache if steps >= _FEWEST_CACHED else None,
        compat=Compat.reference() if options.sampling == "reference" else Compat(),
        windows_at_once=windows_at_once,
        tiled=tiled,
    )


def alternatives(
    options: RendererOptions, *, windows_at_once: int, tiled: bool
) -> list[tuple[ProfileName, SamplingSettings]]:
    """Return the wanted profile and all better ones in order, `exact` last, with their settings."""
    found: list[tuple[ProfileName, SamplingSettings]] = []
    name: ProfileName | None = options.profile
    while name is not None:
        found.append((name, sampling(options, name, windows_at_once=windows_at_once, tiled=tiled)))
        name = PROFILES[name].better
    return found


def computed_steps(settings: SamplingSettings) -> list[int]:
    """Return the steps that are computed; the others are extrapolated from them.

    The last is always computed, since nothing corrects it.
    """
    if settings.cache is None:
        return list(range(settings.steps))
    first, interval = settings.cache.first, settings.cache.interval
    return [
        step
        for step in range(settings.steps)
        if step < first or step == settings.steps - 1 or (step - first - 1) % interval == 0
    ]


def forwards(settings: SamplingSettings) -> int:
    """Return how often the transformer is evaluated for each window."""
    computed = computed_steps(settings)
    return len(computed) + sum(step < settings.guided_steps for step in computed)


def losses(settings: SamplingSettings, quantize: Quantization = "none") -> list[str]:
    """Return one sentence for each thing that is left out or made coarser."""
    said = []
    skipped = settings.steps - len(computed_steps(settings))
    if skipped:
        said.append(
            f"{skipped} of {settings.steps} steps are extrapolated from the ones before them."
        )
    if 0 < settings.guided_steps < settings.steps:
        said.append(
            f"Only the first {settings.guided_steps} of {settings.steps} steps are guided towards"
            " the likeness."
        )
    usual = PROFILES["exact"].steps
    if settings.steps < usual:
        said.append(f"{settings.steps} steps are taken instead of {usual}.")
    if quantize != "none":
        said.append(f"The large linear layers compute in {quantize}.")
    if settings.tiled:
        said.append("Pictures are decoded in tiles, whose borders may show slightly.")
    return said
