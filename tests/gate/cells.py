"""Cells of a bridge for tests, priced by hand."""

from decimal import Decimal

from analytics.bridge.split import BridgeCell

PRICES = {
    "small": (1, Decimal("0.1"), Decimal("1.25"), 2, 5),
    "large": (5, Decimal("0.5"), Decimal("6.25"), 10, 25),
}


def cell(
    unit: str = "triage",
    run: str = "1",
    model: str = "small",
    tasks: int = 1,
    calls: int = 1,
    tokens: tuple[int, int, int, int, int] = (1000, 0, 0, 0, 100),
    price: Decimal | int = 1,
    fees: Decimal = Decimal(0),
    unpriced: int = 0,
) -> BridgeCell:
    """`tokens`: fresh, cache read, write short, write long, output; `price` multiplies the list price."""
    costs = [
        Decimal(n) * Decimal(p) * Decimal(price) / 1_000_000
        for n, p in zip(tokens, PRICES[model], strict=True)
    ]
    return BridgeCell(
        unit,
        run,
        tasks,
        "anthropic",
        model,
        "standard",
        "",
        calls,
        *tokens,
        *costs,
        fees,
        sum(costs, fees),
        unpriced,
    )
