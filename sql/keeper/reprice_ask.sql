-- purpose: asks for a reprice, or says how far it is
-- grain: one state of one reprice
INSERT INTO reprices (id, state, from_, to_, scope, done, total, problem)
SELECT {id:String}, {state:String}, toDateTime({from_:UInt32}, 'UTC'), toDateTime({to_:UInt32}, 'UTC'), {scope:String}, {done:UInt64}, {total:UInt64}, {problem:String}
