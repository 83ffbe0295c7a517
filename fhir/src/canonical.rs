//! The one way in which a resource is written to bytes.
//!
//! UTF-8, no white space, elements and items in the order in which they were written, numbers digit for digit as they were written
//! (`1.50` and `1e2` stay), strings with the shortest escapes: `\"` `\\` `\b` `\f` `\n` `\r` `\t`, other characters below U+0020 as
//! `\u00xx` in lower case, everything else as itself. No Unicode normalisation: it would change what was written.
//! Digests and blobs hang on these bytes, so they are written here and not left to a library's taste.

use serde_json::{Map, Value};

use crate::resource::Resource;

/// The canonical bytes of a resource.
pub fn canonical(resource: &Resource) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    object(&mut out, resource.elements());
    out
}

fn object(out: &mut Vec<u8>, map: &Map<String, Value>) {
    out.push(b'{');
    for (place, (name, value)) in map.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        string(out, name);
        out.push(b':');
        write(out, value);
    }
    out.push(b'}');
}

fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => out.extend_from_slice(number.as_str().as_bytes()),
        Value::String(text) => string(out, text),
        Value::Object(map) => object(out, map),
        Value::Array(items) => {
            out.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                write(out, item);
            }
            out.push(b']');
        }
    }
}

fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(place) = rest
        .iter()
        .position(|&b| b < 0x20 || b == b'"' || b == b'\\')
    {
        let (plain, tail) = rest.split_at(place);
        out.extend_from_slice(plain);
        let Some((&special, after)) = tail.split_first() else {
            break;
        };
        escape(out, special);
        rest = after;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn escape(out: &mut Vec<u8>, special: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match special {
        0x08 => b'b',
        0x0c => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        b'"' | b'\\' => special,
        _ => {
            let digit = |nibble: u8| HEX[usize::from(nibble & 15)];
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(special >> 4), digit(special)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}
