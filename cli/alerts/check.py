"""The rules in force in a line each, and receivers whose secrets are not there.

In: configuration. Out: text. Never: a secret.
"""

from collections.abc import Iterator

from collector.config.alert_defaults import DEFAULT_RULES
from collector.config.alerts import AlertRule, Alerts
from collector.config.model import Config
from collector.config.receivers import SecretSource
from collector.notify.secrets import SecretMissing, read_secret

_BUILT_IN = {rule["name"] for rule in DEFAULT_RULES}


def rule_lines(alerts: Alerts, config: Config) -> Iterator[str]:
    """One line a rule: name, severity, what it does, whom it tells."""
    rules = alerts.in_force()
    width = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        told = ", ".join(rule.notify or alerts.notify)
        origin = "" if rule.name in _BUILT_IN else " (yours)"
        yield f"{rule.name:{width}}  {rule.severity:6}  {_words(rule, config)}{origin}" + (
            f"; tells {told}" if told else ""
        )


def warnings(config: Config) -> list[str]:
    """A line when nobody is told, and for every secret that cannot be read here and now."""
    found = (
        []
        if config.receivers
        else ["nobody is told: there are no receivers; alerts stand on the Alerts page"]
    )
    for receiver in config.receivers:
        sources: list[SecretSource | None] = [receiver.url_from, receiver.key_from, receiver.password_from]
        for source in [*sources, *receiver.headers_from.values()]:
            if source is None:
                continue
            try:
                read_secret(source)
            except SecretMissing as error:
                found.append(f"receiver {receiver.name}: {error} here; the collector needs it")
    return found


def _words(rule: AlertRule, config: Config) -> str:
    if rule.kind in ("budget", "forecast"):
        budgets = f"{len(config.budgets)} budgets" if config.budgets else "no budgets yet (see budgets:)"
        return f"{'burn of' if rule.kind == 'budget' else 'month-end of'} {budgets}"
    if rule.kind == "shift":
        return f"cost off its seasonal plan, by {', '.join(rule.by) or 'workload and in all'}"
    if rule.kind == "runaway":
        return (
            f"a task over {rule.cost_times:g} x P95 cost or {rule.call_times:g} x P99 calls of its workload"
        )
    compare = next(
        f"{name.replace('_', ' ')} {getattr(rule, name):g}"
        for name in ("above", "at_least", "below", "rise", "drop")
        if getattr(rule, name) is not None
    )
    what = rule.measure or f"{rule.column} of query {rule.query}"
    return f"{what} {compare} over {rule.window}"
