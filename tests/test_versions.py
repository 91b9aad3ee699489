"""Versions, ranges and kernel releases."""

from __future__ import annotations

import pytest

from tapsmith.versions import MalformedError, Range, Version, kernel_version

# The example of SemVer 2.0.0, section 11, with its ends made longer.
ASCENDING = [
    "0.9.9",
    "1.0.0-1",
    "1.0.0-2",
    "1.0.0-10",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.2.0",
    "1.10.0",
    "2.0.0",
]


def test_versions_ascend_as_semver_says() -> None:
    """Sorting by precedence gives the order of the specification from any start."""
    versions = [Version.parse(text) for text in reversed(ASCENDING)]
    assert [str(version) for version in sorted(versions)] == ASCENDING


def test_build_metadata_takes_no_part_in_equality() -> None:
    """Two builds of one version are equal, hash equally, and print as they were read."""
    one, other = Version.parse("1.0.0-rc.1+a"), Version.parse("1.0.0-rc.1+b.2")
    assert one == other
    assert hash(one) == hash(other)
    assert (str(one), str(other)) == ("1.0.0-rc.1+a", "1.0.0-rc.1+b.2")


@pytest.mark.parametrize(
    "text",
    ["1", "1.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0-a..b", "v1.0.0", "1.0.0 x", "", "1.\u0660.0"],
)
def test_what_is_no_version_is_refused(text: str) -> None:
    """Short, padded or decorated versions are not guessed at."""
    with pytest.raises(MalformedError):
        Version.parse(text)


def test_a_short_version_is_mended() -> None:
    """YAML's float-like 1.0 is answered with the full version."""
    with pytest.raises(MalformedError) as caught:
        Version.parse("1.0")
    assert caught.value.mend == "write 1.0.0"


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("*", "0.0.0 1.2.3", "1.0.0-rc.1"),
        ("^1.0", "1.0.0 1.9.9", "0.9.9 2.0.0 1.1.0-rc.1"),
        ("^1.2.3", "1.2.3 1.3.0", "1.2.2 2.0.0"),
        ("^0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.2 0.0.4"),
        ("^0.0", "0.0.0 0.0.9", "0.1.0"),
        ("^0", "0.0.0 0.9.0", "1.0.0"),
        ("~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0"),
        ("~1.2", "1.2.0 1.2.9", "1.3.0 1.1.9"),
        ("~1", "1.0.0 1.9.0", "2.0.0"),
        (">=1, <2", "1.0.0 1.9.9", "0.9.9 2.0.0"),
        (">1", "2.0.0", "1.0.0 1.9.9"),
        (">1.2.3", "1.2.4", "1.2.3"),
        ("<=1", "0.1.0 1.9.9", "2.0.0"),
        ("<=1.2.3", "1.2.3", "1.2.4"),
        ("=1.2.3", "1.2.3 1.2.3+build", "1.2.2 1.2.4 1.2.3-rc.1"),
        ("=1.2", "1.2.0 1.2.9", "1.3.0 1.1.9"),
        ("1.*", "1.0.0 1.9.9", "0.9.9 2.0.0"),
        ("1.2.*", "1.2.0 1.2.9", "1.1.9 1.3.0"),
        ("1.*.*", "1.0.0 1.9.9", "2.0.0"),
        ("^1.0.0-rc.1", "1.0.0-rc.1 1.0.0-rc.2 1.0.0 1.1.0", "1.0.0-beta 1.0.1-rc.1"),
    ],
)
def test_a_range_holds_what_it_says(text: str, inside: str, outside: str) -> None:
    """Each operator, whole or with numbers left out, bounds the versions it is documented to."""
    wanted = Range.parse(text)
    assert [v for v in inside.split() if not wanted.contains(Version.parse(v))] == []
    assert [v for v in outside.split() if wanted.contains(Version.parse(v))] == []
    assert str(wanted) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.0",
        "1.2.3",
        "^",
        "^1.*",
        "1.*.3",
        "^1-rc",
        ">=1,",
        ">=1 <2",
        "=>1",
        "==1.0.0",
        ">=2, <1",
        ">1.0.0, <1.0.0",
        ">=1.0.0, <1.0.0",
        "^1.0, ^2.0",
        "latest",
    ],
)
def test_a_range_that_means_nothing_is_refused(text: str) -> None:
    """Bare numbers, unknown operators and empty sets are no ranges."""
    with pytest.raises(MalformedError):
        Range.parse(text)


@pytest.mark.parametrize(
    ("release", "inside", "outside"),
    [
        ("6.1.0-56-cloud-amd64", [">=6.1", "<6.2", "~6.1"], [">=6.2", "<6.1"]),
        ("6.12.117+deb12-cloud-amd64", [">=6.12", "<6.13", ">=6.1"], ["<6.12", ">=6.12.118"]),
        ("7.0-rc3", [">=7"], ["<7"]),
    ],
)
def test_a_kernel_release_compares_by_its_leading_numbers(
    release: str, inside: list[str], outside: list[str]
) -> None:
    """What a distribution appends to a release plays no part."""
    version = kernel_version(release)
    assert all(Range.parse(text).contains(version) for text in inside)
    assert not any(Range.parse(text).contains(version) for text in outside)


def test_a_release_without_a_number_is_refused() -> None:
    """A word is not taken for kernel 0."""
    with pytest.raises(MalformedError, match="no kernel release"):
        kernel_version("cloud")
