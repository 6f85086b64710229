#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a small data package of ICU out of a whole one, which is 31 MB of locales that Malmoi never asks for.

    icu_data.py ELF SYMBOL OUTPUT.s ITEM…

ELF is an object or library that holds the symbol icudtNN_dat: an ordered table of named items. Those that
match one of the patterns ITEM stay. OUTPUT.s is assembler source for them under the name SYMBOL, or their
own if that is -, beside OUTPUT.dat. Prints the name that they had. The layout is ICU's common data "CmnD".
"""
import fnmatch
import pathlib
import re
import struct
import sys

DATA_SYMBOL = re.compile(rb"(icudt\d+_dat)\0")
SECTION_OF_SYMBOLS = {2, 11}  # SHT_SYMTAB, SHT_DYNSYM


def sections(elf):
    """The headers of the sections of a 64-bit little-endian ELF file."""
    if elf[:6] != b"\x7fELF\x02\x01":
        sys.exit("icu_data.py: not a 64-bit little-endian ELF file")
    start, = struct.unpack_from("<Q", elf, 40)
    size, count = struct.unpack_from("<HH", elf, 58)
    fields = ("name", "type", "flags", "address", "offset", "size", "link", "info", "align", "entry")
    return [
        dict(zip(fields, struct.unpack_from("<IIQQQQIIQQ", elf, start + size * index)))
        for index in range(count)]


def data_package(elf):
    """The name of the data symbol, and the bytes that it stands for."""
    headers = sections(elf)
    for table in (header for header in headers if header["type"] in SECTION_OF_SYMBOLS):
        names = headers[table["link"]]["offset"]
        for at in range(table["offset"], table["offset"] + table["size"], 24):
            name, _, _, section, value, size = struct.unpack_from("<IBBHQQ", elf, at)
            match = DATA_SYMBOL.match(elf, names + name)
            if match and 0 < section < len(headers):
                home = headers[section]
                start = home["offset"] + value - home["address"]
                return match[1].decode(), elf[start:start + size]
    sys.exit("icu_data.py: no symbol icudtNN_dat")


def items_of(package):
    """The items as (name with the package's prefix, bytes), in order."""
    base, = struct.unpack_from("<H", package)
    if package[2:4] != b"\xda\x27" or package[12:16] != b"CmnD":
        sys.exit("icu_data.py: no common data package of ICU")
    count, = struct.unpack_from("<I", package, base)
    entries = [struct.unpack_from("<II", package, base + 4 + 8 * index) for index in range(count)]
    ends = [start for _, start in entries[1:]] + [len(package) - base]
    items = []
    for (name, start), end in zip(entries, ends):
        name_end = package.index(b"\0", base + name)
        items.append((package[base + name:name_end], package[base + start:base + end]))
    return items


def package_of(header, items):
    """A package of `items`, in their order; each begins at a multiple of 16."""
    def padded(data):
        return data + bytes(-len(data) % 16)

    names_start = 4 + 8 * len(items)
    names, name_offsets = b"", []
    for name, _ in items:
        name_offsets.append(names_start + len(names))
        names += name + b"\0"
    data_start = len(header) + names_start + len(names)
    offset = data_start + -data_start % 16 - len(header)
    table = struct.pack("<I", len(items))
    for name_offset, (_, data) in zip(name_offsets, items):
        table += struct.pack("<II", name_offset, offset)
        offset += len(padded(data))
    return padded(header + table + names) + b"".join(padded(data) for _, data in items)


ASSEMBLER = """\
        .section .rodata
        .globl {symbol}
        .type {symbol}, %object
        .balign 16
{symbol}:
        .incbin "{path}"
        .size {symbol}, . - {symbol}
        .section .note.GNU-stack, "", %progbits
"""


def main():
    if len(sys.argv) < 5:
        print(__doc__, file=sys.stderr)
        sys.exit(64)
    source, symbol, output, *patterns = sys.argv[1:]
    name, package = data_package(pathlib.Path(source).read_bytes())
    items = items_of(package)

    def matches(item, pattern):
        return fnmatch.fnmatchcase(item[0].decode().partition("/")[2], pattern)

    for pattern in patterns:
        if not any(matches(item, pattern) for item in items):
            sys.exit(f"icu_data.py: {source} has no {pattern}")
    kept = [item for item in items if any(matches(item, pattern) for pattern in patterns)]
    data = pathlib.Path(output).with_suffix(".dat").absolute()
    base, = struct.unpack_from("<H", package)
    data.write_bytes(package_of(package[:base], kept))
    pathlib.Path(output).write_text(ASSEMBLER.format(symbol=name if symbol == "-" else symbol, path=data))
    print(name)


if __name__ == "__main__":
    main()
