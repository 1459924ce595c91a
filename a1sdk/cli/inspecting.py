"""What commands that inspect films have in common: options, what they say, and the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from a1sdk.errors import A1Error, ConfigError

if TYPE_CHECKING:
    from a1sdk.components.registry import Registry
    from a1sdk.qc.model import Finding, QcProfile, QcResult, Verdict

FAILED = 6
"""Exit code where a film does not hold what is asked of it; the film is there all the same."""

FailOn = Literal["fail", "warn", "never"]
FAIL_ON = click.Choice(["fail", "warn", "never"])
FAIL_ON_HELP = "Verdict of quality control from which on the exit code is 6; films stay."
CUT = ".a1cut.json"
"""What names of the reports of rendered cuts end in."""

ENCODER = "qc-identity"
"""What `--set` calls the encoder that `--qc-identity` names."""

_MOST_SHOWN = 12  # findings of a film that are printed
_WORDS = {"fail": "failure", "warn": "warning"}

qc_page_option = click.option(
    "--qc-page", is_flag=True, help="Inspect, and write a page of what was found: FILM.a1qc.html."
)
qc_fail_on_option = click.option(
    "--qc-fail-on", type=FAIL_ON, help=f"{FAIL_ON_HELP}  [default: fail]"
)


@dataclass(frozen=True)
class AskedQc:
    """What the command line says about quality control.

    Attributes:
        wanted: whether to inspect, as far as that is said.
        page: whether to write a page.
        profile: file with limits.
        identity: reference of an identity encoder to ask.
        fail_on: verdict from which on the exit code tells; None for `fail`.
    """

    wanted: bool | None = None
    page: bool = False
    profile: Path | None = None
    identity: str | None = None
    fail_on: FailOn | None = None

    def inspects(self, usual: bool) -> bool:
        """Return whether films are inspected, which the command does `usual`ly or does not.

        Raises:
            ConfigError: that is refused, and something is said about how.
        """
        given = {
            "--qc-page": self.page,
            "--qc-profile": self.profile is not None,
            "--qc-identity": self.identity is not None,
        }
        asked = next((name for name, is_given in given.items() if is_given), None)
        if self.wanted is False and asked is not None:
            raise ConfigError(f"--no-qc leaves nothing for {asked} to do.", hint="leave one out")
        inspects = asked is not None or (usual if self.wanted is None else self.wanted)
        self.check_gate(inspects)
        return inspects

    def check_gate(self, inspects: bool) -> None:
        """Raise `ConfigError` where a verdict is to decide, and nothing will be inspected."""
        if not inspects and self.fail_on not in (None, "never"):
            raise ConfigError(
                f"--qc-fail-on {self.fail_on} needs a verdict, and nothing is inspected.",
                hint="add --qc",
            )

    def limits(self, options: Mapping[str, Any], registry: Registry) -> bool | QcProfile:
        """Return what a job says of an inspection that is wanted.

        Args:
            options: of the encoder.
            registry: where it is looked up.

        Raises:
            ConfigError: the profile is none, or there is no encoder to set options of.
        """
        if self.profile is None and self.identity is None and not options:
            return True
        return profile_of(self.profile, self.identity, options, registry)

    def exit_code(self, verdicts: Iterable[Verdict | None]) -> int:
        """Return the exit code of verdicts."""
        return exit_code(verdicts, self.fail_on or "fail")


def qc_options(usual: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what gives a command the options of quality control, which come as `asked_qc`.

    Args:
        usual: whether the command inspects where nothing is said about it.
    """

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_qc(
            *given: Any,
            qc: bool | None,
            qc_page: bool,
            qc_profile: Path | None,
            qc_identity: str | None,
            qc_fail_on: FailOn | None,
            **options: Any,
        ) -> Any:
            asked = AskedQc(qc, qc_page, qc_profile, qc_identity, qc_fail_on)
            return command(*given, asked_qc=asked, **options)

        for option in (qc_fail_on_option, _identity_option, _profile_option, qc_page_option):
            with_qc = option(with_qc)
        return _qc_option(usual)(with_qc)

    return decorated


def _qc_option(usual: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--qc/--no-qc",
        default=None,
        help="Inspect films while they are made; what was found lies beside each, FILM.a1qc.json."
        f"  [default: {'qc' if usual else 'no-qc'}]",
    )


_profile_option = click.option(
    "--qc-profile",
    type=click.Path(path_type=Path),
    help="Inspect by these limits, a file as `a1 schema a1.qc-profile-1` describes.",
)
_identity_option = click.option(
    "--qc-identity",
    metavar="PLUGIN/NAME",
    help="Inspect, and compare faces with the portrait's by an identity encoder, such as"
    f" insightface/arcface; --set {ENCODER}.OPTION=VALUE sets its options.",
)


def profile_of(
    path: Path | None, identity: str | None, options: Mapping[str, Any], registry: Registry
) -> QcProfile:
    """Return the limits in a file, or the usual ones, with the encoder that is to be asked.

    Raises:
        ConfigError: the file is no profile, or there is no encoder to set options of.
    """
    from a1sdk.components.choice import ComponentChoice
    from a1sdk.qc.model import QcProfile
    from a1sdk.qc.profile import read_profile
    from a1sdk.render.jobfile import moved_profile

    profile = QcProfile()
    if path is not None:
        profile = moved_profile(read_profile(path), path.parent.joinpath, registry)
    chosen = profile.identity if identity is None else ComponentChoice(use=identity)
    if chosen is None and options:
        raise ConfigError(
            "There is no identity encoder to set options of.",
            hint="name one, such as insightface/arcface",
        )
    if chosen is not None and options:
        chosen = chosen.model_copy(update={"options": {**chosen.options, **options}})
    return profile.model_copy(update={"identity": chosen})


def exit_code(verdicts: Iterable[Verdict | None], fail_on: FailOn) -> int:
    """Return 6 where one of the verdicts is as bad as `fail_on`, else 0.

    A film without a verdict, which was to be inspected and could not be, has not passed.
    """
    bad: dict[FailOn, set[Verdict | None]] = {
        "never": set(),
        "fail": {"fail", None},
        "warn": {"warn", "fail", None},
    }
    return FAILED if bad[fail_on] & set(verdicts) else 0


def told(film: str, result: QcResult) -> str:
    """Return what an inspection found, for people: the verdict, and the worst, each with its time.

    Args:
        film: what the film is called.
        result: of its inspection.
    """
    return "\n".join(_lines(film, result))


def _lines(film: str, result: QcResult) -> Iterator[str]:
    from a1sdk.qc.page.labels import FrameLabels
    from a1sdk.qc.page.labels import counted as counted_as

    counted = [counted_as(result.frames, "frame"), *_counts(result.findings)]
    yield f"{result.verdict.upper()}  {film}: {', '.join(counted)}"
    worst, times = result.worst_first[:_MOST_SHOWN], FrameLabels.of(result)
    shown = [one for one in result.findings if one in worst][:_MOST_SHOWN]
    places = [times.place(one.first, one.last, result.frames) for one in shown]
    width = max(map(len, places), default=0)
    for one, place in zip(shown, places, strict=True):
        yield f"      {one.severity}  {place:<{width}}  {one.sentence}"
    left = len(result.findings) - len(shown)
    if left:
        yield f"      and {left} more"
    yield from (f"      note  {note}" for note in result.notes)


def _counts(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield how many failures and warnings there are."""
    counts = Counter[str](one.severity for one in findings)
    for severity, word in _WORDS.items():
        if counts[severity]:
            yield f"{counts[severity]} {word}{'s' * (counts[severity] > 1)}"


def write_index(target: Path, found: Mapping[Path, QcResult | A1Error | None]) -> Path:
    """Write a page that leads to those of several films, and return where it is.

    Args:
        target: their folder, or the report of their cut, `NAME.a1cut.json`.
        found: what was found in each, in the order in which they are shown; why it was not
            inspected; or None where nobody asked.

    Raises:
        DecodeError: a film cannot be read.
        StorageError: no space, no permission.
    """
    from a1sdk.qc.page.index import Inspected, write_index

    index = index_path(target)
    films = [
        Inspected(film, None, str(one)) if isinstance(one, A1Error) else Inspected(film, one)
        for film, one in found.items()
    ]
    name = target.absolute().name
    write_index(films, index, name.removesuffix(CUT), noun_of(target))
    return index


def noun_of(target: Path) -> str:
    """Return what the films of a target are: those of a cut's report are its shots."""
    return "shot" if target.name.endswith(CUT) else "film"


def index_path(target: Path) -> Path:
    """Return where the page lies that leads to those of the films of a folder or a cut."""
    if target.is_dir():
        return target / "a1qc.html"
    return target.with_name(f"{target.name.removesuffix(CUT)}.a1qc.html")
