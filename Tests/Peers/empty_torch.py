# SPDX-License-Identifier: Apache-2.0
"""Empty modules in the place of torch, for readers that only mention it.

One set of modules for all readers: they share a process, and whoever comes first would leave the others a
torch that lacks what they mention.
"""
import pathlib
import sys
import types


def install(name, **contents):
    """Makes the module NAME of these contents, and makes it a member of its parent."""
    module = sys.modules[name] = types.ModuleType(name)
    vars(module).update(contents)
    parent, _, member = name.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], member, module)
    return module


def install_torch():
    """Makes the modules, unless torch is there already."""
    if "torch" in sys.modules:
        return
    install("torch", __path__=[], Tensor=object, cuda=types.SimpleNamespace(is_available=lambda: False))
    install("torch.distributed", is_available=lambda: False, is_initialized=lambda: False)
    install("torch.utils", __path__=[])
    install("torch.utils.data", Dataset=object, IterableDataset=object, DataLoader=object,
            get_worker_info=lambda: None)


def install_package(root, *names):
    """Makes packages whose modules import from their files, without running their __init__.

    ROOT is the first of them; NAMES are those below it, as "a.b". None is made twice. Tells whether ROOT is
    installed.
    """
    if root not in sys.modules:
        path = next((path for entry in sys.path if (path := pathlib.Path(entry, root)).is_dir()), None)
        if path is None:
            return False
        install(root, __path__=[str(path)])
    path = pathlib.Path(sys.modules[root].__path__[0])
    for name in names:
        if f"{root}.{name}" not in sys.modules:
            install(f"{root}.{name}", __path__=[str(path.joinpath(*name.split(".")))])
    return True
