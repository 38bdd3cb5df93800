"""The keeper: takes touched keys every second or so and has everything that belongs together recomputed.

In: touched_keys. Out: llm_calls, tasks, calls_rollup up to date. One at a time.
Never: a key struck before everything in it was recomputed, or set aside by name. What fails is tried again and said.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from collector.config.model import Config
from collector.engine.faults import is_outage
from collector.engine.runner import GuardedRunner, Runner, execute, rows
from collector.engine.typed import text
from collector.errors import CollectorError
from collector.keeper.batch import (
    DAY_S,
    HOUR_S,
    MINUTE_S,
    BatchPlan,
    clear_work,
    run_batch,
    share_params,
    sum_buckets,
)
from collector.keeper.due import SumLimits
from collector.keeper.lease import Lease, LeaseLost
from collector.keeper.reprice import carry_out
from collector.keeper.summing import Summing
from collector.keeper.taking import Part, Share, Taking
from collector.keeper.troubles import Troubles, described
from collector.prices.keeper import PriceKeeper
from collector.prices.reprice_requests import Reprice, open_reprices, say_failed

log = logging.getLogger(__name__)

FOLD_AFTER_S = 14 * 24 * HOUR_S
REPRICE_TRIES = 5
ASIDE_AT_ONCE = 20


class StillUnfolded(CollectorError):
    """Folding an hour left minutes of it behind: folding it again would not end."""


@dataclass(frozen=True, slots=True)
class KeeperPace:
    """How often and how much at once.

    `batch_keys` bounds the rows of touched_keys in one batch. After a batch of more than `small_keys` the next one
    begins `gather_s` after it began, after a smaller one `rest_s`, and later if the keeper would otherwise work more
    than `most_busy` of the time, but at most `longest_rest_s` later: planning a batch costs the same however little
    is in it.
    """

    idle_s: float = 0.5
    batch_keys: int = 150_000
    small_keys: int = 4_000
    gather_s: float = 2.0
    rest_s: float = 1.0
    most_busy: float = 0.25
    longest_rest_s: float = 3.0
    fold_every_s: float = 3600
    join_after_s: int = 60
    most_slices: int = 60
    standby_s: float = 5.0
    retry_s: float = 5.0
    sums: SumLimits = field(default_factory=SumLimits)


class Keeper:
    """Runs in a thread of its own between `start` and `stop`; `catch_up` does the same work in this thread."""

    def __init__(
        self,
        runner: Runner,
        config: Config,
        pace: KeeperPace | None = None,
        now_ns: Callable[[], int] = time.time_ns,
        newer_config: Callable[[], Config | None] = lambda: None,
        lease: Lease | None = None,
        offer_books: Callable[[], None] = lambda: None,
    ) -> None:
        """With a lease the thread works only while it holds it; `catch_up` and `step` never ask.

        offer_books: called by the thread whenever a price book was loaded.
        """
        self._lease = lease
        self._runner = runner if lease is None else GuardedRunner(runner, lease.insist)
        runner = self._runner
        self._config = config
        self._pace = pace or KeeperPace()
        self._now_ns = now_ns
        self._newer_config = newer_config
        self._prices = PriceKeeper(runner, config)
        self._version = 0
        self._trust_fresh = False
        self._taking = Taking(self._pace.batch_keys, self._pace.small_keys)
        self._troubles = Troubles(runner, self._pace.retry_s)
        self._takes_less = False
        self._has_aside = False
        self._ready = False
        self._offer_books = offer_books
        self._offered_by: PriceKeeper | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._folded_at = float("-inf")
        self._folded_hours: set[int] = set()
        self._renew_at_s = float("-inf")
        # What a process that ended leaves here is joined when its hour is folded; sums are right either way.
        self._slices: dict[int, list[int]] = {}
        self._summing = Summing(runner, self._next_version, now_ns, self._pace.sums)
        self._repricing: tuple[Reprice, Iterator[None]] | None = None
        self._reprice_tries = 0

    def start(self) -> None:
        """Loads the price book and starts the thread."""
        if self._lease is None:
            self.prepare()
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after the batch it is in."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self._lease is not None and self._lease.is_held:
            try:
                self._lease.release()
            except CollectorError as error:  # it ends by itself
                log.warning("the lease of recomputing was not released: %s", error)

    def prepare(self) -> None:
        """Loads the price book and finds where the numbering of batches goes on."""
        if not self._ready:
            self._prices.load_book()
            newest = int(rows(self._runner, "keeper/newest_version")[0]["version"] or 0)
            self._version = max(self._version, newest)
            self._has_aside = int(rows(self._runner, "keeper/set_aside_count")[0]["traces"]) > 0
            self._ready = True

    def catch_up(self) -> int:
        """Recomputes until nothing waits; returns how many batches that took."""
        self.prepare()
        count = 0
        while self.step():
            count += 1
        while self.reprice_step():
            pass
        return count

    def step(self) -> bool:
        """One batch, by the configuration in force at its beginning; False when nothing waited."""
        self._follow_config()
        with self._runner.settled() as age_s:
            found = rows(self._runner, "keeper/touched_parts")
        waiting = [part for part in found if int(part["age_s"]) >= age_s]
        share = self._taking.next([Part(str(part["name"]), int(part["rows"])) for part in waiting])
        if share is None:
            return False
        trust, self._trust_fresh = self._trust_fresh and not share.is_piece, False
        idle_s = self._config.task_idle_minutes * 60
        plan = BatchPlan(share, self._next_version(), idle_s, trust, self._has_aside)
        try:
            minutes = run_batch(self._runner, self._prices, plan, self._summing.before_change)
        except LeaseLost:
            raise
        except Exception as error:
            self._take_less(share, error)
            raise
        self._pass(share)
        for minute in minutes:
            self._slices.setdefault(minute, []).append(plan.version)
        # After a start or a failure the waiting parts may have been half done; what arrives later has not.
        self._trust_fresh = trust or (len(share.parts) == len(waiting) and not self._taking.is_cut)
        return True

    def _pass(self, share: Share) -> None:
        if self._taking.passed(share):
            for part in share.parts:
                execute(self._runner, "keeper/strike_part", {"part": part})

    def _take_less(self, share: Share, error: Exception) -> None:
        """After a failure: fewer parts, then a piece of a part; a trace that fails alone is set aside, and said."""
        if is_outage(error):
            return
        with contextlib.suppress(CollectorError):
            clear_work(self._runner)
            traces = int(rows(self._runner, "keeper/share_traces", share_params(share))[0]["traces"])
            if not traces:
                return
            if self._taking.failed(share, traces):
                self._takes_less = traces > 1
                return
            problem = described(error)
            log.error("a trace cannot be recomputed and is set aside (table set_aside): %s", problem)
            execute(self._runner, "keeper/set_aside", {**share_params(share), "problem": text(problem)})
            self._has_aside = self._takes_less = True
            self._pass(share)

    def reprice_step(self) -> bool:
        """One slice of the reprice that was asked for first; False when none is asked for."""
        self.prepare()
        if self._repricing is None:
            wanted = next(iter(open_reprices(self._runner)), None)
            if wanted is None:
                return False
            self._repricing = wanted, self._summed_after(wanted)
        wanted, slices = self._repricing
        try:
            next(slices)
        except StopIteration:
            self._repricing = None
            self._reprice_tries = 0
        except Exception as error:
            # From its beginning again: what is done already is found unchanged.
            self._repricing = None
            self._summing.forget()
            self._reprice_tries += 1
            if self._reprice_tries >= REPRICE_TRIES:
                self._reprice_tries = 0
                say_failed(self._runner, wanted, str(error)[:1000])
            raise
        return True

    def _summed_after(self, wanted: Reprice) -> Iterator[None]:
        """The slices of a reprice; meanwhile no sums of its stretch stand, afterwards those that it did not touch."""
        self._summing.doubt(wanted.from_s, wanted.to_s)
        changed = yield from carry_out(self._runner, wanted, self._next_version)
        self._summing.trust(wanted.from_s, changed)

    def round(self) -> bool:
        """What the thread does over and over, each step by itself: one that fails waits, and holds up no other.

        Returns whether a batch or a slice of a reprice was due.
        """
        busy = self._tried("recomputing", self.step)
        self._offer()
        busy = self._tried("repricing", self.reprice_step) or busy
        self._tried("joining sums", self.join_slices)
        # What is summed amid a reprice would hold old and new prices, and stand.
        if not self._taking.is_behind and self._repricing is None:
            self._tried("summing past hours", self._summing.step)
        if not busy and time.monotonic() - self._folded_at > self._pace.fold_every_s:
            busy = self._tried("folding minutes", self._fold_some)
        return busy

    def _tried(self, step: str, work: Callable[[], object]) -> bool:
        if not self._troubles.may_try(step):
            return False
        self._takes_less = False
        try:
            is_done = bool(work())
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - outermost edge of the thread: it must not die
            self._troubles.failed(step, error, at_once=self._takes_less)
            return self._takes_less
        if self._taking.is_limited:
            self._troubles.eased(step)
        else:
            self._troubles.passed(step)
        return is_done

    def _fold_some(self) -> bool:
        """Folds a day at a time, so that what arrives meanwhile need not wait for all of them."""
        if self._fold_day():
            return True
        self._end_folding()
        if self._has_aside:
            execute(self._runner, "keeper/touch_aside", {"most": str(ASIDE_AT_ONCE)})
        return False

    def fold_hours(self) -> None:
        """Folds minutes older than two weeks into hours."""
        self.prepare()
        while self._fold_day():
            pass
        self._end_folding()

    def _fold_day(self) -> bool:
        before = self._now_ns() // 1_000_000_000 - FOLD_AFTER_S
        before -= before % HOUR_S
        found = rows(self._runner, "keeper/hours_to_fold", {"before": str(before)})
        hours = [int(row["hour"]) for row in found]
        if hours and hours[0] in self._folded_hours:
            self._end_folding()
            raise StillUnfolded(
                f"minutes of {datetime.fromtimestamp(hours[0], UTC):%Y-%m-%d %H:%M} stand although they were folded"
            )
        day = [hour for hour in hours if hour // DAY_S == hours[0] // DAY_S]
        sum_buckets(self._runner, day, HOUR_S, self._next_version())
        self._folded_hours.update(day)
        return bool(day)

    def _end_folding(self) -> None:
        self._folded_at = time.monotonic()
        self._folded_hours.clear()

    def sum_settled(self) -> int:
        """Sums every hour and day that is due, without a rest; returns how many."""
        self.prepare()
        return self._summing.sum_all()

    def join_slices(self) -> None:
        """Sums anew the minutes to which batches added slices: those left in peace for a while, and those of many."""
        before = self._now_ns() - self._pace.join_after_s * 1_000_000_000
        due = [
            minute
            for minute, versions in self._slices.items()
            if versions[-1] < before or len(versions) >= self._pace.most_slices
        ]
        sum_buckets(self._runner, due, MINUTE_S, self._next_version())
        for minute in due:
            del self._slices[minute]

    def _follow_config(self) -> None:
        config = self._newer_config()
        if config is not None:
            self._config = config
            self._prices = PriceKeeper(self._runner, config)
            self._ready = False
        self.prepare()

    def _offer(self) -> None:
        if self._offered_by is not self._prices:
            self._offered_by = self._prices
            self._offer_books()

    def _next_version(self) -> int:
        self._version = max(self._now_ns(), self._version + 1)
        return self._version

    def _may_work(self) -> bool:
        """Whether this collector is the one that recomputes; renews the lease when a third of it is over."""
        if self._lease is None:
            return True
        if self._lease.is_held and time.monotonic() < self._renew_at_s:
            return True
        was_held = self._lease.is_held
        held = self._lease.hold()
        self._renew_at_s = time.monotonic() + self._lease.lasts_s / 3
        if not (held and was_held):
            # Another may have worked since, and may have broken off.
            self._ready = self._trust_fresh = False
            self._summing.forget()
        return held

    def _run(self) -> None:
        while not self._stop.is_set():
            began_s = time.monotonic()
            try:
                if not self._may_work():
                    self._stop.wait(self._pace.standby_s)
                    continue
                busy = self.round()
            except LeaseLost as error:
                log.warning("recomputing stopped: %s", error)
                busy = False
            except Exception as error:  # noqa: BLE001 - outermost edge of the thread: it must not die
                self._troubles.failed("keeping the ledger", error)
                self._stop.wait(self._pace.standby_s)
                continue
            if not busy:
                self._stop.wait(self._pace.idle_s)
            else:
                self._stop.wait(max(0.0, began_s + self._pause_s(began_s) - time.monotonic()))

    def _pause_s(self, began_s: float) -> float:
        """Seconds from the beginning of one batch to the beginning of the next."""
        if self._taking.is_behind:
            return 0.0
        if self._taking.is_large:
            return self._pace.gather_s
        spread_s = (time.monotonic() - began_s) / self._pace.most_busy
        return min(max(self._pace.rest_s, spread_s), self._pace.longest_rest_s)
