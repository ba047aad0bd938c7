//! systemd: a service that runs once, and a timer that starts it.
//!
//! The machine's own service runs as root, to read every home, and has nothing else of root: no
//! network, a file system that it can only read, three capabilities. It keeps what it needs: `/tmp` and
//! the processes of others are looked at, so they are not hidden from it.
//!
//! The service that sends is root too, as the spool is root's alone, with no capability at all: it has the
//! network, and sees neither homes nor the state.

use std::path::Path;

use super::{Schedule, Shipping, UnitFile};

/// Names of the files.
pub const SERVICE: &str = "straykey-agent.service";
/// See [`SERVICE`].
pub const TIMER: &str = "straykey-agent.timer";
/// Names of the files that send.
pub const SHIP_SERVICE: &str = "straykey-ship.service";
/// See [`SHIP_SERVICE`].
pub const SHIP_TIMER: &str = "straykey-ship.timer";

/// What the machine's service that sends does not see by `ProtectHome` and `PrivateTmp`. Nothing
/// below can be made visible again.
const PROTECTED: [&str; 5] = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"];
/// What it does not see by `InaccessiblePaths`.
const INACCESSIBLE: [&str; 7] = [
    "/srv",
    "/mnt",
    "/media",
    "/var/mail",
    "/var/spool/cron",
    "/var/lib/docker",
    "/var/lib/containers",
];

/// Whether the service that sends cannot see a file that it needs.
#[must_use]
pub fn is_hidden(shipping: &Shipping, file: &Path) -> bool {
    let hides_state = !shipping.spool.starts_with(&shipping.state);
    let mut places = PROTECTED.iter().chain(&INACCESSIBLE);
    let is_hidden = places.any(|place| file.starts_with(place));
    !shipping.is_users && (is_hidden || hides_state && file.starts_with(&shipping.state))
}

/// Returns the files.
#[must_use]
pub fn files(schedule: &Schedule) -> [UnitFile; 2] {
    [
        UnitFile {
            name: SERVICE,
            text: service(schedule),
        },
        UnitFile {
            name: TIMER,
            text: timer(),
        },
    ]
}

/// Returns the files of the service that sends.
#[must_use]
pub fn shipping(shipping: &Shipping) -> [UnitFile; 2] {
    let timer = "[Unit]\n\
    Description=Send what was found of stray signing keys\n\n\
    [Timer]\n\
    OnCalendar=hourly\n\
    # Each machine at a time of its own, so that a fleet does not send at once.\n\
    RandomizedDelaySec=50min\n\
    FixedRandomDelay=yes\n\
    Persistent=yes\n\
    AccuracySec=1min\n\n\
    [Install]\n\
    WantedBy=timers.target\n";
    [
        UnitFile {
            name: SHIP_SERVICE,
            text: ship_service(shipping),
        },
        UnitFile {
            name: SHIP_TIMER,
            text: timer.to_owned(),
        },
    ]
}

fn ship_service(shipping: &Shipping) -> String {
    let mut command = vec![quoted_path(&shipping.program)];
    command.extend(["agent".to_owned(), "ship".to_owned()]);
    command.extend(shipping.arguments.iter().map(|argument| quoted(argument)));
    let spool = quoted_path(&shipping.spool);
    let mut text = format!(
        "[Unit]\n\
        Description=Send what was found of stray signing keys\n\
        Wants=network-online.target\n\
        After=network-online.target\n\n\
        [Service]\n\
        Type=oneshot\n\
        ExecStart={}\n\
        # 2: something is still there; the next run sends it.\n\
        SuccessExitStatus=2\n\
        UMask=0077\n\
        Nice=19\n\
        IOSchedulingClass=idle\n\
        MemoryMax=256M\n\
        TasksMax=32\n\n\
        # It takes away what was sent, and sees nothing of what is looked for.\n\
        ProtectSystem=strict\n\
        ReadWritePaths={spool}\n",
        command.join(" ")
    );
    if !shipping.is_users {
        text.push_str(
            "ProtectHome=yes\n\
            PrivateTmp=yes\n",
        );
        let places = INACCESSIBLE.map(|place| format!("-{place}")).join(" ");
        text.push_str(&format!("InaccessiblePaths={places}\n"));
        // A spool within the state is to be seen.
        if !shipping.spool.starts_with(&shipping.state) {
            let state = format!("-{}", shipping.state.display());
            let state = quoted_path(Path::new(&state));
            text.push_str(&format!("InaccessiblePaths={state}\n"));
        }
        text.push_str(
            "# The spool is root's own: no capability is needed to read it.\n\
            CapabilityBoundingSet=\n\
            PrivateDevices=yes\n\
            ProtectClock=yes\n\
            ProtectKernelLogs=yes\n\
            ProtectKernelModules=yes\n\
            ProtectHostname=yes\n\
            ProtectProc=invisible\n\
            ProcSubset=pid\n",
        );
    }
    // Names are looked up over AF_UNIX or the network; AF_NETLINK tells which addresses there are.
    text.push_str("RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK\n");
    text.push_str(CLOSED);
    text
}

/// What neither service needs.
const CLOSED: &str = "NoNewPrivileges=yes\n\
    PrivateMounts=yes\n\
    ProtectControlGroups=yes\n\
    ProtectKernelTunables=yes\n\
    RestrictNamespaces=yes\n\
    RestrictRealtime=yes\n\
    RestrictSUIDSGID=yes\n\
    LockPersonality=yes\n\
    MemoryDenyWriteExecute=yes\n\
    SystemCallArchitectures=native\n\
    SystemCallFilter=@system-service\n\
    SystemCallFilter=~@privileged @mount @debug @swap @reboot @module @raw-io @obsolete @clock\n\
    SystemCallErrorNumber=EPERM\n\
    KeyringMode=private\n";

fn timer() -> String {
    "[Unit]\n\
    Description=Look for stray signing keys every day\n\
    Documentation=man:straykey-agent-run(1)\n\n\
    [Timer]\n\
    OnCalendar=daily\n\
    # Each machine at a time of its own, so that a fleet does not scan at once.\n\
    RandomizedDelaySec=8h\n\
    FixedRandomDelay=yes\n\
    # A laptop that slept through it scans when it is awake, not at once.\n\
    Persistent=yes\n\
    AccuracySec=10min\n\n\
    [Install]\n\
    WantedBy=timers.target\n"
        .to_owned()
}

fn service(schedule: &Schedule) -> String {
    let mut command = vec![quoted_path(&schedule.program)];
    command.extend(["agent".to_owned(), "run".to_owned(), "--once".to_owned()]);
    command.extend(schedule.arguments.iter().map(|argument| quoted(argument)));
    let mut text = String::from(
        "[Unit]\n\
        Description=Look for stray signing keys\n\
        Documentation=man:straykey-agent-run(1)\n",
    );
    if !schedule.arguments.iter().any(|word| word == "--on-battery") {
        text.push_str("ConditionACPower=true\n");
    }
    text.push_str("\n[Service]\nType=oneshot\n");
    text.push_str(&format!("ExecStart={}\n", command.join(" ")));
    text.push_str(
        "# 1: there are findings. 2: not everything could be read. Both are told in the spool.\n\
        SuccessExitStatus=1 2\n\
        UMask=0077\n\n\
        # The person at the machine goes first.\n\
        Nice=19\n\
        CPUSchedulingPolicy=idle\n\
        IOSchedulingClass=idle\n",
    );
    text.push_str(&format!("CPUQuota={}%\n", schedule.cpu_percent));
    text.push_str(
        "MemoryHigh=384M\n\
        MemoryMax=768M\n\
        MemorySwapMax=0\n\
        OOMScoreAdjust=900\n\
        TasksMax=64\n\n\
        # It reads, and tells in two folders.\n\
        ProtectSystem=strict\n",
    );
    let folders = [&schedule.state, &schedule.spool];
    let folders: Vec<String> = folders.into_iter().map(|path| quoted_path(path)).collect();
    text.push_str(&format!("ReadWritePaths={}\n", folders.join(" ")));
    if !schedule.is_users {
        text.push_str(
            "ProtectHome=read-only\n\n\
            # It opens no connection; agents are asked over sockets of the file system.\n\
            PrivateNetwork=yes\n\
            IPAddressDeny=any\n\
            # To read every home, the environments of processes, and to ask agents of users.\n\
            CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_DAC_OVERRIDE CAP_SYS_PTRACE\n\
            PrivateDevices=yes\n\
            ProtectClock=yes\n\
            ProtectKernelLogs=yes\n\
            ProtectKernelModules=yes\n\
            ProtectHostname=yes\n",
        );
    }
    text.push_str("RestrictAddressFamilies=AF_UNIX\n");
    text.push_str(CLOSED);
    text
}

/// Returns a word of a command behind its program: quoted, and with nothing that systemd would put
/// something else for.
fn quoted(word: &str) -> String {
    quoted_path(Path::new(word)).replace('$', "$$")
}

/// Returns a path: there `%` stands for something, and `$` for itself. A line ends with a carriage
/// return, too.
fn quoted_path(path: &Path) -> String {
    let mut out = String::from("\"");
    for c in path.to_string_lossy().chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '%' => out.push_str("%%"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        assert_eq!(quoted("/a b/%h$x\"\n\r"), "\"/a b/%%h$$x\\\"\\n\\r\"");
        assert_eq!(quoted_path(Path::new("/%h$x")), "\"/%%h$x\"");
    }
}
