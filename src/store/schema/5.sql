-- How the columns of files were mapped to fields: the last mapping for each set of columns.
create table mapping (headers text primary key, map text not null) without rowid, strict;
