"""Splits the cost of a turn among the changes that it made. Pure. See docs/decisions/cost-by-change.md."""

from collections.abc import Sequence
from itertools import accumulate, pairwise


def split_cost(cost: int, weights: Sequence[int]) -> list[int]:
    """Splits a cost in proportion to the weights. The shares are whole, and add up to the cost.

    A weight counts as at least 1, so that a change without lines has a share, too.
    """
    bounds = [0, *accumulate(max(1, weight) for weight in weights)]
    return [cost * end // bounds[-1] - cost * start // bounds[-1] for start, end in pairwise(bounds)]
