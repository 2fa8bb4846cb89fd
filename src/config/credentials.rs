//! Who signs in: the API key and token, from the environment, a command or a private file.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::{ConfigError, Environment, Profile};

/// The variables of the key and the token, which are also the names in a credentials file.
pub const CREDENTIAL_VARIABLES: [&str; 2] = ["EXOTEL_API_KEY", "EXOTEL_API_TOKEN"];

/// How long `token_command` may take: long enough for a password manager to ask for a touch.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// A command that prints more gives no token.
const MOST_PRINTED: u64 = 64 << 10;

/// The key and token of an account. It has no `Debug`: neither belongs in a log.
#[derive(Clone)]
pub struct SignIn {
    /// The API key.
    pub key: String,
    /// The API token.
    pub token: SecretString,
}

/// Finds the credentials: variables first, then `token_command`, then the credentials file. The key and
/// the token may come from different places; a later place is only asked for what is missing.
///
/// The command's standard error, where it may ask for a touch, is `asides`.
pub async fn sign_in(profile: &Profile, env: &Environment, asides: Stdio) -> Result<SignIn, ConfigError> {
    let [key, token] = CREDENTIAL_VARIABLES.map(|name| env.get(name).map(str::to_owned));
    let mut found = Pair { key, token };
    if !found.is_whole()
        && let Some((program, arguments)) = profile.token_command.split_first()
    {
        found.fill(Pair::from_command(&output_of(program, arguments, asides, COMMAND_LIMIT).await?));
    }
    if !found.is_whole()
        && let Some(text) = private_text(&profile.credentials_file)?
    {
        found.fill(Pair::from_lines(&text));
    }
    match found {
        Pair { key: Some(key), token: Some(token) } => Ok(SignIn { key, token: token.into() }),
        Pair { key, .. } => Err(missing(profile, key.is_some())),
    }
}

fn missing(profile: &Profile, has_key: bool) -> ConfigError {
    let [key, token] = CREDENTIAL_VARIABLES;
    let what = if has_key {
        format!("no API token: {token} is not set")
    } else {
        format!("no API key and token: {key} and {token} are not set")
    };
    let file = &profile.credentials_file;
    let place = if file.as_os_str().is_empty() {
        String::new()
    } else {
        format!(", or write them to {} (mode 0600)", file.display())
    };
    ConfigError::new(what).hint(format!("set them, or token_command in profile `{}`{place}", profile.name))
}

/// What was found so far.
#[derive(Default)]
struct Pair {
    key: Option<String>,
    token: Option<String>,
}

impl Pair {
    fn is_whole(&self) -> bool {
        self.key.is_some() && self.token.is_some()
    }

    fn fill(&mut self, other: Self) {
        self.key = self.key.take().or(other.key);
        self.token = self.token.take().or(other.token);
    }

    /// Reads `NAME=value` lines; others, and comments, are passed over.
    fn from_lines(text: &str) -> Self {
        let value_of = |name: &str| {
            text.lines().find_map(|line| {
                let line = line.trim();
                let (left, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
                let value = value.trim().trim_matches(['"', '\'']);
                (left.trim() == name && !value.is_empty()).then(|| value.to_owned())
            })
        };
        let [key, token] = CREDENTIAL_VARIABLES.map(value_of);
        Self { key, token }
    }

    /// Reads the output of a command: `NAME=value` lines, or one line that is the token.
    fn from_command(output: &str) -> Self {
        let named = Self::from_lines(output);
        let alone = output.trim();
        if named.key.is_some() || named.token.is_some() || alone.is_empty() || alone.contains('\n') {
            return named;
        }
        Self { key: None, token: Some(alone.to_owned()) }
    }
}

/// The text of a file that only its owner can read; `None` where there is no file.
fn private_text(file: &Path) -> Result<Option<String>, ConfigError> {
    if file.as_os_str().is_empty() {
        return Ok(None);
    }
    let unreadable = |e: &io::Error| ConfigError::in_file(file, format!("the credentials cannot be read: {e}"));
    let mode = match std::fs::metadata(file) {
        Ok(metadata) => metadata.permissions().mode() & 0o777,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unreadable(&e)),
    };
    if mode & 0o077 != 0 {
        return Err(ConfigError::in_file(file, format!("others can read these credentials (mode {mode:04o})"))
            .hint(format!("run `chmod 600 {}`", file.display())));
    }
    std::fs::read_to_string(file).map(Some).map_err(|e| unreadable(&e))
}

/// What the program prints. No shell: the arguments are passed as they are. Its standard input is
/// closed, since ours may be the file to import.
async fn output_of(program: &str, arguments: &[String], asides: Stdio, limit: Duration) -> Result<String, ConfigError> {
    let fault =
        |what: String| ConfigError::new(format!("token_command `{program}` {what}")).hint("run it by hand to see why");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(asides)
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| fault(format!("cannot be run: {e}")))?;
    let printed = async {
        let mut printed = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            // One byte more tells of more. A program of its own that keeps the pipe open is waited for, up to the limit.
            stdout.take(MOST_PRINTED + 1).read_to_end(&mut printed).await?;
        }
        if printed.len() as u64 > MOST_PRINTED {
            return Ok((printed, None));
        }
        child.wait().await.map(|status| (printed, Some(status)))
    };
    let (printed, status) = tokio::time::timeout(limit, printed)
        .await
        .map_err(|_| fault(format!("gave no answer in {} s", limit.as_secs())))?
        .map_err(|e: io::Error| fault(format!("cannot be heard: {e}")))?;
    match status {
        None => Err(fault(format!("printed more than {MOST_PRINTED} bytes"))),
        Some(status) if !status.success() => Err(fault(format!("failed ({status})"))),
        Some(_) => String::from_utf8(printed).map_err(|_| fault("printed something that is not UTF-8".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn command(words: &[&str]) -> Profile {
        let token_command = words.iter().map(|w| (*w).to_owned()).collect();
        Profile { name: "p".into(), token_command, ..Profile::default() }
    }

    async fn pair(profile: &Profile, env: &Environment) -> Result<(String, String), String> {
        let found = sign_in(profile, env, Stdio::null()).await.map_err(|e| e.to_string())?;
        Ok((found.key, found.token.expose_secret().to_owned()))
    }

    fn file_with(mode: u32) -> (tempfile::TempDir, Profile) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.credentials");
        std::fs::write(&path, "# mine\nexport EXOTEL_API_KEY=\"fk\"\nEXOTEL_API_TOKEN = ft\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (dir, Profile { name: "p".into(), credentials_file: path, ..Profile::default() })
    }

    #[tokio::test]
    async fn variables_go_first_and_nothing_else_is_asked() {
        let env = Environment::from([("EXOTEL_API_KEY", "k"), ("EXOTEL_API_TOKEN", "t")]);
        assert_eq!(pair(&command(&["/no/such/program"]), &env).await, Ok(("k".into(), "t".into())));
    }

    #[tokio::test]
    async fn a_command_gives_the_token_alone_or_both_by_name() {
        let env = Environment::from([("EXOTEL_API_KEY", "k")]);
        assert_eq!(pair(&command(&["echo", "$HOME;x"]), &env).await, Ok(("k".into(), "$HOME;x".into())));
        let both = command(&["printf", "EXOTEL_API_KEY=a\\nEXOTEL_API_TOKEN=b\\n"]);
        assert_eq!(pair(&both, &Environment::default()).await, Ok(("a".into(), "b".into())));
    }

    #[tokio::test]
    async fn a_command_that_fails_says_so() {
        let said = pair(&command(&["false"]), &Environment::default()).await.unwrap_err();
        assert!(said.starts_with("token_command `false` failed"), "{said}");
        let said = pair(&command(&["/no/such/program"]), &Environment::default()).await.unwrap_err();
        assert!(said.contains("cannot be run"), "{said}");
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_given_up() {
        let said = output_of("sleep", &["60".to_owned()], Stdio::null(), Duration::from_millis(1)).await.unwrap_err();
        assert!(said.message.contains("gave no answer"), "{said}");
    }

    #[tokio::test]
    async fn a_command_whose_child_keeps_the_pipe_open_is_given_up() {
        let script = "echo t; exec sleep 5 &".to_owned();
        let said =
            output_of("sh", &["-c".to_owned(), script], Stdio::null(), Duration::from_millis(200)).await.unwrap_err();
        assert!(said.message.contains("gave no answer"), "{said}");
    }

    #[tokio::test]
    async fn a_command_that_prints_without_end_is_given_up() {
        let said =
            output_of("yes", &["hunter2".to_owned()], Stdio::null(), COMMAND_LIMIT).await.unwrap_err().to_string();
        assert!(said.contains("printed more than 65536 bytes") && !said.contains("hunter2"), "{said}");
    }

    #[tokio::test]
    async fn a_command_has_nothing_to_read() {
        assert_eq!(output_of("cat", &[], Stdio::null(), COMMAND_LIMIT).await, Ok(String::new()));
    }

    #[tokio::test]
    async fn a_credentials_file_must_be_private() {
        let (_dir, profile) = file_with(0o600);
        assert_eq!(pair(&profile, &Environment::default()).await, Ok(("fk".into(), "ft".into())));
        let (_dir, profile) = file_with(0o640);
        let said = pair(&profile, &Environment::default()).await.unwrap_err();
        assert!(said.contains("(mode 0640); run `chmod 600 "), "{said}");
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let none = pair(&command(&[]), &Environment::default()).await.unwrap_err();
        assert!(none.contains("EXOTEL_API_KEY and EXOTEL_API_TOKEN are not set"), "{none}");
        let half = pair(&command(&[]), &Environment::from([("EXOTEL_API_KEY", "k")])).await.unwrap_err();
        assert!(half.contains("EXOTEL_API_TOKEN is not set") && !half.contains("EXOTEL_API_KEY"), "{half}");
    }
}
