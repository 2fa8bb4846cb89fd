-- Parts of batches: a batch that is sent on in parts has no outcomes of its own.
alter table batch add column parent integer;
-- Why an attempt on the whole may have been taken, where one may.
alter table batch add column doubt text;
-- Whether the server may have taken an attempt though it did not settle its batch; true while it is under way.
alter table attempt add column doubtful integer not null default 1;
