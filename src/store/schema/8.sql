-- The columns of the files that edits came from: headers and the fields they stood for, each set of columns once.
create table file_columns (id integer primary key, columns text not null unique) strict;
-- Which edits came from a file with which columns: those whose ids are between first and last.
create table came_from (first integer primary key, last integer not null, columns integer not null) strict;
