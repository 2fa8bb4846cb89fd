-- The address book: contacts as the server showed them last. A book is an account at an address.
create table book (
    id integer primary key,
    account text not null, base_url text not null,
    unique (account, base_url)
) strict;

create table contact (
    id integer primary key,
    book integer not null,
    sid text not null,
    -- An empty field is the empty text, an empty custom field too.
    first_name text not null, last_name text not null, number text not null, email text not null,
    company_name text not null, tag text not null, custom_field text not null,
    -- The server's own dates, as it writes them, and its fields that have no column here, as a JSON object.
    date_created text, date_updated text, extra text,
    -- What number and email are found by; null where there is none.
    number_key text, email_key text,
    -- When an answer showed it last, and since when it is known to be deleted at the server; milliseconds.
    seen integer not null, gone integer,
    -- The pull of the whole book that came by it last.
    pull integer
) strict;
create unique index contact_sid on contact (book, sid);
create index contact_number on contact (book, number_key) where number_key is not null;
create index contact_email on contact (book, email_key) where email_key is not null;

-- Finds the contacts that may hold a text of three characters or more; its rowid is the contact's id. It keeps no
-- positions and no texts: what it finds is looked at once more.
create virtual table contact_text using fts5(
    text, content = '', contentless_delete = 1, tokenize = 'trigram', detail = none
);

-- The account's lists, and who was in them when they were pulled.
create table list (
    id integer primary key,
    book integer not null,
    sid text not null, name text not null,
    -- When the server named it last, and when a pull last came to its end; milliseconds.
    seen integer not null, walked integer,
    unique (book, sid)
) strict;
create table member (
    list integer not null, contact integer not null, pull integer not null,
    primary key (list, contact)
) without rowid, strict;

-- Walks through the book or a list, page by page; where one stopped, another process goes on.
create table pull (
    id integer primary key autoincrement,
    book integer not null,
    -- Null for the whole book.
    list integer,
    state text not null,
    started integer not null, finished integer,
    -- Where the next page begins, and about how many contacts there are, once that is known.
    at integer not null default 0, expected integer,
    pages integer not null default 0, contacts integer not null default 0,
    added integer not null default 0, changed integer not null default 0, gone integer not null default 0
) strict;
