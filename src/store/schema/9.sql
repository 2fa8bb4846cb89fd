-- Queued edits that a run held back since others had changed what they would overwrite, each with its item in that run,
-- until the user decides. What it was, and what was read, are the bases of that item.
create table conflict (edit integer primary key, key integer not null) strict;
