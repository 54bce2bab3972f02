"""A vocabulary of Chinese characters from two national standards, without a corpus."""

from __future__ import annotations

from collections.abc import Iterator

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
UNUSED = 94  # with the special tokens 99 places: room for prompts' own tokens


def pieces() -> tuple[str, ...]:
    """Return the vocabulary in order: special, unused, ASCII, punctuation, characters.

    The characters are the first level of GB 2312 (3,755 simplified ones in everyday use) and of
    Big5 (5,401 traditional ones), as Python's codecs know them. Latin letters and digits also
    stand as the continuation of a word, so that no Latin word is unknown.
    """
    ascii_ = [chr(code) for code in range(0x21, 0x7F) if not chr(code).isupper()]
    wide = [symbol for symbol in _decoded("gb2312", *_FULL_WIDTH) if symbol == symbol.lower()]
    alphanumeric = [piece for piece in (*ascii_, *wide) if piece.isalnum()]
    symbols = [*_decoded("gb2312", (0xA1, 0xA1), (0xA2, 0xFE)), *wide]
    return tuple(
        dict.fromkeys(
            (
                *SPECIAL,
                *(f"[unused{number}]" for number in range(1, UNUSED + 1)),
                *ascii_,
                *(f"##{piece}" for piece in alphanumeric),
                *(symbol for symbol in symbols if symbol == symbol.lower() and symbol.strip()),
                *_decoded("gb2312", (0xB0, 0xA1), (0xD7, 0xF9)),
                *_decoded("big5", (0xA4, 0x40), (0xC6, 0x7E)),
            )
        )
    )


_FULL_WIDTH = ((0xA3, 0xA1), (0xA3, 0xFE))


def _decoded(codec: str, first: tuple[int, int], last: tuple[int, int]) -> Iterator[str]:
    """Yield the characters of the valid two-byte codes in a range."""
    for lead in range(first[0], last[0] + 1):
        start = first[1] if lead == first[0] else 0x40
        end = last[1] if lead == last[0] else 0xFE
        for trail in range(start, end + 1):
            try:
                yield bytes((lead, trail)).decode(codec)
            except UnicodeDecodeError:
                continue
