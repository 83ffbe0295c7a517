//! How a server of ours ends: with a last word for a person, and with whoever started it.

/// Makes a panic end with one line for the person who runs the process: the engine ends a node that cannot store by a panic.
pub fn last_words() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        let text = panic.payload_as_str().unwrap_or("a fault");
        // Linux: ENOSPC and EDQUOT.
        let full = text.contains("os error 28") || text.contains("os error 122");
        // The engine's own words, which do not say why.
        let unsaid = ["WriteFailed", "SyncFailed", "ResizeFailed"];
        let advice = if full {
            "the disk is full: make room and start again; what was acknowledged is kept"
        } else if unsaid.iter().any(|word| text.contains(word)) {
            "the disk could not be written; the next line says more"
        } else if text.contains("which this program does not know") {
            "its ledger is sound; put the newer program in place and start that"
        } else {
            "start again; if it says this once more, send this output to whoever maintains it"
        };
        eprintln!("amanat: stopped: {text}: {advice}");
    }));
}

/// Asks this process to stop, as SIGTERM does, once standard input ends: whoever started it is gone then, however that came.
pub fn stop_with_stdin() {
    std::thread::spawn(|| {
        // Nothing is ever sent; an error is an end as well.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        // It cannot fail: the process is this one.
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM);
    });
}
