"""Advice on names that are not there because something is not imported or not installed."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.machinery import all_suffixes
from typing import Any

from ..looking.near_names import near, question

#: Modules whose distribution has another name.
_DISTRIBUTIONS = {
    "Bio": "biopython", "Crypto": "pycryptodome", "Levenshtein": "Levenshtein", "MySQLdb": "mysqlclient",
    "OpenSSL": "pyOpenSSL", "PIL": "pillow", "attr": "attrs", "bs4": "beautifulsoup4", "cairo": "pycairo",
    "cv2": "opencv-python-headless", "dateutil": "python-dateutil", "discord": "discord.py", "docx": "python-docx",
    "dotenv": "python-dotenv", "faiss": "faiss-cpu", "fitz": "PyMuPDF", "git": "GitPython", "github": "PyGithub",
    "igraph": "python-igraph", "jose": "python-jose", "jwt": "PyJWT", "kafka": "kafka-python", "ldap": "python-ldap",
    "magic": "python-magic", "mpl_toolkits": "matplotlib", "multipart": "python-multipart", "nacl": "PyNaCl",
    "osgeo": "GDAL", "pkg_resources": "setuptools", "pptx": "python-pptx", "psycopg2": "psycopg2-binary",
    "pylab": "matplotlib", "pythoncom": "pywin32", "ruamel": "ruamel.yaml", "serial": "pyserial",
    "skimage": "scikit-image", "sklearn": "scikit-learn", "slugify": "python-slugify", "socks": "PySocks",
    "telegram": "python-telegram-bot", "umap": "umap-learn", "usb": "pyusb", "vl_convert": "vl-convert-python",
    "websocket": "websocket-client", "win32api": "pywin32", "yaml": "PyYAML", "zmq": "pyzmq",
}  # fmt: skip

#: Names that everybody gives to certain modules.
_ALIASES = {
    "np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "mpl": "matplotlib", "sns": "seaborn",
    "tf": "tensorflow", "px": "plotly.express", "go": "plotly.graph_objects", "pl": "polars", "pa": "pyarrow",
    "xr": "xarray", "nx": "networkx", "sp": "scipy", "jnp": "jax.numpy", "alt": "altair", "sm": "statsmodels.api",
    "nn": "torch.nn", "F": "torch.nn.functional", "gpd": "geopandas", "dt": "datetime", "sk": "sklearn",
}  # fmt: skip


def not_found(name: str) -> list[str]:
    """What to say of a module that cannot be imported."""
    package, _, submodule = name.rpartition(".")
    if package in sys.modules:
        names = near(submodule, entries(getattr(sys.modules[package], "__path__", ())))
        return question(f"{package}.{name}" for name in names)
    root = name.partition(".")[0]
    distribution = _DISTRIBUTIONS.get(root)
    if distribution is not None:
        return [f"{root} comes with the package {distribution}: pip install {distribution}"]
    return question(near(root, [*_installed(), *_DISTRIBUTIONS])) or [f"{root} is not installed in {sys.prefix}"]


def import_for(name: str) -> list[str]:
    """The import that somebody has forgotten who uses `name`, if that module is there."""
    module = _ALIASES.get(name, name)
    try:
        there = module in sys.modules or importlib.util.find_spec(module.partition(".")[0]) is not None
    except (ImportError, ValueError, AttributeError):
        return []
    if not there:
        return []
    return [f"not imported: import {module}" + (f" as {name}" if name != module else "")]


def entries(folders: Any) -> list[str]:
    """The public modules and packages that lie in `folders`."""
    names = []
    for folder in folders:
        try:
            entries = os.listdir(folder or ".")
        except (OSError, TypeError):
            continue
        for entry in entries:
            suffix = next((suffix for suffix in _SUFFIXES if entry.endswith(suffix)), "")
            stem = entry[: len(entry) - len(suffix)] if suffix else entry
            if stem.isidentifier() and not stem.startswith("_"):
                names.append(stem)
    return names


def _installed() -> list[str]:
    """Top-level modules: those of Python and what lies in the folders of `sys.path`."""
    return [*getattr(sys, "stdlib_module_names", sys.builtin_module_names), *entries(sys.path)]


_SUFFIXES = sorted(all_suffixes(), key=len, reverse=True)
