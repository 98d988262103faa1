//! Command lines as getopt_long reads them: options anywhere, long ones by unique prefix.

/// An option: its long name, its letter (`\0`: none), whether a value follows.
pub(super) type Known = (&'static str, char, bool);

/// A command line, as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// Options by their long names, with their values, in order.
    pub(super) options: Vec<(&'static str, String)>,
    /// What is no option.
    pub(super) words: Vec<String>,
    /// What is wrong behind these options, without the program's name.
    pub(super) wrong: Option<String>,
}

/// Reads until something is wrong.
pub(super) fn read(args: &[String], known: &[Known]) -> Read {
    let mut read = Read::default();
    read.wrong = read.all(args, known).err();
    read
}

impl Read {
    fn all(&mut self, args: &[String], known: &[Known]) -> Result<(), String> {
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if arg == "--" {
                self.words.extend(args.by_ref().cloned());
            } else if let Some(long) = arg.strip_prefix("--") {
                let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v.to_owned())));
                let (name, _, takes) = find_long(name, known)?;
                let value = match (takes, value) {
                    (true, None) => Some(args.next().ok_or_else(|| format!("option '--{name}' requires an argument"))?.clone()),
                    (false, Some(_)) => return Err(format!("option '--{name}' doesn't allow an argument")),
                    (_, value) => value,
                };
                self.options.push((name, value.unwrap_or_default()));
            } else if let Some(short) = arg.strip_prefix('-').filter(|s| !s.is_empty()) {
                let mut chars = short.chars();
                while let Some(c) = chars.next() {
                    let found = known.iter().find(|(_, letter, _)| *letter == c && c != '\0');
                    let (name, _, takes) = found.copied().ok_or_else(|| format!("invalid option -- '{c}'"))?;
                    if takes {
                        let rest = chars.as_str();
                        let value = if rest.is_empty() { args.next().cloned() } else { Some(rest.to_owned()) };
                        self.options.push((name, value.ok_or_else(|| format!("option requires an argument -- '{c}'"))?));
                        break;
                    }
                    self.options.push((name, String::new()));
                }
            } else {
                self.words.push(arg.clone());
            }
        }
        Ok(())
    }
}

fn find_long(name: &str, known: &[Known]) -> Result<Known, String> {
    let named = || known.iter().filter(|l| !l.0.is_empty());
    if let Some(exact) = named().find(|l| l.0 == name) {
        return Ok(*exact);
    }
    let mut hits = named().filter(|l| l.0.starts_with(name));
    let hit = hits.next().ok_or_else(|| format!("unrecognized option '--{name}'"))?;
    // Two letters may stand for one option.
    if hits.all(|other| other.0 == hit.0) { Ok(*hit) } else { Err(format!("option '--{name}' is ambiguous")) }
}
