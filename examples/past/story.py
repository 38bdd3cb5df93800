"""What happened in those weeks, and when: releases, a bad prompt, a week of escalations, a price change.
Everything hangs on the midnight (UTC) before `now`, so that a second run on the same day tells the same."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from examples.past.plan import Release

NS = 1_000_000_000
SUPPORT, PLANNER, CODING, NIGHTLY = "support-triage", "research-planner", "coding-session", "nightly-digest"
CATALOGUE, CONTRACTS, SCREENING = "catalogue-sync", "contract-review", "inbox-screening"
UNKNOWN_MODEL = "northwind-70b-ft2"
BAD_PROMPT = "plan-v14"

# Days before midnight at which a release went out, and its prompt version; newest last.
_RELEASES: dict[str, tuple[tuple[float, str], ...]] = {
    SUPPORT: ((-60, "triage-v21"), (-17.4, "triage-v22"), (-8.6, "triage-v23"), (-1.4, "triage-v23")),
    PLANNER: (
        (-60, "plan-v12"),
        (-15.5, "plan-v13"),
        (-3.6, BAD_PROMPT),
        (-1.55, "plan-v13"),
        (-0.5, "plan-v15"),
    ),
    CODING: ((-60, "code-v30"), (-18.6, "code-v31"), (-11.4, "code-v32"), (-4.5, "code-v33")),
    NIGHTLY: ((-60, "digest-v6"), (-13.4, "digest-v7")),
    CATALOGUE: ((-60, "catalogue-v3"), (-9.7, "catalogue-v4")),
    CONTRACTS: ((-60, "contract-v8"), (-5.5, "contract-v9")),
    SCREENING: ((-60, "screen-v1"),),
}


@dataclass(frozen=True)
class Story:
    """The events of the weeks that end at `now`; moments are nanoseconds since 1970."""

    seed: int
    now: datetime
    weeks: int

    @property
    def midnight(self) -> datetime:
        """The last midnight (UTC) before `now`."""
        return self.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def days(self) -> list[datetime]:
        """The midnights of all days: whole weeks, and the unfinished day after them."""
        count = 7 * self.weeks
        return [self.midnight - timedelta(days=count - n) for n in range(count + 1)]

    @property
    def price_change(self) -> datetime:
        """From when the dearest model costs more."""
        return self.midnight - timedelta(days=10)

    def escalations_rose(self, at_ns: int) -> bool:
        """Whether a moment lies in the week in which the cheap tier failed more often."""
        return self._at(-20) <= at_ns < self._at(-13)

    def unknown_model_in_use(self, at_ns: int) -> bool:
        """Whether a model without a price is being tried out."""
        return at_ns >= self._at(-9)

    def screening_in_use(self, at: datetime) -> bool:
        """Whether incoming mail is screened already; it is the newest of the workloads."""
        return at >= self.midnight - timedelta(days=8)

    def appendices_pasted(self, at_ns: int) -> bool:
        """Whether contracts are reviewed with all their appendices in the prompt."""
        return at_ns >= self._at(-5.5)

    def release(self, workload: str, at_ns: int) -> Release:
        """The release of a workload that is in force at a moment."""
        return next(release for release in reversed(self.releases(workload)) if release.from_ns <= at_ns)

    def releases(self, workload: str) -> list[Release]:
        """All releases of a workload, oldest first, each with its commit and pull request."""
        dice = random.Random(f"{self.seed}/releases/{workload}")
        number = dice.randrange(300, 500)
        found = []
        for days, prompt_version in _RELEASES[workload]:
            number += dice.randrange(3, 17)
            commit = f"{dice.getrandbits(160):040x}"
            found.append(Release(self._at(days), commit, str(number), prompt_version))
        return found

    def _at(self, days: float) -> int:
        return int((self.midnight + timedelta(days=days)).timestamp()) * NS
