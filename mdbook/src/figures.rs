//! The preprocessor: every `dm-cache-lab` block of every chapter becomes a figure, drawn and told from its own run.

use anyhow::{Context as _, Result, bail};
use dm_cache_lab::scenario::figure::{Figure, fences, html};
use mdbook_preprocessor::book::{Book, BookItem, Chapter};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use std::fmt::Write as _;

pub(crate) struct Figures;

impl Figures {
    /// Whether figures can be made for a renderer: they are HTML.
    pub(crate) fn serves(renderer: &str) -> bool {
        renderer == "html"
    }
}

impl Preprocessor for Figures {
    fn name(&self) -> &str {
        "dm-cache-lab"
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let player: Option<String> = context.config.get("preprocessor.dm-cache-lab.player")?;
        let lab: Option<String> = context.config.get("preprocessor.dm-cache-lab.lab")?;
        let mut failed = Vec::new();
        book.for_each_mut(|item| {
            if let BookItem::Chapter(chapter) = item
                && let Err(error) = with_figures(chapter, player.as_deref(), lab.as_deref())
            {
                failed.push(format!("{}: {error:#}", chapter.name));
            }
        });
        if failed.is_empty() { Ok(book) } else { bail!("{}", failed.join("\n")) }
    }

    fn supports_renderer(&self, renderer: &str) -> Result<bool> {
        Ok(Self::serves(renderer))
    }
}

/// An address as the pages of a chapter have it.
fn from_chapter(chapter: &Chapter, address: &str) -> String {
    let depth = chapter.path.as_ref().map_or(1, |p| p.components().count());
    if address.contains("://") || address.starts_with('/') {
        address.to_owned()
    } else {
        format!("{}{address}", "../".repeat(depth.saturating_sub(1)))
    }
}

fn with_figures(chapter: &mut Chapter, player: Option<&str>, lab: Option<&str>) -> Result<()> {
    let found = fences(&chapter.content);
    if found.is_empty() {
        return Ok(());
    }
    let mut content = String::new();
    let mut rest = 0;
    for (number, fence) in found.iter().enumerate() {
        let mut figure = Figure::parse(&fence.body).map_err(|e| anyhow::anyhow!("line {}: {e}", fence.line))?;
        if let Some(lab) = lab {
            figure.attributes.push(("lab".to_owned(), from_chapter(chapter, lab)));
        }
        content.push_str(chapter.content.get(rest..fence.range.start).context("a fence lies across a character")?);
        let drawn = html::figure(&figure, number == 0).map_err(|e| anyhow::anyhow!("line {}: {e}", fence.line))?;
        write!(content, "\n{drawn}\n")?;
        rest = fence.range.end;
    }
    content.push_str(chapter.content.get(rest..).unwrap_or(""));
    if let Some(player) = player {
        let player = from_chapter(chapter, player);
        write!(content, "\n<script type=\"module\" src=\"{player}\"></script>\n")?;
    }
    chapter.content = content;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn chapter(content: &str) -> Chapter {
        Chapter::new("One", content.to_owned(), "part/one.md", Vec::new())
    }

    #[test]
    fn a_block_becomes_a_figure_and_the_page_loads_the_player_from_where_it_is() {
        let mut chapter = chapter("Before\n\n```dm-cache-lab\nscenario: crash\n```\n\nAfter\n");
        with_figures(&mut chapter, Some("dm-cache-lab/element.js"), Some("../")).unwrap();
        let page = &chapter.content;
        assert!(page.starts_with("Before\n\n\n<figure") && page.contains("</figure>\n\nAfter"), "{page}");
        assert!(page.contains("<dm-cache-lab scenario=\"crash\" lab=\"../../\">"));
        assert!(page.ends_with("<script type=\"module\" src=\"../dm-cache-lab/element.js\"></script>\n"));
    }

    #[test]
    fn a_wrong_block_is_named_by_its_line() {
        let refused = with_figures(&mut chapter("\n```dm-cache-lab\nscenario: nothing\n```\n"), None, None).unwrap_err().to_string();
        assert!(refused.starts_with("line 2: `scenario: nothing`"), "{refused}");
    }

    #[test]
    fn a_page_without_blocks_stays_as_it_is() {
        let mut chapter = chapter("```text\nscenario: crash\n```\n");
        with_figures(&mut chapter, Some("player.js"), None).unwrap();
        assert_eq!(chapter.content, "```text\nscenario: crash\n```\n");
    }
}
