"""The documents: a fragment's manifest, a probe's probe.yaml, a project's tapsmith.yaml.

This is the one place that knows their keys.  The readers read by it, and the
reference page and the JSON Schemas of editors are made from it.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from tapsmith.schema import (
    Either,
    Field,
    Integer,
    ListOf,
    Record,
    TableOf,
    Text,
    Truth,
    Value,
    Variants,
)
from tapsmith.words import (
    ANY_TEXT,
    BOUND_NAME,
    C_CODE,
    C_IDENTIFIER,
    C_TYPE,
    CHOICE_NAME,
    CONTEXT,
    FRAGMENT_NAME,
    GPL,
    HEADER,
    KIND,
    LINE,
    MACRO_NAME,
    OPTION,
    PARAMETER,
    PATH,
    PLACE,
    PROBE_NAME,
    PROVISION,
    RANGE,
    REGISTRY_NAME,
    REGISTRY_URL,
    SPDX,
    VERSION,
)

_RANGE = Field(
    "range", ListOf(Integer(), 2, 2, distinct=False), "The least value and the greatest", "[1, 20]"
)
_CHOICES = Field("choices", ListOf(CHOICE_NAME, 1), "The words it may be", "[replace, refuse]")
_TYPE = Field("type", KIND, "The type: int, bool, enum or string", "int", required=True)
_HELP = Field("help", LINE, "What it means, in one line", "Elements held ready")
_LOAD = Field(
    "load", Truth(), "Whether the module has it as a parameter: an int or a bool", "true", default="false"
)


def _macro(kind: str, default: Field, *limits: Field) -> Record:
    return Record(f"macro of type {kind}", (_TYPE, default, *limits, _HELP, _LOAD))


def _default(shape: Integer | Truth | Text | Value, example: str) -> Field:
    return Field("default", shape, "The value, unless a probe sets another", example, required=True)


MACRO = Variants(
    "type",
    KIND,
    Record("macro", (_TYPE, _default(Value(), "256"), _HELP, _LOAD)),
    MappingProxyType(
        {
            "int": _macro("int", _default(Integer(), "256"), _RANGE),
            "bool": _macro("bool", _default(Truth(), "true")),
            "enum": _macro("enum", _default(CHOICE_NAME, "replace"), replace(_CHOICES, required=True)),
            "string": _macro("string", _default(Value(), '"%lld"')),
        }
    ),
)
CONSTRAINT = Record("constraint", (_RANGE, _CHOICES), (("range",), ("choices",), ("range", "choices")))
_SETTINGS = TableOf(MACRO_NAME, Value())
_VERSION_WANTED = Field("version", RANGE, "The range of versions", "^1.0", default='"*"')

REQUIREMENT = Record(
    "requirement",
    (
        replace(_VERSION_WANTED, required=True, default=""),
        Field("when", _SETTINGS, "Values of macros; it counts while all hold", "{MAP_STATS: true}"),
    ),
)
NEED = Record(
    "need",
    (
        _VERSION_WANTED,
        Field("path", PLACE, "The directory of a checkout that has it", "../maps"),
        Field("git", PLACE, "The repository that has it", "https://example.org/maps.git"),
        Field("tag", PLACE, "With `git`: the tag", "v1.0"),
        Field("branch", PLACE, "With `git`: the branch", "main"),
        Field("commit", PLACE, "With `git`: the commit", "9fceb02d0ae598e95dc970b74767f19372d61af8"),
    ),
    ((), ("path",), ("git", "tag"), ("git", "branch"), ("git", "commit")),
)
_FUNCTION = "The function that runs "
CAPABILITY = Record(
    "capability",
    (
        Field("includes", ListOf(HEADER), "Headers of the kernel that it needs", "[linux/hrtimer.h]"),
        Field(
            "code",
            C_CODE,
            "Statements that compile where a kernel has it",
            '"struct hrtimer t; hrtimer_setup(&t, NULL, CLOCK_MONOTONIC, HRTIMER_MODE_REL);"',
            required=True,
        ),
        _HELP,
    ),
)
HOOKS = Record(
    "hooks",
    (
        Field("init", C_IDENTIFIER, _FUNCTION + "first, in dependency order", "maps_init"),
        Field("begun", C_IDENTIFIER, _FUNCTION + "after probe_begin", "maps_begun"),
        Field("stop", C_IDENTIFIER, _FUNCTION + "before the end, reversed: it disarms", "maps_stop"),
        Field("report", C_IDENTIFIER, _FUNCTION + "after probe_end: it tells losses", "maps_report"),
        Field("exit", C_IDENTIFIER, _FUNCTION + "last, reversed: it frees", "maps_exit"),
    ),
)
EXPORTS = Record(
    "exports",
    (
        Field(
            "functions",
            TableOf(C_IDENTIFIER, CONTEXT),
            "Functions, each with the context that may call it",
            "{_stp_map_del: process}",
        ),
        Field("types", ListOf(C_TYPE), "Types", "[MAP, struct map_node]"),
        Field("macros", ListOf(C_IDENTIFIER), "Macros of C, beside those of `config`", "[foreach]"),
    ),
)
_KERNEL = Field("kernel", RANGE, "The kernel's releases that it is for", '">=6.1"')
_SOURCES = Field("sources", ListOf(PATH), "Its C, in the order of emission", "[maps.c]", required=True)
_SUMMARY = Field("summary", LINE, "What it does, in one line", "Maps of one or two keys", required=True)
_MACROS = Field(
    "config", TableOf(MACRO_NAME, MACRO), "Macros that a probe may set", "{POOL: {type: int, default: 256}}"
)

MANIFEST = Record(
    "manifest",
    (
        Field("name", FRAGMENT_NAME, "The fragment's name, as the file's", "maps", required=True),
        Field("version", VERSION, "The fragment's version, by SemVer", "1.0.0", required=True),
        _SUMMARY,
        Field("license", SPDX, "The license of its C", "GPL-2.0", required=True),
        Field(
            "requires",
            TableOf(FRAGMENT_NAME, Either((RANGE, REQUIREMENT))),
            "Fragments that it calls, or virtual names, with their versions",
            "{alloc: ^1.0}",
        ),
        Field(
            "provides",
            Either((ListOf(FRAGMENT_NAME), TableOf(FRAGMENT_NAME, PROVISION))),
            "Virtual names that it stands for; a default is taken where none is chosen",
            "{transport: default}",
        ),
        Field(
            "conflicts",
            TableOf(FRAGMENT_NAME, RANGE),
            "Fragments that cannot be in one module with it",
            '{old_maps: "<2"}',
        ),
        _KERNEL,
        Field(
            "capabilities",
            TableOf(MACRO_NAME, CAPABILITY),
            "What it asks of a kernel by compiling; its C sees KERNEL_HAS_NAME",
            '{GUARDS: {includes: [linux/cleanup.h], code: "struct mutex m; guard(mutex)(&m);"}}',
        ),
        Field("kconfig", ListOf(OPTION), "Options that the kernel must have", "[KPROBES]"),
        _MACROS,
        Field(
            "constraints",
            TableOf(MACRO_NAME, CONSTRAINT),
            "What macros of required fragments may be with it",
            "{LEVELS: {range: [2, 4]}}",
        ),
        _SOURCES,
        Field("exports", EXPORTS, "What probes and fragments may use", "{macros: [foreach]}"),
        Field("hooks", HOOKS, "Its functions that the module's life calls", "{init: maps_init}"),
        Field(
            "handlers",
            TableOf(C_IDENTIFIER, C_IDENTIFIER),
            "Members that name handlers, and the macro that inlines each; `none` where none does",
            "{pre_handler: KPROBE_HANDLER}",
        ),
    ),
)

WORKLOAD = Record(
    "workload",
    (
        Field("programs", ListOf(PATH), "C files, each compiled to a static program", "[work.c]"),
        Field("files", ListOf(PATH), "Files that are copied beside them", "[data.txt]"),
        Field("run", ANY_TEXT, "The shell's command; left out, the first program", "./work 3"),
        Field("parameters", TableOf(C_IDENTIFIER, PARAMETER), "The module's parameters", "{PROCESSES: 10}"),
    ),
    (("run",), ("programs",), ("run", "programs")),
)
PROBE = Record(
    "probe",
    (
        Field("name", PROBE_NAME, "The probe's name, as the directory's", "fileio", required=True),
        Field("version", VERSION, "Its version, by SemVer; packages must have one", "1.0.0"),
        replace(_SUMMARY, help="What it does; the module's description", example="Which processes read"),
        Field("license", GPL, "The module's license", "GPL", default="GPL"),
        Field("author", LINE, "The module's author", "Somebody <some@body.example>"),
        Field(
            "needs",
            TableOf(FRAGMENT_NAME, Either((RANGE, NEED))),
            "Fragments that its C uses, or virtual names, with their versions",
            "{maps: ^1.0}",
        ),
        Field("config", _SETTINGS, "Values of the fragments' macros", "{MAP_POOL: 512}"),
        Field(
            "defines",
            TableOf(MACRO_NAME, MACRO),
            "Macros of its own: the default is the value",
            "{PROCESSES: {type: int, default: 1000, load: true}}",
        ),
        _KERNEL,
        replace(_SOURCES, help="Its C; left out, NAME.c", example="[fileio.c]", required=False),
        Field(
            "unchecked", ListOf(LINE), "Functions and tracepoints not to be looked up at build", "[memcpy]"
        ),
        Field("workload", WORKLOAD, "What `tapsmith try` runs in the guest", "{run: ./work}"),
    ),
)

_REGISTRY = Record(
    "registry",
    (
        Field("path", PLACE, "The registry's directory", "../registry"),
        Field(
            "url",
            REGISTRY_URL,
            "The registry on a web server, or in an OCI registry",
            "https://example.org/fragments",
        ),
        Field("mirrors", ListOf(PLACE), "Directories and URLs of copies of it", "[/srv/fragments]"),
        Field("root", PATH, "The root of a signed registry: a file of the project", "keys/main.root.json"),
    ),
    (("path",), ("url",)),
)
PROJECT = Record(
    "project",
    (
        Field(
            "registries",
            TableOf(REGISTRY_NAME, _REGISTRY),
            "Registries, in order: a name comes from the first that has it",
            "{main: {path: ../registry}}",
        ),
        Field(
            "bind",
            TableOf(BOUND_NAME, REGISTRY_NAME),
            "Names, or beginnings with `*`, and the one registry that they may come from",
            "{team_*: team}",
        ),
    ),
)
"""A project's tapsmith.yaml."""
