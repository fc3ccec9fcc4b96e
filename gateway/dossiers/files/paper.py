"""Page images as they go into a printed verstrekking: our own renditions, in the form that a PDF holds as it is."""

import io

from PIL import Image

_QUALITY = 80


def as_jpeg(page: bytes) -> bytes:
    """One page image (WebP, made by the gateway itself) as JPEG."""
    made = io.BytesIO()
    with Image.open(io.BytesIO(page), formats=("WEBP",)) as image:
        image.convert("RGB").save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()
