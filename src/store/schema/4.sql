-- What contacts were before they were changed. It stands apart from edits and outcomes, since most of them have none.
create table base (
    -- The item of a run.
    key integer not null,
    -- 0: as it was known when the run was planned; 1: as it was read right before it was to be sent.
    side integer not null,
    -- Where it was seen: 'book', 'snapshot' (a read right before the sending) or 'run' (as an earlier run left it).
    source text not null,
    -- An empty field is the empty text.
    first_name text not null, last_name text not null, number text not null, email text not null,
    company_name text not null, tag text not null, custom_field text not null,
    -- The server's own date, as it writes it, and when it was seen, in milliseconds.
    date_updated text, seen integer not null,
    primary key (key, side)
) without rowid, strict;
-- What is known of the contact of a queued edit from elsewhere than the address book: what a run read when it held the
-- edit back (somebody has been told of it), or how the run left the contact that the edit takes back.
create table edit_base (
    edit integer primary key,
    source text not null,
    first_name text not null, last_name text not null, number text not null, email text not null,
    company_name text not null, tag text not null, custom_field text not null,
    date_updated text, seen integer not null
) strict;
-- Items that a run did not send because of what it read, and why.
create table held (key integer primary key, why text not null) strict;
