//! Task Scheduler: a task in its XML, for `schtasks /Create /XML`.
//!
//! The file is UTF-8 and says so; `schtasks` takes it. The task runs as the system's own account, at
//! the lowest priority, not on battery, and not twice.

use std::path::Path;

use super::{Schedule, Shipping, UnitFile};
use crate::report::escape::xml;

/// Name of the file.
pub const TASK: &str = "straykey-agent.xml";
/// Name of the file that sends.
pub const SHIP_TASK: &str = "straykey-ship.xml";

/// Returns the file.
#[must_use]
pub fn file(schedule: &Schedule) -> UnitFile {
    let text = task(&Task {
        about: "Look for stray signing keys",
        program: &schedule.program,
        words: &["agent", "run", "--once"],
        arguments: &schedule.arguments,
        is_users: schedule.is_users,
        // Each machine at a time of its own.
        trigger: "<StartBoundary>2026-01-01T08:00:00</StartBoundary>\r\n\
        <RandomDelay>PT8H</RandomDelay>\r\n",
        battery: true,
        limit: "PT6H",
        network: "",
    });
    UnitFile { name: TASK, text }
}

/// Returns the file that sends, each hour.
#[must_use]
pub fn shipping(shipping: &Shipping) -> UnitFile {
    let text = task(&Task {
        about: "Send what was found of stray signing keys",
        program: &shipping.program,
        words: &["agent", "ship"],
        arguments: &shipping.arguments,
        is_users: shipping.is_users,
        trigger: "<Repetition><Interval>PT1H</Interval><Duration>P1D</Duration></Repetition>\r\n\
        <StartBoundary>2026-01-01T00:00:00</StartBoundary>\r\n\
        <RandomDelay>PT50M</RandomDelay>\r\n",
        battery: false,
        limit: "PT30M",
        network: "<RunOnlyIfNetworkAvailable>true</RunOnlyIfNetworkAvailable>\r\n",
    });
    UnitFile {
        name: SHIP_TASK,
        text,
    }
}

/// What differs between tasks.
struct Task<'a> {
    about: &'a str,
    program: &'a Path,
    words: &'a [&'a str],
    arguments: &'a [String],
    is_users: bool,
    trigger: &'a str,
    /// Whether it waits for the power line.
    battery: bool,
    limit: &'a str,
    network: &'a str,
}

fn task(task: &Task<'_>) -> String {
    let mut arguments: Vec<String> = task.words.iter().map(|&word| word.to_owned()).collect();
    arguments.extend(task.arguments.iter().map(|argument| quoted(argument)));
    let principal = match task.is_users {
        true => "<LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel>",
        false => "<UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel>",
    };
    let (battery, network) = (task.battery, task.network);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
        <Task version=\"1.3\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\r\n\
        <RegistrationInfo><Description>{}</Description></RegistrationInfo>\r\n\
        <Triggers><CalendarTrigger>\r\n\
        {}\
        <ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>\r\n\
        </CalendarTrigger></Triggers>\r\n\
        <Principals><Principal id=\"Author\">{principal}</Principal></Principals>\r\n\
        <Settings>\r\n\
        <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>\r\n\
        <DisallowStartIfOnBatteries>{battery}</DisallowStartIfOnBatteries>\r\n\
        <StopIfGoingOnBatteries>{battery}</StopIfGoingOnBatteries>\r\n\
        <StartWhenAvailable>true</StartWhenAvailable>\r\n\
        {network}\
        <ExecutionTimeLimit>{}</ExecutionTimeLimit>\r\n\
        <!-- 9 and 10 are idle; with 7 and more, reading is of low priority too. -->\r\n\
        <Priority>9</Priority>\r\n\
        </Settings>\r\n\
        <Actions Context=\"Author\"><Exec>\r\n\
        <Command>{}</Command>\r\n\
        <Arguments>{}</Arguments>\r\n\
        </Exec></Actions>\r\n</Task>\r\n",
        task.about,
        task.trigger,
        task.limit,
        xml(&task.program.to_string_lossy()),
        xml(&arguments.join(" "))
    )
}

/// Quotes an argument as the C runtime reads it: backslashes count before a quote only.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| !c.is_whitespace() && c != '"';
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let mut out = String::from("\"");
    let mut slashes = 0;
    for c in word.chars() {
        match c {
            '\\' => slashes += 1,
            '"' => {
                out.push_str(&"\\".repeat(slashes + 1));
                slashes = 0;
            }
            _ => slashes = 0,
        }
        out.push(c);
    }
    out.push_str(&"\\".repeat(slashes));
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_as_they_are_read() {
        assert_eq!(quoted("C:\\Users"), "C:\\Users");
        assert_eq!(quoted("C:\\My Files\\"), "\"C:\\My Files\\\\\"");
        assert_eq!(quoted("a\"b c"), "\"a\\\"b c\"");
    }
}
