//! A picture as a self-contained SVG: slots, objects over one line of metadata blocks, and the data below.

use super::picture::{BufferPicture, DataPicture, MetadataPicture, ObjectPicture, Picture};
use super::tree::Owner;
use std::collections::BTreeMap;
use std::fmt::Write;

const TILE: usize = 26;
const LEFT: usize = 150;
/// Most columns drawn.
const COLUMNS_MAX: usize = 256;

const STYLE: &str = "text{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#12161c}.h{font-weight:600;font-size:13px}.s{fill:#586170}\
.bad{fill:#ad0a4c;font-weight:600}rect{stroke:#7f8896;fill:#fff}.sb{fill:#d3d8df}.map{fill:#ede6fa}.disc{fill:#dbf0f0}.hint{fill:#e9f1d6}\
.dirty{fill:#f8e6f4}.sm{fill:#f0e8e1}.free{fill:#f5f6f8;stroke-dasharray:2 2}.stale,.lost{stroke:#ad0a4c;stroke-width:2}.open{stroke-width:2;stroke:#12161c}";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const fn class(owner: Option<Owner>) -> &'static str {
    match owner {
        Some(Owner::Sb) => "sb",
        Some(Owner::Map) => "map",
        Some(Owner::Hint) => "hint",
        Some(Owner::Disc) => "disc",
        Some(Owner::Dirty) => "dirty",
        Some(Owner::Sm) => "sm",
        None => "free",
    }
}

struct Sheet {
    body: String,
    y: usize,
    width: usize,
}

// Writing into a String cannot fail, so results of `write!` are not looked at here.
impl Sheet {
    fn text(&mut self, x: usize, class: &str, text: &str) {
        let _ = writeln!(self.body, r#"<text x="{x}" y="{}" class="{class}">{}</text>"#, self.y + 17, escape(text));
    }

    fn tile(&mut self, column: usize, class: &str, text: &str, title: &str) {
        let x = LEFT + column * TILE;
        self.width = self.width.max(x + TILE + 10);
        let (y, size) = (self.y + 1, TILE - 2);
        let _ = writeln!(
            self.body,
            r#"<g><title>{}</title><rect x="{x}" y="{y}" width="{size}" height="{size}" class="{class}"/><text x="{}" y="{}" text-anchor="middle">{}</text></g>"#,
            escape(title),
            x + size / 2,
            y + 16,
            escape(text)
        );
    }

    fn line(&mut self, class: &str, text: &str) {
        self.text(10, class, text);
        self.width = self.width.max(20 + text.chars().count() * 7);
        self.y += 20;
    }

    fn object(&mut self, object: &ObjectPicture, columns: &BTreeMap<u64, usize>) {
        let roots: Vec<String> = object.roots.iter().map(|(name, block)| format!("{name} {block}")).collect();
        let holders = if object.holders.is_empty() { "nobody".into() } else { object.holders.join(" ") };
        self.line("", &format!("object {}: ref_count {}, held by {holders}; {}", object.letter, object.ref_count, roots.join(", ")));
        self.text(10, "s", &format!("buffers of {}", object.letter));
        for buffer in &object.buffers {
            if let Some(column) = columns.get(&buffer.block) {
                self.buffer(*column, buffer);
            }
        }
        self.y += TILE;
    }

    fn buffer(&mut self, column: usize, buffer: &BufferPicture) {
        let state = match buffer.state {
            "stale" => " stale",
            "dirty" => " open",
            _ => "",
        };
        let class = format!("{}{state}", class(buffer.role.map(|r| r.owner)));
        self.tile(column, &class, &buffer.block.to_string(), &format!("block {}, {}", buffer.block, buffer.state));
    }

    fn metadata(&mut self, metadata: &MetadataPicture, objects: &[&ObjectPicture]) {
        let mut blocks: Vec<u64> =
            metadata.blocks.iter().map(|b| b.block).chain(objects.iter().flat_map(|o| o.buffers.iter().map(|b| b.block))).collect();
        blocks.sort_unstable();
        blocks.dedup();
        let columns: BTreeMap<u64, usize> = blocks.into_iter().take(COLUMNS_MAX).zip(0..).collect();
        if let Some(first) = objects.first() {
            self.object(first, &columns);
        }
        self.text(10, "h", &format!("{} ({})", metadata.name, metadata.dev));
        for block in &metadata.blocks {
            if let Some(column) = columns.get(&block.block) {
                let letter = block.kind.map_or_else(String::new, |k| format!("{k:?}"));
                self.tile(*column, class(block.owner), &letter, &format!("block {}, seen by {}", block.block, block.seen_by.join(" ")));
            }
        }
        self.y += TILE;
        for object in objects.iter().skip(1) {
            self.object(object, &columns);
        }
        self.y += 10;
    }

    fn data(&mut self, data: &DataPicture) {
        let summary =
            format!("{} through {}: {}/{} cached, {} dirty", data.device, data.table, data.resident, data.cache_blocks, data.dirty);
        self.line("h", &summary);
        self.text(10, "s", "reads return");
        for (column, block) in data.blocks.iter().take(COLUMNS_MAX).enumerate() {
            let byte = block.reads.map_or_else(|| "?".into(), |b| format!("{b:02x}"));
            let class = if block.lost { "lost" } else { "" };
            self.tile(column, class, &byte, &format!("block {}{}", block.oblock, if block.lost { ", LOST" } else { "" }));
        }
        self.y += TILE;
        if !data.lost.is_empty() {
            self.line("bad", &format!("LOST: {}", super::text::runs(&data.lost)));
        }
    }
}

/// Draws `picture` under `title`.
#[must_use]
pub fn draw(picture: &Picture, title: &str) -> String {
    let mut sheet = Sheet { body: String::new(), y: 10, width: 480 };
    sheet.line("h", title);
    for device in &picture.devices {
        for line in device.to_string().lines() {
            sheet.line("", line);
        }
    }
    let list = if picture.list.is_empty() { "none".into() } else { picture.list.join(" ") };
    sheet.line("s", &format!("list of metadata objects: {list}"));
    for metadata in &picture.metadata {
        let objects: Vec<&ObjectPicture> = picture.objects.iter().filter(|o| metadata.objects.contains(&o.letter)).collect();
        sheet.metadata(metadata, &objects);
    }
    for data in &picture.data {
        sheet.data(data);
    }
    let (width, height) = (sheet.width, sheet.y + 20);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{}\">\n<style>{STYLE}</style>\n<rect width=\"100%\" height=\"100%\" style=\"fill:#f5f6f8;stroke:none\"/>\n{}</svg>\n",
        escape(title),
        sheet.body
    )
}
