-- The queue. Its order is that of `id`, which is never used twice: an edit that comes back takes its old place.
create table edit (
    id integer primary key autoincrement,
    sid text not null,
    first_name text, last_name text, number text, email text, company_name text, tag text, custom_field text,
    cleared integer not null,
    -- Where it failed before it was put back in the queue.
    origin_run integer, origin_seq integer
) strict;
create index edit_sid on edit (sid);

-- How many edits are queued; counting a million rows would hold up the start.
create table queue_size (edits integer not null) strict;
insert into queue_size values (0);

-- Undo: one row for each change of the queue, newest last.
create table step (
    id integer primary key autoincrement,
    name text not null,
    undone integer not null default 0
) strict;
-- Ids of the edits that a step brought into the queue or took out of it.
create table span (
    step integer not null, first integer not null, last integer not null,
    primary key (step, first)
) without rowid, strict;
-- The edits of a step's spans while they are out of the queue.
create table shelf (
    step integer not null, id integer not null,
    sid text not null,
    first_name text, last_name text, number text, email text, company_name text, tag text, custom_field text,
    cleared integer not null,
    origin_run integer, origin_seq integer,
    primary key (step, id)
) without rowid, strict;
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
-- The edits as they were when the run was planned.
create table item (
    run integer not null, seq integer not null,
    edit integer not null, batch integer not null,
    sid text not null,
    first_name text, last_name text, number text, email text, company_name text, tag text, custom_field text,
    cleared integer not null,
    primary key (run, seq)
) without rowid, strict;
-- Its key is what makes an edit settle once.
create table outcome (
    run integer not null, seq integer not null,
    status text not null,
    code integer, error_code integer, description text, message text,
    echo text not null, differences text, item text,
    primary key (run, seq)
) without rowid, strict;
create index outcome_problem on outcome (run, seq) where status <> 'updated' or echo = 'differs';
-- Intents to send. Without `elapsed_ms` an attempt is under way, or its process died.
create table attempt (
    run integer not null, batch integer not null, attempt integer not null,
    started integer not null, elapsed_ms integer,
    http_status integer, request_id text, error text,
    primary key (run, batch, attempt)
) without rowid, strict;
-- Outcomes put back in the queue; one counts while its step is not undone.
create table requeue (
    run integer not null, seq integer not null, step integer not null,
    primary key (run, seq, step)
) without rowid, strict;
create index requeue_step on requeue (step);
