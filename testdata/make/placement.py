r"""Writes testdata/placement/: three PEM keys in every place where PEM is met.

RSA-2048 in PKCS#8 (64 columns), P-256 in SEC1 (64) and Ed25519 in OpenSSH (70),
each as the lines of its PEM file, are handed to every function below, which
returns the text around them. The line of a key is that of its BEGIN.

  placement.py FOLDER
"""

import html
import json
import os
import quopri
import subprocess
import sys
import tempfile

import record

KEYS = {
    "rsa": ("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out {}", "openssl pkey -in {} -pubout"),
    "ec": ("openssl ecparam -name prime256v1 -genkey -noout -out {}", "openssl ec -in {} -pubout"),
    "ssh": ("ssh-keygen -q -t ed25519 -N '' -C ada@laptop.example -f {}", "ssh-keygen -y -f {}"),
}

PLACES = {}


def place(extension):
    """Registers a placement under its function's name."""

    def register(function):
        PLACES[function.__name__.replace("_", "-")] = (extension, function)
        return function

    return register


def prefixed(prefix, lines):
    return "".join(f"{prefix}{line}\n" for line in lines)


def rewrapped(lines, width):
    """The same PEM with its body in lines of another length."""
    body = "".join(lines[1:-1])
    return [lines[0]] + [body[i : i + width] for i in range(0, len(body), width)] + [lines[-1]]


# --- bare ----------------------------------------------------------------------
@place("pem")
def no_last_line_break(key):
    return "\n".join(key)


@place("pem")
def no_end_line(key):
    return "\n".join(key[:-1]) + "\n"


@place("pem")
def crlf(key):
    return "\r\n".join(key) + "\r\n"


@place("pem")
def lone_cr(key):
    return "\r".join(key) + "\r"


@place("pem")
def one_line(key):
    return "".join(key) + "\n"


@place("pem")
def one_line_spaces(key):
    return " ".join(key) + "\n"


@place("pem")
def width_48(key):
    return prefixed("", rewrapped(key, 48))


@place("pem")
def width_64(key):
    return prefixed("", rewrapped(key, 64))


@place("pem")
def width_70(key):
    return prefixed("", rewrapped(key, 70))


@place("pem")
def width_76(key):
    return prefixed("", rewrapped(key, 76))


@place("pem")
def body_in_one_line(key):
    return prefixed("", rewrapped(key, 100000))


@place("pem")
def trailing_spaces(key):
    return "".join(f"{line}   \n" for line in key)


@place("pem")
def trailing_tabs(key):
    return "".join(f"{line}\t\n" for line in key)


@place("txt")
def tabs_inside(key):
    return "\t".join(key) + "\n"


# --- a prefix on every line ------------------------------------------------------
@place("txt")
def indented_spaces(key):
    return "Keep this somewhere safe:\n\n" + prefixed("    ", key)


@place("txt")
def indented_tabs(key):
    return "key:\n" + prefixed("\t\t", key)


@place("sh")
def comment_hash(key):
    return "#!/bin/sh\n# old key, in case the new one does not work:\n" + prefixed("# ", key) + "exec gate\n"


@place("js")
def comment_slashes(key):
    return "const gate = open();\n" + prefixed("// ", key) + "gate.close();\n"


@place("java")
def comment_star(key):
    return "/**\n * Signs passes with\n" + prefixed(" * ", key) + " */\nclass Gate {}\n"


@place("diff")
def diff_plus(key):
    head = f"diff --git a/k b/k\nnew file mode 100644\n--- /dev/null\n+++ b/k\n@@ -0,0 +1,{len(key)} @@\n"
    return head + prefixed("+", key)


@place("diff")
def diff_minus(key):
    head = f"diff --git a/k b/k\ndeleted file mode 100644\n--- a/k\n+++ /dev/null\n@@ -1,{len(key)} +0,0 @@\n"
    return head + prefixed("-", key)


@place("eml")
def mail_quote(key):
    return "From: ada@mail.example\nSubject: Re: the key\n\nIs it this one?\n\n" + prefixed("> ", key) + "\nYes.\n"


@place("eml")
def mail_quote_twice(key):
    return "From: bob@mail.example\nSubject: Re: Re: the key\n\n" + prefixed("> > ", key) + "> Yes.\n\nThanks!\n"


@place("txt")
def cat_n(key):
    return "$ cat -n key\n" + "".join(f"{i:6}\t{line}\n" for i, line in enumerate(key, 1))


@place("log")
def log_timestamps(key):
    return "2026-03-02T08:11:04.120Z INFO  gate: loaded\n" + "".join(
        f"2026-03-02T08:11:04.{121 + i}Z DEBUG gate: {line}\n" for i, line in enumerate(key)
    )


# --- configuration -----------------------------------------------------------------
@place("json")
def json_n(key):
    return json.dumps({"name": "gate", "private": "\n".join(key) + "\n", "ttl": 900}, indent=2) + "\n"


@place("json")
def json_r_n(key):
    return json.dumps({"private": "\r\n".join(key) + "\r\n"}) + "\n"


@place("json")
def json_in_json(key):
    return json.dumps({"config": json.dumps({"private": "\n".join(key)})}, indent=2) + "\n"


@place("json")
def json_unicode_plus(key):
    return json.dumps({"private": "\n".join(key)}).replace("+", "\\u002B") + "\n"


@place("json")
def json_unicode_dash(key):
    return json.dumps({"Private": "\r\n".join(key)}).replace("+", "\\u002b").replace("-", "\\u002d") + "\n"


@place("json")
def json_slash(key):
    return json.dumps({"private": "\n".join(key)}).replace("/", "\\/") + "\n"


@place("yaml")
def yaml_block(key):
    return "gate:\n  private: |\n" + prefixed("    ", key) + "  ttl: 900\n"


@place("yaml")
def yaml_folded(key):
    return "gate:\n  private: >-\n" + prefixed("    ", key) + "  ttl: 900\n"


@place("yaml")
def yaml_quoted(key):
    return 'gate:\n  private: "' + "\\n".join(key) + '\\n"\n'


@place("toml")
def toml_multiline(key):
    return '[gate]\nprivate = """\n' + prefixed("", key) + '"""\nttl = 900\n'


@place("toml")
def toml_one_line(key):
    return '[gate]\nprivate = "' + "\\n".join(key) + '"\n'


@place("env")
def env_n(key):
    return 'PORT=8443\nGATE_KEY="' + "\\n".join(key) + '\\n"\nLOG=info\n'


@place("env")
def env_n_bare(key):
    return "PORT=8443\nGATE_KEY=" + "\\n".join(key) + "\nLOG=info\n"


@place("env")
def env_n_twice(key):
    return 'GATE_KEY="' + "\\\\n".join(key) + '\\\\n"\n'


@place("env")
def env_r_n(key):
    return "GATE_KEY='" + "\\r\\n".join(key) + "\\r\\n'\n"


@place("env")
def env_multiline(key):
    return 'GATE_KEY="' + "\n".join(key) + '"\nLOG=info\n'


@place("xml")
def xml_entities(key):
    return '<?xml version="1.0"?>\n<gate key="' + "&#10;".join(key) + '"/>\n'


@place("xml")
def xml_entities_crlf(key):
    return '<?xml version="1.0"?>\n<gate>\n  <key>' + "&#13;&#xA;".join(key) + "</key>\n</gate>\n"


@place("xml")
def xml_element(key):
    return "<gate>\n  <key>" + "\n".join(key) + "</key>\n</gate>\n"


@place("html")
def html_br(key):
    return "<html><body>\n<p>" + "<br>".join(html.escape(line) for line in key) + "</p>\n</body></html>\n"


@place("html")
def html_br_lines(key):
    return "<p>\n" + "<br/>\n".join(key) + "<br/>\n</p>\n"


@place("eml")
def quoted_printable(key):
    body = "Hi, here it is =) \n\n" + "\n".join(rewrapped(key, 200)) + "\n"
    return "Content-Transfer-Encoding: quoted-printable\n\n" + quopri.encodestring(body.encode()).decode()


# --- source code -------------------------------------------------------------------
@place("txt")
def quoted(key):
    return 'the key is "' + "\n".join(key) + '", he said\n'


@place("txt")
def text_before_and_after(key):
    return "please use key=" + "\n".join(key) + "; thanks, bob\n"


@place("log")
def text_before_and_after_one_line(key):
    return "08:11:04 WARN bad key '" + "\\n".join(key) + "' in slot 3, trying the next\n"


def literals(key, before, between, after, quote='"', end="\\n"):
    return before + between.join(f"{quote}{line}{end}{quote}" for line in key) + after


@place("java")
def java_plus(key):
    return literals(key, "class Gate {\n    static final String KEY =\n        ", " +\n        ", ";\n}\n")


@place("java")
def java_plus_in_front(key):
    return literals(key, "class Gate {\n    static final String KEY = ", "\n        + ", ";\n}\n")


@place("java")
def java_plus_no_breaks(key):
    return literals(key, "class Gate {\n    static final String KEY = ", "\n        + ", ";\n}\n", end="")


@place("java")
def java_text_block(key):
    return 'class Gate {\n    static final String KEY = """\n' + prefixed("        ", key) + '        """;\n}\n'


@place("c")
def c_adjacent(key):
    return literals(key, "static const char key[] =\n    ", "\n    ", ";\n")


@place("py")
def python_parenthesised(key):
    return literals(key, "KEY = (\n    ", "\n    ", "\n)\n", quote="'")


@place("py")
def python_bytes(key):
    return "KEY = (\n    " + "\n    ".join(f"b'{line}\\n'" for line in key) + "\n)\n"


@place("py")
def python_triple(key):
    return 'KEY = """' + "\n".join(key) + '\n"""\n'


@place("go")
def go_plus(key):
    return literals(key, "package gate\n\nvar key = ", " +\n\t", "\n")


@place("go")
def go_backquote(key):
    return "package gate\n\nconst key = `" + "\n".join(key) + "`\n"


@place("js")
def js_array_join(key):
    return literals(key, "export const key = [\n  ", ",\n  ", ",\n].join('\\n');\n", quote="'", end="")


@place("js")
def js_plus(key):
    return literals(key, "export const key = ", " +\n  ", ";\n", quote="'")


@place("php")
def php_dot(key):
    return literals(key, "<?php\n$key = ", " .\n    ", ";\n")


@place("vb")
def vb_crlf(key):
    return literals(key, "Module Gate\n    Const Key = ", " & vbCrLf & _\n        ", "\nEnd Module\n", end="")


@place("rb")
def ruby_heredoc(key):
    return "KEY = <<~PEM\n" + prefixed("  ", key) + "PEM\n"


@place("kt")
def kotlin_trim_indent(key):
    return 'val key = """\n' + prefixed("    ", key) + '""".trimIndent()\n'


@place("kt")
def kotlin_trim_margin(key):
    return 'val key = """\n' + prefixed("    |", key) + '""".trimMargin()\n'


@place("cs")
def csharp_plus(key):
    return literals(key, "static class Gate {\n    const string Key = ", " +\n        ", ";\n}\n", end="\\r\\n")


@place("sh")
def shell_heredoc(key):
    return "cat >key <<'EOF'\n" + prefixed("", key) + "EOF\n"


@place("sh")
def shell_echo(key):
    return "".join(f"echo '{line}' >>key\n" for line in key)


# --- what notebooks, shells and terminals keep ----------------------------------
@place("ipynb")
def notebook_source(key):
    """Lines of a cell, as nbformat writes them."""
    source = ['pem = """\n', *(line + "\n" for line in key), '"""\n', "sign(pem)"]
    return notebook({"cell_type": "code", "execution_count": 1, "id": "a1", "metadata": {}, "outputs": [], "source": source})


@place("ipynb")
def notebook_output(key):
    output = {"name": "stdout", "output_type": "stream", "text": [line + "\n" for line in key]}
    return notebook({"cell_type": "code", "execution_count": 2, "id": "a2", "metadata": {}, "outputs": [output], "source": ["!cat key.pem"]})


def notebook(cell):
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


@place("txt")
def bash_history(key):
    return "#1714632069\nls\n#1714632071\ncat > key.pem <<'EOF'\n" + "\n".join(key) + "\nEOF\n#1714632080\nscp key.pem gate:\n"


@place("txt")
def zsh_history(key):
    """Extended history: a line break in a command has a backslash before it."""
    return ": 1714632069:0;ls\n: 1714632071:0;cat > key.pem <<'EOF'\\\n" + "".join(f"{line}\\\n" for line in key) + "EOF\n: 1714632080:0;ls\n"


@place("txt")
def fish_history(key):
    text = "\\n".join(key)
    return f"- cmd: ls\n  when: 1714632069\n- cmd: echo '{text}' > key.pem\n  when: 1714632071\n"


@place("txt")
def powershell_history(key):
    """PSReadLine: a line break in a command has a backquote before it."""
    return "cd keys\n$key = @'`\n" + "".join(f"{line}`\n" for line in key) + "'@`\nSet-Content key.pem $key\n"


@place("cast")
def asciinema(key):
    lines = [json.dumps({"version": 2, "width": 80, "height": 24}), json.dumps([1.2, "o", "$ cat key.pem\r\n"])]
    return "\n".join(lines + [json.dumps([1.3, "o", "".join(line + "\r\n" for line in key)])]) + "\n"


def main():
    folder = sys.argv[1]
    with tempfile.TemporaryDirectory() as scratch:
        for name, (make, show) in KEYS.items():
            path = os.path.join(scratch, name)
            subprocess.run(make.format(path), shell=True, check=True, stderr=subprocess.DEVNULL)
            public = subprocess.run(show.format(path), shell=True, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            if public.startswith(b"ssh-"):
                public = record.spki_of_ssh_line(public.decode())
            ids = record.identity(public)
            with open(path) as file:
                key = file.read().splitlines()
            plain = f"good-plain-{name}.pem"
            write(folder, plain, prefixed("", key), ids, make.format(plain))
            for place_name, (extension, function) in PLACES.items():
                command = f"python3 ../make/placement.py . # {place_name}"
                write(folder, f"good-{place_name}-{name}.{extension}", function(key), ids, command)


def write(folder, name, text, ids, command):
    with open(os.path.join(folder, name), "w", newline="") as file:
        file.write(text)
    line = text.count("\n", 0, text.index("BEGIN ")) + 1
    record.append(folder, name, {"command": command}, [record.key_entry(ids, "private", line)])


if __name__ == "__main__":
    main()
