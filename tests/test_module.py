"""Objects and modules, made with the commands that kbuild uses."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tapsmith import btf
from tapsmith.diagnostics import TapsmithError
from tapsmith.facts import Facts, load_facts
from tapsmith.kernel import Target
from tapsmith.module import compile_object, link_module, show_sources

SOURCE = """\
#include <linux/module.h>
#include <linux/slab.h>
static int level = 3;
module_param(level, int, 0444);
static int __init hello_init(void)
{
	void *p = kmalloc(level, GFP_KERNEL);

	pr_info("hello %px\\n", p);
	kfree(p);
	return 0;
}
static void __exit hello_exit(void) { }
module_init(hello_init);
module_exit(hello_exit);
MODULE_LICENSE("GPL");
"""
COMPARED = (
    ".text",
    ".init.text",
    ".exit.text",
    ".data",
    ".rodata.str1.1",
    ".modinfo",
    "__versions",
    "__param",
    ".rela.text",
    ".rela.init.text",
    ".rela__param",
    ".gnu.linkonce.this_module",
)


def sections(path: Path) -> dict[str, bytes]:
    """Return the contents of the sections that make a module what it is."""
    with path.open("rb") as file:
        elf = ELFFile(file)
        return {name: part.data() for name in COMPARED if (part := elf.get_section_by_name(name))}


def test_a_module_equals_kbuild_s(facts: Facts, kernel: Target, tmp_path: Path) -> None:
    """The same source gives the same code, data and module information, with kbuild and without."""
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for directory in (theirs, ours):
        directory.mkdir()
        (directory / "hello.c").write_text(SOURCE, encoding="ascii")
    (theirs / "Kbuild").write_text("obj-m := hello.o\n", encoding="ascii")
    subprocess.run(
        ["make", "-C", kernel.tree, f"M={theirs}", "modules"],
        env=kernel.variables(),
        capture_output=True,
        check=True,
    )
    assert compile_object(facts, ours / "hello.c", include=[ours], labels={}) == ""
    link_module(facts, ours / "hello.o")
    expected, found = sections(theirs / "hello.ko"), sections(ours / "hello.ko")
    assert expected.keys() >= {".init.text", ".modinfo", "__versions", "__param"}
    # Relocations count symbols, among them DWARF's; code and data must be the same to the byte.
    assert {n: d for n, d in found.items() if "rela" not in n} == {
        n: d for n, d in expected.items() if "rela" not in n
    }
    assert {n: len(d) for n, d in found.items()} == {n: len(d) for n, d in expected.items()}


def test_the_same_module_from_any_directory(facts: Facts, tmp_path: Path) -> None:
    """Where a module is built leaves no trace in it; the path may hold what a shell would split or expand."""
    made = []
    for name in ("a", "b/c", "d 'e'; $f"):
        directory = tmp_path / name
        directory.mkdir(parents=True)
        (directory / "hello.c").write_text(SOURCE, encoding="ascii")
        compile_object(facts, directory / "hello.c", include=[directory], labels={})
        link_module(facts, directory / "hello.o")
        made.append((directory / "hello.ko").read_bytes())
    assert made[0] == made[1] == made[2]


def test_a_failed_link_leaves_no_module(any_kernel: Target, tmp_path: Path) -> None:
    """A symbol that is not exported is told with the function that uses it."""
    any_facts = load_facts(any_kernel, tmp_path / "cache", progress=lambda _: None)
    text = SOURCE.replace("kfree(p);", "nothing(p);").replace(
        "static int level", "extern void nothing(void *);\nstatic int level"
    )
    (tmp_path / "hello.c").write_text(text, encoding="ascii")
    compile_object(any_facts, tmp_path / "hello.c", include=[tmp_path], labels={})
    with pytest.raises(TapsmithError) as caught:
        link_module(any_facts, tmp_path / "hello.o")
    assert caught.value.codes == ("undefined-symbol",)
    assert "nothing, used by init_module" in str(caught.value)
    assert not (tmp_path / "hello.ko").exists()


def test_diagnostics_show_the_user_s_line(tmp_path: Path) -> None:
    """A label becomes the real path, and the line stands below with a caret."""
    file = tmp_path / "p.c"
    file.write_text("int a;\n\treturn b;\n", encoding="ascii")
    shown = show_sources("probes/p/p.c:2:9: error: no b\nother.h:1:1: note: x", {"probes/p/p.c": file})
    assert shown == f"{file}:2:9: error: no b\n  \treturn b;\n  \t       ^\nother.h:1:1: note: x"


def blob(types: bytes, strings: bytes) -> bytes:
    """Return a .BTF section of these types and strings."""
    return (
        struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(strings)) + types + strings
    )


def test_btf_names_functions() -> None:
    """Functions are found among other types, whose sizes differ."""
    types = struct.pack("<IIII", 1, 1 << 24, 4, 32)  # an INT
    types += struct.pack("<III", 0, 13 << 24 | 2, 1) + bytes(16)  # a FUNC_PROTO of two parameters
    types += struct.pack("<III", 5, 12 << 24, 2)  # a FUNC
    assert btf.functions(blob(types, b"\0int\0vfs_read\0")) == {"vfs_read"}


@pytest.mark.parametrize("data", [b"", b"\0" * 64, blob(struct.pack("<III", 0, 31 << 24, 0), b"\0")])
def test_btf_that_is_none_is_refused(data: bytes) -> None:
    """An unknown format gives no wrong list of functions."""
    with pytest.raises(TapsmithError) as caught:
        btf.functions(data)
    assert caught.value.codes == ("bad-btf",)
