//! A command in a container, against a server that speaks as the Kubernetes API does.

use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use edxaws::kubernetes::{Container, Ended, Streams, exec};
use kube::{Client, Config};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::channel;
use tokio::task::JoinHandle;

/// What the server was asked and sent.
#[derive(Debug, Default)]
struct Heard {
    request: String,
    input: Vec<u8>,
    sizes: Vec<Value>,
}

/// When the server answers.
#[derive(Clone, Copy)]
enum After {
    Nothing,
    EndOfInput,
    Size,
}

/// One command: it writes a word to each stream and ends with a status, or breaks off.
async fn server(after: After, status: Option<Value>) -> (Client, JoinHandle<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Heard { request: greet(&mut stream).await, ..Heard::default() };
        let mut closed = false;
        loop {
            let answers = match after {
                After::Nothing => true,
                After::EndOfInput => closed,
                After::Size => !heard.sizes.is_empty(),
            };
            if answers {
                break;
            }
            let (channel, payload) = frame(&mut stream).await;
            match channel {
                0 => heard.input.extend(payload),
                4 => heard.sizes.push(serde_json::from_slice(&payload).unwrap()),
                // A stream of the fifth protocol is closed by its number behind 255.
                255 => closed = true,
                _ => {}
            }
        }
        say(&mut stream, 1, b"out").await;
        if !heard.request.contains("tty=true") {
            say(&mut stream, 2, b"err").await;
        }
        if let Some(status) = status {
            say(&mut stream, 3, status.to_string().as_bytes()).await;
            stream.write_all(&[0x88, 0]).await.unwrap();
        }
        heard
    });
    let config = Config::new(format!("http://{address}").parse().unwrap());
    (Client::try_from(config).unwrap(), heard)
}

/// The handshake of a WebSocket; what was asked for.
async fn greet(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.unwrap());
    }
    let request = String::from_utf8(request).unwrap();
    let header = |name: &str| {
        let line = request.lines().find(|line| line.to_lowercase().starts_with(name)).unwrap();
        line.split_once(": ").unwrap().1.to_owned()
    };
    let key = format!("{}258EAFA5-E914-47DA-95CA-C5AB0DC85B11", header("sec-websocket-key"));
    let accept = BASE64_STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes()));
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    request
}

/// A short frame of a client: masked; its first byte is the channel.
async fn frame(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut head = [0; 6];
    stream.read_exact(&mut head).await.unwrap();
    let length = usize::from(head[1] & 0x7f);
    assert!(length < 126, "a longer frame than these tests send");
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await.unwrap();
    payload.iter_mut().enumerate().for_each(|(at, byte)| *byte ^= head[2 + at % 4]);
    match payload.split_first() {
        Some((channel, rest)) => (*channel, rest.to_vec()),
        None => (u8::MAX - 1, Vec::new()),
    }
}

async fn say(stream: &mut TcpStream, channel: u8, text: &[u8]) {
    let mut frame = vec![0x82];
    match u8::try_from(text.len() + 1) {
        Ok(length) if length < 126 => frame.push(length),
        _ => {
            frame.push(126);
            frame.extend(u16::try_from(text.len() + 1).unwrap().to_be_bytes());
        }
    }
    frame.push(channel);
    frame.extend(text);
    stream.write_all(&frame).await.unwrap();
}

fn streams() -> (Streams, DuplexStream, DuplexStream) {
    let ((out, seen), (err, seen_err)) = (duplex(64), duplex(64));
    let streams = Streams { input: None, out: Box::pin(out), err: Box::pin(err), terminal: None };
    (streams, seen, seen_err)
}

async fn run(client: Client, streams: Streams) -> Ended {
    let at = Container { namespace: "main", pod: "lms-1", name: "lms" };
    let command = ["sh".to_owned(), "-c".to_owned(), "exit 7".to_owned()];
    let ended = exec(client, at, &command, streams);
    tokio::time::timeout(Duration::from_secs(60), ended).await.expect("an end").unwrap()
}

async fn all(mut from: DuplexStream) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).await.unwrap();
    text
}

fn exit(code: &str) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": format!("command terminated with non-zero exit code: {code}"),
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": code}]},
    })
}

#[tokio::test]
async fn a_command_reads_writes_and_ends_with_its_code() {
    let (client, heard) = server(After::EndOfInput, Some(exit("7"))).await;
    let (mut streams, out, err) = streams();
    let (to, input) = channel(1);
    to.send(b"a password\n".to_vec()).await.unwrap();
    drop(to);
    streams.input = Some(input);
    assert_eq!(run(client, streams).await, Ended::Code(7));
    assert_eq!((all(out).await.as_str(), all(err).await.as_str()), ("out", "err"));
    let heard = heard.await.unwrap();
    assert_eq!(heard.input, b"a password\n");
    assert!(heard.request.contains("/namespaces/main/pods/lms-1/exec?"), "{}", heard.request);
    assert!(heard.request.contains("container=lms"), "{}", heard.request);
    assert!(!heard.request.contains("password"), "arguments are seen: {}", heard.request);
}

#[tokio::test]
async fn a_terminal_has_one_stream_and_a_size() {
    let (client, heard) = server(After::Size, Some(json!({"status": "Success"}))).await;
    let (mut streams, out, err) = streams();
    let (keys, input) = channel(1);
    let (sizes, terminal) = channel(1);
    sizes.send((120, 40)).await.unwrap();
    (streams.input, streams.terminal) = (Some(input), Some(terminal));
    // The keyboard stays open: a command that ends does not wait for it.
    assert_eq!(run(client, streams).await, Ended::Code(0));
    drop(keys);
    assert_eq!((all(out).await.as_str(), all(err).await.as_str()), ("out", ""));
    let heard = heard.await.unwrap();
    assert_eq!(heard.sizes, [json!({"Width": 120, "Height": 40})]);
    assert!(heard.request.contains("tty=true"), "{}", heard.request);
}

#[tokio::test]
async fn what_cannot_run_says_why() {
    let missing =
        json!({"status": "Failure", "reason": "InternalError", "message": "no such file"});
    let (client, _heard) = server(After::Nothing, Some(missing)).await;
    assert_eq!(run(client, streams().0).await, Ended::Failed("no such file".to_owned()));
}

#[tokio::test]
async fn what_breaks_off_may_still_run() {
    let (client, _heard) = server(After::Nothing, None).await;
    assert_eq!(run(client, streams().0).await, Ended::Unknown);
}
