"""Pictures, made anew from their pixels: small ones for pages, and what models that see are sent.

Nothing but pixels is kept of them: no place and no camera, and nothing that is hidden in the file.
"""

from __future__ import annotations

from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageOps

from app.files.kinds import Unreadable

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
THUMBNAIL = (480, 360)
LONGEST_SIDE = 1568  # larger ones are made smaller by the models' servers
SENT = (LONGEST_SIDE, LONGEST_SIDE)
AVATAR = 128
TOO_MANY_PIXELS = "can't be used: it has more than {most:,} million pixels."


class Pictures(NamedTuple):
    """What is made of a picture; `size` is that of the one for models, in pixels."""

    thumbnail: bytes
    thumbnail_size: tuple[int, int]
    sent: bytes
    size: tuple[int, int]


def made_from(data: bytes, megapixels: int) -> Pictures:
    """Return a thumbnail of a picture and what models are sent. Raises Unreadable, and OSError and
    others where it is damaged."""
    image = opened(data, megapixels, SENT)
    sent = _on_white(image)
    sent.thumbnail(SENT)
    thumbnail = image.convert("RGBA" if image.has_transparency_data else "RGB")
    thumbnail.thumbnail(THUMBNAIL)
    small = encoded(thumbnail, "WEBP", quality=80)
    return Pictures(small, thumbnail.size, encoded(sent, "JPEG", quality=85), sent.size)


def avatar_from(data: bytes, megapixels: int) -> bytes:
    """Return the middle of a picture as a small square. Raises as `made_from` does."""
    image = _on_white(opened(data, megapixels, (4 * AVATAR, 4 * AVATAR)))
    return encoded(ImageOps.fit(image, (AVATAR, AVATAR)), "WEBP", quality=85)


def opened(data: bytes, megapixels: int, needed: tuple[int, int]) -> Image.Image:
    """Return a picture's first frame as it is to be seen; its size is checked before its pixels are
    unpacked."""
    image = Image.open(BytesIO(data), formats=FORMATS)
    if image.width * image.height > megapixels * 1_000_000:
        raise Unreadable(TOO_MANY_PIXELS.format(most=megapixels))
    image.draft("RGB", needed)  # of a JPEG no more is unpacked than is needed
    return ImageOps.exif_transpose(image)


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    ground = Image.new("RGB", layer.size, "white")
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground


def encoded(image: Image.Image, form: str, **options: int) -> bytes:
    """Return a picture as a file."""
    to = BytesIO()
    image.save(to, form, **options)
    return to.getvalue()


Image.MAX_IMAGE_PIXELS = None  # `opened` looks at the size itself
