"""Decides which spans are reports of the same call and which are aggregates of calls.

In: pairs of candidates from `sql/keeper/fold_edges.sql`, `fold_logs.sql` and `unheard_edges.sql`. Out: `Fold`s. Pure.
Never: a call counted twice because two instrumentations told of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Node = tuple[str, str]
"""Trace id and span id of a candidate."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One side of a pair. The best-informed report of a call has the highest `rank`."""

    node: Node
    is_call: bool
    has_usage: bool
    score: int
    start: str
    scope: str = ""

    @property
    def rank(self) -> tuple[int, str, Node]:
        """By information; then the inner report, which starts later; then the id, so that order never matters."""
        return self.score, self.start, self.node


@dataclass(frozen=True, slots=True)
class Edge:
    """Two candidates that may tell of the same usage.

    `relation`: nested, `outer` stands above `inner`; response, they share a response id; echo, `outer` stands above
    and repeats the answer of `inner`; tokens and completes, two reports without a shared id, `gap` apart in time;
    retold, a log below the call `outer` tells the share `gap` of its output; alike and repeated, two log records
    with the same tokens, one of them the event of the conventions or neither; their scopes are the events' names.
    """

    relation: str
    outer: Candidate
    inner: Candidate
    same_model: bool
    gap: float = 0.0

    @property
    def nested(self) -> bool:
        """Whether `outer` stands above `inner`."""
        return self.relation == "nested"


@dataclass(frozen=True, slots=True)
class Fold:
    """`node` is no call of its own: it was folded into `into`."""

    node: Node
    into: Node
    why: str


def edge(row: Mapping[str, Any]) -> Edge:
    """A row of these statements as an edge."""
    return Edge(
        row["relation"],
        _candidate(row, "outer"),
        _candidate(row, "inner"),
        bool(row["same_model"]),
        float(row["gap"]),
    )


def fold(edges: Iterable[Edge]) -> list[Fold]:
    """Folds of all edges, sorted by node; the same whatever the order of the edges.

    A span above calls with usage is an aggregate of them. Two reports of one call, nested or side by side, leave
    the better informed. An aggregate whose calls carry no usage stays, because it alone knows what was spent.
    An echo is no call, whatever it knows.
    """
    edges = list(edges)
    echoes = [e for e in edges if e.relation == "echo"]
    edges = _without_sums(e for e in edges if e.relation != "echo")
    candidates = _candidates(edges)
    below: dict[Node, list[Candidate]] = defaultdict(list)
    for e in edges:
        if e.nested:
            below[e.outer.node].append(e.inner)
    aggregates = _aggregates(edges, below, candidates)
    groups = _Groups(candidates)
    # A log that tells a part of an answer may not stand for the call, however well informed.
    parts = [e for e in edges if e.relation == "retold" and e.gap < 1 and e.outer.node not in aggregates]
    partial = {e.inner.node for e in parts}
    edges = [e for e in edges if not {e.outer.node, e.inner.node} & partial]
    for e in edges:
        if e.relation in ("nested", "response", "retold") and _is_same_call(e, aggregates):
            groups.join(e.outer.node, e.inner.node)
    for e in [*_nearest(edges), *_of_logs(edges)]:
        if _is_same_call(e, aggregates):
            groups.join(e.outer.node, e.inner.node)
    folds = [
        Fold(node, best, "duplicate")
        for best, members in groups.by_best()
        for node in members
        if node != best and node not in aggregates and node not in partial
    ]
    folds += [Fold(e.inner.node, groups.best(e.outer.node), "duplicate") for e in parts]
    folds += [
        Fold(node, groups.best(_first_call(node, below, aggregates)), "aggregate") for node in aggregates
    ]
    folds += _of_echoes(echoes, groups)
    return sorted(folds, key=lambda f: f.node)


def _of_echoes(echoes: Iterable[Edge], groups: "_Groups") -> list[Fold]:
    nearest: dict[Node, Edge] = {}
    for e in sorted(echoes, key=lambda e: (e.gap, e.inner.node)):
        nearest.setdefault(e.outer.node, e)
    return [Fold(node, groups.best(e.inner.node), "echo") for node, e in nearest.items()]


def _nearest(edges: Iterable[Edge], relations: Sequence[str] = ("tokens", "completes")) -> list[Edge]:
    """Of the pairs that only tokens and time join, the nearest; a report is paired once with each other emitter."""
    taken: set[tuple[Node, str]] = set()
    found = []
    pairs = [e for e in edges if e.relation in relations]
    for e in sorted(pairs, key=lambda e: (e.gap, e.outer.node, e.inner.node)):
        ends = {(e.outer.node, e.inner.scope), (e.inner.node, e.outer.scope)}
        if not ends & taken:
            taken |= ends
            found.append(e)
    return found


def _without_sums(edges: Iterable[Edge]) -> list[Edge]:
    """Logs below a call that add up to it, or name another model, are calls of their own: plainly nested."""
    edges = list(edges)
    shares: dict[Node, list[float]] = defaultdict(list)
    for e in edges:
        if e.relation == "retold":
            shares[e.outer.node].append(e.gap)
    sums = {node for node, each in shares.items() if len(each) > 1 and abs(sum(each) - 1) < 1e-9}
    return [
        replace(e, relation="nested", gap=0.0)
        if e.relation == "retold" and (e.outer.node in sums or not e.same_model)
        else e
        for e in edges
    ]


def _of_logs(edges: Iterable[Edge]) -> list[Edge]:
    """Of log records with the same tokens: each event of the conventions with one other, the rest by name."""
    edges = list(edges)
    taken: set[Node] = set()
    found = []
    pairs = [e for e in edges if e.relation == "alike"]
    for e in sorted(pairs, key=lambda e: (e.gap, e.outer.node, e.inner.node)):
        ends = {e.outer.node, e.inner.node}
        if not ends & taken:
            taken |= ends
            found.append(e)
    # Two that each tell of an event of the conventions tell of two calls.
    apart = (e for e in edges if not {e.outer.node, e.inner.node} <= taken)
    return [*found, *_nearest(apart, ("repeated",))]


def _candidates(edges: Iterable[Edge]) -> dict[Node, Candidate]:
    """Each node once; what one pair knows to be no call, a sum of logs, is none."""
    found: dict[Node, Candidate] = {}
    for side in (side for e in edges for side in (e.outer, e.inner)):
        if side.node not in found or not side.is_call:
            found[side.node] = side
    return found


def _candidate(row: Mapping[str, Any], side: str) -> Candidate:
    return Candidate(
        (row[f"{side}_trace"], row[f"{side}_span"]),
        bool(row[f"{side}_is_call"]),
        bool(row[f"{side}_has_usage"]),
        int(row[f"{side}_score"]),
        row[f"{side}_start"],
        row[f"{side}_scope"],
    )


def _aggregates(
    edges: Iterable[Edge], below: Mapping[Node, list[Candidate]], candidates: Mapping[Node, Candidate]
) -> set[Node]:
    found = {node for node in below if _is_aggregate(candidates[node], below, candidates)}
    # A report of an aggregate is an aggregate as well.
    reports = [e for e in edges if e.nested and e.same_model and e.outer.is_call and e.inner.is_call]
    while more := {e.outer.node for e in reports if e.inner.node in found} - found:
        found |= more
    return found


def _is_aggregate(
    candidate: Candidate, below: Mapping[Node, list[Candidate]], candidates: Mapping[Node, Candidate]
) -> bool:
    informed = [inner for inner in below[candidate.node] if inner.has_usage]
    if candidate.is_call:
        # A call without usage of its own may stand between: a framework's span around a client's.
        carrying = [c for c in below[candidate.node] if c.is_call and _carries(c.node, below, candidates)]
        return len(carrying) > 1
    return bool(informed) or any(_carries(inner.node, below, candidates) for inner in below[candidate.node])


def _carries(node: Node, below: Mapping[Node, list[Candidate]], candidates: Mapping[Node, Candidate]) -> bool:
    seen, stack = {node}, [node]
    while stack:
        current = stack.pop()
        if candidates[current].has_usage:
            return True
        for inner in below.get(current, ()):
            if inner.node not in seen:
                seen.add(inner.node)
                stack.append(inner.node)
    return False


def _is_same_call(e: Edge, aggregates: set[Node]) -> bool:
    if e.outer.node in aggregates or e.inner.node in aggregates:
        return False
    return not e.nested or (e.outer.is_call and e.inner.is_call and e.same_model)


def _first_call(node: Node, below: Mapping[Node, list[Candidate]], aggregates: set[Node]) -> Node:
    seen = {node}
    while below.get(node):
        inner = min(below[node], key=lambda c: (not c.has_usage, c.start, c.node))
        if inner.node in seen:
            break
        seen.add(inner.node)
        node = inner.node
        if inner.is_call and node not in aggregates:
            break
    return node


class _Groups:
    """Candidates that tell of the same call, joined pair by pair."""

    def __init__(self, candidates: Mapping[Node, Candidate]) -> None:
        self._candidates = candidates
        self._parent: dict[Node, Node] = {node: node for node in candidates}

    def join(self, one: Node, other: Node) -> None:
        one, other = self.best(one), self.best(other)
        if one != other:
            low, high = sorted((one, other), key=lambda node: self._candidates[node].rank)
            self._parent[low] = high

    def best(self, node: Node) -> Node:
        self._parent.setdefault(node, node)
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node

    def by_best(self) -> list[tuple[Node, list[Node]]]:
        groups: dict[Node, list[Node]] = defaultdict(list)
        for node in self._parent:
            groups[self.best(node)].append(node)
        return list(groups.items())
