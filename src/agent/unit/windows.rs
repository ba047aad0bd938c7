//! Task Scheduler: a task in its XML, for `schtasks /Create /XML`.
//!
//! The file is UTF-8 and says so; `schtasks` takes it. The task runs as the system's own account, at
//! the lowest priority, not on battery, and not twice.

use super::{Schedule, UnitFile};
use crate::report::escape::xml;

/// Name of the file.
pub const TASK: &str = "straykey-agent.xml";

/// Returns the file.
#[must_use]
pub fn file(schedule: &Schedule) -> UnitFile {
    let mut arguments = ["agent", "run", "--once"].map(str::to_owned).to_vec();
    arguments.extend(schedule.arguments.iter().map(|argument| quoted(argument)));
    let principal = match schedule.is_users {
        true => "<LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel>",
        false => "<UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel>",
    };
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
        <Task version=\"1.3\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\r\n\
        <RegistrationInfo><Description>Look for stray signing keys</Description></RegistrationInfo>\r\n\
        <Triggers><CalendarTrigger>\r\n\
        <StartBoundary>2026-01-01T08:00:00</StartBoundary>\r\n\
        <!-- Each machine at a time of its own. -->\r\n\
        <RandomDelay>PT8H</RandomDelay>\r\n\
        <ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>\r\n\
        </CalendarTrigger></Triggers>\r\n\
        <Principals><Principal id=\"Author\">{principal}</Principal></Principals>\r\n\
        <Settings>\r\n\
        <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>\r\n\
        <DisallowStartIfOnBatteries>true</DisallowStartIfOnBatteries>\r\n\
        <StopIfGoingOnBatteries>true</StopIfGoingOnBatteries>\r\n\
        <StartWhenAvailable>true</StartWhenAvailable>\r\n\
        <ExecutionTimeLimit>PT6H</ExecutionTimeLimit>\r\n\
        <!-- 9 and 10 are idle; with 7 and more, reading is of low priority too. -->\r\n\
        <Priority>9</Priority>\r\n\
        </Settings>\r\n\
        <Actions Context=\"Author\"><Exec>\r\n\
        <Command>{}</Command>\r\n\
        <Arguments>{}</Arguments>\r\n\
        </Exec></Actions>\r\n</Task>\r\n",
        xml(&schedule.program.to_string_lossy()),
        xml(&arguments.join(" "))
    );
    UnitFile { name: TASK, text }
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
