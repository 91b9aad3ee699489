"""What names a file in C, and what is let through."""

from __future__ import annotations

import pytest

from scons_project import ROOT
from tapsmith.checks import read_source
from tapsmith.filereads import file_reads


@pytest.mark.parametrize(
    ("text", "what", "place"),
    [
        ('#include "/etc/passwd"', '#include "/etc/passwd"', (1, 2)),
        ("\n  #  include </etc/passwd>", "#include </etc/passwd>", (2, 6)),
        ('#include "../../x.h"', '#include "../../x.h"', (1, 2)),
        ("#include <linux/../../x.h>", "#include <linux/../../x.h>", (1, 2)),
        ('#include "~/x.h"', '#include "~/x.h"', (1, 2)),
        ('#inc\\\nlude "/etc/passwd"', '#include "/etc/passwd"', (1, 2)),
        ('#/* no\ncode */include "/x"', '#include "/x"', (2, 8)),
        ('/**/ # /**/ include /**/ "/x"', '"/x"', (1, 13)),
        ('%:include "/x"', '#include "/x"', (1, 3)),
        ('#\f\vinclude "/x"', '#include "/x"', (1, 4)),
        ('#\0include "/x"', '#include "/x"', (1, 3)),
        ('#inc\\ \f\nlude "/x"', '#include "/x"', (1, 2)),
        ("#if 0\n' /*\n#endif\n#include </x>\n// */", "#include </x>", (4, 2)),
        ('#if 0\n" /*\n#endif\n#include </x>\n// */', "#include </x>", (4, 2)),
        ('char *a = R"x("/*)x";\n#include "y"\n// */', 'R"(...)', (1, 11)),
        ('asm(u8R"(x)");', 'u8R"(...)', (1, 5)),
        ("#define H </x>\n#include H", "#include H", (2, 2)),
        ("#include_next <linux/kernel.h>", "#include_next", (1, 2)),
        ('#import "x.h"', "#import", (1, 2)),
        ('int a[] = {\n#embed "x"\n};', "#embed", (2, 2)),
        ('#pragma GCC dependency "/x"', '#pragma GCC dependency "/x"', (1, 2)),
        ('#if __has_include("/root/.ssh/id")\n#endif', '__has_include("/root/.ssh/id"', (1, 5)),
        ("#if __has_include(<../x>)\n#endif", "__has_include(<../x>", (1, 5)),
        ("#if __has_include(H)\n#endif", "__has_include", (1, 5)),
        ('#if __has_embed("x")\n#endif', '__has_embed("x"', (1, 5)),
        ('asm(".incbin \\"/etc/passwd\\"");', ".incbin of the assembler", (1, 5)),
        ('asm("nop\\n"\n\t".inc" "bin \\"x\\"");', ".incbin of the assembler", (1, 5)),
        ('asm("\\x2eincbin \\"x\\"");', ".incbin of the assembler", (1, 5)),
        ('asm("\\056 INCLUDE \\"x\\"");', ".INCLUDE of the assembler", (1, 5)),
    ],
)
def test_what_reads_a_file_is_found(text: str, what: str, place: tuple[int, int]) -> None:
    """However it is laid out; with its place."""
    (read,) = file_reads(text)
    assert what in read.what
    assert (read.line, read.column) == place
    assert read.mend


@pytest.mark.parametrize(
    "text",
    [
        "#include <linux/module.h>",
        '#include "own.h"',
        '#include "deep/own..h"',
        '// #include "/etc/passwd"',
        '/*\n#include "/etc/passwd"\n*/',
        'char *a = "#include </x>";',
        "#if __has_include(<linux/stdarg.h>)\n#endif",
        '#define X ".included"',
        'char *a = "ERR" "mode R" "", b = \'"\';',
        '/* R"(x)" */ // R"(x)"',
        'char *a = "see .including";',
        "#pragma GCC diagnostic push",
    ],
)
def test_what_reads_none_is_let_through(text: str) -> None:
    """Comments and texts are no code, and plain names are what fragments are made of."""
    assert file_reads(text) == ()


def test_the_shipped_fragments_read_nothing() -> None:
    """None of them needs more than plain names."""
    files = [path for path in sorted((ROOT / "fragments").rglob("*")) if path.suffix in (".c", ".h")]
    assert len(files) > 30
    assert [(path, file_reads(read_source(path))) for path in files if file_reads(read_source(path))] == []
