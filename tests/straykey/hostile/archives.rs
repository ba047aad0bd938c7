//! Archives: bombs, archives that hold themselves, members without end, names that lead out.

use super::bytes::{Zip, deflate, gzip, gzip_of_zeros, sum, tar, tar_header, zlib};
use super::{Case, pem, put, testfile};
use crate::cases::Dice;

const FOUND: &str = "exit 1; 1 private-key";
const GAVE_UP: &str = "exit 1; 1 private-key; 1 undecoded";

pub(super) const CASES: &[Case] = &[
    Case::new(
        "gzip-bomb",
        "a gzip file of 400 MiB of zeros, and a key beside it",
        |dir| {
            put(dir, "a.gz", gzip_of_zeros(400, b""));
            put(dir, "key.pem", pem());
        },
        GAVE_UP,
    ),
    Case::new(
        "gzip-bomb-twice",
        "a gzip file of a gzip file of 400 MiB of zeros, and a key beside it",
        |dir| {
            put(dir, "a.gz.gz", gzip(&gzip_of_zeros(400, b"")));
            put(dir, "key.pem", pem());
        },
        GAVE_UP,
    ),
    Case::new(
        "gzip-key-behind-zeros",
        "a gzip file of 20 MiB of zeros and a key",
        |dir| {
            put(dir, "a.gz", gzip_of_zeros(20, &pem()));
        },
        FOUND,
    ),
    Case::new(
        "gzip-depth",
        "a key under 200 layers of gzip, and a key beside it",
        |dir| {
            let gz = (0..200).fold(pem(), |inner, _| gzip(&inner));
            put(dir, "a.gz", gz);
            put(dir, "key.pem", pem());
        },
        GAVE_UP,
    ),
    Case::new(
        "gzip-cut",
        "a gzip file of a key and noise, cut in the noise",
        |dir| {
            let text = [pem(), Dice::of("noise").bytes(100_000)].concat();
            let packed = gzip(&text);
            put(dir, "a.gz", &packed[..packed.len() - 5000]);
        },
        GAVE_UP,
    ),
    Case::new(
        "gzip-members",
        "100,000 empty gzip members, and one of a key",
        |dir| {
            put(
                dir,
                "a.gz",
                [gzip(b"").repeat(100_000), gzip(&pem())].concat(),
            );
        },
        FOUND,
    ),
    Case::new(
        "zip-bomb",
        "zip files of zip files, sixteen each, five levels, of 16 MiB of zeros",
        |dir| {
            let mut bomb = Zip::default();
            bomb.member(b"0", &vec![0; 16 << 20]);
            let mut bomb = bomb.finish();
            for _ in 0..4 {
                let mut zip = Zip::default();
                (0..16_u8).for_each(|n| zip.member(&[b'a' + n], &bomb));
                bomb = zip.finish();
            }
            put(dir, "a.zip", bomb);
            put(dir, "key.pem", pem());
        },
        GAVE_UP,
    ),
    Case::new(
        "zip-bomb-flat",
        "a zip file of 6,000 members that share the same 4 MiB of zeros",
        |dir| {
            let mut zip = Zip::default();
            let packed = deflate(&vec![0; 4 << 20]);
            let at = zip.local(8, b"k", &packed, packed.len() as u32);
            for n in 0..6_000 {
                zip.record(
                    8,
                    format!("{n}").as_bytes(),
                    packed.len() as u32,
                    at,
                    0o100_644,
                );
            }
            put(dir, "a.zip", zip.finish());
            put(dir, "key.pem", pem());
        },
        GAVE_UP,
    ),
    Case::new(
        "zip-quine",
        "a zip file with a key and a member that is the file itself",
        |dir| {
            let key = pem();
            let mut zip = Zip::default();
            let at = zip.local(0, b"k.pem", &key, key.len() as u32);
            zip.record(0, b"k.pem", key.len() as u32, at, 0o100_644);
            let own = zip.local(0, b"self.zip", b"", 0);
            zip.record(0, b"self.zip", 0, own, 0o100_644);
            let mut bytes = zip.finish();
            let whole = (bytes.len() - 35) as u32;
            let record = memchr::memmem::find(&bytes, b"PK\x01\x02").expect("a record");
            for at in [18, 22, record + 20, record + 24] {
                bytes[at..at + 4].copy_from_slice(&whole.to_le_bytes());
            }
            put(dir, "a.zip", bytes);
        },
        GAVE_UP,
    ),
    Case::new(
        "zip-100000",
        "a zip file of 100,000 members, and a key beside it",
        |dir| {
            let mut zip = Zip::default();
            let at = zip.local(0, b"k", b"", 0);
            (0..100_000).for_each(|_| zip.record(0, b"k", 0, at, 0o100_644));
            put(dir, "a.zip", zip.finish());
            put(dir, "key.pem", pem());
        },
        FOUND,
    ),
    Case::new(
        "tar-100000",
        "a tar file of 100,000 empty members in gzip, and a key beside it",
        |dir| {
            use std::io::Write as _;
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            let header = tar_header(b"k", 0, b'0', b"").repeat(1000);
            (0..100).for_each(|_| encoder.write_all(&header).expect("memory"));
            put(dir, "a.tgz", encoder.finish().expect("memory"));
            put(dir, "key.pem", pem());
        },
        FOUND,
    ),
    Case::new(
        "zip-names-lead-out",
        "zip and tar members named `../../k`, `/etc/k` and `C:\\k`, each a key",
        |dir| {
            let mut zip = Zip::default();
            for name in ["../../../../k.pem", "/etc/k.pem", "C:\\k.pem"] {
                zip.member(name.as_bytes(), &pem());
            }
            put(dir, "a.zip", zip.finish());
            put(dir, "b.tar", tar(b"../../../k.pem", &pem()));
        },
        FOUND,
    ),
    Case::new(
        "zip-links",
        "a zip file with a symbolic link to `/etc/passwd` and a key",
        |dir| {
            let mut zip = Zip::default();
            let at = zip.local(0, b"link", b"/etc/passwd", 11);
            zip.record(0, b"link", 11, at, 0o120_777);
            zip.member(b"k.pem", &pem());
            put(dir, "a.zip", zip.finish());
        },
        FOUND,
    ),
    Case::new(
        "tar-links",
        "a tar file with symbolic and hard links out of it and to each other, a device, a FIFO and a key",
        |dir| {
            let mut all = Vec::new();
            for (name, kind, target) in [
                ("a", b'2', "/etc/passwd"),
                ("b", b'1', "../../../etc/passwd"),
                ("c", b'1', "d"),
                ("d", b'1', "c"),
                ("e", b'3', ""),
                ("f", b'6', ""),
                ("g", b'4', ""),
            ] {
                all.extend(tar_header(name.as_bytes(), 0, kind, target.as_bytes()));
            }
            all.extend(tar(b"k.pem", &pem()));
            put(dir, "a.tar", all);
        },
        FOUND,
    ),
    Case::new(
        "tar-size-2-62",
        "a tar member with a key that says to have 2^62 bytes",
        |dir| {
            let mut bytes = tar(b"k.pem", &pem());
            bytes[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]);
            sum(&mut bytes);
            put(dir, "a.tar", bytes);
        },
        GAVE_UP,
    ),
    Case::new(
        "tar-pax-lies",
        "a tar file whose pax header says that the next member has 10^18 bytes",
        |dir| {
            let record = b"28 size=1000000000000000000\n";
            let mut bytes = tar_header(b"x", record.len() as u64, b'x', b"");
            bytes.extend_from_slice(record);
            bytes.resize(1024, 0);
            bytes.extend(tar(b"k.pem", &pem()));
            put(dir, "a.tar", bytes);
        },
        GAVE_UP,
    ),
    Case::new(
        "tar-long-name",
        "a tar file with a GNU long name of 8 GB, and a key behind it",
        |dir| {
            let mut bytes = tar_header(b"././@LongLink", 0o77777777777, b'L', b"");
            bytes.extend(tar(b"k.pem", &pem()));
            put(dir, "a.tar", bytes);
        },
        GAVE_UP,
    ),
    Case::new(
        "zip-sizes-lie",
        "a zip file whose members say to be longer, shorter and elsewhere, and a key",
        |dir| {
            let mut zip = Zip::default();
            let packed = deflate(&pem());
            let at = zip.local(8, b"more", &packed, u32::MAX - 1);
            zip.record(8, b"more", u32::MAX - 1, at, 0);
            let at = zip.local(8, b"less", &packed, 10);
            zip.record(8, b"less", 10, at, 0);
            zip.record(8, b"nowhere", 10, u32::MAX - 1, 0);
            put(dir, "a.zip", zip.finish());
        },
        GAVE_UP,
    ),
    Case::new(
        "zip-directory-nowhere",
        "a zip file whose directory is said to be behind its end",
        |dir| {
            let mut zip = Zip::default();
            zip.member(b"k.pem", &pem());
            let mut bytes = zip.finish();
            let at = bytes.len() - 6;
            bytes[at..at + 4].copy_from_slice(&(u32::MAX - 9).to_le_bytes());
            put(dir, "a.zip", bytes);
        },
        "exit 1; 1 private-key; 1 undecoded",
    ),
    Case::new(
        "7z-header-lies",
        "a 7z file whose header is said to have 2^64 - 1 bytes, and a key beside it",
        |dir| {
            put(
                dir,
                "a.7z",
                [b"7z\xbc\xaf\x27\x1c\0\x04\0\0\0\0".as_slice(), &[0xff; 20]].concat(),
            );
            put(dir, "key.pem", pem());
        },
        GAVE_UP,
    ),
    Case::new(
        "xz-dictionary",
        "an xz file that wants a dictionary of 4 GB, and a key beside it",
        |dir| {
            let mut bytes = testfile("archive/key.xz");
            // The only filter, LZMA2, with its largest dictionary; and the checksum of that header.
            let at = memchr::memmem::find(&bytes, &[0x21, 1]).expect("a filter") + 2;
            bytes[at] = 40;
            let len = (usize::from(bytes[12]) + 1) * 4;
            let mut crc = flate2::Crc::new();
            crc.update(&bytes[12..12 + len - 4]);
            bytes[12 + len - 4..12 + len].copy_from_slice(&crc.sum().to_le_bytes());
            put(dir, "a.xz", bytes);
            put(dir, "key.pem", pem());
        },
        GAVE_UP,
    ),
    Case::new(
        "zstd-window",
        "a zstd file that wants a window of 2 TB, and a key beside it",
        |dir| {
            put(
                dir,
                "a.zst",
                [&[0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8][..], &[1, 0, 0]].concat(),
            );
            put(dir, "key.pem", pem());
        },
        GAVE_UP,
    ),
    Case::new(
        "zstd-frames",
        "100,000 empty zstd frames and skippable ones of 4 GB, and a key beside it",
        |dir| {
            let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0];
            put(
                dir,
                "a.zst",
                [
                    frame.repeat(100_000),
                    b"\x50\x2a\x4d\x18\xff\xff\xff\xff".repeat(10),
                ]
                .concat(),
            );
            put(dir, "key.pem", pem());
        },
        GAVE_UP,
    ),
    Case::new(
        "cpio-name",
        "a cpio archive with a name of 4 GB, and a key beside it",
        |dir| {
            put(
                dir,
                "a.cpio",
                format!("070701{}{}00000000k.pem", "00000000".repeat(11), "ffffffff").into_bytes(),
            );
            put(dir, "key.pem", pem());
        },
        GAVE_UP,
    ),
    Case::new(
        "ar-size",
        "an ar archive whose member, a key, says to have 10 GB",
        |dir| {
            let header = format!(
                "{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
                "k/", 0, 0, 0, 644, 9_999_999_999_u64
            );
            put(
                dir,
                "a.ar",
                [b"!<arch>\n", header.as_bytes(), &pem()].concat(),
            );
        },
        GAVE_UP,
    ),
    Case::new(
        "sqlite-circle",
        "an SQLite file whose pages go on with each other, and 16,000 cells of the same bytes",
        |dir| {
            let page = 65_536_usize;
            let mut bytes = vec![0; 3 * page];
            bytes[..16].copy_from_slice(b"SQLite format 3\0");
            bytes[16..18].copy_from_slice(&1_u16.to_be_bytes());
            bytes[100] = 13;
            bytes[103..105].copy_from_slice(&16_000_u16.to_be_bytes());
            for i in 0..16_000 {
                bytes[108 + 2 * i..110 + 2 * i].copy_from_slice(&40_000_u16.to_be_bytes());
            }
            bytes[40_000..40_004].copy_from_slice(&[0x81, 0xc3, 0x28, 1]);
            bytes[page..page + 4].copy_from_slice(&3_u32.to_be_bytes());
            bytes[2 * page..2 * page + 4].copy_from_slice(&2_u32.to_be_bytes());
            put(dir, "a.db", bytes);
            put(dir, "key.pem", pem());
        },
        FOUND,
    ),
    Case::new(
        "pdf-streams",
        "a PDF file of 180 streams, each of 1 MiB of zeros",
        |dir| {
            let stream = zlib(&vec![0; 1 << 20]);
            let object = [
                b"1 0 obj\n<</Filter/FlateDecode>>\nstream\n".as_slice(),
                &stream,
                b"\nendstream\nendobj\n",
            ]
            .concat();
            put(
                dir,
                "a.pdf",
                [b"%PDF-1.7\n".as_slice(), &object.repeat(180)].concat(),
            );
            put(dir, "key.pem", pem());
        },
        GAVE_UP,
    ),
    Case::new(
        "docx-tags",
        "a Word file whose text, a key, stands in 2,000,000 tags",
        |dir| {
            let mut zip = Zip::default();
            zip.member(b"[Content_Types].xml", b"<Types/>");
            let text = [
                "<w:r>".repeat(1_000_000),
                String::from_utf8(pem()).expect("text"),
                "</w:r>".repeat(1_000_000),
            ]
            .concat();
            zip.member(b"word/document.xml", text.as_bytes());
            put(dir, "a.docx", zip.finish());
        },
        FOUND,
    ),
    Case::new(
        "zip-names-speak",
        "zip and tar members named with terminal escapes, a line end, a workflow command, HTML and a formula",
        |dir| {
            let mut zip = Zip::default();
            zip.member(
                "\u{1b}[2J\r\n::error::x\u{202e}<b>=cmd()".as_bytes(),
                &pem(),
            );
            put(dir, "a.zip", zip.finish());
            put(
                dir,
                "b.tar",
                tar(b"\x1b]0;x\x07\n::warning::\xff<script>", &pem()),
            );
        },
        FOUND,
    ),
];
