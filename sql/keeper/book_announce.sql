-- purpose: puts a price book in force
-- grain: one price book
INSERT INTO price_books (version, rows) SELECT {version:String}, {rows:UInt32}
