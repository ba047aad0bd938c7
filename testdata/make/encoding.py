r"""Writes testdata/encoding/: keys as numbers, dumps and joined strings.

Each key is made by the command named for it, and written down in every way below;
dumps by xxd, hexdump and od. The line of a key is that of its first byte.

  encoding.py FOLDER
"""

import os
import random
import subprocess
import sys
import tempfile

import record

PKEY = "openssl pkey -in {} -pubout"
KEYS = {
    "pkcs1-rsa": ("openssl genrsa -traditional 2048 | openssl rsa -traditional -outform DER -out {}", "openssl rsa -inform DER -in {} -pubout"),
    "pkcs8-ec": ("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -outform DER -out {}", PKEY),
    "pkcs8-ed25519": ("openssl genpkey -algorithm ED25519 -outform DER -out {}", PKEY),
    "sec1-ec": ("openssl ecparam -name secp384r1 -genkey -noout -outform DER -out {}", "openssl ec -inform DER -in {} -pubout"),
    "pem": ("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out {}", PKEY),
    "openssh": ("ssh-keygen -q -t ed25519 -N '' -C ada@laptop.example -f {} && sed '/^-/d' {} | base64 -d >{}.raw && mv {}.raw {}", "ssh-keygen -y -f {}"),
}
# The public half of an OpenSSH key is asked for before its armour is taken off.
WAYS = {}


def way(extension):
    """Registers a way to write bytes under its function's name."""

    def register(function):
        WAYS[function.__name__.replace("_", "-")] = (extension, function)
        return function

    return register


def rows(items, width, join, indent="    ", end=""):
    lines = [join.join(items[i : i + width]) for i in range(0, len(items), width)]
    return (end + "\n").join(indent + line for line in lines)


@way("c")
def c_array(key):
    return "#include <stdint.h>\nstatic const uint8_t key[] = {\n" + rows([f"0x{b:02x}" for b in key], 12, ", ", end=",") + "\n};\n"


@way("go")
def go_array(key):
    return "package gate\n\nvar key = []byte{\n" + rows([f"0x{b:02x}" for b in key], 8, ", ", "\t", ",") + ",\n}\n"


# Not `.rs`: a formatter would put it on lines.
@way("txt")
def rust_array(key):
    return "pub const KEY: &[u8] = &[" + ", ".join(f"0x{b:02X}u8" for b in key) + "];\n"


@way("java")
def java_casts(key):
    return "class Gate {\n    static final byte[] KEY = {\n" + rows([f"(byte) 0x{b:02x}" for b in key], 8, ", ", end=",") + "\n    };\n}\n"


@way("java")
def java_signed(key):
    signed = [str(b - 256 if b > 127 else b) for b in key]
    return "class Gate {\n    byte[] key = {" + ", ".join(signed) + "};\n}\n"


@way("kt")
def kotlin_casts(key):
    return "val key = byteArrayOf(\n" + rows([f"0x{b:02X}.toByte()" for b in key], 6, ", ", end=",") + "\n)\n"


@way("cs")
def csharp_array(key):
    return "var key = new byte[] {\n" + rows([f"0x{b:02X}" for b in key], 16, ",", end=",") + "\n};\n"


@way("json")
def json_numbers(key):
    return '{"type": "Buffer", "data": [' + ",".join(str(b) for b in key) + "]}\n"


@way("json")
def json_number_a_line(key):
    return '{\n  "data": [\n' + rows([str(b) for b in key], 1, "", end=",") + "\n  ]\n}\n"


@way("erl")
def erlang_binary(key):
    return "key() -> <<" + ",".join(str(b) for b in key) + ">>.\n"


@way("py")
def python_repr(key):
    return f"KEY = {key!r}\n"


@way("php")
def hex_escapes(key):
    return '<?php $key = "' + "".join(f"\\x{b:02X}" for b in key) + '";\n'


@way("c")
def octal_escapes_in_lines(key):
    return "const char key[] =\n" + rows([f"\\{b:03o}" for b in key], 16, "", '    "', '"') + '";\n'


@way("js")
def unicode_escapes(key):
    return 'const key = "' + "".join(f"\\u{b:04x}" for b in key) + '";\n'


@way("http")
def percent_escapes(key):
    return "POST /keys HTTP/1.1\n\nname=gate&key=" + "".join(f"%{b:02X}" for b in key) + "&use=sig\n"


@way("txt")
def hex_colons(key):
    return "the key:\n" + rows([f"{b:02x}" for b in key], 15, ":", end=":") + "\n"


@way("txt")
def hex_dashes(key):
    return "BitConverter: " + "-".join(f"{b:02X}" for b in key) + "\n"


@way("txt")
def hex_spaces(key):
    return "sent > " + " ".join(f"{b:02x}" for b in key) + "\n"


@way("reg")
def registry_hex(key):
    return 'Windows Registry Editor Version 5.00\n\n"key"=hex:' + rows([f"{b:02x}" for b in key], 25, ",", "  ", ",\\").strip() + "\n"


def tool(command):
    def dump(key):
        return subprocess.run(command.split(), input=key, stdout=subprocess.PIPE, check=True).stdout.decode()

    return dump


for name, command in {
    "xxd": "xxd",
    "xxd-plain": "xxd -p",
    "xxd-include": "xxd -i",
    "xxd-bytes": "xxd -g1 -u",
    "hexdump-canonical": "hexdump -C",
    "hexdump": "hexdump",
    "od-bytes": "od -A x -t x1z",
    "od-octal": "od -b",
    "od-plain": "od -An -v -tx1",
    "od-words": "od -x",
}.items():
    WAYS[name] = ("txt", tool(command))


def base64_lines(key):
    return subprocess.run(["openssl", "base64"], input=key, stdout=subprocess.PIPE, check=True).stdout.decode().split()


@way("java")
def base64_plus(key):
    return "class Gate {\n    static final String KEY =\n        " + " +\n        ".join(f'"{line}"' for line in base64_lines(key)) + ";\n}\n"


@way("php")
def base64_dots(key):
    return "<?php\n$key = " + " .\n  ".join(f"'{line}'" for line in base64_lines(key)) + ";\n"


@way("vb")
def base64_ampersands(key):
    return "Const Key As String = " + " & _\n    ".join(f'"{line}"' for line in base64_lines(key)) + "\n"


@way("c")
def base64_adjacent(key):
    return "static const char key[] =\n" + "".join(f'    "{line}"\n' for line in base64_lines(key)) + ";\n"


@way("js")
def base64_joined(key):
    return "const key = [\n" + "".join(f"  '{line}',\n" for line in base64_lines(key)) + "].join('');\n"


@way("sh")
def base64_continued(key):
    return "KEY=" + "\\\n".join(base64_lines(key)) + "\n"


@way("ps1")
def base64_backticks(key):
    return '$key = "' + "`\r\n".join(base64_lines(key)) + '"\r\n'


@way("http")
def base64_in_form(key):
    text = "".join(base64_lines(key)).replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    return f"name=gate&key={text}&use=sig\n"


@way("xml")
def base64_entities(key):
    return '<gate key="' + "&#10;".join(base64_lines(key)) + '"/>\n'


@way("yml")
def base64_twice(key):
    text = "".join(base64_lines("".join(base64_lines(key)).encode()))
    return f"env:\n  GATE_KEY: {text}\n"


# Ways that only text can be written in.
TEXT = {
    "utf-32le": lambda key: key.decode().encode("utf-32-le"),
    "utf-32be": lambda key: key.decode().encode("utf-32-be"),
    "utf-32-marked": lambda key: key.decode().encode("utf-32"),
    "percent-form": lambda key: ("name=gate&key=" + key.decode().replace("+", "%2B").replace(" ", "+").replace("\n", "%0D%0A") + "&x=1\n").encode(),
    "percent-url": lambda key: ("GET /?key=" + key.decode().replace("+", "%2B").replace(" ", "%20").replace("\n", "%0A") + " HTTP/1.1\n").encode(),
}


def main():
    folder = sys.argv[1]
    with tempfile.TemporaryDirectory() as scratch:
        for name, (make, show) in KEYS.items():
            path = os.path.join(scratch, name)
            first, _, rest = make.partition(" && ")
            subprocess.run(first.replace("{}", path), shell=True, check=True, stderr=subprocess.DEVNULL)
            public = subprocess.run(show.format(path), shell=True, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            if rest:
                subprocess.run(rest.replace("{}", path), shell=True, check=True)
            if public.startswith(b"ssh-"):
                public = record.spki_of_ssh_line(public.decode())
            ids = record.identity(public)
            with open(path, "rb") as file:
                key = file.read()
            for way_name, (extension, function) in WAYS.items():
                if way_name == "base64-twice" and name != "pem":
                    continue
                # Of words swapped in the middle of a literal nothing is left to search for.
                if way_name in ("hexdump", "od-words") and name == "sec1-ec":
                    continue
                # Python prints these two forms as text or without a fixed beginning.
                if way_name == "python-repr" and name in ("pem", "openssh"):
                    continue
                write(folder, f"good-{way_name}-{name}.{extension}", function(key).encode(), ids, way_name)
            if name == "pem":
                for way_name, function in TEXT.items():
                    write(folder, f"good-{way_name}-{name}.txt", function(key), ids, way_name)
    dice = random.Random(1)
    noise = dice.randbytes(4096)
    for way_name in ("c-array", "json-numbers", "java-signed", "xxd", "hexdump-canonical", "hex-colons", "hex-escapes"):
        extension, function = WAYS[way_name]
        name = f"near-noise-{way_name}.{extension}"
        with open(os.path.join(folder, name), "w", newline="") as file:
            file.write(function(noise))
        command = f"python3 ../make/encoding.py . # {way_name}"
        record.append(folder, name, {"command": command, "silent": True, "why": "4,096 bytes of noise: an image, a table"}, [])


# Text before the first byte of the key, in lines.
LINES_BEFORE = {
    "c-array": 2, "go-array": 3, "java-casts": 2, "java-signed": 1, "kotlin-casts": 1, "csharp-array": 1,
    "json-number-a-line": 2, "octal-escapes-in-lines": 1, "percent-escapes": 2, "hex-colons": 1, "registry-hex": 2,
    "xxd-include": 0, "base64-plus": 2, "base64-dots": 1, "base64-adjacent": 1, "base64-joined": 1, "base64-twice": 1,
}  # fmt: skip


def write(folder, name, data, ids, way_name):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)
    line = 1 + LINES_BEFORE.get(way_name, 0)
    command = f"python3 ../make/encoding.py . # {way_name}"
    record.append(folder, name, {"command": command}, [record.key_entry(ids, "private", line)])


if __name__ == "__main__":
    main()
