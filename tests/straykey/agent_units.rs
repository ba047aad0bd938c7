//! What the schedulers of systems are given.

use std::fs;
use std::process::Command;

use crate::agent::{Machine, python};
use crate::program::{command, run_command};

#[test]
fn units_are_what_the_scheduler_takes() {
    let machine = Machine::new();
    let mut install = command(machine.folder());
    install.args([
        "agent",
        "install",
        "--to",
        "units",
        "--program",
        "/usr/bin/true",
        "--",
        "--root",
        "/home/a b/%x",
    ]);
    install.args([
        "--state",
        "/var/lib/straykey",
        "--spool",
        "/var/spool/straykey",
        "--cpu-budget",
        "20",
    ]);
    let said = run_command(install, b"").ended(0).out();
    assert!(
        said.contains("systemctl enable --now straykey-agent.timer"),
        "{said}"
    );
    let service = fs::read_to_string(machine.path("units/straykey-agent.service")).expect("a unit");
    assert!(
        service.contains("CPUQuota=20%\n") && service.contains("\"/home/a b/%%x\""),
        "{service}"
    );
    // An option that `agent run` does not have is refused now, not every night.
    let mut wrong = command(machine.folder());
    wrong.args([
        "agent",
        "install",
        "--to",
        "units",
        "--",
        "--cpu-budgt",
        "20",
    ]);
    let wrong = run_command(wrong, b"").ended(2);
    let expected = "options of `agent run`: unexpected argument '--cpu-budgt' found\n";
    assert!(wrong.err.ends_with(expected), "{}", wrong.err);
    systemd_takes(&machine, "straykey-agent");
    // Nor is root to start what somebody else may replace.
    #[cfg(unix)]
    {
        let program = machine.path("straykey");
        fs::copy("/usr/bin/true", &program).expect("copied");
        let given = std::os::unix::fs::chown(&program, Some(65_534), None);
        let mut install = command(machine.folder());
        install
            .args(["agent", "install", "--to", "units", "--program"])
            .arg(&program);
        let said = run_command(install, b"").ended(0).out();
        // Only root can give a file away.
        assert_eq!(given.is_ok(), said.contains("is somebody else's"), "{said}");
    }
    for (scheduler, name) in [
        ("launchd", "org.straykey.agent.plist"),
        ("task-scheduler", "straykey-agent.xml"),
    ] {
        let mut install = command(machine.folder());
        install.args([
            "agent",
            "install",
            "--to",
            "units",
            "--scheduler",
            scheduler,
        ]);
        install.args([
            "--program",
            "/opt/a b/<&>\"stray'key",
            "--",
            "--root",
            "/a&b c",
        ]);
        run_command(install, b"").ended(0);
        let path = machine.path("units").join(name);
        assert!(path.is_file());
        match python(READ_UNIT, &path) {
            Some(said) => {
                let words = [
                    "/opt/a b/<&>\"stray'key",
                    "agent",
                    "run",
                    "--once",
                    "--root",
                    "/a&b c",
                ];
                assert_eq!(said.lines().collect::<Vec<_>>(), words, "{scheduler}");
            }
            None => eprintln!("skipped: python3 is not installed"),
        }
        let mut uninstall = command(machine.folder());
        uninstall.args([
            "agent",
            "uninstall",
            "--to",
            "units",
            "--scheduler",
            scheduler,
        ]);
        run_command(uninstall, b"").ended(0);
        assert!(!machine.path("units").join(name).exists());
    }
}

/// A word of an option is a word of the command line, and a folder is that folder, whatever is in its
/// name; what no unit can say is refused.
#[test]
fn names_do_not_become_lines_or_variables_of_a_unit() {
    let machine = Machine::new();
    let install = |words: &[&str]| {
        let mut install = command(machine.folder());
        install.args(["agent", "install", "--to", "units"]);
        run_command(
            {
                install.args(words);
                install
            },
            b"",
        )
    };
    // For systemd a line ends with a carriage return, too.
    for bad in ["x\rExecStart=/usr/bin/id \"", "a\nb", "a\u{1b}b"] {
        for scheduler in ["systemd", "launchd", "task-scheduler"] {
            let words = ["--scheduler", scheduler, "--", "--exclude", bad];
            install(&words).ended(2);
        }
    }
    let program = machine.path("a$b");
    fs::copy("/usr/bin/true", &program).expect("a program");
    let program = program.to_string_lossy().into_owned();
    install(&["--program", &program, "--", "--state", "/var/lib/a$b"]).ended(0);
    let service = fs::read_to_string(machine.path("units/straykey-agent.service")).expect("a unit");
    // Variables are put into words behind the program, and nowhere else (systemd.service(5)).
    assert!(
        service.contains("ReadWritePaths=\"/var/lib/a$b\" \"/var/lib/a$b/spool\"\n")
            && service.contains("\"--state\" \"/var/lib/a$$b\""),
        "{service}"
    );
    systemd_takes(&machine, "straykey-agent");
}

/// What systemd itself says of a unit: that it is one, and that it is closed.
fn systemd_takes(machine: &Machine, name: &str) {
    let unit = |end: &str| machine.path("units").join(format!("{name}.{end}"));
    let analyze = |args: &[&str], units: &[&str]| {
        let mut analyze = Command::new("systemd-analyze");
        analyze.args(args);
        analyze.args(units.iter().map(|end| unit(end))).output()
    };
    let Ok(verified) = analyze(&["verify"], &["service", "timer"]) else {
        eprintln!("skipped: systemd-analyze is not installed");
        return;
    };
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    let mut ours = said.lines().filter(|line| line.contains(name));
    // The manual pages come with a package.
    assert!(ours.all(|line| line.contains("man ")), "{said}");
    let security = analyze(&["security", "--offline=yes"], &["service"]);
    let security = security.expect("it ran before");
    let said = String::from_utf8_lossy(&security.stdout).into_owned();
    let overall = said.lines().find(|line| line.contains("Overall exposure"));
    let level = overall.and_then(|line| line.split(": ").nth(1)?.split(' ').next()?.parse().ok());
    match level {
        // From 0, closed, to 10, open.
        Some(level) => assert!(matches!(level, 0.0..2.0), "{said}"),
        None => eprintln!("skipped: this systemd-analyze looks at no files"),
    }
}

/// Sending is a job of its own, with the network and without the machine.
#[cfg(feature = "net")]
#[test]
fn what_sends_is_a_unit_of_its_own() {
    let machine = Machine::new();
    let agent = |words: &[&str], rest: &[&str]| {
        let mut command = command(machine.folder());
        command.args(["agent"]).args(words).args(["--to", "units"]);
        run_command(
            {
                command.args(rest);
                command
            },
            b"",
        )
    };
    let ship = [
        "--",
        "--to",
        "https://collector.example/a?b=1&c=%41",
        "--token-file",
        "/etc/straykey/token",
    ];
    let install = ["install", "--ship", "--program", "/usr/bin/true"];
    let said = agent(&install, &ship).ended(0).out();
    assert!(
        said.contains("systemctl enable --now straykey-ship.timer"),
        "{said}"
    );
    let service = fs::read_to_string(machine.path("units/straykey-ship.service")).expect("a unit");
    let start = "ExecStart=\"/usr/bin/true\" agent ship \"--to\" \"https://collector.example/a?b=1&c=%%41\"";
    assert!(service.contains(start), "{service}");
    for line in [
        "ProtectHome=yes",
        "CapabilityBoundingSet=",
        "ProtectSystem=strict",
        "InaccessiblePaths=\"-",
    ] {
        assert!(
            service.lines().any(|one| one.starts_with(line)),
            "{line}: {service}"
        );
    }
    assert!(!service.contains("PrivateNetwork"), "{service}");
    systemd_takes(&machine, "straykey-ship");
    // A spool within the state is seen.
    agent(
        &[&install[..], &[]].concat(),
        &[
            &ship[..],
            &["--state", "/var/lib/s", "--spool", "/var/lib/s/spool"],
        ]
        .concat(),
    )
    .ended(0);
    let service = fs::read_to_string(machine.path("units/straykey-ship.service")).expect("a unit");
    assert!(
        service.contains("ReadWritePaths=\"/var/lib/s/spool\"")
            && !service.contains("\"-/var/lib/s\""),
        "{service}"
    );
    // What the service could not read, or `agent ship` would not take, is refused now.
    for bad in [
        &["--to", "https://c.example/", "--token-file", "token"][..],
        &[
            "--to",
            "https://c.example/",
            "--token-file",
            "/home/ada/token",
        ],
        &["--to", "https://c.example/", "--token-file", "/srv/token"],
        &[
            "--to",
            "https://c.example/",
            "--token-file",
            "/var/lib/straykey/token",
        ],
        &["--to", "https://c.example/", "--spool", "/home/ada/spool"],
        &["--token-file", "/etc/t"],
        &["--too", "x"],
    ] {
        agent(&install, &[&["--"], bad].concat()).ended(2);
    }
    let program = ["install", "--ship", "--program", "/root/bin/straykey"];
    agent(&program, &ship).ended(2);
    agent(
        &["install", "--program", "/usr/bin/true"],
        &["--", "--state", "/s"],
    )
    .ended(0);
    let said = agent(&["uninstall"], &[]).ended(0).out();
    assert!(said.contains("disable --now straykey-ship.timer"), "{said}");
    assert_eq!(
        fs::read_dir(machine.path("units"))
            .expect("a folder")
            .count(),
        0
    );
    for (scheduler, name) in [
        ("launchd", "org.straykey.ship.plist"),
        ("task-scheduler", "straykey-ship.xml"),
    ] {
        let install = [
            "install",
            "--ship",
            "--scheduler",
            scheduler,
            "--program",
            "/opt/a b/<&>\"stray'key",
        ];
        agent(&install, &ship).ended(0);
        let path = machine.path("units").join(name);
        match python(READ_UNIT, &path) {
            Some(said) => {
                let words = [&["/opt/a b/<&>\"stray'key", "agent", "ship"], &ship[1..]].concat();
                assert_eq!(said.lines().collect::<Vec<_>>(), words, "{scheduler}");
            }
            None => eprintln!("skipped: python3 is not installed"),
        }
        agent(&["uninstall", "--scheduler", scheduler], &[]).ended(0);
        assert!(!path.exists());
    }
}

/// Reads the command line out of a property list or a task, and checks what either needs.
const READ_UNIT: &str = r#"
import plistlib, shlex, sys
import xml.etree.ElementTree as xml
if sys.argv[1].endswith('.plist'):
    job = plistlib.load(open(sys.argv[1], 'rb'))
    assert sys.argv[1].endswith('/' + job['Label'] + '.plist') and job['LowPriorityIO'] is True and job['Umask'] == 0o77
    at = job['StartCalendarInterval']
    assert 0 <= at.get('Hour', 0) < 24 and 0 <= at['Minute'] < 60
    words = job['ProgramArguments']
else:
    task = xml.parse(sys.argv[1]).getroot()
    ns = '{http://schemas.microsoft.com/windows/2004/02/mit/task}'
    assert task.tag == ns + 'Task' and task.get('version') == '1.3'
    order = [part.tag.removeprefix(ns) for part in task]
    assert order == ['RegistrationInfo', 'Triggers', 'Principals', 'Settings', 'Actions'], order
    command = task.find(f'{ns}Actions/{ns}Exec')
    words = [command.findtext(ns + 'Command'), *shlex.split(command.findtext(ns + 'Arguments'))]
print('\n'.join(words))
"#;
