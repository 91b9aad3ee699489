"""Edits of `needs` in the text of a probe.yaml: one entry changes, every other byte stays.

The text is spliced at places that the parser's marks give, so comments, order,
quotes and layout are kept.  What comes out is read again and compared; where
anything but the one need changed, the edit is refused with MalformedError.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from tapsmith.versions import MalformedError

_PLAIN = re.compile(r"[\^~=]?[0-9][0-9A-Za-z.+-]*(?:\.\*)*", re.ASCII)
_FIRST_KEYS = ("name", "summary", "license", "author")
"""The keys that stand before `needs` where it is missing."""

Pair = tuple[yaml.ScalarNode, yaml.Node]


@dataclass(frozen=True, order=True)
class _Splice:
    """Replace what stands from `start` to `end`."""

    start: int
    end: int
    text: str


def set_need(text: str, name: str, wanted: str) -> str:
    """Return `text` with need `name` added, or its range changed; MalformedError if it cannot."""
    root = _root(text)
    needs = _value(root, "needs")
    entry = f"{name}: {_spelled(wanted)}"
    if needs is None:
        splices = _needs_added(text, root, entry)
    elif (value := _value(needs, name)) is None:
        splices = _inserted(text, needs, _position(needs, name), entry)
    else:
        splices = _range_changed(text, value, wanted)
    return _checked(text, _spliced(text, splices), name, wanted, f"write `{entry}` into `needs` by hand")


def drop_need(text: str, name: str) -> str:
    """Return `text` without the need `name`, which it has; MalformedError if it cannot."""
    root = _root(text)
    needs = _value(root, "needs")
    assert isinstance(needs, yaml.MappingNode)
    index = [key.value for key, _ in needs.value].index(name)
    if needs.flow_style:
        splices = _cut_from_flow(text, needs, index)
    else:
        splices = [_lines(text, *_span(text, needs.value[index]))]
        if len(needs.value) == 1:
            key = next(key for key, _ in root.value if key.value == "needs")
            colon = text.index(":", key.end_mark.index) + 1
            splices.append(_Splice(colon, colon, " {}"))
    return _checked(text, _spliced(text, splices), name, None, f"take `{name}` out of `needs` by hand")


def _needs_added(text: str, root: yaml.MappingNode, entry: str) -> list[_Splice]:
    keys = [key.value for key, _ in root.value]
    index = max((keys.index(key) + 1 for key in _FIRST_KEYS if key in keys), default=0)
    if root.flow_style:
        return _inserted(text, root, index, f"needs: {{{entry}}}")
    indent = " " * root.value[0][0].start_mark.column
    return _inserted(text, root, index, f"needs:{_line_break(text)}{indent}  {entry}")


def _range_changed(text: str, value: yaml.Node, wanted: str) -> list[_Splice]:
    """Replace the range that `value` is, or has as its version."""
    if isinstance(value, yaml.MappingNode):
        version = _value(value, "version")
        if version is None:
            return _inserted(text, value, 0, f"version: {_spelled(wanted)}")
        return _range_changed(text, version, wanted)
    style = getattr(value, "style", None)
    new = f"{style}{wanted}{style}" if style in ("'", '"') else _spelled(wanted)
    return [_Splice(value.start_mark.index, _end(text, value), new)]


def _position(node: yaml.Node, name: str) -> int:
    """Return where an entry goes: by name where the names are sorted, else last."""
    names = [key.value for key, _ in node.value]
    if len(names) > 1 and names == sorted(names):
        return sum(other < name for other in names)
    return len(names)


def _inserted(text: str, node: yaml.Node, index: int, entry: str) -> list[_Splice]:
    """Insert an entry before entry `index` of a mapping, or after its last."""
    pairs: list[Pair] = node.value
    if isinstance(node, yaml.MappingNode) and node.flow_style:
        return _inserted_in_flow(text, node, index, entry)
    line_break, indent = _line_break(text), " " * pairs[0][0].start_mark.column
    if index:
        at = _line_end(text, _end(text, pairs[index - 1][1]))
        return [_Splice(at, at, line_break + indent + entry)]
    at = _line_start(text, pairs[0][0].start_mark.index)
    return [_Splice(at, at, indent + entry + line_break)]


def _inserted_in_flow(text: str, node: yaml.Node, index: int, entry: str) -> list[_Splice]:
    pairs: list[Pair] = node.value
    if not pairs:
        at = node.start_mark.index + 1
        return [_Splice(at, at, entry)]
    key = pairs[min(index, len(pairs) - 1)][0].start_mark
    # One entry a line, but for the first, which may follow the brace.
    spread = len(pairs) > 1 or _begins_line(text, key.index)
    spread = spread and all(_begins_line(text, other.start_mark.index) for other, _ in pairs[1:])
    gap = _line_break(text) + " " * key.column if spread else " "
    if index < len(pairs):
        return [_Splice(key.index, key.index, f"{entry},{gap}")]
    end = _end(text, pairs[-1][1])
    comma = _comma(text, end, node)
    if comma:
        at = _line_end(text, comma) if spread and "\n" in text[comma : node.end_mark.index] else comma
        return [_Splice(at, at, f"{gap}{entry},")]
    if spread and "\n" in text[end : node.end_mark.index]:
        at = _line_end(text, end)
        return [_Splice(end, at, f",{text[end:at]}{gap}{entry}")]
    return [_Splice(end, end, f",{gap}{entry}")]


def _cut_from_flow(text: str, node: yaml.Node, index: int) -> list[_Splice]:
    """Cut an entry, one comma, and the whole line with its comment where the entry has it for itself."""
    pairs: list[Pair] = node.value
    start, end = _span(text, pairs[index])
    after = _comma(text, end, node) if index + 1 == len(pairs) else pairs[index + 1][0].start_mark.index
    before = _end(text, pairs[index - 1][1]) if index else 0
    rest = text[text.find(",", end) + 1 if after else end : _line_end(text, end)].strip()
    if _begins_line(text, start) and (not rest or rest.startswith("#")):
        cut = [_lines(text, start, end)]
    elif after:
        return [_Splice(start, after, "")]
    else:
        cut = [_Splice(start, end, "")]
    if index and not after:
        comma = before + _without_comments(text[before:start]).index(",")
        gap = text[comma + 1 : start]
        # A comment behind the comma is about the entry before.
        is_inline = cut[0].start == start and not gap.strip()
        return [_Splice(before, end, "")] if is_inline else [_Splice(comma, comma + 1, ""), *cut]
    return cut


def _checked(before: str, after: str, name: str, wanted: str | None, mend: str) -> str:
    """Return `after` if only need `name` changed, and is what was wanted; else raise MalformedError."""
    try:
        old, new = _data(_root(before)), _data(_root(after))
    except (yaml.YAMLError, AssertionError):
        new = old = {}
    old_needs, new_needs = dict(old.pop("needs", {})), dict(new.pop("needs", {}))
    earlier, value = old_needs.pop(name, None), new_needs.pop(name, None)
    if isinstance(value, dict) and isinstance(earlier, dict):
        kept = earlier | {"version": wanted} == value
        value = wanted if kept else None
    same = [list(pairs.items()) for pairs in (old, new, old_needs, new_needs)]
    if same[0] != same[1] or same[2] != same[3] or value != wanted or not new:
        raise MalformedError("`needs` is laid out in a way that is not edited here", mend)
    return after


def _root(text: str) -> yaml.MappingNode:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    return root


def _data(node: yaml.Node) -> dict[str, Any]:
    """Return what a mapping says, without places and styles."""
    return {key.value: _said(value) for key, value in node.value}


def _said(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return _data(node)
    return [_said(item) for item in node.value] if isinstance(node, yaml.SequenceNode) else node.value


def _value(node: yaml.Node, key: str) -> yaml.Node | None:
    return next((value for name, value in node.value if name.value == key), None)


def _span(text: str, pair: Pair) -> tuple[int, int]:
    return pair[0].start_mark.index, _end(text, pair[1])


def _end(text: str, node: yaml.Node) -> int:
    """Return where the content of a node ends; the parser's mark may stand behind comments and lines."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    if getattr(node, "style", None) in ("|", ">"):
        return len(text[: node.end_mark.index].rstrip())
    return int(node.end_mark.index)


def _lines(text: str, start: int, end: int) -> _Splice:
    """Cut the whole lines; of the last one without a line break, the break before it."""
    first, last = _line_start(text, start), text.find("\n", end) + 1
    if last:
        return _Splice(first, last, "")
    return _Splice(first - len("\r\n" if text[:first].endswith("\r\n") else "\n"), len(text), "")


def _comma(text: str, end: int, node: yaml.Node) -> int:
    """Return what follows the comma behind the last entry of a flow mapping, or 0 if there is none."""
    found = _without_comments(text[end : node.end_mark.index]).find(",")
    return end + found + 1 if found >= 0 else 0


def _without_comments(text: str) -> str:
    """Blank the comments of what stands between two entries."""
    return re.sub(r"#[^\n]*", lambda comment: " " * len(comment[0]), text)


def _begins_line(text: str, offset: int) -> bool:
    return not text[_line_start(text, offset) : offset].strip()


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_end(text: str, offset: int) -> int:
    """Return where the line of `offset` ends, before its line break."""
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" and end > offset else end


def _line_break(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _spelled(wanted: str) -> str:
    """Return a range as YAML has it: in quotes what could be taken for something else."""
    return wanted if _PLAIN.fullmatch(wanted) else f'"{wanted}"'


def _spliced(text: str, splices: list[_Splice]) -> str:
    for splice in sorted(splices, reverse=True):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return text
