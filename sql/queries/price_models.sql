-- purpose: model names seen in traffic, what each means in the price book, and what its calls cost
-- grain: one row per provider and model name as seen, dearest first
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive
-- columns: provider text; model text; book_provider text empty = unknown; book_model text empty = unknown; note text alias or empty; tier text; calls count;
--   unpriced count; list_usd Decimal USD; original_usd Decimal USD as first priced; last_seen Nullable(DateTime('UTC')) minute of the latest call
-- tables: model_alias, calls_rollup
SELECT
    r.provider AS provider, r.model AS model,
    toString(a.book_provider) AS book_provider, a.book_model AS book_model, toString(a.note) AS note, toString(a.tier) AS tier,
    r.n AS calls, r.unpriced_n AS unpriced, r.list AS list_usd, r.original AS original_usd, r.latest AS last_seen
FROM
(
    SELECT
        toString(c.provider) AS provider, toString(c.model) AS model, sum(calls) AS n, sum(unpriced_calls) AS unpriced_n,
        sum(list_cost_usd) AS list, sum(original_cost_usd) AS original, max(minute) AS latest
    FROM calls_rollup AS c FINAL
    WHERE minute >= {from_:DateTime64(6,'UTC')} AND minute < {to_:DateTime64(6,'UTC')}
    GROUP BY provider, model
) AS r
LEFT JOIN model_alias AS a FINAL ON a.provider = r.provider AND a.model = r.model
ORDER BY list_usd DESC, calls DESC, provider, model
LIMIT 500
