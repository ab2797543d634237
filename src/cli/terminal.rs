//! The user's own terminal: lent to a command in a pod, or kept from showing a password.

use std::io::{self, IsTerminal, Read, Stdin};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::sync::oneshot;

/// A terminal in another mode; dropping it brings the former one back.
struct Mode {
    terminal: Stdin,
    was: Termios,
}

impl Mode {
    fn set(change: fn(&mut Termios)) -> io::Result<Self> {
        let terminal = io::stdin();
        let was = tcgetattr(&terminal)?;
        let mut now = was.clone();
        change(&mut now);
        tcsetattr(&terminal, OptionalActions::Now, &now)?;
        Ok(Self { terminal, was })
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        // A terminal that has gone needs no mode.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.was);
    }
}

/// A terminal whose keys all go to the command, Ctrl-C included.
pub struct Lent(#[expect(dead_code, reason = "it is there to be dropped")] Mode);

/// Lends the terminal; its sizes are told as they change.
pub fn lend() -> io::Result<(Lent, Receiver<(u16, u16)>)> {
    let mode = Mode::set(Termios::make_raw)?;
    let (to, sizes) = channel(1);
    let mut changes = signal(SignalKind::window_change())?;
    tokio::spawn(async move {
        while let Ok(size) = tcgetwinsize(io::stdin()) {
            if to.send((size.ws_col, size.ws_row)).await.is_err() || changes.recv().await.is_none()
            {
                return;
            }
        }
    });
    Ok((Lent(mode), sizes))
}

/// What is typed or piped in, as it comes. A thread of its own reads it, for nothing can wake it up:
/// it ends with the program.
pub fn typed() -> Receiver<Vec<u8>> {
    let (to, bytes) = channel(8);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = io::stdin().lock().read(&mut buffer) {
            let Some(bytes) = buffer.get(..read) else { return };
            if to.blocking_send(bytes.to_vec()).is_err() {
                return;
            }
        }
    });
    bytes
}

/// A line that is not shown while it is typed. Whoever drops this has a terminal that shows again.
pub async fn unseen_line() -> io::Result<String> {
    let unseen = || {
        Mode::set(|mode| {
            mode.local_modes.remove(LocalModes::ECHO);
            // The end of the line is nobody's secret.
            mode.local_modes.insert(LocalModes::ECHONL);
        })
    };
    let _mode = io::stdin().is_terminal().then(unseen).transpose()?;
    let (to, line) = oneshot::channel();
    // Of its own, as above: the runtime would wait for one of its own threads at the end.
    std::thread::spawn(move || to.send(io::stdin().lines().next()));
    line.await.ok().flatten().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))
}
