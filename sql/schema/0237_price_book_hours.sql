-- purpose: prices by the hour of the day
-- grain: provider x model x service class x validity x prompt length x region
ALTER TABLE price_book
    ADD COLUMN IF NOT EXISTS hours UInt16 COMMENT 'n > 0: in this time the price depends on the hour; rows of region daily have it, valid on the n-th day of 1970; 0 = it does not'
