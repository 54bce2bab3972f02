"""What a perfect score is, inferred only where there is no doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.problem_list import Problems

_ASK = "say which with --unit 1 or --unit 100, or with unit_max for each column in --column-spec"


def infer_unit(scores: Mapping[str, Sequence[float]], problems: Problems) -> float | None:
    """Return 1 or 100 where all columns can only be proportions, or only per cent.

    Args:
        scores: The scores of each column in question, any number of them.
        problems: Where a doubt is noted; then None is returned.
    """
    largest = {name: max(map(abs, found)) for name, found in scores.items() if any(found)}
    above = {name: top for name, top in largest.items() if top > 100}
    if above:
        name, top = max(above.items(), key=lambda item: item[1])
        problems.add(
            name,
            f"{top:g} is beyond 100: describe the column in --column-spec with its unit_max, or"
            " above_unit: true where a score may exceed it, or leave it out with --ignore",
        )
        return None
    small = [name for name, top in largest.items() if top <= 1]
    if not small and largest:
        return 100.0
    if len(small) < len(largest):
        problems.add(
            "",
            f"the columns {', '.join(small[:5])}{' …' if len(small) > 5 else ''} never exceed 1 and"
            f" the other {len(largest) - len(small)} do: proportions beside per cent, or low"
            f" scores? {_ASK}",
        )
        return None
    if all(float(score).is_integer() for found in scores.values() for score in found):
        problems.add("", f"every score is 0, 1 or -1, which tells no unit: {_ASK}")
        return None
    return 1.0
