"""How an English word that no dictionary knows is probably spoken, by its letters.

Names and made-up words have to move the mouth too. The rules are the commonest readings of
English letter groups, longest first, in the manner of Elovitz et al., "Letter-to-Sound Rules for
Automatic Translation of English Text to Phonetics" (1976), without their context conditions.
"""

from __future__ import annotations

import re

_READINGS = {
    **{"tion": "SH AH N", "sion": "ZH AH N", "ough": "AO", "augh": "AO", "eigh": "EY"},
    **{"igh": "AY", "tch": "CH", "sch": "S K", "dge": "JH", "eau": "OW", "ous": "AH S"},
    **{"air": "EH R", "ear": "IH R", "eer": "IH R", "oor": "AO R", "our": "AO R"},
    **{"ch": "CH", "sh": "SH", "th": "TH", "ph": "F", "wh": "W", "gh": "G", "ck": "K"},
    **{"ng": "NG", "qu": "K W", "kn": "N", "wr": "R", "ps": "P S", "dg": "JH", "sc": "S K"},
    **{"ai": "EY", "ay": "EY", "au": "AO", "aw": "AO", "ea": "IY", "ee": "IY", "ei": "IY"},
    **{"ey": "IY", "eu": "Y UW", "ew": "Y UW", "ie": "IY", "oa": "OW", "oi": "OY", "oy": "OY"},
    **{"oo": "UW", "ou": "AW", "ow": "OW", "ue": "UW", "ui": "UW", "ya": "Y AA", "yo": "Y OW"},
    **{"ar": "AA R", "er": "ER", "ir": "ER", "or": "AO R", "ur": "ER", "ce": "S EH"},
    **{"ci": "S IH", "cy": "S IY", "ge": "JH EH", "gi": "JH IH", "x": "K S"},
    **{"a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH"},
    **{"i": "IH", "j": "JH", "k": "K", "l": "L", "m": "M", "n": "N", "o": "AA", "p": "P"},
    **{"q": "K", "r": "R", "s": "S", "t": "T", "u": "AH", "v": "V", "w": "W", "y": "IY"},
    **{"z": "Z"},
}
_LONGEST = max(map(len, _READINGS))
_LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW", "y": "AY"}
_SOFT = {"c": "s", "g": "j"}
_SOFT_END = re.compile(r"([cg])e(?=s?$)")
_MAGIC_E = re.compile(r"([aeiouy])([bdfgjklmnprstvz])e(?=s?$)")
_DOUBLED = re.compile(r"([bcdfgklmnprstvz])\1")
_MUTE_E = re.compile(r"(?<=[a-z]{2})(?<![aeiouAEIOU])e(?=s?$)")


def pronunciation(word: str) -> str | None:
    """Return the ARPAbet phones of a word, or None where it has no letter of English."""
    letters = "".join(letter for letter in word.lower() if "a" <= letter <= "z")
    letters = _DOUBLED.sub(r"\1", letters)
    letters = _SOFT_END.sub(lambda match: _SOFT[match[1]] + "e", letters)
    letters = _MAGIC_E.sub(lambda match: match[1].upper() + match[2], letters)
    letters = _MUTE_E.sub("", letters)
    phones: list[str] = []
    while letters:
        size, reading = _first(letters)
        phones += reading.split()
        letters = letters[size:]
    return " ".join(phones) or None


def _first(letters: str) -> tuple[int, str]:
    """Return how many letters are read together, and as what."""
    if letters[0].isupper():
        return 1, _LONG[letters[0].lower()]
    size = next(size for size in range(_LONGEST, 0, -1) if letters[:size] in _READINGS)
    return size, _READINGS[letters[:size]]
