"""Files of all kinds, made for the tests: plain ones, ones that lie, and bombs."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from typing import Any

from docx import Document
from PIL import Image
from pptx import Presentation
from xlsxwriter import Workbook

CONTENT_TYPES = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"
ROTATED = 6  # of EXIF: the picture is to be turned by a quarter
CAMERA = "A camera with a name"
MODEL_TAG, ORIENTATION_TAG = 0x0110, 0x0112


def picture(form: str = "PNG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """Return a picture in one colour."""
    to = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(to, form, **options)
    return to.getvalue()


def photo() -> bytes:
    """Return a JPEG that has to be turned, and says which camera made it."""
    exif = Image.Exif()
    exif[MODEL_TAG], exif[ORIENTATION_TAG] = CAMERA, ROTATED
    return picture("JPEG", exif=exif)


def large_picture(side: int) -> bytes:
    """Return a picture of `side` by `side` pixels that is small as a file."""
    to = BytesIO()
    Image.new("1", (side, side)).save(to, "PNG")
    return to.getvalue()


def pdf(*pages: str, more: str = "") -> bytes:
    """Return a PDF with a line of text on each page; `more` stands before each line."""
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
    ]
    font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    for number, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 50 700 Td {more} ({text}) Tj ET"
        of = f"/Resources {font} /Contents {4 + 2 * number} 0 R"
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] {of} >>")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    return _pdf_of(objects)


def scan(pages: int = 1, size: tuple[int, int] = (600, 800)) -> bytes:
    """Return a PDF whose pages are pictures, without a text."""
    first, *others = [Image.new("RGB", size, (number, 90, 90)) for number in range(pages)]
    to = BytesIO()
    first.save(to, "PDF", save_all=True, append_images=others)
    return to.getvalue()


def pdf_bomb(unpacked: int) -> bytes:
    """Return a small PDF whose page has so many bytes, packed."""
    packed = zlib.compress(b" " * unpacked).hex()
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R >>"
    filters = "/Filter [/ASCIIHexDecode /FlateDecode]"
    return _pdf_of(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page,
            f"<< /Length {len(packed)} {filters} >>\nstream\n{packed}\nendstream",
        ]
    )


def lying_archive(part: str, content: bytes, claimed: int) -> bytes:
    """Return an archive with a part that claims to be smaller than it is."""
    made = archive(**{part: content})
    true, false = (size.to_bytes(4, "little") for size in (len(content), claimed))
    assert made.count(true) == 2, "in the header of the part, and in the directory"
    return made.replace(true, false)


def endless_pdf() -> bytes:
    """Return a PDF whose tree of pages contains itself."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]
    return _pdf_of(objects)


def _pdf_of(objects: list[str]) -> bytes:
    body, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF"
    return body + f"xref\n0 {size}\n0000000000 65535 f \n{table}{end}".encode()


def document(*paragraphs: str) -> bytes:
    """Return a docx with these paragraphs, and a table."""
    made = Document()
    for text in paragraphs:
        made.add_paragraph(text)
    table = made.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
    return _saved(made)


def huge_document(paragraphs: int) -> bytes:
    """Return a docx that is small as a file, and takes much memory when it is read."""
    to, part = BytesIO(), "word/document.xml"
    with zipfile.ZipFile(BytesIO(document())) as plain, zipfile.ZipFile(to, "w") as made:
        for info in plain.infolist():
            content = plain.read(info)
            if info.filename == part:
                content = content.replace(b"<w:body>", b"<w:body>" + b"<w:p/>" * paragraphs)
            made.writestr(info.filename, content, zipfile.ZIP_DEFLATED)
    return to.getvalue()


def slow_pdf(texts: int) -> bytes:
    """Return a PDF whose page has so many texts, which takes long to read."""
    return pdf("x", more="(x) Tj " * texts)


def presentation(title: str, notes: str = "") -> bytes:
    """Return a pptx of one slide."""
    made = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = title
    slide.shapes.add_table(1, 2, 0, 0, 10, 10).table.cell(0, 0).text = "cell"
    slide.shapes.add_picture(BytesIO(picture()), 0, 0)
    if notes:
        slide.notes_slide.notes_text_frame.text = notes
    return _saved(made)


def spreadsheet(*rows: list[Any]) -> bytes:
    """Return an xlsx with these rows."""
    to = BytesIO()
    book = Workbook(to, {"in_memory": True})
    sheet = book.add_worksheet("Sums")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return to.getvalue()


def archive(**parts: bytes) -> bytes:
    """Return a zip archive: of each part the name, with `__` for a slash, and the content."""
    to = BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", CONTENT_TYPES)
        for name, content in parts.items():
            made.writestr(f"{name.replace('__', '/')}.xml", content)
    return to.getvalue()


def _saved(made: Any) -> bytes:
    to = BytesIO()
    made.save(to)
    return to.getvalue()
