-- purpose: loads the attributes that rules match
-- grain: one attribute name
-- params: names Array(String) attribute names
-- writes: ruled_attributes
INSERT INTO ruled_attributes (name)
SELECT arrayJoin({names:Array(String)})
