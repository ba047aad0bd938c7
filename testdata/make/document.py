"""Writes a document with the key in/ner.pem, for archive.sh: document.py FILE

In a text, each line of the key is a paragraph, and long ones are cut in two by a
change of look; in a sheet, all of it is one cell.
"""

import sys

path = sys.argv[1]
lines = open("in/ner.pem").read().splitlines()
if path.endswith(".docx"):
    import docx

    document = docx.Document()
    document.add_paragraph("The key:")
    for line in lines:
        paragraph = document.add_paragraph()
        paragraph.add_run(line[:20])
        paragraph.add_run(line[20:]).bold = True
    document.save(path)
elif path.endswith(".odt"):
    from odf.opendocument import OpenDocumentText
    from odf.text import P, Span

    document = OpenDocumentText()
    document.text.addElement(P(text="The key:"))
    for line in lines:
        paragraph = P()
        paragraph.addElement(Span(text=line[:20]))
        paragraph.addElement(Span(text=line[20:]))
        document.text.addElement(paragraph)
    document.save(path)
else:
    import openpyxl

    book = openpyxl.Workbook()
    book.active["A1"] = "The key:"
    book.active["A2"] = "\n".join(lines)
    book.save(path)
