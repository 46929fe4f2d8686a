#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the layering: an include of a library that is not linked, a link upwards, or a third-party header
outside its owner fails. The kurir::x names in libs/*/CMakeLists.txt are the only statement of the order."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)

# Which files may include a third party's headers.
OWNERS = {
    r"libxml/": r"libs/xml/.*",
    r"openssl/": r"libs/crypto/.*|libs/http/tls(_session|_verdict)?\.cpp|pki/.*",
    r"sqlite3\.h": r"libs/queue/.*",
    r"isa-l": r"libs/as4/.*",
    r"toml\+\+/": r"libs/pmode/file\.cpp|apps/kurird/config.*\.cpp",
    r"boost/beast": r"libs/http/.*\.cpp",
    r"boost/asio": r"libs/(http|msh|api)/.*|apps/.*",
    r"fmt/": r".*\.cpp",
}
BEAST_FILES = 3  # each costs 20 s to compile


def links(name):
    """(public, all) libraries that libs/name links."""
    text = (ROOT / "libs" / name / "CMakeLists.txt").read_text()
    public, every, scope = set(), set(), "PUBLIC"
    for word in re.findall(r"PUBLIC|PRIVATE|INTERFACE|kurir::\w+", text):
        if not word.startswith("kurir::"):
            scope = word
            continue
        library = word.removeprefix("kurir::")
        every.add(library)
        if scope != "PRIVATE":
            public.add(library)
    return public, every


def main():
    order = re.findall(r"add_subdirectory\((\w+)\)", (ROOT / "libs/CMakeLists.txt").read_text())
    linked = {name: links(name) for name in order}
    faults = []

    reachable = {}  # what a library sees: its own links and what those hand on
    for place, name in enumerate(order):
        public, every = linked[name]
        for library in sorted(every & set(order[place:])):
            faults.append(f"libs/{name}/CMakeLists.txt: {name} links {library}, which stands below it")
        handed_on = set().union(*(reachable.get(library, (set(), set()))[0] for library in every), set())
        handed_on_public = set().union(*(reachable.get(library, (set(), set()))[0] for library in public), set())
        reachable[name] = (public | handed_on_public | {name}, every | handed_on | {name, "base"})

    beast = set()
    for path in sorted(p for top in ("libs", "apps", "pki") for p in (ROOT / top).rglob("*.[ch]pp")):
        relative = path.relative_to(ROOT).as_posix()
        library = relative.split("/")[1] if relative.startswith("libs/") else None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*["<]([^">]+)[">]', line)
            if not found:
                continue
            header = found[1]
            target = header.split("/")[0]
            if library and target in order and target not in reachable[library][1]:
                faults.append(f"{relative}:{number}: {library} does not link {target}")
            for prefix, owner in OWNERS.items():
                if re.match(prefix, header) and not re.fullmatch(owner, relative):
                    faults.append(f"{relative}:{number}: {header} belongs to {owner}")
            if header.startswith("boost/beast"):
                beast.add(relative)
    if len(beast) > BEAST_FILES:
        faults.append(f"{len(beast)} files include Beast, {BEAST_FILES} may: {', '.join(sorted(beast))}")
    print("\n".join(faults) or f"{len(order)} libraries, layering holds")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
