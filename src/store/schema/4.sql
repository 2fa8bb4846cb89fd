-- What contacts were before they were changed. It stands apart from edits and outcomes, since most of them have none.
create table base (
    -- The item of a run.
    key integer not null,
    -- 0: as it was known when the run was planned; 1: as it was read right before it was to be sent.
    side integer not null,
    -- Where it was seen: in the address book, or in a read (this run's, or one that an earlier run held the edit back for).
    source text not null,
    -- An empty field is the empty text.
    first_name text not null, last_name text not null, number text not null, email text not null,
    company_name text not null, tag text not null, custom_field text not null,
    -- The server's own date, as it writes it, and when it was seen, in milliseconds.
    date_updated text, seen integer not null,
    primary key (key, side)
) without rowid, strict;
-- Edits that a run did not send because of what it read, each with the last such item and why. What was read then is the
-- base of its next sending: somebody has been told of it.
create table held (
    edit integer primary key,
    key integer not null, why text not null
) strict;
