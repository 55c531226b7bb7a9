"""One measurement in a process of its own: `python -m bench.cell '{"of": "load", …}'`.

The argument names the measurement and its parameters; the result is a line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Final

CORE: Final = 1


def main() -> None:
    os.sched_setaffinity(0, {CORE})
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    given = json.loads(sys.argv[1])
    of = given.pop("of")
    if of == "load":
        from bench.http_cells import load  # noqa: PLC0415  # a cell pays for its own imports

        load(**given)
    elif of == "live":
        from bench.live_cells import live_cell  # noqa: PLC0415

        live_cell(**given)
    elif of == "vectors":
        import anyio  # noqa: PLC0415

        from bench.vector_cells import vector_cell  # noqa: PLC0415

        print(json.dumps(anyio.run(vector_cell)))
    elif of == "import":
        from bench.import_cells import import_cell  # noqa: PLC0415

        print(json.dumps(import_cell(**given)))
    else:
        from bench.value_cells import value_cell  # noqa: PLC0415

        print(json.dumps(value_cell(**given)))


if __name__ == "__main__":
    main()
