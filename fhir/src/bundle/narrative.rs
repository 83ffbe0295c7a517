//! `href` and `src` attributes in a narrative's XHTML.

/// Exchanges the whole value of each `href` and `src` for which `new` has another.
pub(super) fn rewrite<'a>(xhtml: &mut String, new: impl Fn(&str) -> Option<&'a str>) {
    let mut done = String::new();
    let mut copied = 0;
    let mut scan = Scan {
        text: xhtml,
        place: 0,
        in_tag: false,
    };
    while let Some((start, end)) = scan.next_link() {
        let (Some(before), Some(link)) = (xhtml.get(copied..start), xhtml.get(start..end)) else {
            return;
        };
        if let Some(link) = new(link) {
            done.push_str(before);
            done.push_str(link);
            copied = end;
        }
    }
    if copied > 0 {
        done.push_str(xhtml.get(copied..).unwrap_or_default());
        *xhtml = done;
    }
}

struct Scan<'a> {
    text: &'a str,
    place: usize,
    in_tag: bool,
}

impl Scan<'_> {
    /// From where to where the next link's value stands.
    fn next_link(&mut self) -> Option<(usize, usize)> {
        loop {
            if !self.in_tag {
                self.skip_past(|c| c == '<')?;
                self.in_tag = true;
            }
            // In a tag everything of interest ends in a quote; what stands before `=` and the quote is the attribute's name.
            let from = self.place;
            let mark = self.skip_past(|c| matches!(c, '>' | '"' | '\''))?;
            if mark == '>' {
                self.in_tag = false;
                continue;
            }
            let name = self.text.get(from..self.place)?;
            let start = self.place;
            self.skip_past(|c| c == mark)?;
            if is_link(name) {
                return Some((start, self.place.checked_sub(mark.len_utf8())?));
            }
        }
    }

    fn skip_past(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        let rest = self.text.get(self.place..)?;
        let (offset, found) = rest.char_indices().find(|(_, c)| wanted(*c))?;
        self.place = self
            .place
            .checked_add(offset)?
            .checked_add(found.len_utf8())?;
        Some(found)
    }
}

/// Whether a tag's text up to and with the opening quote ends in `href=` or `src=`.
fn is_link(text: &str) -> bool {
    let Some(name) = text
        .trim_end_matches(['"', '\''])
        .trim_end()
        .strip_suffix('=')
        .map(str::trim_end)
    else {
        return false;
    };
    ["href", "src"].into_iter().any(|wanted| {
        name.strip_suffix(wanted)
            .is_some_and(|before| before.ends_with(|c: char| c.is_ascii_whitespace()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_values_of_link_attributes() {
        let table = [
            (
                r#"<div><a href="old">old</a></div>"#,
                r#"<div><a href="NEW">old</a></div>"#,
            ),
            (
                r#"<img alt="old" src = 'old'/>"#,
                r#"<img alt="old" src = 'NEW'/>"#,
            ),
            (
                r#"<a title="a>b" href="old"/><p>href="old"</p>"#,
                r#"<a title="a>b" href="NEW"/><p>href="old"</p>"#,
            ),
            (
                r#"<a data-href="old" xhref="old" href="older"/>"#,
                r#"<a data-href="old" xhref="old" href="older"/>"#,
            ),
            (
                r#"<a href="old" href="old">é</a>ü"#,
                r#"<a href="NEW" href="NEW">é</a>ü"#,
            ),
            (r#"<a href="old"#, r#"<a href="old"#),
            ("<", "<"),
            ("", ""),
        ];
        for (from, to) in table {
            let mut text = from.to_owned();
            rewrite(&mut text, |link| (link == "old").then_some("NEW"));
            assert_eq!(text, to);
        }
    }
}
