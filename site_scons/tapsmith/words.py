"""The single values that documents hold: what people call each, its form, and the code of a mistake in it."""

from __future__ import annotations

import re

from tapsmith.schema import Form, OneOf, Text
from tapsmith.versions import RANGE_PATTERN, VERSION_PATTERN, MalformedError, Range, Version

CONTEXTS = ("any", "handler", "process")
KINDS = ("int", "bool", "enum", "string")
# Those of the kernel's license_is_gpl_compatible (include/linux/license.h): with any other the
# module would taint the kernel and could not use the symbols exported for the GPL only.
LICENSES = ("GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL")

ANY_TEXT = Text("text")
LINE = Text("line", folded=True)
FRAGMENT_NAME = Text("fragment's name", r"[a-z][a-z0-9_]*", "use small letters, digits and `_`")
# A module's name is bounded by MODULE_NAME_LEN, 56 bytes with its NUL on 64 bits.
PROBE_NAME = Text("probe's name", r"[a-z][a-z0-9_]{0,54}", "use small letters, digits and `_`, at most 55")
MACRO_NAME = Text("macro's name", r"[A-Z][A-Z0-9_]*", "use capitals, digits and `_`")
CHOICE_NAME = Text("name of a choice", r"[a-z][a-z0-9_]*", "use small letters, digits and `_`")
C_IDENTIFIER = Text("identifier of C", r"[A-Za-z_][A-Za-z0-9_]*", "use letters, digits and `_`")
C_TYPE = Text(
    "type of C",
    r"(?:(?:struct|union|enum) )?[A-Za-z_][A-Za-z0-9_]*",
    "write a name, or `struct` and a name",
)
SPDX = Text("SPDX license", r"[A-Za-z0-9.+() -]+", "write for instance GPL-2.0")
OPTION = Text("kernel option", r"(?!CONFIG_)[A-Z0-9][A-Za-z0-9_]*", "write KPROBES, without CONFIG_")
PATH = Text(
    "plain path inside the directory",
    r"(?!/)(?!(?:.*/)?\.\.(?:/|$)).+",
    "move the file there",
    "source-outside",
)
PARAMETER = Text(
    "value of a parameter",
    r'[^"]*',
    "leave the double quote out: the kernel takes none",
    "bad-parameter",
    folded=True,
)
PLACE = Text(
    "directory, URL or name in git", r"[^\n]*\S[^\n]*", "write it in one line", "bad-origin", folded=True
)
REGISTRY_URL = Text(
    "URL of a registry",
    r"https?://[^\s/?#@]+(?:/[^\s?#]*)?"
    # The repository and the tag as the OCI's distribution specification has them.
    r"|oci://[^\s/?#@]+(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)+"
    r"(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?",
    "write https://HOST/PATH or oci://HOST/REPOSITORY:TAG, without a name, a password or a `?`",
    "bad-origin",
)
REGISTRY_NAME = Text("name of a registry", r"[a-z][a-z0-9_-]*", "use small letters, digits, `-` and `_`")
BOUND_NAME = Text(
    "fragment's name, or a beginning with `*`",
    r"[a-z][a-z0-9_]*\*?|\*",
    "write a name, such as maps, or the beginning of names, such as team_*",
)
HEADER = Text(
    "header of the kernel",
    r"(?!(?:.*/)?\.\.(?:/|$))[A-Za-z0-9_][A-Za-z0-9_.+/-]*\.h",
    "write for instance linux/sched.h",
)
_NO_DIRECTIVE = r"(?!(?:.*\n)*[ \t\f\v]*(?:#|%:|\?\?=))[\s\S]*\S[\s\S]*"


def _code(text: str) -> str:
    if not re.fullmatch(_NO_DIRECTIVE, text):
        message = "these are no statements of C: there are none, or a line is a directive"
        raise MalformedError(message, "write statements; name headers under `includes`")
    return text


C_CODE = Form("C without directives", _code, _NO_DIRECTIVE, "bad-name")
VERSION = Form("version", Version.parse, VERSION_PATTERN, "bad-version", "three numbers")
RANGE = Form(
    "range", Range.parse, RANGE_PATTERN, "bad-range", "`^1.2`, `~1.2`, `>=1, <2`, `=1.2.3`, `1.*` or `*`"
)
CONTEXT = OneOf("context", CONTEXTS, "bad-context")
KIND = OneOf("type of a macro", KINDS)
GPL = OneOf("license that the kernel counts as GPL", LICENSES, "unknown-license")
PROVISION = OneOf("way to provide a name", ("default", "choice"), "bad-provides")
