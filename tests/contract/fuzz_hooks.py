"""What schemathesis should not send: a markdown body is text by nature, so that nothing else can be one."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    return case.media_type != "text/markdown" or isinstance(case.body, str)
