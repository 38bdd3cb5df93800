"""Which spans are reports of one call, decided from pairs alone."""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector.keeper.folds import Candidate, Edge, Fold, edge, fold


def node(
    name: str, *, is_call: bool = True, usage: bool = True, score: int = 0, start: str = "0"
) -> Candidate:
    return Candidate(("trace", name), is_call, usage, score, start)


def nested(outer: Candidate, inner: Candidate, same_model: bool = True) -> Edge:
    return Edge("nested", outer, inner, same_model)


def beside(one: Candidate, other: Candidate) -> Edge:
    return Edge("response", one, other, True)


def told(folds: list[Fold]) -> set[tuple[str, str, str]]:
    return {(each.node[1], each.into[1], each.why) for each in folds}


def test_nothing_to_fold() -> None:
    assert fold([]) == []


def test_the_better_informed_report_stays() -> None:
    assert told(fold([nested(node("a", score=2), node("b", score=1))])) == {("b", "a", "duplicate")}
    assert told(fold([nested(node("a", score=1), node("b", score=2))])) == {("a", "b", "duplicate")}


def test_of_equals_the_inner_stays() -> None:
    assert told(fold([nested(node("a", start="1"), node("b", start="2"))])) == {("a", "b", "duplicate")}


def test_another_model_inside_is_another_call() -> None:
    assert fold([nested(node("a"), node("b"), same_model=False)]) == []


def test_a_chain_of_reports_leaves_one() -> None:
    a, b, c = node("a", score=3), node("b", score=1), node("c", score=2)
    assert told(fold([nested(a, b), nested(b, c)])) == {("b", "a", "duplicate"), ("c", "a", "duplicate")}


def test_an_agent_above_two_calls_is_their_aggregate() -> None:
    boss = node("boss", is_call=False)
    one, two = node("one", start="1"), node("two", start="2")
    assert told(fold([nested(boss, two), nested(boss, one)])) == {("boss", "one", "aggregate")}


def test_a_call_above_two_calls_is_their_aggregate_too() -> None:
    loop = node("loop")
    folds = told(fold([nested(loop, node("one", start="1")), nested(loop, node("two", start="2"))]))
    assert folds == {("loop", "one", "aggregate")}


def test_an_aggregate_that_alone_knows_the_usage_stays() -> None:
    assert fold([nested(node("boss", is_call=False), node("c", usage=False))]) == []


def test_an_aggregate_above_an_aggregate_above_a_call() -> None:
    top, middle, low = node("top", is_call=False), node("middle", is_call=False, usage=False), node("low")
    assert told(fold([nested(top, middle), nested(middle, low)])) == {
        ("top", "low", "aggregate"),
        ("middle", "low", "aggregate"),
    }


def test_an_aggregate_is_folded_into_the_report_that_stays() -> None:
    boss, poor, rich = node("boss", is_call=False), node("poor", score=1), node("rich", score=2)
    assert told(fold([nested(boss, poor), beside(poor, rich)])) == {
        ("poor", "rich", "duplicate"),
        ("boss", "rich", "aggregate"),
    }


def alike(one: Candidate, other: Candidate, gap: float, relation: str = "tokens") -> Edge:
    return Edge(relation, one, other, True, gap)


def by(scope: str, name: str, **of: Any) -> Candidate:
    return replace(node(name, **of), scope=scope)


def test_of_reports_without_an_id_the_nearest_are_paired_once() -> None:
    early, late = by("framework", "early", score=1), by("framework", "late", score=1)
    first, second = by("client", "first", score=2), by("client", "second", score=2)
    pairs = [
        alike(early, second, 9),
        alike(early, first, 1),
        alike(late, first, 8),
        alike(late, second, 2),
    ]
    assert told(fold(pairs)) == {("early", "first", "duplicate"), ("late", "second", "duplicate")}


def test_three_emitters_tell_of_one_call() -> None:
    a, b, c = by("a", "a", score=1), by("b", "b", score=2), by("c", "c", score=3)
    folds = told(fold([alike(a, b, 1), alike(a, c, 2), alike(b, c, 1)]))
    assert folds == {("a", "c", "duplicate"), ("b", "c", "duplicate")}


def test_what_is_told_at_the_end_of_a_stream_completes_the_request() -> None:
    request, end = by("s", "request", usage=False), by("s", "end", score=100)
    other = by("s", "other request", usage=False)
    folds = told(fold([alike(other, end, 5, "completes"), alike(request, end, 1, "completes")]))
    assert folds == {("request", "end", "duplicate")}


def test_an_echo_is_told_of_the_call_below_it_and_never_stands() -> None:
    poor, rich = node("poor", score=1), node("rich", score=2)
    top, low = node("top", is_call=False, score=9), node("low", is_call=False, score=9)
    folds = told(fold([nested(poor, rich), alike(top, poor, 2, "echo"), alike(low, poor, 1, "echo")]))
    assert folds == {
        ("poor", "rich", "duplicate"),
        ("top", "rich", "echo"),
        ("low", "rich", "echo"),
    }


def test_rows_of_the_engine_become_edges() -> None:
    side = {"trace": "t", "is_call": True, "has_usage": 1, "score": 7, "start": "2026", "scope": "s"}
    row = {"relation": "nested", "same_model": 1, "gap": 0}
    row |= {f"outer_{key}": item for key, item in {**side, "span": "a"}.items()}
    row |= {f"inner_{key}": item for key, item in {**side, "span": "b", "is_call": 0}.items()}
    assert edge(row) == Edge(
        "nested",
        Candidate(("t", "a"), True, True, 7, "2026", "s"),
        Candidate(("t", "b"), False, True, 7, "2026", "s"),
        True,
    )


@dataclass(frozen=True)
class Forest:
    """Candidates in a tree, and pairs of reports beside each other."""

    edges: tuple[Edge, ...]
    order: tuple[Edge, ...]


@st.composite
def forests(draw: st.DrawFn) -> Forest:
    count = draw(st.integers(2, 9))
    nodes = [
        node(
            f"n{n}",
            is_call=draw(st.booleans()),
            usage=(usage := draw(st.booleans())),
            # As the engine scores: usage outweighs everything else that a report may know.
            score=draw(st.integers(0, 3)) + 100 * usage,
            start=str(draw(st.integers(0, 3))),
        )
        for n in range(count)
    ]
    edges = [
        nested(nodes[draw(st.integers(0, n - 1))], nodes[n], draw(st.booleans()))
        for n in range(1, count)
        if draw(st.booleans())
    ]
    calls = [each for each in nodes if each.is_call]
    if len(calls) > 1 and draw(st.booleans()):
        edges.append(beside(*draw(st.permutations(calls))[:2]))
    return Forest(tuple(edges), tuple(draw(st.permutations(edges))))


@given(forests())
def test_order_makes_no_difference(forest: Forest) -> None:
    assert fold(forest.edges) == fold(forest.order)


@given(forests())
def test_folds_end_at_a_call_that_stays(forest: Forest) -> None:
    folds = fold(forest.edges)
    gone = {each.node for each in folds}
    assert len(gone) == len(folds), "a span is folded once"
    assert not gone & {each.into for each in folds}, "what was folded into stays"


@given(forests())
def test_usage_is_never_lost_altogether(forest: Forest) -> None:
    sides = {side.node: side for each in forest.edges for side in (each.outer, each.inner)}
    gone = {each.node for each in fold(forest.edges)}
    if any(side.has_usage for side in sides.values()):
        assert any(side.has_usage for key, side in sides.items() if key not in gone)


@given(forests(), st.integers(1, 5))
def test_only_information_decides_not_names(forest: Forest, shift: int) -> None:
    def renamed(side: Candidate) -> Candidate:
        return replace(side, node=("other", side.node[1]))

    again = fold(replace(e, outer=renamed(e.outer), inner=renamed(e.inner)) for e in forest.edges)
    assert told(again) == told(fold(forest.edges))
