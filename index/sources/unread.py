"""Formats that are not read, and what to do with such a file."""

from collections.abc import Mapping
from types import MappingProxyType

_AS = "save it as {}"
_UNPACK = "unpack it and add the folder"

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        ".doc": _AS.format(".docx"),
        ".dot": _AS.format(".docx"),
        ".wps": _AS.format(".docx"),
        ".rtf": _AS.format(".docx"),
        ".pages": "export it as .docx or .pdf",
        ".xls": _AS.format(".xlsx"),
        ".et": _AS.format(".xlsx"),
        ".xlsb": _AS.format(".xlsx"),
        ".numbers": "export it as .xlsx",
        ".ppt": _AS.format(".pptx"),
        ".pps": _AS.format(".pptx"),
        ".dps": _AS.format(".pptx"),
        ".key": "export it as .pptx or .pdf",
        ".msg": _AS.format(".eml"),
        ".pst": "export its mail as .eml or .mbox",
        ".mobi": "convert it to .epub",
        ".azw3": "convert it to .epub",
        ".chm": "convert it to .epub or .html",
        ".caj": "export it as .pdf",
        ".ofd": "export it as .pdf",
        ".djvu": "export it as .pdf",
        ".xps": "print it to .pdf",
        ".heic": _AS.format(".jpg"),
        ".gif": _AS.format(".png"),
        ".zip": _UNPACK,
        ".rar": _UNPACK,
        ".7z": _UNPACK,
        ".gz": _UNPACK,
        ".tar": _UNPACK,
    }
)
"""What a person can do with a file of such an ending (in lower case) so that it can be read."""
