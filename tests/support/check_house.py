#!/usr/bin/env python3
"""Checks the rules of the house that no compiler checks. Usage: check_house.py REPOSITORY

- A room includes itself and the rooms above it in src/CMakeLists.txt, nothing else.
- co_await stands in src/net only, and never in an expression with braces or a capturing lambda: g++ 12 miscompiles those.
- Nothing runs a shell: no system(), popen(), and no {"sh", "-c", …} but for a command that runs inside a container, where
  the same or the line before says "in the container".
"""
import pathlib
import re
import sys

LITERAL_OR_COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"/]+)/[^"]*"')
SHELL_CALL = re.compile(r'(?<![\w.>])(?:std::|::)?(system|popen)\s*\(')
SHELL_ARGV = re.compile(r'"(?:/usr)?(?:/bin/)?(?:ba|da|z|k)?sh"\s*,\s*"-[a-z]*c"')


def rooms_in_order(cmake):
    return re.findall(r"^podwright_room\((\w+)", cmake, re.M)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def without_text(code):
    """The code with comments and literals blanked out; lines and columns stay."""
    return LITERAL_OR_COMMENT.sub(blank, code)


def without_comments(code):
    return LITERAL_OR_COMMENT.sub(lambda match: blank(match) if match.group().startswith("/") else match.group(), code)


def order_problems(room, code, order):
    for number, line in enumerate(code.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found or room not in order:
            continue
        used = found.group(1)
        if used not in order:
            yield number, f"includes '{used}/', which is no room of src/CMakeLists.txt"
        elif order.index(used) > order.index(room):
            yield number, f"the room '{room}' includes '{used}', which stands below it"


def is_initialiser(code, brace):
    """Whether the '{' at this place begins an aggregate or an initialiser list rather than a block."""
    before = code[:brace].rstrip()
    if re.search(r"(?:^|\W)(?:else|do|try|const|noexcept|override|mutable)$", before):
        return False
    return bool(before) and (before[-1].isalnum() or before[-1] in "_>(,=&|?:[")


def has_braces(code, at):
    depth = 0
    for place in range(at - 1, -1, -1):  # back to the beginning of the statement
        if code[place] in ";}" or (code[place] == "{" and not is_initialiser(code, place)):
            break
        if code[place] == "{":
            return True
    for char in code[at:]:
        if char == "{":
            return depth > 0
        if char == ";" and depth <= 0:
            return False
        depth += (char in "([") - (char in ")]")
    return False


def coroutine_problems(room, code):
    bare = without_text(code)
    for found in re.finditer(r"\bco_(await|return|yield)\b", bare):
        number = bare.count("\n", 0, found.start()) + 1
        if room != "net":
            yield number, "coroutines live in src/net only"
        elif found.group(1) == "await" and has_braces(bare, found.start()):
            yield number, "co_await in an expression with braces: name the object first, then move it in"


def shell_problems(code):
    lines = code.splitlines()
    bare, commentless = without_text(code), without_comments(code)
    for pattern, text in ((SHELL_CALL, bare), (SHELL_ARGV, commentless)):
        for found in pattern.finditer(text):
            number = text.count("\n", 0, found.start()) + 1
            nearby = " ".join(lines[max(0, number - 2):number])
            if pattern is SHELL_CALL or "in the container" not in nearby:
                yield number, "runs a shell: use base/spawn.hh with an argv"


def problems_of(room, code, order):
    yield from order_problems(room, code, order)
    yield from coroutine_problems(room, code)
    yield from shell_problems(code)


def check_itself():
    """The rules on samples: the checker that finds nothing must be able to find something."""
    order = ["base", "model", "net", "api"]
    bad = [
        ("base", '#include "model/name.hh"'),
        ("model", '#include "elsewhere/x.hh"'),
        ("api", "co_await send();"),
        ("net", "co_await send(Reply{1});"),
        ("net", "auto x = Reply{co_await read()};"),
        ("net", "co_await send({.a = 1},\n  2);"),
        ("net", "co_await run([x] { return x; });"),
        ("base", 'system("x");'),
        ("base", "auto* p = ::popen(x, y);"),
        ("base", 'run({"sh", "-c", text});'),
        ("base", 'run({"/bin/bash",\n "-c", text});'),
    ]
    good = [
        ("api", '#include "net/http.hh"\n#include <system_error>'),
        ("net", "if (auto got = co_await read(); got) { use(got); }"),
        ("net", "void f() { co_await send(std::move(reply)); }"),
        ("net", "while (!co_await done()) { step(); }"),
        ("net", "else { co_await x(); } auto y = Reply{1};"),
        ("net", "// co_await Reply{1}\nauto text = \"co_await {}\";"),
        ("base", "std::system_error(code); file.system(1); // system(1)"),
        ("base", '// runs in the container\nargv = {"/bin/sh", "-c", text};'),
        ("base", 'for (auto shell : {"sh -c \'"}) use(shell); // "sh", "-c"'),
    ]
    for room, code in bad:
        assert list(problems_of(room, code, order)), f"not found: {code}"
    for room, code in good:
        found = list(problems_of(room, code, order))
        assert not found, f"found in vain: {code}: {found}"


def main():
    check_itself()
    source = pathlib.Path(sys.argv[1]) / "src"
    order = rooms_in_order((source / "CMakeLists.txt").read_text())
    assert "base" in order, "src/CMakeLists.txt names no rooms"
    count = 0
    for path in sorted(source.rglob("*.[ch][ch]")):
        room = path.relative_to(source).parts[0]
        for number, what in problems_of(room, path.read_text(), order):
            print(f"{path.relative_to(source.parent)}:{number}: {what}")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
