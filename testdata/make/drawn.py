"""Writes a PDF that draws the lines of a text, one a line of the page.

  drawn.py TEXT FILE shown|placed      shown: (…) Tj T*     placed: TJ, hexadecimal and Tm
"""

import sys


def escaped(line):
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").replace("M", "\\115")


def shown(lines):
    return "BT /F1 9 Tf 50 780 Td 11 TL\n" + "".join(f"({escaped(line)}) Tj T*\n" for line in lines) + "ET"


def placed(lines):
    parts = []
    for i, line in enumerate(lines):
        words = line.replace(" ", "\0").split("\0")
        if len(words) > 1:
            text = "[" + " -300 ".join(f"({escaped(word)})" for word in words) + "] TJ"
        else:
            text = f"[({escaped(line[:9])}) -12 ({escaped(line[9:20])})] TJ <{line[20:].encode().hex()}> Tj"
        parts.append(f"BT /F1 9 Tf 1 0 0 1 50 {780 - 11 * i} Tm {text} ET\n")
    return "".join(parts)


def main():
    source, target, how = sys.argv[1:]
    with open(source) as file:
        lines = file.read().splitlines()
    stream = {"shown": shown, "placed": placed}[how](["Runbook", *lines, "end"])
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    text = "%PDF-1.5\n" + "".join(f"{i + 1} 0 obj\n{body}\nendobj\n" for i, body in enumerate(objects))
    with open(target, "w") as file:
        file.write(text + "trailer\n<< /Size 6 /Root 1 0 R >>\n")


main()
