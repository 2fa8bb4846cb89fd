-- Up to when the server's changes are known, by its own dates, and when that was looked at last; milliseconds. A walk through
-- the whole book notes where the server was when it began, and it counts once the walk came to its end.
alter table book add column newest integer;
alter table book add column looked integer;
alter table pull add column newest integer;
