"""English text as it is spoken: words in small letters, numbers and signs spelled out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_GROUPS = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_SIGNS = {"&": "and", "%": "percent", "+": "plus", "=": "equals", "@": "at", "°": "degrees"}
_MONEY = {"$": "dollars", "£": "pounds", "€": "euros"}
_TOKEN = re.compile(
    r"(?P<money>[$£€])?(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<decimals>\d+))?"
    r"(?P<ordinal>st|nd|rd|th)?|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*'?)|(?P<sign>[&%+=@°])"
)
_MOST_DIGITS = 12  # longer numbers are read digit by digit, as telephone numbers are


def spoken_words(text: str) -> list[str]:
    """Return the words of an English text, as CMUdict writes them.

    Punctuation, brackets and their like fall away; letters lose accents that English does not
    have; `42nd` becomes `forty second`, `$5` `five dollars`, `1961` `nineteen sixty one`.
    """
    plain = text.replace("\u2019", "'").replace("\u2018", "'")
    letters = unicodedata.normalize("NFKD", plain)
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return [word for match in _TOKEN.finditer(bare.lower()) for word in _spoken(match)]


def _spoken(match: re.Match[str]) -> Iterator[str]:
    if match["word"]:
        yield match["word"].rstrip("'")
    elif match["sign"]:
        yield _SIGNS[match["sign"]]
    else:
        yield from _number(match)


def _number(match: re.Match[str]) -> Iterator[str]:
    words = _whole(match["whole"], year=not (match["money"] or match["decimals"]))
    if match["ordinal"]:
        words[-1] = _ordinal(words[-1])
    yield from words
    if match["decimals"]:
        yield "point"
        yield from (_ONES[int(digit)] for digit in match["decimals"])
    if match["money"]:
        yield _MONEY[match["money"]]


def _whole(digits: str, *, year: bool) -> list[str]:
    plain = digits.replace(",", "")
    if len(plain) > _MOST_DIGITS or (len(plain) > 1 and plain[0] == "0"):
        return [_ONES[int(digit)] for digit in plain]
    value = int(plain)
    if year and len(digits) == 4 and 1100 <= value < 2000 and value % 100:
        rest = ["oh"] if value % 100 < 10 else []
        return [*_cardinal(value // 100), *rest, *_cardinal(value % 100)]
    return _cardinal(value)


def _cardinal(value: int) -> list[str]:
    if value < 20:
        return [_ONES[value]]
    if value < 100:
        return [_TENS[value // 10 - 2], *(_cardinal(value % 10) if value % 10 else ())]
    size, name = next(group for group in _GROUPS if value >= group[0])
    return [*_cardinal(value // size), name, *(_cardinal(value % size) if value % size else ())]


def _ordinal(word: str) -> str:
    if word in _ORDINALS:
        return _ORDINALS[word]
    return word[:-1] + "ieth" if word.endswith("y") else word + "th"
