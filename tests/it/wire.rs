//! A server by hand, which says what no simulator would, and a proxy that listens in.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::harness::Home;

/// The authority that signed the server's certificate; no machine trusts it.
pub const CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/ca.pem");
const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/server.pem");
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/server.key");

/// A host that only a proxy knows how to reach.
pub const FAR: &str = "contacts.rolodeck.test";

/// What a server does with a connection.
pub trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

/// A server of a few lines. Its threads end with their connections; the one that listens, with the test.
pub struct Wire {
    pub addr: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    /// One that reads a request and does `act`, with the number of the request from 0 and the request itself.
    pub fn new(act: impl Fn(usize, &str, &mut dyn Line) + Send + Sync + 'static) -> Self {
        Self::start(move |socket, heard| converse(socket, heard, &act))
    }

    /// One that gives this to every request.
    pub fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::new(move |_, _, line| _ = line.write_all(&answer))
    }

    /// The same over TLS, with a certificate that no machine trusts.
    pub fn saying_by_tls(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let certificate = CertificateDer::from_pem_file(CERTIFICATE).unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], PrivateKeyDer::from_pem_file(KEY).unwrap())
            .unwrap();
        let config = Arc::new(config);
        Self::start(move |socket, heard| {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut line = StreamOwned::new(session, socket);
            converse(&mut line, heard, &|_, _, line: &mut dyn Line| _ = line.write_all(&answer));
            line.conn.send_close_notify();
            let _ = line.flush();
        })
    }

    /// A proxy that leads every connection to `server`, and hears all that passes.
    pub fn proxy_to(server: SocketAddr) -> Self {
        Self::start(move |mut client, heard| {
            let asked = head(&mut client);
            heard.lock().unwrap().push(asked);
            client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
            pass_on(client, server, heard);
        })
    }

    /// The same by SOCKS 5, without a password. The name that it is asked for is the first that it hears.
    pub fn socks_to(server: SocketAddr) -> Self {
        Self::start(move |mut client, heard| {
            let ways = take(&mut client, 2)[1];
            take(&mut client, ways.into());
            client.write_all(&[5, 0]).unwrap();
            // Version, connect, reserved, a name follows; its length.
            let asked = take(&mut client, 5);
            assert_eq!(asked[..4], [5, 1, 0, 3]);
            let name = take(&mut client, asked[4].into());
            take(&mut client, 2);
            heard.lock().unwrap().push(String::from_utf8(name).unwrap());
            client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
            pass_on(client, server, heard);
        })
    }

    fn start(serve: impl Fn(TcpStream, &Mutex<Vec<String>>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = Self { addr: listener.local_addr().unwrap(), heard: Arc::default() };
        let (serve, heard) = (Arc::new(serve), Arc::clone(&wire.heard));
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let (serve, heard) = (Arc::clone(&serve), Arc::clone(&heard));
                thread::spawn(move || serve(socket, &heard));
            }
        });
        wire
    }

    /// Everything that came, as text.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    pub fn http(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub fn https(&self) -> String {
        format!("https://localhost:{}", self.addr.port())
    }
}

fn take(line: &mut impl Read, n: usize) -> Vec<u8> {
    let mut bytes = vec![0; n];
    line.read_exact(&mut bytes).unwrap();
    bytes
}

/// Passes bytes on in both directions until the client has ended, and keeps what the client says.
fn pass_on(mut client: TcpStream, server: SocketAddr, heard: &Mutex<Vec<String>>) {
    let mut server = TcpStream::connect(server).unwrap();
    let (mut back_from, mut back_to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || std::io::copy(&mut back_from, &mut back_to));
    let mut bytes = [0; 16 << 10];
    while let Ok(n @ 1..) = client.read(&mut bytes) {
        heard.lock().unwrap().push(String::from_utf8_lossy(&bytes[..n]).into_owned());
        let _ = server.write_all(&bytes[..n]);
    }
    let _ = server.shutdown(std::net::Shutdown::Write);
}

fn converse(mut line: impl Line, heard: &Mutex<Vec<String>>, act: &dyn Fn(usize, &str, &mut dyn Line)) {
    let request = request(&mut line);
    if request.is_empty() {
        return;
    }
    let number = {
        let mut heard = heard.lock().unwrap();
        heard.push(request.clone());
        heard.len() - 1
    };
    act(number, &request, &mut line);
}

/// What stands before the first empty line.
fn head(line: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") && line.read(&mut byte).unwrap_or(0) == 1 {
        bytes.push(byte[0]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn request(line: &mut impl Read) -> String {
    let head = head(line);
    let length = head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    let read = line.read_exact(&mut body);
    if read.is_ok() { head + &String::from_utf8_lossy(&body) } else { head }
}

/// An answer with this status, headers and body.
pub fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// The answer of a server that updated contact `sid`.
pub fn updated(sid: &str) -> Vec<u8> {
    let body = format!(
        r#"{{"request_id":"r1","http_code":207,"response":[{{"code":200,"status":"success","data":{{"sid":"{sid}","first_name":"New"}}}}]}}"#
    );
    answer(207, "", body)
}

/// A home whose account is at that address, that tries once, with more lines of its profile.
pub fn home(base_url: &str, profile: &str) -> Home {
    let mut home = Home::bare();
    let config = home.file("c.toml", &format!("[profiles.default]\nmax_attempts = 1\n{profile}"));
    for (name, value) in [
        ("ROLODECK_CONFIG", config.as_str()),
        ("ROLODECK_BASE_URL", base_url),
        ("EXOTEL_ACCOUNT_SID", "demo1"),
        ("EXOTEL_API_KEY", "demo-key"),
        ("EXOTEL_API_TOKEN", "demo-token"),
    ] {
        home.env.insert(name, value.to_owned());
    }
    home
}
