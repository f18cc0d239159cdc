"""Documents that the code writes of itself, and those about all of it."""

from __future__ import annotations

import importlib.util
import json
import sys
from typing import TYPE_CHECKING

import pytest
from support import ROOT

from ramet.wire.calls import VERBS

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """`tools/generate_docs.py`."""
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "tools/generate_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["cli.md", "api.md", "openapi.json"])
def test_they_are_what_the_generator_writes(generator: ModuleType, name: str) -> None:
    """It was run after the last change of a command or of the API."""
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == generator.documents()[name]


def test_every_verb_and_every_value_is_described(generator: ModuleType) -> None:
    """And each reference leads somewhere."""
    described = json.loads(generator.documents()["openapi.json"])
    assert {path.rpartition("/")[2] for path in described["paths"]} >= set(VERBS)
    schemas = described["components"]["schemas"]
    for part in json.dumps(described).split('"#/components/schemas/')[1:]:
        assert part.partition('"')[0] in schemas
