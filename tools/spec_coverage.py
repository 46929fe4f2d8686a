#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the clause tags in code and tests against tests/clauses.toml: tools/spec_coverage.py [--list] [ROOT]

A tag is a clause's name in brackets, alone or with others: // [TA05], "[as4][TA05]", [ED115 1.4.4.3, TA16]. An assertion
of the list without code, or without a test, fails, unless the list says why; so does a reason that is not needed any
more, and a tag that the list does not have. --list shows every assertion with its places; it ends, as every run does, with
the number covered. Tags of other documents ([AS4 5.1.8]) are counted where code has one and no test has."""
import argparse
import collections
import pathlib
import re
import sys
import tomllib

CODE = (("libs", "*.[ch]pp"), ("apps", "*.[ch]pp"), ("schemas", "*.yaml"))
TESTS = (("tests", "*_test.cpp"), ("tests", "*_test.py"), ("tests", "*_cases.py"))
BRACKET = re.compile(r"\[([^\[\]\n]{2,120})\]")
ASSERTION = re.compile(r"\bTA(\d\d)\b")
CLAUSE = re.compile(r"\b((?:AS4|ED115|EBMS|RFC|SwA|WSS|BSP|DIGG)[ -][A-Za-z0-9][\w.-]*(?: \d[\w.-]*)?)")
REASONS = ("gap", "elsewhere")


def tags(root, places):
    """Tag -> the places that bear it."""
    assertions, clauses = collections.defaultdict(list), collections.defaultdict(list)
    for top, pattern in places:
        for path in sorted((root / top).rglob(pattern)):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                for bracket in BRACKET.findall(line):
                    place = f"{path.relative_to(root).as_posix()}:{number}"
                    for digits in ASSERTION.findall(bracket):
                        assertions["TA" + digits].append(place)
                    for clause in CLAUSE.findall(bracket):
                        clauses[clause].append(place)
    return assertions, clauses


def judge(name, entry, code, tests):
    """What is wrong with one assertion, or nothing."""
    reason = next((kind for kind in REASONS if entry.get(kind)), None)
    lacking = [what for what, places in (("code", code), ("a test", tests)) if not places]
    if not lacking:
        return f"{name}: has code and a test, and still a reason ({reason})" if reason else None
    if reason == "gap" or (reason == "elsewhere" and lacking == ["code"]):
        return None
    return f"{name}: without {' and '.join(lacking)}: {entry['says']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    arguments = parser.parse_args()
    root = arguments.root
    listed = tomllib.loads((root / "tests/clauses.toml").read_text())
    code, code_clauses = tags(root, CODE)
    tests, test_clauses = tags(root, TESTS)

    faults = [fault for name, entry in listed.items() if (fault := judge(name, entry, code[name], tests[name]))]
    for name in sorted((code.keys() | tests.keys()) - listed.keys()):
        faults.append(f"{(code[name] + tests[name])[0]}: {name} is not in tests/clauses.toml")
    if arguments.list:
        for name, entry in listed.items():
            print(f"{name} ({entry['weight']})  {entry['says']}")
            for what, places in (("code ", code[name]), ("tests", tests[name])):
                print(f"      {what}  {'  '.join(places) or '-'}")
            for kind in REASONS:
                if kind in entry:
                    print(f"      {kind}: {entry[kind]}")
        for clause in sorted(code_clauses.keys() - test_clauses.keys()):
            print(f"{clause}  no test bears it: {code_clauses[clause][0]}")
    print("\n".join(faults) if faults else "every assertion has its code and its test, or a reason")
    covered = sum(bool(code[name] and tests[name]) for name in listed)
    reasons = sum(any(kind in entry for kind in REASONS) for entry in listed.values())
    print(f"{covered} of {len(listed)} assertions have code and a test, {reasons} a reason; "
          f"{len(code_clauses)} other clauses are named in code, {len(code_clauses.keys() & test_clauses.keys())} of them in tests too")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
