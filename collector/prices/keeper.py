"""Keeps the price book and the meaning of names up to date.

In: a runner, the configuration. Out: rows in price_book, model_alias, workload_alias, dictionaries reloaded.
Never: a price changed without a new book version.
"""

from collector.config.model import Config
from collector.engine.runner import Runner, chunks, execute, insert_rows, rows
from collector.engine.typed import strings, text
from collector.prices.book import book_version, price_book, record
from collector.prices.names import model_meaning, workload_ruling
from collector.prices.reprice_requests import ask_for_unpriced


class PriceKeeper:
    """Owns the price book of one ledger. Not safe for use by several threads at once."""

    def __init__(self, runner: Runner, config: Config) -> None:
        self._runner = runner
        self._config = config
        self._tiers = config.tier_rules()
        self._book: frozenset[tuple[str, str]] | None = None

    @property
    def has_rules(self) -> bool:
        """Whether workloads or latency classes are ruled on."""
        return bool(self._config.workloads or self._config.latency_classes)

    def load_book(self) -> str:
        """Puts the book of the installed library and the overrides in force; returns its version.

        A book that was loaded before is not loaded again. Names seen before are resolved anew.
        """
        name = book_version(self._config)
        known = [row["version"] for row in rows(self._runner, "keeper/book_versions")]
        if name not in known:
            records = [record(name, row) for row in price_book(self._config)]
            for part in chunks(records, 5000):
                insert_rows(self._runner, "price_book", part)
        if not known or known[0] != name:
            count = str(len(self._known()))
            execute(self._runner, "keeper/book_announce", {"version": text(name), "rows": count})
        self._reload("price_range")
        self._reload("first_price")
        self.resolve_all()
        if known and known[0] != name:
            ask_for_unpriced(self._runner)
        return name

    def resolve_all(self) -> None:
        """Resolves every name ever seen by the configuration in force."""
        self._write_models([(r["provider"], r["model"]) for r in rows(self._runner, "keeper/all_models")])
        self._runner.run("TRUNCATE TABLE workload_alias")
        self._reload("workload_name")
        self._runner.run("TRUNCATE TABLE ruled_attributes")
        names = sorted({name for rule in self._config.workloads for name in rule.match.attributes})
        execute(self._runner, "keeper/ruled_attributes_load", {"names": strings(names)})
        self._reload("attribute_role")

    def resolve_new(self) -> None:
        """Resolves names of the current batch that were never seen; usually there are none."""
        models = [(row["provider"], row["model"]) for row in rows(self._runner, "keeper/new_models")]
        if models:
            self._write_models(models)
        if self.has_rules:
            self._rule_new()

    def _write_models(self, models: list[tuple[str, str]]) -> None:
        for part in chunks(models, 2000):
            meanings = [model_meaning(p, m, self._known(), self._tiers) for p, m in part]
            execute(
                self._runner,
                "keeper/model_alias_write",
                {
                    "providers": strings(m.provider for m in meanings),
                    "models": strings(m.model for m in meanings),
                    "book_providers": strings(m.book_provider for m in meanings),
                    "book_models": strings(m.book_model for m in meanings),
                    "notes": strings(m.note for m in meanings),
                    "tiers": strings(m.tier for m in meanings),
                },
            )
        self._reload("model_name")

    def _rule_new(self) -> None:
        seen = rows(self._runner, "keeper/new_workloads")
        if not seen:
            return
        for part in chunks(seen, 2000):
            rulings = [
                workload_ruling(
                    r["service"], r["workload"], r["agent"], r["environment"], r["labels"], self._config
                )
                for r in part
            ]
            execute(
                self._runner,
                "keeper/workload_alias_write",
                {
                    "services": strings(r.service for r in rulings),
                    "workloads": strings(r.workload for r in rulings),
                    "agents": strings(r.agent for r in rulings),
                    "environments": strings(r.environment for r in rulings),
                    "labels": strings(r.labels for r in rulings),
                    "ruled": strings(r.ruled_workload for r in rulings),
                    "classes": strings(r.latency_class for r in rulings),
                },
            )
        self._reload("workload_name")

    def _known(self) -> frozenset[tuple[str, str]]:
        if self._book is None:
            self._book = frozenset((row.provider, row.model) for row in price_book(self._config))
        return self._book

    def _reload(self, dictionary: str) -> None:
        self._runner.run("SYSTEM RELOAD DICTIONARY {name:Identifier}", {"name": dictionary})
