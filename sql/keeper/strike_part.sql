-- purpose: strikes what a batch has recomputed
-- grain: one part of touched_keys
-- params: part String name of the part
ALTER TABLE touched_keys DROP PART {part:String}
