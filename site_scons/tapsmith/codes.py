"""Every code of a problem: what it means, and what to do.

Two lines a code, so that a table can be read as one and a code added by
copying.  The text of a problem says more: it knows the names and places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_READING = """
bad-yaml: the file is no plain YAML: broken, with a tab, an anchor, a tag, or a second document
    write `key: value` lines; write values out
missing-file: a file that is asked for cannot be read
    create it, or correct its path
bad-encoding: a source is not UTF-8 text
    save it as UTF-8
missing-key: a key that must be there is not
    add it
unknown-key: a key is not known where it stands
    correct its spelling, or drop it
duplicate-key: a key stands twice in a mapping
    keep one of the two
duplicate-item: a value stands twice in a list
    keep one of the two
wrong-type: a value, a list or a mapping stands where another is expected, or a value is not of its type
    write what the message names
bad-name: a name has not the form that its kind has, or is not that of its file or directory
    write it as the message tells
bad-version: a version is not of the form 1.2.3
    write three numbers
bad-range: a range is not of the forms `^1.2`, `~1.2`, `>=1, <2`, `=1.2.3`, `1.*`, `*`
    give it an operator
bad-context: a function's context is none of any, handler, process
    write one of the three
bad-provides: a virtual name is provided as neither default nor choice
    write default, or choice
bad-origin: a need is of neither path nor git (with one of tag, branch, commit); a registry has not one place
    write `{path: DIRECTORY}`, `{git: URL, tag: NAME}`, for a registry `{url: URL}`
bad-parameter: a module's parameter holds a double quote, which the kernel does not take
    leave it out
unknown-license: the kernel does not count a probe's license as GPL
    write GPL
missing-source: a source does not exist, or a probe has none
    create it, or correct `sources`
source-outside: a source lies outside of its fragment's or probe's directory
    move it there
"""

_MACROS = """
macro-type: the value of a macro is not of the macro's type
    write a value of the type: an integer or truth without quotes
macro-out-of-range: the value of a macro lies outside of its range or choices
    choose one inside
macro-not-loadable: a macro with `load` is, or is used as, what a parameter of a module cannot be
    drop `load`, or give it a range that fits an int
unknown-macro: no fragment of the probe, or none at all, has the macro
    correct its name, or need the fragment that has it
own-macro-set: a probe sets a macro of its own under `config`
    set its default under `defines`
duplicate-macro: two fragments, or a probe and a fragment, define the same macro
    rename one of the two
constraint-violated: a macro's value lies outside of what a fragment allows
    set one inside of it
contradictory-constraints: no value of a macro suits two fragments
    do without one of the two
duplicate-capability: two fragments ask a kernel different things by one name
    rename one of the two
unknown-capability: C asks for a capability that no fragment of the module has in its manifest
    correct its name, or list it under `capabilities`
unread-macro: nothing in the module reads a macro that is set (warning)
    drop it
"""

_RESOLUTION = """
unknown-fragment: there is no fragment or virtual name of that name
    correct its spelling, or add the fragment
duplicate-fragment: two fragments, or a fragment and a virtual name, are called the same
    rename one of the two
version-mismatch: no version of a fragment that is there lies in the range
    widen the range, or take another version
ambiguous-provider: several fragments provide a virtual name, and none is chosen
    add one of them to `needs`
conflict: two fragments of one module cannot be there together
    do without one of the two
duplicate-export: two fragments of one module export the same name
    do without one of the two
dependency-cycle: fragments require each other
    drop one of the requirements
no-solution: no versions of what a probe needs go together
    do what the message says would help
search-too-long: the search for versions was given up at its bound
    pin the fragments that the message names
kernel-unsupported: a probe or fragment is not for the target's kernel
    choose another kernel
kconfig-missing: the target's kernel is built without an option that a fragment needs
    choose another kernel, or build one with the option
"""

_SOURCES = """
header-outside: a header is included that is no file of the fragment or of one it requires
    move it there, or require the fragment that has it
ambiguous-header: two owners have a header of the same name
    rename one of the two
macro-in-source: a source defines or undefines a macro that the manifests define
    set it in probe.yaml
frame-in-source: a source has what the generated frame of a module has, such as module_init
    drop it; write probe_begin and probe_end
no-probe-begin: a probe does not define probe_begin
    write `static int probe_begin(void)`
no-probe-end: a probe does not define probe_end
    write `static void probe_end(void)`
missing-hook: a function that the module's life calls is not defined
    define it, or drop the hook
jprobe-parameter: a jprobe's handler has a parameter that no register holds
    take at most six integers or pointers
unknown-symbol: the kernel has no function or tracepoint of that name
    correct it, or list it under `unchecked`
"""

_CHECK = """
missing-need: a probe uses an export of a fragment that is not in its module
    add the fragment to `needs`
undeclared-need: a probe uses an export of a fragment that only another fragment requires (warning)
    add the fragment to `needs`
unused-need: a probe uses nothing of a fragment that it needs (warning)
    drop the need
sleeps-in-handler: a handler calls what may sleep
    do it elsewhere: in probe_begin, probe_end or periodic work
sleeps-on-rt: a handler calls what may sleep on PREEMPT_RT kernels (warning)
    use what does not, such as raw spinlocks
missing-export: a manifest exports what the fragment's C does not define
    define it, or drop it from the manifest
unlisted-export: a fragment's C has something public that its manifest does not export
    list it, or begin its name with an underscore
undocumented-export: an exported function has no kernel-doc comment (warning)
    write one
context-mismatch: kernel-doc and manifest disagree on a function's context
    correct one of the two
parameter-mismatch: kernel-doc describes other parameters than the function has
    describe each, in order
bad-module: a file is no module that can be measured
    build it anew
"""

_KERNELS = """
unknown-kernel: no kernel of that name is among Debian's packages
    name one that is
no-kernel-matches: no kernel that is here fits a pattern of `KERNEL=`, or none is here at all
    fetch one by `tapsmith fetch-kernel`
kernel-twice: two trees of one release are to be built for, into one directory
    name one of the two
capability-unclear: the compiler failed, but not for what a capability asks, so the kernel may have it or not
    see what it said: a full disk, or a broken compiler
no-kernel-tree: a directory is no build directory of a kernel
    give the one that /lib/modules/RELEASE/build points to
kernel-not-configured: a kernel's tree is not configured
    run `make olddefconfig modules_prepare` there
kernel-tree-unusable: a kernel's tree cannot be asked how it compiles modules
    use a distribution's headers
kernel-fetch-failed: headers or image could not be fetched
    look at the network and the mirror; try again
no-image: a kernel has no image that can be booted
    name one of Debian's kernels
no-apt: the machine has no apt, or no sources of packages
    give a build directory by `KERNEL=`
bad-btf: a kernel's type information cannot be read
    install its headers anew
bad-cache: the cache's path holds what a kernel's make refuses
    set TAPSMITH_CACHE to a plain path
compiler-missing: the compiler that the kernel was built with is not here
    install it
missing-tool: a program or package that is used is not here
    install it
launcher-missing: the program of CC_LAUNCHER is not here
    install it, or unset CC_LAUNCHER
"""

_BUILDING = """
build-failed: scons did not build what a command needs
    mend what scons said
compile-failed: the C does not compile
    mend what the compiler said
link-failed: the object does not become a module
    mend what the linker said
undefined-symbol: the kernel does not export a symbol that the module uses
    use a function that is exported, or a fragment's
no-host-build: a fragment has headers that only a kernel has
    run the probe in a guest
host-timeout: a probe in a process did not end in time
    give it more, or look with gdb
no-signing-key: the key to sign modules with, or its certificate, is not given or cannot be read
    give both paths, and see who may read them
bad-signing-key: a key or certificate to sign modules with is none, or locked, or everybody may read it
    give another; `chmod 600` a key; KBUILD_SIGN_PIN holds the passphrase
key-mismatch: the key to sign modules with does not belong to the certificate
    give the two that were made together
signatures-unsupported: the kernel checks no signatures of modules
    build for it without a key
module-outdated: a module is not built of what its probe has now
    build it again
no-sign-file: the kernel's tree lacks the tool that signs modules
    install its linux-kbuild package
signing-failed: the kernel's tool could not sign a module
    mend what it said
"""

_SHIPPING = """
no-version: a probe that is to be packaged has no version
    add `version: 1.0.0` to probe.yaml
no-module-for-kernel: a bundle holds no module for the running kernel
    have it made anew, for that kernel as well
damaged-bundle: a bundle is not as it was made
    copy it anew
no-maintainer: a probe that is to be packaged names nobody to whom questions about the package go
    add `author: Name <mail@host.example>` to probe.yaml
"""

_RUNNING = """
guest-oops: the guest's kernel failed
    read the excerpt: it names the function
guest-timeout: the guest did not end in time
    give it more time, or look at what it waits for
guest-failed: the guest's machine could not run
    mend what QEMU said
guest-ended: the guest ended before its script did
    read the excerpt of its log
guest-log: the guest's log overflowed, and its beginning is lost
    let the probe say less
bad-machine: the options of a guest do not go together
    drop one of them
workload-failed: a program of the workload does not compile
    mend what the compiler said
load-failed: the kernel refused the module
    read what it said
unload-failed: the kernel did not let the module go
    read what it said
no-terminal: a shell in a guest was asked for where there is no terminal
    give the commands by `-c`
bad-expectation: a file that says what is expected of a module has what cannot be meant
    write it as docs/testing.md shows
unknown-parameter: a module was given parameters that it does not have
    name one that it has
bad-formats: the table of formats in a module is damaged, or is none
    build the module again
bad-records: what a module sent is damaged, or comes from another module
    decode it with the module that sent it; else tell how it came about
need-root: modules are loaded and unloaded by root, or by who has CAP_SYS_MODULE
    use sudo
not-built: there is no module of the probe for the running kernel
    build it
not-a-module: a file is no kernel module
    build it again, or name another
wrong-kernel: a module was built for another kernel than the one that runs
    build it for this one
missing-symbol: the running kernel lacks functions or data that a module uses
    build it for this kernel
symbol-version: a module was built for another build of the running kernel
    install this kernel's headers, and build it for them
modules-disabled: the machine takes no modules until its next boot
    undo kernel.modules_disabled
unsigned-module: a kernel that takes signed modules only is given one that is not
    sign it with a key that the machine knows: docs/signing-modules.md
unknown-signer: a kernel that takes signed modules only does not know who signed one
    have the machine know the key: docs/signing-modules.md
no-kernel-log: the kernel's log, by which modules speak, cannot be read
    run it as root
already-read: somebody else reads what a module sends
    end whoever does
already-running: another `tapsmith run` has the module loaded
    end it by `tapsmith stop`
already-loaded: a module of that name is loaded, and by nobody whom tapsmith knows
    unload it by `rmmod`, if it is not needed
not-loaded: what is to be stopped is not loaded
    see `tapsmith list`
not-ours: what is to be stopped was loaded by nobody whom tapsmith knows
    unload it by `rmmod`, if it is not needed
bad-option: an option's value is not of its form, or two options do not go together
    write it as the message tells
"""

_PACKAGES = """
unknown-registry: tapsmith.yaml lists no registry of that name
    list it there, or give its directory
registry-unreachable: a registry is not there, cannot be read, or does not answer as a web server should
    correct its `path` or `url`; look at the network
bad-registry: a registry's config.json is damaged, or for another tapsmith, or a file is too large
    fetch the registry's copy anew
bad-index: a line of a registry's index is damaged
    fetch the registry's copy anew
missing-archive: an archive that the index names is not in the registry
    put it there
bad-archive: an archive is damaged, or holds what none may hold
    fetch it anew, or tell whoever made it
unknown-version: a registry has no such version of a fragment
    name one that it has
version-taken: a registry has that version of a fragment with other files
    give it a new version
shipped-fragment: a fragment is shipped with tapsmith, so no other tree publishes it
    publish it under a name of your own
no-license-text: a fragment that is to be published comes with no text of its license
    put it into its directory as LICENSE
bad-summary: the summary of a fragment that is to be published cannot be printed
    write one line of plain text
too-large: a fragment that is to be published has files too large, too many, or of odd names
    leave out what nobody needs
file-read: a fragment's C reads a file that is neither its own nor the kernel's
    include headers of the kernel and of the fragment, by plain names
unpublished-requirement: what a fragment requires is not to be had where it is to be published
    publish that first, or along
bad-reason: the reason for a yank is not one line that can be printed
    write why, in a few words
content-changed: a registry has other files of a version than a lock was written for
    ask who publishes it; update to another version
registry-changed: a name that a lock has from one registry comes from another one, or a repository, now
    ask who keeps that one; bind the name in tapsmith.yaml to the registry that is meant
unsigned-registry: a registry that must be signed is not, or parts of what signs it are missing
    see whether it was moved; ask who keeps it
bad-signature: what signs a registry is damaged, or not signed by enough of the keys that count
    ask who keeps it, by another way than the registry
signature-expired: a registry was signed longer ago than its signature holds: newer versions may be held back
    ask who keeps it to run `tapsmith sign refresh`
registry-rolled-back: a registry is older than it was when it was last read
    ask who keeps it, by another way than the registry
registry-mixed: a registry mixes old and new files
    try once more; then ask who keeps it
tampered-file: a file of a signed registry is not the one that was signed
    fetch the registry's copy anew
unsigned-change: a file of a signed registry is not what was signed, and the next signature would vouch for it
    restore it, or `tapsmith sign refresh` if it is as it should be
key-needed: a registry is signed, and too few of its keys are given to sign what changes
    give `--key FILE`
bad-key: a file is no private key of ed25519, others may read it, or its passphrase is wrong
    `tapsmith sign key FILE` makes one
bad-threshold: fewer root keys are given than must sign, or a signature would hold no day
    give more keys, or other numbers
origin-unreachable: the directory that a need names as `path` is not there
    correct the path, or put it there
origin-hidden: a need names a path or repository for a fragment that the tree has
    drop `path` or `git`, or rename one of the two
no-git: git is not installed
    apt-get install git
git-unreachable: git cannot fetch from a repository
    correct the URL, or look at the network
unknown-revision: a repository has no such tag, branch or commit
    name one that `git ls-remote` lists
not-cached: something is not in the cache, and cannot be fetched or no connection may be opened
    run `tapsmith fetch` where the network may be used; make its origin reachable once
lock-missing: a probe has no lock, where it must have one
    `tapsmith lock`, then commit it
lock-stale: a lock does not fit its probe any more, where it must
    `tapsmith lock`, then commit it
lock-conflict: a lock holds the markers of a conflict in git
    take one side, then `tapsmith lock`
lock-damaged: a lock was edited by hand, or says what is not so
    restore it, or remove it and lock again
"""

_COMMANDS = """
no-project: there is no SConstruct here
    go to the directory of your project
unknown-probe: there is no probe of that name here
    correct its spelling, or go to its project
which-probe: a command needs one probe, and there are several
    name one of them
yanked: the releases that would do were taken back by who published them, for the reason that is told
    take another version
bad-need: a need, a setting or a version on the command line of `tapsmith resolve` is not spelled as one
    write it as the message tells
system-error: the system refused something that no command foresaw
    see whether the file or directory that is named is there, and who may use it
which-shell: `tapsmith completion` has to be told for which shell
    name bash or zsh
not-in-probe: a fragment is not in the probe's module
    see `tapsmith tree`
unknown-need: a probe does not need what is to be removed
    see its `needs`
virtual-name: a name is provided by fragments, and is none itself
    name one of them
nothing-found: no fragment has the words that are searched for
    search with other words
exists: what is to be made is there already
    choose another name
cannot-edit: probe.yaml is written in a form that cannot be edited in place
    edit it by hand
cannot-write: a file or directory cannot be written
    see who may write there, and whether the disk is full
tool-failed: a program that a command runs failed
    mend what it said
"""


@dataclass(frozen=True)
class Code:
    """What a code means, and what to do."""

    meaning: str
    mend: str


def _section(text: str) -> Mapping[str, Code]:
    lines = text.strip().splitlines()
    heads = [head.split(": ", 1) for head in lines[::2]]
    pairs = zip(heads, lines[1::2], strict=True)
    found = {name: Code(meaning, mend.strip()) for (name, meaning), mend in pairs}
    assert len(found) == len(heads), "a code stands twice"
    return MappingProxyType(found)


SECTIONS: Mapping[str, Mapping[str, Code]] = MappingProxyType(
    {
        "Reading a file": _section(_READING),
        "Macros": _section(_MACROS),
        "Resolution": _section(_RESOLUTION),
        "C sources": _section(_SOURCES),
        "`tapsmith check`": _section(_CHECK),
        "Kernels and tools": _section(_KERNELS),
        "Building": _section(_BUILDING),
        "Packaging": _section(_SHIPPING),
        "Running": _section(_RUNNING),
        "Packages": _section(_PACKAGES),
        "Commands": _section(_COMMANDS),
    }
)
"""The codes by what is being done, in the order of a build."""

CODES: Mapping[str, Code] = MappingProxyType(
    {name: code for section in SECTIONS.values() for name, code in section.items()}
)
"""Every code."""
