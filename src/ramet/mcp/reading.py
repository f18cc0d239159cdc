"""How a model reads on: the call of `look` that shows lines which a reply leaves out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ramet.projects import MAIN
from ramet.render.reading import Reading

if TYPE_CHECKING:
    from ramet.manager.session import AsyncSession


def reading_of(session: AsyncSession) -> Reading:
    """For a reply about `session`, which is named unless it is the usual one."""
    name = "" if session.name == MAIN else f", session={json.dumps(session.name)}"
    return Reading(f'look(what="{{handle}} {{first}}-{{last}}"{name})')
