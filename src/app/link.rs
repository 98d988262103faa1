//! Links to a moment: `#v=1&s=NAME&x=off&k=6.1&f=v2&seed=7&at=27&b=0&t=TEXT`, or of the races `#v=1&races=close-open&order=PPPPQPPQ&x=on&at=5`;
//! everything but the version is optional.
//!
//! What a link carries is text, and stays text: it reaches the page as text nodes and script, never as markup.

use super::catalogue::Format;
use crate::explore::Race;
use crate::scenario::ast::Sharing;
use crate::scenario::parse::SCRIPT_BYTES_MAX;
use dm_cache_engine::kernel::Kernel;

/// The format of links that this page writes and reads.
const VERSION: &str = "1";
/// Turns in an order that a link may name.
const ORDER_MAX: usize = 64;

/// What a link says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Place {
    pub(super) scenario: Option<String>,
    /// The script where it is not the scenario's own.
    pub(super) text: Option<String>,
    pub(super) sharing: Option<Sharing>,
    pub(super) kernel: Option<Kernel>,
    pub(super) format: Format,
    /// Where it is not the script's own.
    pub(super) seed: Option<u64>,
    /// The position of the playhead.
    pub(super) at: usize,
    /// The block in the inspector.
    pub(super) block: Option<u64>,
    /// It plays from there, as the landing's links do. No link that the page writes says so.
    pub(super) play: bool,
    /// The field for a line of a real machine; what stands there is in no link.
    pub(super) paste: bool,
    /// A race instead of a scenario.
    pub(super) races: Option<Race>,
    /// The order of its acts: `PPQPQ`.
    pub(super) order: Option<String>,
}

/// The link's part from `#` on.
pub(super) fn write(place: &Place) -> String {
    let mut parts = vec![format!("v={VERSION}")];
    let mut part = |key: &str, value: Option<String>| parts.extend(value.map(|v| format!("{key}={v}")));
    part("s", place.scenario.as_deref().map(escaped));
    part("races", place.races.map(|r| r.name().to_owned()));
    part("order", place.order.clone());
    part("x", place.sharing.map(|s| s.name().to_owned()));
    part("k", place.kernel.map(|k| k.name().to_owned()));
    part("f", (place.format != Format::AsWritten).then(|| place.format.name().to_owned()));
    part("seed", place.seed.map(|s| s.to_string()));
    part("paste", place.paste.then(|| "1".to_owned()));
    part("at", (!place.paste).then(|| place.at.to_string()));
    part("b", place.block.map(|b| b.to_string()));
    part("t", place.text.as_deref().map(escaped));
    format!("#{}", parts.join("&"))
}

/// What a link says, and the part of it that was not understood.
pub(super) fn read(hash: &str) -> (Place, Option<String>) {
    let mut place = Place::default();
    let hash = hash.trim_start_matches('#');
    if hash.is_empty() {
        return (place, None);
    }
    let parts: Vec<(&str, &str)> = hash.split('&').map(|p| p.split_once('=').unwrap_or((p, ""))).collect();
    match parts.iter().find(|(key, _)| *key == "v") {
        Some((_, VERSION)) => {}
        Some(_) => return (place, Some("The link is of a later version of this page.".into())),
        None => return (place, Some("The link has no format version.".into())),
    }
    let mut unknown = None;
    for (key, value) in parts {
        let understood = match key {
            "v" => true,
            "s" => unescaped(value).map(|v| place.scenario = Some(v)).is_some(),
            "t" => unescaped(value).filter(|v| v.len() <= SCRIPT_BYTES_MAX).map(|v| place.text = Some(v)).is_some(),
            "x" => Sharing::from_name(value).map(|s| place.sharing = Some(s)).is_some(),
            "k" => Kernel::from_name(value).map(|k| place.kernel = Some(k)).is_some(),
            "f" => Format::ALL.into_iter().find(|f| f.name() == value).map(|f| place.format = f).is_some(),
            "races" => Race::from_name(value).map(|r| place.races = Some(r)).is_some(),
            "play" => (value == "1").then(|| place.play = true).is_some(),
            "paste" => (value == "1").then(|| place.paste = true).is_some(),
            "order" => (value.len() <= ORDER_MAX && value.chars().all(|c| matches!(c, 'P' | 'Q')))
                .then(|| place.order = Some(value.to_owned()))
                .is_some(),
            "seed" => value.parse().map(|s| place.seed = Some(s)).is_ok(),
            "at" => value.parse().map(|at| place.at = at).is_ok(),
            "b" => value.parse().map(|b| place.block = Some(b)).is_ok(),
            _ => false,
        };
        if !understood {
            unknown.get_or_insert_with(|| format!("Not understood in the link: {}", key.chars().take(20).collect::<String>()));
        }
    }
    (place, unknown)
}

fn escaped(text: &str) -> String {
    String::from(js_sys::encode_uri_component(text))
}

fn unescaped(text: &str) -> Option<String> {
    js_sys::decode_uri_component(text).ok().map(String::from)
}
