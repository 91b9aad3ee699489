"""Lexical looks at C."""

from __future__ import annotations

import pytest

from tapsmith import csource
from tapsmith.csource import Mention


def test_conditions_name_what_the_preprocessor_decides_on() -> None:
    """All directives of a condition count, over lines that go on; other code and comments do not."""
    text = "#if A > 1 /* B */ \\\n  && B\n#elif defined(A)\n#endif\n#  ifdef A\n#define A 1\nif (A) x;\n"
    found = csource.conditions(text, frozenset("AB"))
    assert [(m.name, m.line, m.column) for m in found] == [
        ("A", 1, 5),
        ("B", 2, 6),
        ("A", 3, 15),
        ("A", 5, 10),
    ]
    assert csource.conditions(text, frozenset()) == ()


def test_words_are_those_of_the_code() -> None:
    """Neither comments nor strings count."""
    assert csource.words('int a1 = b2; /* c */ char *d = "e";') == {"int", "a1", "b2", "char", "d"}


def test_comments_are_blanked_in_place() -> None:
    """Lines and columns of the code stay, whatever a comment holds."""
    text = 'a /* " */ b // c \\\n still\n"/* no */" \'"\' /* x\ny */ d'
    bare = csource.strip_comments(text)
    assert bare == 'a         b       \n      \n"/* no */" \'"\'     \n     d'
    assert [len(line) for line in bare.splitlines()] == [len(line) for line in text.splitlines()]


def test_a_comment_without_an_end_takes_the_rest() -> None:
    """As for the compiler, nothing after it is code."""
    assert csource.strip_comments("a /* b\n#define C").split() == ["a"]


def test_literals_are_blanked_inside() -> None:
    """Code in a string is no code."""
    assert csource.strip_literals('f("g(\\"", \'(\')') == "f(\"    \", ' ')"


def test_macro_changes_are_found_with_their_places() -> None:
    """Each #define and #undef counts, spaced, continued or spelled with a digraph; commented ones do not."""
    text = 's = "\\\n#define S";\n#define A 1\n /* */ #  undef B\n//#define C\n'
    text += '#define \\\n  D\n%:define E\n"#define F"\n#ifdef G\n'
    assert csource.macro_changes(text) == (
        Mention("A", 3, 9),
        Mention("B", 4, 17),
        Mention("D", 7, 3),
        Mention("E", 8, 10),
    )


def test_quoted_includes_are_found() -> None:
    """Only includes in quotes count."""
    text = '#include <linux/a.h>\n# include "b.h"\n/* #include "c.h" */\n#include"d/e.h"\n'
    assert csource.quoted_includes(text) == (Mention("b.h", 2, 12), Mention("d/e.h", 4, 10))


@pytest.mark.parametrize(
    ("text", "defined"),
    [
        ("static int f(void)\n{\n}", True),
        ("int f(int (*g)(void), char c)  /* says */ {", True),
        ("int f(void);\nint g(void) { return f(); }", False),
        ("/* int f(void) { } */", False),
        ('"int f(void) { }"', False),
        ("static void f(void)\n\t__acquires(lock) __cold\n{ }", True),
        ("int of(void) { }", False),
        ("int f(", False),
    ],
)
def test_a_function_is_defined_where_it_has_a_body(text: str, defined: bool) -> None:
    """Declarations, calls, comments and longer names are no definition."""
    assert csource.defines_function(text, "f") is defined


def test_calls_are_found_by_name() -> None:
    """A name before a parenthesis is a call, part of another name is not."""
    text = 'my_module_init(x);\n\tmodule_init (x);\n"module_init(y)"\n'
    assert csource.calls(text, frozenset({"module_init"})) == (Mention("module_init", 2, 2),)
    assert csource.calls(text, frozenset()) == ()


SYMBOLS = """\
static struct kprobe one = { .symbol_name = "vfs_read" };
static struct kretprobe two = { .kp.symbol_name = "vfs_" /* joined */
\t"write", };
static struct kprobe old[] = {
\t{ .addr = (kprobe_opcode_t *)"sys_open", .pre_handler = f },
\t{ .addr = (void *) (long) "do_exit" },
\t{ .symbol_name = _stp_syscall("openat") },
\t{ .symbol_name = symbol }, /* a parameter */
};
/* .symbol_name = "not_this" */
static struct other o = { .addr = 0, .name = "nor_this", .my_symbol_name = "nor_that" };
void f(void) { p->symbol_name = "late"; kp.symbol_name == "compared"; }
struct _stp_tracepoint traced[2] = { { .name = "sched_" "switch", .handler = &f },
\t{ .handler = &g, .name = "kfree" } }, *one = { .name = name };
struct _stp_timer t = { .name = "nor_a_timer" };
"""


def test_probed_symbols_are_found_with_their_places() -> None:
    """Initialisers and assignments of literals tell what is probed; anything else is left out."""
    found = [(s.kind, s.name, s.line, s.column) for s in csource.probed_symbols(SYMBOLS)]
    assert found == [
        ("function", "vfs_read", 1, 45),
        ("function", "vfs_write", 2, 51),
        ("function", "sys_open", 5, 31),
        ("function", "do_exit", 6, 28),
        ("syscall", "openat", 7, 32),
        ("function", "late", 12, 33),
        ("tracepoint", "sched_switch", 13, 48),
        ("tracepoint", "kfree", 14, 27),
    ]


def test_parameters_are_found_where_the_function_is_defined() -> None:
    """Declarations and calls do not count, nor do commas in parentheses or comments."""
    text = "int f(int a);\nint f(struct s *s, /* , */ void (*g)(int, int),\n\tu8 c[2]) __cold { f(1, 2); }\n"
    assert csource.parameters(text, "f") == (
        Mention("struct s *s", 2, 7),
        Mention("void (*g)(int, int)", 2, 28),
        Mention("u8 c[2]", 3, 2),
    )
    assert csource.parameters("int f(void) { }", "f") == csource.parameters("int f(int);", "f") == ()
