//! A told line as text: what `dmlab status` prints, and a page copies.

use super::{By, Told};
use std::fmt::{self, Display, Formatter};

impl Display for By {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Status => "dmsetup status",
            Self::Table => "dmsetup table",
            Self::Lvs => "lvs",
        })
    }
}

impl Display for Told {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, as {} shows it", self.name.as_deref().unwrap_or("a cache"), self.by)?;
        let width = self.fields.iter().map(|f| f.value.chars().count()).max().unwrap_or(0).min(36);
        for field in &self.fields {
            let mark = if field.unusual { '!' } else { ' ' };
            writeln!(f, "{mark} {:<width$}  {:<8}  {}", field.value, field.unit, field.means)?;
        }
        if !self.passed_over.is_empty() {
            writeln!(f, "not known, passed over: {}", self.passed_over.join(" "))?;
        }
        for (n, remark) in self.remarks.iter().enumerate() {
            writeln!(f, "\n{}. {}\n   unusual:   {}\n   your data: {}", n + 1, remark.title, remark.unusual, remark.data)?;
            if let Some(scenario) = remark.see {
                writeln!(f, "   see it:    dmlab explain {scenario}")?;
            }
        }
        Ok(())
    }
}
