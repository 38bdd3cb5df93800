"""Models of the ledger that have no price.

In: settings. Out: findings with the lines to paste, or why the ledger could not be asked.
"""

import json

from cli.errors import CommandError
from cli.ledger import open_ledger
from cli.prices.yaml import rule_lines
from collector.prices.check import PriceFinding
from collector.settings import CollectorSettings
from sql.catalogue import query

ALL_TIME = {"from_": "1970-01-01 00:00:00", "to_": "2100-01-01 00:00:00"}


def unknown_models(settings: CollectorSettings) -> tuple[list[PriceFinding], str]:
    """An error for every model whose calls have no price; and why the ledger was not asked, empty when it was."""
    try:
        with open_ledger(settings) as ledger:
            asked = query("unpriced_calls")
            answer = b"".join(ledger.query(asked.text, "JSONEachRow", ALL_TIME | asked.no_filter))
    except CommandError as error:
        return [], str(error)
    found = [json.loads(line) for line in answer.splitlines()]
    wanting = [row for row in found if row["pricing_status"] in ("unknown_model", "no_price_for_bucket")]
    return [_finding(row) for row in wanting], ""


def _finding(row: dict[str, object]) -> PriceFinding:
    name = f"{row['provider'] or 'unknown provider'} {row['model'] or 'unknown model'}"
    why = (
        "is not in the price book"
        if row["pricing_status"] == "unknown_model"
        else "has no price for a bucket it used"
    )
    return PriceFinding(
        "error",
        name,
        f"{why}: {row['calls']} calls without a cost",
        "in spanledger.yaml:\n    "
        + rule_lines(str(row["provider"]), str(row["model"])).replace("\n", "\n    "),
    )
