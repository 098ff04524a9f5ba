"""Reader of DOC, WPS, RTF, ODT and Office documents in one XML file: LibreOffice makes a DOCX of them, in a profile of its own, without network and in bounded time.

Files of these names are often something else: sites save web pages and DOCX files as ``.doc``.  What the bytes are decides.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.errors import ReadError
from corpus.readers import foreign, office_guard
from corpus.readers.office_home import office_home
from corpus.types import Document

#: an XML file says within so many bytes what it is
_HEAD = 4_000
#: seconds for one file; a report takes one or two, the first start of a fresh profile some more
TIMEOUT = 120.0
#: seconds that its guard may take to end it
_LAST = 10.0
REMEDY = (
    "install LibreOffice Writer (Debian, Ubuntu: apt-get install libreoffice-writer-nogui; Windows, macOS: libreoffice.org) "
    "or name its program in GONGKAI_SOFFICE, or save the file as DOCX"
)
_PLACES = (
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.com",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.com",
)
# no macros, no active content, no links followed; a proxy that nobody serves takes what would still ask the network
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetProxyType" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPProxyName" oor:op="fuse"><value>127.0.0.1</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPProxyPort" oor:op="fuse"><value>9</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPSProxyName" oor:op="fuse"><value>127.0.0.1</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPSProxyPort" oor:op="fuse"><value>9</value></prop></item>
</oor:items>
"""


def find_soffice() -> str | None:
    """The LibreOffice program: ``GONGKAI_SOFFICE``, the path, then the usual folders; ``None`` if there is none."""
    named = os.environ.get("GONGKAI_SOFFICE")
    if named:
        return named if Path(named).is_file() else None
    return shutil.which("soffice") or shutil.which("libreoffice") or next((p for p in _PLACES if Path(p).is_file()), None)


@dataclass(frozen=True, slots=True)
class OfficeReader:
    """Reads old Office files by way of DOCX."""

    name: str = "office"
    version: str = "1"

    def read(self, data: bytes, name: str) -> Document:
        """The document in ``data``.

        Raises:
            ReadError: LibreOffice is missing, fails or takes too long; or the bytes are no Office file.
        """
        from corpus.readers.docx.reader import DocxReader
        from corpus.readers.html.reader import HtmlReader, is_mhtml

        if data.startswith(b"PK\x03\x04") and not _is_odt(data):
            return DocxReader().read(data, name)
        head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        marked_up = is_mhtml(data) or head.startswith((b"<!doctype html", b"<html", b"<head", b"<meta")) or b"<html" in head
        if marked_up and flat_xml(data) is None:
            return HtmlReader().read(data, name)
        suffix = _suffix(data, name)
        return replace(DocxReader().read(convert(data, suffix, name), name), reader=self.name, reader_version=self.version)


def flat_xml(data: bytes) -> str | None:
    """Suffix of an Office document in one XML file: ``.xml`` of Word 2003 or of a flat DOCX, ``.fodt``; ``None`` if it is neither.

    Agencies publish the former as ``.doc`` too.
    """
    head = data[:_HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode()
    head = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head.startswith(b"<"):
        return None
    if b"urn:oasis:names:tc:opendocument:xmlns:office" in head and b"office:document" in head:
        return ".fodt"
    word = (
        b"http://schemas.microsoft.com/office/word/2003/wordml" in head
        or b"http://schemas.microsoft.com/office/2006/xmlPackage" in head
    )
    return ".xml" if word and b"<html" not in head.lower() else None


def _is_odt(data: bytes) -> bool:
    return b"application/vnd.oasis.opendocument.text" in data[:200]


def _suffix(data: bytes, name: str) -> str:
    if data.startswith(b"{\\rtf"):
        return ".rtf"
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return ".doc"
    if _is_odt(data):
        return ".odt"
    if (flat := flat_xml(data)) is not None:
        return flat
    found = foreign(data)
    what = found[0] if found else "no Office file (neither DOC, WPS, RTF, ODT nor Word XML by its first bytes)"
    raise ReadError(
        f"is {what}", remedy=f"rename it to *{found[1]}" if found else "download it again, or save it as DOCX", source=name
    )


def convert(data: bytes, suffix: str, name: str, *, to: str = "docx", timeout: float = TIMEOUT) -> bytes:
    """The bytes of a file converted by LibreOffice.

    Args:
        data: the file.
        suffix: what it is (``.doc``, ``.rtf``, ``.odt``, ``.docx``).
        name: for messages.
        to: suffix of the result without dot (``docx``, ``doc``, ``rtf``, ``pdf``).
        timeout: seconds after which the conversion is ended.

    Raises:
        ReadError: LibreOffice is missing, does not read the file, or takes longer than ``timeout``.
    """
    program = find_soffice()
    if program is None:
        raise ReadError("needs LibreOffice to be read, which was not found", remedy=REMEDY, source=name)
    with office_home() as home:
        source, out, profile = home / f"in{suffix}", home / "out", home / "profile"
        out.mkdir()
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        source.write_bytes(data)
        command = [
            program, "--headless", "--invisible", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard",
            f"-env:UserInstallation={profile.as_uri()}", "--convert-to", to, "--outdir", str(out), str(source),
        ]  # fmt: skip
        log = _run(command, home, timeout, name)
        result = out / f"in.{to.split(chr(58))[0]}"
        if not result.is_file() or not result.stat().st_size:
            raise ReadError(
                f"LibreOffice cannot convert it ({log or 'no message'})",
                remedy="open it in Word or WPS and save it as DOCX",
                source=name,
            )
        return result.read_bytes()


def _run(command: list[str], home: Path, timeout: float, name: str) -> str:
    env = {
        **os.environ,
        "HOME": str(home),
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
        "SAL_USE_VCLPLUGIN": "svp",
    }
    guarded = [sys.executable, "-I", "-S", office_guard.__file__, str(home), *command]
    reading, held = os.pipe()
    try:
        process = subprocess.Popen(
            guarded, stdin=reading, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=home, env=env,
            start_new_session=os.name == "posix",
        )  # fmt: skip
    except OSError as error:
        os.close(held)
        raise ReadError(f"LibreOffice cannot be started: {error}", remedy=REMEDY, source=name) from error
    finally:
        os.close(reading)
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as error:
        message = f"LibreOffice took longer than {timeout:g} s"
        raise ReadError(message, remedy="open it in Word or WPS and save it as DOCX", source=name) from error
    finally:
        # whatever ended the wait: without the pipe the guard ends LibreOffice and itself
        os.close(held)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_LAST)
        process.kill()
        process.wait()
    return " ".join(output.decode("utf-8", "replace").split())[:300]
