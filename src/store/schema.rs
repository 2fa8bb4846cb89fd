//! The tables, as append-only migrations, and the settings of a connection.
//!
//! A migration that was released is never changed: a new one is put behind it. `user_version` counts those applied.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, ffi};

use super::error::StoreError;
use super::patience::Patience;

/// Marks the file as rolodeck's ("Rolo").
const APPLICATION_ID: i64 = 0x526F_6C6F;

/// A connection belongs to one thread at a time, so SQLite need not lock it.
const ALONE: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX;

/// Every migration, oldest first.
const MIGRATIONS: [&str; 11] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
    include_str!("schema/10.sql"),
    include_str!("schema/11.sql"),
];

/// Opens the database for writing and brings its tables up to date. A file that is damaged or not ours is not touched.
pub(super) fn open_writer(path: &Path, patience: Patience) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | ALONE)?;
    settle_down(&mut connection, path, patience)?;
    // Not even the log is laid into the file before it was found to be sound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // A file that may only be read is opened all the same, and would fail at the first change.
    if connection.is_readonly("main")? {
        let said = String::from("it is read-only");
        return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_READONLY), Some(said)).into());
    }
    check(&connection, path)?;
    probe(&connection)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    // Half the pages to write for the long rows of outcomes. It counts for a new database; another keeps what it has.
    connection.pragma_update(None, "page_size", 8192)?;
    // Where WAL is not possible (network file systems), SQLite stays with its own journal: slower, as safe.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    // 32 MB of log between checkpoints: pages that many batches change are copied once.
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 4000, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -8_000)?;
    connection.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(()))?;
    migrate(&mut connection, path)?;
    Ok(connection)
}

/// Opens a connection that can only read. The file is there, since the writer was opened first.
pub(super) fn open_reader(path: &Path, patience: Patience) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | ALONE)?;
    settle_down(&mut connection, path, patience)?;
    Ok(connection)
}

fn settle_down(connection: &mut Connection, path: &Path, patience: Patience) -> Result<(), StoreError> {
    connection.busy_handler(Some(patience.wait_for(path)))?;
    // Else SQLite plans a statement anew whenever its parameters change, for statistics that nobody gathers here.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Looks for damage where it costs nothing: at the ends of every table, whatever its size.
fn probe(connection: &Connection) -> Result<(), StoreError> {
    let mut tables = connection.prepare("select name, wr from pragma_table_list where schema = 'main'")?;
    let tables = tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<_>, _>>()?;
    for (name, is_without_rowid) in tables {
        let (name, is_without_rowid): (String, bool) = (name, is_without_rowid);
        let first = format!("select * from \"{name}\" limit 1");
        connection.prepare(&first)?.query([])?.next()?;
        if !is_without_rowid {
            let last = format!("select * from \"{name}\" order by rowid desc limit 1");
            connection.prepare(&last)?.query([])?.next()?;
        }
    }
    Ok(())
}

/// Reads the database from its first to its last page.
pub(super) fn examine(path: &Path, patience: Patience) -> Result<(), StoreError> {
    let connection = open_reader(path, patience)?;
    check(&connection, path)?;
    let said: String = connection.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
    if said == "ok" {
        return Ok(());
    }
    Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), Some(said)).into())
}

/// Refuses what is not ours, before anything is written; gives the format found.
fn check(connection: &Connection, path: &Path) -> Result<usize, StoreError> {
    let ours = connection.query_row(
        "select application_id, user_version, (select count(*) from sqlite_schema)
         from pragma_application_id, pragma_user_version",
        [],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)),
    );
    let known = MIGRATIONS.len();
    match ours {
        Ok((0, 0, 0)) => Ok(0),
        Ok((APPLICATION_ID, version, _)) => usize::try_from(version)
            .ok()
            .filter(|version| *version <= known)
            .ok_or_else(|| StoreError::Newer { path: path.to_owned(), found: version, known: known as i64 }),
        Err(e) if e.sqlite_error_code() != Some(ErrorCode::NotADatabase) => Err(e.into()),
        Ok(_) | Err(_) => Err(StoreError::Foreign(path.to_owned())),
    }
}

/// Applies what is missing, in one transaction. The format is read again inside, since another process may have
/// been faster.
fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    if check(connection, path)? == MIGRATIONS.len() {
        return Ok(());
    }
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = check(&tx, path)?;
    for sql in MIGRATIONS.iter().skip(done) {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
    tx.commit()?;
    Ok(())
}
