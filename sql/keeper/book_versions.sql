-- purpose: price books that were loaded, newest first
-- grain: one price book
SELECT version FROM price_books ORDER BY loaded_at DESC
