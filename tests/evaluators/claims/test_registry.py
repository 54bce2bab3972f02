"""Whatever claim there is: it is complete, found by its file, and can come out either way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evaluators import claims
from evaluators.claims import VERDICTS, Boards, Claim, Control, RowsOf
from evaluators.names import UnknownNameError

FOLDER = Path(claims.__file__).parent
CONTROLS = [(name, control) for name in claims.names() for control in claims.find(name).controls()]


def test_every_file_is_a_claim_and_every_claim_a_file() -> None:
    files = {file.stem.replace("_", "-") for file in FOLDER.glob("*.py")} - {"--init--"}
    assert set(claims.names()) == files
    assert {f"averaging-c{i}" for i in range(1, 6)} <= files


@pytest.mark.parametrize("name", claims.names())
def test_a_claim_says_what_is_asserted_by_whom_and_how_it_is_decided(name: str) -> None:
    claim = claims.find(name)
    assert claim.name == name
    assert isinstance(claim.evidence, Boards | RowsOf)
    assert claim.title
    assert len(claim.title) <= 60
    assert claim.sentence.endswith(".")
    assert len(claim.source) > 20
    for word in ("olds", "efuted", "nconclusive"):
        assert word in claim.decision_rule, word


@pytest.mark.parametrize("name", claims.names())
def test_every_claim_has_a_control_on_which_it_holds_and_one_on_which_it_is_refuted(
    name: str,
) -> None:
    claim = claims.find(name)
    words = {control.verdict for control in claim.controls()}
    must = {"not testable here"} if claim.untestable else {"holds", "refuted"}
    assert must <= words <= set(VERDICTS)


@pytest.mark.parametrize(("name", "control"), CONTROLS, ids=[f"{n}: {c.what}" for n, c in CONTROLS])
def test_a_control_comes_out_as_it_must(name: str, control: Control[Any]) -> None:
    verdict = claims.find(name).decide(control.evidence)
    assert verdict.verdict == control.verdict, verdict.detail
    assert verdict.claim == name
    assert verdict.detail
    if claims.find(name).untestable:
        assert verdict.verdict == "not testable here"
    elif verdict.verdict == "not testable here":
        assert verdict.statistic is None
    else:
        assert verdict.statistic is not None
        assert verdict.threshold is not None
    if verdict.ci_low is not None and verdict.ci_high is not None:
        assert verdict.ci_low <= verdict.ci_high
        # What is printed is what decided. Printed scores of a board decide by themselves; where the
        # tasks drawn anew could have said the opposite, the verdict is marked `not sure`.
        if verdict.word in ("holds", "refuted") and not isinstance(
            claims.find(name).evidence, Boards
        ):
            assert verdict.threshold is not None
            assert not verdict.ci_low <= verdict.threshold <= verdict.ci_high


@pytest.mark.parametrize(("name", "control"), CONTROLS[::5])
def test_the_same_evidence_gives_the_same_verdict(name: str, control: Control[Any]) -> None:
    claim: Claim[Any] = claims.find(name)
    again = next(c for c in claim.controls() if c.what == control.what)
    assert claim.decide(again.evidence) == claim.decide(control.evidence)


def test_an_unknown_claim_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'averaging-c3'"):
        claims.find("avraging-c3")


def test_claims_are_light_to_import() -> None:
    code = (
        "import sys; from evaluators import claims; [claims.find(n) for n in claims.names()];"
        "print([m for m in ('torch', 'scipy', 'pandas', 'sqlalchemy', 'duckdb', 'prefect')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
