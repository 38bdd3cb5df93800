-- purpose: tells history that was read in from spans that came late
-- grain: one span of any kind
ALTER TABLE spans ADD COLUMN IF NOT EXISTS imported Bool DEFAULT false COMMENT 'history read in, old by nature'
