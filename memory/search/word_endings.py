"""Cuts English endings, so that `rotated` finds `rotation` and `retries` finds `retry`. Pure.

A document's words are indexed as they are. A search asks for all words that begin with the stem, so that an index needs
no rebuild when these rules change, and both databases follow the same rules.
"""

MIN_STEM_CHARS = 3
_LONG_STEM_CHARS = 4  # before an ending of three or more letters that not only verbs have
# The longest ending comes first.
_ENDINGS = (
    *(("izations", 4), ("ization", 4), ("ations", 4), ("ation", 4), ("ators", 4), ("ator", 4), ("ating", 4)),
    *(("ments", 4), ("ment", 4), ("ances", 4), ("ance", 4), ("ences", 4), ("ence", 4), ("ities", 4), ("ity", 4)),
    *(("ated", 4), ("ates", 4), ("ate", 4), ("ized", 4), ("izes", 4), ("izing", 4), ("ize", 4), ("ness", 4)),
    *(("ures", 4), ("ure", 4), ("able", 4), ("ings", 3), ("ions", 4), ("ing", 3), ("ion", 4), ("ive", 4)),
    *(("als", 4), ("al", 4), ("ers", 4), ("er", 4), ("ors", 4), ("or", 4), ("ed", 3), ("es", 3), ("ly", 3)),
    *(("s", 3), ("e", 3)),
)
_DOUBLED = frozenset("bdgmnprt")  # consonants that are doubled before an ending: `mapping`, `running`
_Y_ENDINGS = ("ies", "ied", "ier", "ily")
# The words of a stem whose letters also begin a label of the index, such as `failed=`, are listed instead.
LISTED_ENDINGS = ("", "s", "es", "ed", "d", "ing", "ure", "ures", "er", "ers", "ion", "ions")


def find_stems(word: str) -> list[str]:
    """Returns the beginnings that the inflected forms of a word share; the word itself if it has no known ending."""
    if not (word.isascii() and word.isalpha()) or len(word) <= MIN_STEM_CHARS:
        return [word]
    y_ending = next((end for end in _Y_ENDINGS if word.endswith(end) and len(word) > len(end) + 2), "")
    if y_ending:
        stem = word[: -len(y_ending)]
        return [f"{stem}y", f"{stem}i"]
    if word.endswith("y") and len(word) > MIN_STEM_CHARS + 1 and word[-2] not in "aeiou":
        return [word, f"{word[:-1]}ie"]
    return [_cut(word)]


def _cut(word: str) -> str:
    stem = next(
        (word[: -len(end)] for end, least in _ENDINGS if word.endswith(end) and len(word) >= len(end) + least), word
    )
    if stem != word and len(stem) > MIN_STEM_CHARS and stem[-1] == stem[-2] and stem[-1] in _DOUBLED:
        return stem[:-1]
    return stem
