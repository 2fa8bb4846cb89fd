-- Counts what changes the queue, but for edits that leave it with a run. While it stands still, the queue has what a run
-- was planned with, and nobody needs to compare.
alter table queue_size add column changes integer not null default 0;
alter table run add column queue_changes integer;
