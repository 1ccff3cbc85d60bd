"""The manifest, the service worker and the page for when there is no connection."""

from __future__ import annotations

import json
import re

from flask import Flask

from app.static_files import current_version
from tests.support.browser import Browser


def test_the_manifest_names_icons_that_exist(nobody: Browser) -> None:
    answer = nobody.open("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    manifest = json.loads(answer.text)
    assert {"192x192", "512x512", "any"} == {icon["sizes"] for icon in manifest["icons"]}
    assert {"any", "maskable"} == {icon["purpose"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        assert nobody.open(icon["src"]).status_code == 200
    assert nobody.open(manifest["start_url"]).status_code == 302


def test_the_service_worker_changes_with_the_files_that_it_keeps(nobody: Browser) -> None:
    answer = nobody.open("/service-worker.js")
    assert answer.mimetype == "text/javascript"
    assert "no-cache" in answer.headers["Cache-Control"]
    files = json.loads(f'["/offline", {re.findall(r"FILES = .OFFLINE, (.*?)]", answer.text)[0]}]')
    assert len(files) == 3
    for file in files:
        assert nobody.open(file).status_code == 200
    assert all(current_version() in file for file in files[1:])


def test_the_offline_page_is_the_same_for_everybody(
    app: Flask, nobody: Browser, olive: Browser
) -> None:
    pages = [browser.open("/offline") for browser in (nobody, olive)]
    assert pages[0].text == pages[1].text
    assert "Olive" not in pages[1].text and "csrf" not in pages[1].text
    assert "Set-Cookie" not in pages[0].headers
