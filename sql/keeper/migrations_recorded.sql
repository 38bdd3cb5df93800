-- purpose: digests of the statements that were applied
-- grain: one statement
-- reads: schema_migrations
SELECT name, digest
FROM schema_migrations FINAL
