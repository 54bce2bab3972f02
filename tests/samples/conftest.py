from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

FOLDER = Path(__file__).parents[2] / "data" / "samples"


class Pair(NamedTuple):
    first: str
    second: str
    score: str
    topic: str


@dataclass(frozen=True)
class Sample:
    """One file, its raw bytes, and its rows as they stand (nothing stripped or repaired)."""

    language: str
    raw: bytes
    header: list[str]
    lines: list[list[str]]

    @property
    def pairs(self) -> list[Pair]:
        return [Pair(*line) for line in self.lines]

    @property
    def sentences(self) -> list[str]:
        return [sentence for pair in self.pairs for sentence in pair[:2]]

    def units(self, sentence: str) -> list[str]:
        """Words of an English sentence, characters of a Chinese one; no punctuation."""
        pattern = r"[\w']+" if self.language == "en" else r"\w"
        return re.findall(pattern, sentence.casefold())

    def overlap(self, pair: Pair) -> float:
        """Jaccard similarity of the units of both sentences."""
        first, second = set(self.units(pair.first)), set(self.units(pair.second))
        return len(first & second) / len(first | second)


def read(language: str) -> Sample:
    raw = (FOLDER / f"sample-{language}.tsv").read_bytes()
    lines = [line.split("\t") for line in raw.decode("utf-8").removesuffix("\n").split("\n")]
    return Sample(language, raw, lines[0], lines[1:])


@pytest.fixture(scope="session", params=["en", "zh"])
def sample(request: pytest.FixtureRequest) -> Sample:
    return read(request.param)


@pytest.fixture(scope="session")
def both() -> list[Sample]:
    return [read("en"), read("zh")]


@pytest.fixture(scope="session")
def readme() -> str:
    return (FOLDER / "README.md").read_text("utf-8")
