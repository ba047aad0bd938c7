//! launchd: a property list for `/Library/LaunchDaemons` or a user's `~/Library/LaunchAgents`.
//!
//! launchd has no random delay: the machine's own id sets the minute. To read homes the program needs
//! Full Disk Access, which a profile of the device management gives; to send it needs nothing.

use sha2::{Digest as _, Sha256};

use super::{Schedule, Shipping, UnitFile};
use crate::report::escape::xml;

/// Name of the file.
pub const PLIST: &str = "org.straykey.agent.plist";
/// Name of the file that sends.
pub const SHIP_PLIST: &str = "org.straykey.ship.plist";

/// Returns the file; `machine` sets the time of day.
#[must_use]
pub fn file(schedule: &Schedule, machine: &str) -> UnitFile {
    let mut arguments = vec![schedule.program.to_string_lossy().into_owned()];
    arguments.extend(["agent", "run", "--once"].map(str::to_owned));
    arguments.extend(schedule.arguments.iter().cloned());
    let [hour, minute] = moment(machine);
    let when = format!(
        "<key>Hour</key>\n    <integer>{}</integer>\n    ",
        hour % 24
    );
    UnitFile {
        name: PLIST,
        text: plist("org.straykey.agent", &arguments, &when, minute),
    }
}

/// Returns the file that sends, each hour.
#[must_use]
pub fn shipping(shipping: &Shipping, machine: &str) -> UnitFile {
    let mut arguments = vec![shipping.program.to_string_lossy().into_owned()];
    arguments.extend(["agent", "ship"].map(str::to_owned));
    arguments.extend(shipping.arguments.iter().cloned());
    let [_, minute] = moment(machine);
    UnitFile {
        name: SHIP_PLIST,
        text: plist("org.straykey.ship", &arguments, "", minute),
    }
}

fn moment(machine: &str) -> [u8; 2] {
    let digest = Sha256::digest(machine);
    digest.first_chunk().copied().unwrap_or_default()
}

fn plist(label: &str, arguments: &[String], hour: &str, minute: u8) -> String {
    let arguments: String = arguments
        .iter()
        .map(|argument| format!("    <string>{}</string>\n", xml(argument)))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
        <plist version=\"1.0\">\n<dict>\n\
        \x20 <key>Label</key>\n  <string>{label}</string>\n\
        \x20 <key>ProgramArguments</key>\n  <array>\n{arguments}  </array>\n\
        \x20 <!-- Each machine at a time of its own; one that slept runs it when it wakes. -->\n\
        \x20 <key>StartCalendarInterval</key>\n  <dict>\n    {hour}<key>Minute</key>\n    \
        <integer>{}</integer>\n  </dict>\n\
        \x20 <!-- The person at the machine goes first. -->\n\
        \x20 <key>ProcessType</key>\n  <string>Background</string>\n\
        \x20 <key>LowPriorityIO</key>\n  <true/>\n\
        \x20 <key>LowPriorityBackgroundIO</key>\n  <true/>\n\
        \x20 <key>Nice</key>\n  <integer>19</integer>\n\
        \x20 <key>Umask</key>\n  <integer>63</integer>\n\
        </dict>\n</plist>\n",
        minute % 60,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_text() {
        let schedule = Schedule {
            program: "/usr/local/bin/straykey".into(),
            arguments: vec!["--root".into(), "/a<b&c".into()],
            state: "/s".into(),
            spool: "/p".into(),
            cpu_percent: 25,
            is_users: false,
        };
        let text = file(&schedule, "m1").text;
        assert!(text.contains("<string>/a&#60;b&#38;c</string>"), "{text}");
        assert_eq!(text, file(&schedule, "m1").text);
        assert_ne!(text, file(&schedule, "m2").text);
    }
}
