# SPDX-License-Identifier: Apache-2.0
"""One version, which stands in Sources/TextCore/Version.swift, for everything that tells one."""
import re
import tomllib

from command import ROOT, malmoi

SOURCE = ROOT / "Sources/TextCore/Version.swift"


def declared():
    """The version as the sources declare it."""
    return re.search(r'toolVersion = "(\d+\.\d+\.\d+)"', SOURCE.read_text())[1]


def test_command_tells_declared_version():
    assert malmoi("--version").stdout.decode().strip() == declared()


def test_newest_changes_are_those_of_declared_version():
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == declared()


def test_no_other_source_declares_one():
    found = [
        str(path.relative_to(ROOT)) for path in sorted((ROOT / "Sources").rglob("*.swift"))
        if re.search(r"let \w*[vV]ersion\w* = \"\d+\.\d+\.\d+\"", path.read_text())]
    assert found == [str(SOURCE.relative_to(ROOT))]


def test_python_package_takes_it_from_there():
    project = ROOT / "tools/python/pyproject.toml"
    content = tomllib.loads(project.read_text())
    assert content["project"]["dynamic"] == ["version"] and "version" not in content["project"]
    hatch = content["tool"]["hatch"]["version"]
    source = (project.parent / hatch["path"]).resolve()
    assert source == SOURCE and re.search(hatch["pattern"], source.read_text())["version"] == declared()
