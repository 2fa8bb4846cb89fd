-- The queue. Its order is that of `id`, which is never used twice: an edit that comes back takes its old place.
-- There is no index on sid: sids are random, so each batch that leaves the queue would rewrite pages all over it, which
-- made a run of a million edits ten times slower. Who looks for sids scans (see queue.rs).
create table edit (
    id integer primary key autoincrement,
    sid text not null,
    first_name text, last_name text, number text, email text, company_name text, tag text, custom_field text,
    cleared integer not null,
    -- The item that failed before it was put back in the queue.
    origin integer
) strict;

-- How many edits are queued; counting a million rows would hold up the start.
create table queue_size (edits integer not null) strict;
insert into queue_size values (0);

-- Undo: one row for each change of the queue, newest last.
create table step (
    id integer primary key autoincrement,
    name text not null,
    undone integer not null default 0
) strict;
create index step_undone on step (id) where undone;
-- Ids of the edits that a step brought into the queue or took out of it.
create table span (
    step integer not null, first integer not null, last integer not null,
    primary key (step, first)
) without rowid, strict;
-- The edits of a step's spans while they are out of the queue.
create table shelf (
    id integer primary key,
    step integer not null,
    sid text not null,
    first_name text, last_name text, number text, email text, company_name text, tag text, custom_field text,
    cleared integer not null,
    origin integer
) strict;
-- The other values of edits that a step changed: side 0 is what undo puts back, side 1 what redo does.
create table image (
    step integer not null, side integer not null, id integer not null,
    sid text not null,
    first_name text, last_name text, number text, email text, company_name text, tag text, custom_field text,
    cleared integer not null,
    primary key (step, side, id)
) without rowid, strict;

-- Runs. `run.updated` and its neighbours are the sums over `outcome`, kept in the same transactions.
create table run (
    id integer primary key autoincrement,
    state text not null,
    started integer not null, finished integer, elapsed_ms integer not null default 0,
    profile text not null, account text not null, base_url text not null, user text not null,
    resumes integer,
    planned integer not null, batches integer not null,
    updated integer not null default 0, rejected integer not null default 0,
    unknown integer not null default 0, not_sent integer not null default 0,
    requests integer not null default 0, retries integer not null default 0
) strict;
-- The edits of a batch have the places first_seq, first_seq + 1, … within the run.
create table batch (
    run integer not null, no integer not null,
    round integer not null, first_seq integer not null, edits integer not null,
    primary key (run, no)
) without rowid, strict;
-- The edits as they were when the run was planned. The key is the run and the place in it (see key.rs).
create table item (
    key integer primary key,
    edit integer not null, batch integer not null,
    sid text not null,
    first_name text, last_name text, number text, email text, company_name text, tag text, custom_field text,
    cleared integer not null
) strict;
-- What became of an item. Its key, the item's, is what makes an edit settle once.
create table outcome (
    key integer primary key,
    status text not null,
    code integer, error_code integer, description text, message text,
    echo text not null, differences text, item text
) strict;
create index outcome_problem on outcome (key) where status <> 'updated' or echo = 'differs';
-- Intents to send. Without `elapsed_ms` an attempt is under way, or its process died.
create table attempt (
    run integer not null, batch integer not null, attempt integer not null,
    started integer not null, elapsed_ms integer,
    http_status integer, request_id text, error text,
    primary key (run, batch, attempt)
) without rowid, strict;
-- Items put back in the queue; one counts while its step is not undone.
create table requeue (
    key integer not null, step integer not null,
    primary key (key, step)
) without rowid, strict;
create index requeue_step on requeue (step);
