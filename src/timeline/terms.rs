//! The field's words that captions use, each explained once; and where they stand in a sentence.

/// Terms of a sentence that are explained: more would be a lesson of their own.
pub const TERMS_MAX: usize = 2;

/// A word of the field.
#[derive(Debug, PartialEq, Eq)]
pub struct Term {
    /// The word.
    pub word: &'static str,
    /// How sentences say it, the longest first.
    forms: &'static [&'static str],
    /// What it means, in at most 30 words.
    pub means: &'static str,
    /// The page of the book that tells more.
    pub page: &'static str,
}

const fn term(word: &'static str, forms: &'static [&'static str], means: &'static str, page: &'static str) -> Term {
    Term { word, forms, means, page }
}

/// All of them, the ones that need explaining most first.
pub const TERMS: &[Term] = &[
    term(
        "preresume",
        &["preresume"],
        "The target's call before I/O may flow. dm-cache loads its mappings here and not in its constructor: at load time the old table still owned them.",
        "slots.html",
    ),
    term(
        "postsuspend",
        &["postsuspend"],
        "The target's call once no I/O is under way. dm-cache writes hints, discards and dirty bits there, and commits them with the clean flag.",
        "slots.html",
    ),
    term(
        "ctr",
        &["ctr"],
        "The constructor of a target. It runs when a table is loaded: it checks the table line and opens the devices, the metadata among them.",
        "slots.html",
    ),
    term(
        "dtr",
        &["destructor", "dtr"],
        "The destructor of a target (dtr). It runs when its table is in no slot any more, and lets go of what the constructor opened.",
        "slots.html",
    ),
    term(
        "needs_check",
        &["needs_check"],
        "A flag in the superblock: a metadata operation failed. Until cache_check and a repair clear it, the cache cannot be written.",
        "cache-target.html",
    ),
    term(
        "clean flag",
        &["clean flag"],
        "A flag in the superblock that a clean suspend sets. Only with it does the next open believe the dirty bits; without it everything counts as dirty.",
        "on-disk.html",
    ),
    term(
        "ref_count",
        &["ref_count"],
        "How many cache targets hold a metadata object. The last one to let go has it destroyed.",
        "fix.html",
    ),
    term(
        "hint",
        &["hints", "hint"],
        "What the policy remembers about a cached block, such as how often it was used: 4 bytes for each cblock, saved at a suspend.",
        "on-disk.html",
    ),
    term(
        "cblock",
        &["cblocks", "cblock", "Cblock"],
        "A block of the cache device, counted from 0. A mapping says which block of the origin it holds, and whether it is dirty.",
        "cache-target.html",
    ),
    term(
        "superblock",
        &["superblock"],
        "Block 0 of the metadata. It names the roots of all trees; writing it completes a commit. It has a checksum, but no counter that would tell its age.",
        "on-disk.html",
    ),
    term(
        "root",
        &["mapping root", "roots", "root"],
        "The block that a tree begins at. An object keeps the roots in fields; the superblock on the disk names those of the last commit.",
        "transactions.html",
    ),
    term(
        "space map",
        &["space map"],
        "Which metadata blocks are in use, and how often: an index, bitmaps, and a tree for counts above 2.",
        "space-map.html",
    ),
    term(
        "commit",
        &["commits", "commit"],
        "Changed blocks go to the disk first, then a flush, then the superblock that names them. Before that the old state stands whole.",
        "transactions.html",
    ),
    term(
        "transaction",
        &["transaction"],
        "All changes of the metadata between two commits. Either the superblock that names them is written, or none of them counts.",
        "transactions.html",
    ),
    term(
        "promotion",
        &["promotes", "promotion"],
        "A block of the origin gets a place in the cache: it is copied, or wholly overwritten, and a mapping is added.",
        "cache-target.html",
    ),
    term(
        "demotion",
        &["demotes", "demotion"],
        "A cached block gives its place up: its mapping is removed, and reads go to the origin again.",
        "cache-target.html",
    ),
    term(
        "discard",
        &["discards", "discard", "discarded"],
        "Blocks whose content nobody needs any more. A bitset in the metadata remembers them, so a promotion need not copy them.",
        "on-disk.html",
    ),
    term(
        "dirty",
        &["dirty bits", "dirty"],
        "Newer in the cache than on the origin: until it is written back, the cache device holds the only copy.",
        "cache-target.html",
    ),
    term(
        "INACTIVE",
        &["INACTIVE slot", "INACTIVE"],
        "The slot for a table that is loaded and waits for a resume. Its targets are constructed, but no I/O goes through them.",
        "slots.html",
    ),
    term("LIVE", &["LIVE"], "The slot for the table that maps the device's I/O.", "slots.html"),
    term(
        "shared list",
        &["shared list"],
        "Since 2015: all open metadata objects of the kernel, found by device number, so that two tables over one device share an object.",
        "fix.html",
    ),
    term(
        "mapping",
        &["mappings", "mapping"],
        "Which block of the origin a cblock holds, and whether it is dirty. The mapping array has one entry for each cblock.",
        "cache-target.html",
    ),
    term(
        "buffer",
        &["buffers", "buffer"],
        "A copy of a metadata block in memory, kept by dm-bufio. Each object has a buffer cache of its own, which no other object sees.",
        "transactions.html",
    ),
    term("origin", &["origin"], "The large, slow device whose blocks are cached.", "cache-target.html"),
    term(
        "table",
        &["tables", "table"],
        "What dmsetup loads into a mapped device: for each range of sectors a target and its parameters.",
        "slots.html",
    ),
];

/// A piece of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'s> {
    /// Plain words.
    Words(&'s str),
    /// A term as it stands there.
    Term(&'s str, &'static Term),
}

/// A sentence in pieces, with its terms told apart: at most [`TERMS_MAX`], each once, and none in quotes.
#[must_use]
pub fn pieces(sentence: &str) -> Vec<Piece<'_>> {
    let quoted = sentence.find('“').unwrap_or(sentence.len());
    let mut found: Vec<(usize, &str, &'static Term)> = Vec::new();
    for term in TERMS {
        let place = term.forms.iter().find_map(|form| Some((word(sentence, form)?, *form)));
        let free = |at: usize, form: &str| found.iter().all(|(other, text, _)| at + form.len() <= *other || at >= other + text.len());
        if let Some((at, form)) = place.filter(|(at, form)| *at < quoted && free(*at, form)) {
            found.push((at, sentence.get(at..at + form.len()).unwrap_or_default(), term));
        }
        if found.len() == TERMS_MAX {
            break;
        }
    }
    found.sort_by_key(|(at, ..)| *at);
    let (mut pieces, mut done) = (Vec::new(), 0);
    for (at, text, term) in found {
        pieces.push(Piece::Words(sentence.get(done..at).unwrap_or_default()));
        pieces.push(Piece::Term(text, term));
        done = at + text.len();
    }
    pieces.push(Piece::Words(sentence.get(done..).unwrap_or_default()));
    pieces.retain(|piece| *piece != Piece::Words(""));
    pieces
}

/// Where a form stands as a word of its own.
fn word(sentence: &str, form: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    sentence.match_indices(form).map(|(at, _)| at).find(|at| {
        let (before, after) = (sentence.get(..*at).unwrap_or_default(), sentence.get(at + form.len()..).unwrap_or_default());
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_term_is_told_in_thirty_words_on_a_page_that_is_there() {
        for term in TERMS {
            assert!(term.means.split_whitespace().count() <= 30, "{}", term.word);
            let page = format!("book/src/{}", term.page.replace(".html", ".md"));
            assert!(std::path::Path::new(&page).exists(), "{page}");
        }
    }

    #[test]
    fn pieces_make_the_sentence_again_and_hold_two_terms_at_most() {
        let sentence = "B copied root 8 at its load. Next, preresume will load B's mappings from root 8: “no superblock”.";
        let pieces = pieces(sentence);
        let text: String = pieces
            .iter()
            .map(|p| match p {
                Piece::Words(text) | Piece::Term(text, _) => *text,
            })
            .collect();
        assert_eq!(text, sentence);
        let terms: Vec<&str> = pieces.iter().filter_map(|p| if let Piece::Term(_, term) = p { Some(term.word) } else { None }).collect();
        assert_eq!(terms, ["root", "preresume"]);
    }

    #[test]
    fn a_part_of_a_word_is_no_term() {
        assert_eq!(pieces("A uprooted tree's dirtying"), [Piece::Words("A uprooted tree's dirtying")]);
    }
}
