"""Codes of the second factor: RFC 6238 with SHA-1, six digits and 30 seconds, which is what all
apps for it can do."""

from __future__ import annotations

import io
import re
import time
from hmac import compare_digest

import pyotp
import segno

SECONDS = 30
TOLERANCE = 1  # steps that the clock of somebody's phone may be late or early
ISSUER = "Midstream"
CODE = re.compile(r"\d{6}", re.ASCII)


def new_secret() -> str:
    """Return a new secret of 160 bits, in base 32."""
    return pyotp.random_base32()


def step_of(secret: str, code: str) -> int | None:
    """Return the number of the 30 seconds to which a code belongs; None where it is not valid now.

    `code` may be any text that was received.
    """
    code = re.sub(r"\s", "", code)
    if not CODE.fullmatch(code):
        return None
    now = int(time.time()) // SECONDS
    codes = pyotp.TOTP(secret)
    for step in range(now - TOLERANCE, now + TOLERANCE + 1):
        if compare_digest(codes.generate_otp(step), code):
            return step
    return None


def qr_code(secret: str, email: str) -> str:
    """Return a QR code of the address with which an app takes a secret, as SVG to put into a page:
    dark on light in any theme, as not all apps read others."""
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
    image = io.BytesIO()
    options = {"xmldecl": False, "svgns": False, "nl": False, "omitsize": True}
    segno.make_qr(address, error="m").save(
        image, kind="svg", dark="#000", light="#fff", svgclass="qr", lineclass=None, **options
    )
    return image.getvalue().decode()
