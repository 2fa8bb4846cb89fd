//! Draws the pictures of the README anew: `cargo run --example pictures`.

mod scenes;

use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(scenes::FOLDER);
    std::fs::create_dir_all(&folder)?;
    for (name, picture) in scenes::all().map_err(io::Error::other)? {
        std::fs::write(folder.join(name), picture)?;
    }
    Ok(())
}
