"""Pages of a PDF as pictures, for models that see: where it has little text, as of a scan."""

from __future__ import annotations

import time
from typing import Any

from PIL import Image

from app.files.pictures import LONGEST_SIDE, encoded

MOST_PAGES = 10  # the first
CHARACTERS_PER_PAGE = 50  # with fewer of them it is a scan
SECONDS = 8.0  # of the processor; what takes longer has fewer pages


def pages_of(data: bytes, text: str) -> list[bytes]:
    """Return the first pages of a PDF in JPEG; none where it has enough text, or can't be drawn.

    However large a page says that it is, its picture is not larger than other pictures.
    """
    import pypdfium2  # it takes a while

    begun, pictures = time.process_time(), []
    try:
        with pypdfium2.PdfDocument(data) as document:
            if len(text) >= CHARACTERS_PER_PAGE * len(document):
                return []
            for number in range(min(len(document), MOST_PAGES)):
                pictures.append(_drawn(document[number]))
                if time.process_time() - begun > SECONDS:
                    break
    except (pypdfium2.PdfiumError, ValueError):
        pass  # what was drawn before it counts; the text was read by another library
    return pictures


def _drawn(page: Any) -> bytes:
    width, height = page.get_size()
    scale = LONGEST_SIDE / max(width, height, 1)
    image: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
    image = image.convert("RGB")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return encoded(image, "JPEG", quality=80)
