-- purpose: remembers that a statement was applied
-- grain: one statement
-- writes: schema_migrations
INSERT INTO schema_migrations (name, digest)
SELECT {name:String}, {digest:String}
