# SPDX-License-Identifier: Apache-2.0
"""The machine and the versions of what is measured."""

import os
import platform
from importlib import metadata

PACKAGES = ["tokenizers", "tiktoken", "gigatoken", "gigabpe", "tokie", "splintr-rs", "kitoken",
            "sentencepiece"]
#: Where the name to import is not the package's.
MODULES = {"splintr-rs": "splintr"}


def core_count() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def processor() -> str:
    """The model of the processor, as Linux names it."""
    names = {"model name": "", "cpu family": "", "model": ""}
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            if not names.get(name.strip(), "present"):
                names[name.strip()] = value.strip()
    if not names["model name"]:
        return platform.machine()
    return f"{names['model name']} (family {names['cpu family']}, model {names['model']})"


def version(package: str) -> str:
    """The installed version of a peer."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


def facts() -> dict:
    """What identifies the machine and the peers."""
    return {
        "processor": processor(),
        "cores": core_count(),
        "load_average": os.getloadavg()[0],
        "python": platform.python_version(),
        "peers": {package: version(package) for package in PACKAGES},
    }


def description() -> str:
    """The facts in two lines."""
    known = facts()
    peers = ", ".join(f"{name} {number}" for name, number in known["peers"].items())
    return (
        f"{known['processor']}, {known['cores']} cores, "
        f"load {known['load_average']:.1f} before the run\n{peers}"
    )
