//! What lvm2 says of command lines whose words fit none of its syntaxes.

use super::session::{Done, MISUSED, Session, Stop};

/// The nearest syntax that lvm2 shows, and what it calls it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Syntax {
    /// `Correct command` where there is just one, `Nearest similar command has`.
    pub(super) is_only: bool,
    pub(super) text: &'static str,
    pub(super) does: &'static str,
}

impl Session<'_> {
    /// No syntax fits; `nearest` is shown where lvm2 finds one that is near.
    pub(super) fn no_syntax<T>(&mut self, nearest: Option<Syntax>) -> Done<T> {
        self.warn(format!("No command with matching syntax recognised.  Run '{} --help' for more information.", self.program));
        if let Some(Syntax { is_only, text, does }) = nearest {
            self.warn(if is_only { "Correct command syntax is:" } else { "Nearest similar command has syntax:" });
            self.say(text);
            if !does.is_empty() {
                self.say(does);
            }
            self.print("\n");
        }
        Err(Stop::Code(MISUSED))
    }
}
