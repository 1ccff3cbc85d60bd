"""The text of the answers, cut into pieces inside grapheme clusters and line ends."""

from __future__ import annotations

from itertools import count

FAMILY = "👩\u200d👧\u200d👦"
LINE_END = "\r\n"
MARKED = "e\u0323\u0301"
CLUSTERS = (FAMILY, LINE_END, MARKED)


class TextSource:
    """An endless text that never repeats, so that duplicated text is noticed."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._left = ""

    def cut(self, length: int) -> str:
        """Return the next code points, even if they end inside a cluster."""
        while len(self._left) < length:
            self._left += f"{next(self._numbers)}{FAMILY}{LINE_END}{MARKED}```\n"
        piece, self._left = self._left[:length], self._left[length:]
        return piece


def clusters_cut(before: str, after: str) -> set[str]:
    """Return the clusters that are cut by the boundary between these two texts."""
    places = [(cluster, at) for cluster in CLUSTERS for at in range(1, len(cluster))]
    return {c for c, at in places if before.endswith(c[:at]) and after.startswith(c[at])}
