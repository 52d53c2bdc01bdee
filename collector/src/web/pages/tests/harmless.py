"""Reads what pages and tables became of hostile names with programs that capdo did not write.

harmless.py FOLDER: every FOLDER/hostile/NAME is compared with FOLDER/plain/NAME, the same with names
that mean no harm. Prints what is wrong and fails, or prints what was read.
"""

import csv
import io
import pathlib
import subprocess
import sys
import unicodedata
import zipfile

import html5lib
import openpyxl

FORMULA = tuple("=+-@\t\r\n＝＋－＠")
wrong = []


def shape(text):
    """Elements and attributes as the algorithm of browsers finds them; of values only what acts."""
    tree = html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)
    for element in tree.iter():
        if isinstance(element.tag, str):
            yield element.tag, tuple(sorted(element.attrib))
            for name, value in element.attrib.items():
                if name in ("href", "src", "action") and not value.startswith(("/", "#")):
                    yield "leads away", value


def steers(text):
    """Characters that no reader should meet."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\t\r\u200d\ufeff"}


def page(name, hostile, plain):
    hostile, plain = hostile.read_text(), plain.read_text()
    if list(shape(hostile)) != list(shape(plain)):
        wrong.append(f"{name}: the elements are not those of a harmless page")
    if steers(hostile):
        wrong.append(f"{name}: {steers(hostile)!r}")


def table(name, hostile):
    rows = list(csv.reader(io.StringIO(hostile.read_text(encoding="utf-8-sig"))))
    if len({len(row) for row in rows}) != 1:
        wrong.append(f"{name}: rows are not equally long")
    for cell in (cell for row in rows for cell in row):
        if cell.strip(" \u00a0").startswith(FORMULA) or steers(cell):
            wrong.append(f"{name}: {cell[:80]!r}")
    return len(rows)


def book(name, hostile):
    for part in zipfile.ZipFile(hostile).namelist():
        if any(word in part.lower() for word in ("vba", "external", "activex", "ole", "media")):
            wrong.append(f"{name}: holds {part}")
    found = 0
    loaded = openpyxl.load_workbook(hostile)
    if loaded.defined_names:
        wrong.append(f"{name}: defines names")
    for sheet in loaded:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            found += cell.value is not None
            if cell.value is not None and cell.data_type != "s":
                wrong.append(f"{name}: {cell.coordinate} is {cell.data_type}: {cell.value!r}")
            if cell.hyperlink or steers(str(cell.value or "")):
                wrong.append(f"{name}: {cell.coordinate}: {cell.value!r}")
    return found


# What makes a document act, lead away, or carry something.
ACTS = (b"/JavaScript", b"/JS", b"/OpenAction", b"/AA", b"/URI", b"/Launch", b"/GoTo", b"/SubmitForm", b"/Annots")
ACTS += (b"/EmbeddedFile", b"/AcroForm", b"/RichMedia", b"/XFA")


def told(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout


def paper(name, hostile):
    try:
        told("qpdf", "--check", str(hostile))
    except subprocess.CalledProcessError as error:
        wrong.append(f"{name}: {error.stdout} {error.stderr}")
        return 0
    inside = told("qpdf", "--qdf", "--object-streams=disable", str(hostile), "-")
    for act in ACTS:
        if act + b" " in inside or act + b"\n" in inside or act + b"/" in inside or act + b"[" in inside:
            wrong.append(f"{name}: holds {act}")
    for font in told("pdffonts", str(hostile)).decode().splitlines()[2:]:
        if font.split()[-5:-2] != ["yes", "yes", "yes"]:
            wrong.append(f"{name}: a font is not embedded, not reduced, or not in Unicode: {font}")
    text = told("pdftotext", "-layout", str(hostile), "-").decode()
    if steers(text.replace("\f", "")) or len(text) > 2_000_000:
        wrong.append(f"{name}: {steers(text)!r}, {len(text)} characters")
    if "Ghi chú" not in text and "Remarks" not in text:
        wrong.append(f"{name}: does not come to its end")
    return len(text)


folder = pathlib.Path(sys.argv[1])
read = 0
for hostile in sorted((folder / "hostile").iterdir()):
    plain = folder / "plain" / hostile.name
    read += 1
    if hostile.suffix == ".html":
        page(hostile.name, hostile, plain)
    elif hostile.suffix == ".csv":
        assert table(hostile.name, hostile) > 1, hostile.name
    elif hostile.suffix == ".xlsx":
        assert book(hostile.name, hostile) > 10, hostile.name
    elif hostile.suffix == ".pdf":
        assert paper(hostile.name, hostile) > 1000, hostile.name
if wrong:
    sys.exit("\n".join(wrong[:40]))
print(read, "files are harmless")
