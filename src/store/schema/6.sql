-- The failed item that this one was sent again for. As a column it costs a submit a byte an edit.
alter table item add column origin integer;
create index item_origin on item (origin) where origin is not null;
-- Failures that the user gave up are marked like those put back in the queue, and come back by undo alike.
alter table requeue add column dropped integer not null default 0;
-- SQLite takes an index only for its own condition, word for word.
drop index outcome_problem;
create index outcome_problem on outcome (key) where status <> 'updated' or echo in ('differs', 'missing');
