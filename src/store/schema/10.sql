-- The step on whose shelf the edits of a span lie while they are out of the queue: where edits are put back that an earlier
-- step took out, it is that one; else it is the step itself.
alter table span add column shelf integer;
