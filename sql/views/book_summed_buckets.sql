-- purpose: no sums stand at another book: every call is read by itself
-- grain: one bucket of one basis
-- params: into Identifier the database of these views
-- reads: summed_buckets
CREATE OR REPLACE VIEW {into:Identifier}.summed_buckets AS
SELECT *
FROM summed_buckets
WHERE 0
