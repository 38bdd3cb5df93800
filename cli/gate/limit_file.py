"""The file of limits that `--limits` names: YAML, a list of rules below `limits`.

In: a path. Out: LimitRules. Raises UsageError with one line that names the place.
"""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analytics.gate.limits import MEASURES, LimitRule
from cli.errors import UsageError

Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    cases: str = "*"
    workloads: str = "*"
    max_usd: Amount | None = None
    max_usd_per_task: Amount | None = None
    max_calls: Amount | None = None
    max_tokens: Amount | None = None
    of: Literal["mean", "every"] = "mean"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    limits: list[_Rule]


def read_limits(path: str) -> list[LimitRule]:
    """The rules of a file."""
    try:
        found = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        rules = _File.model_validate(found).limits
    except OSError as error:
        raise UsageError(f"--limits {path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--limits {path}: is no text in UTF-8") from None
    except yaml.YAMLError as error:
        raise UsageError(f"--limits {path}: is no YAML: {' '.join(str(error).split())[:200]}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"--limits {path}: {where or 'file'}: {first['msg']}") from None
    for number, rule in enumerate(rules, 1):
        if all(getattr(rule, name) is None for name in MEASURES):
            raise UsageError(
                f"--limits {path}: rule {number} has no limit; give one of {', '.join(MEASURES)}"
            )
    return [LimitRule(**rule.model_dump()) for rule in rules]
