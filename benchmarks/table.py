"""JSON lines of benchmarks on standard input, as a table; exit 1 when a goal does not hold or nothing was measured."""

import json
import sys
from collections.abc import Iterable


def rows(lines: Iterable[str]) -> list[dict[str, object]]:
    """The measurements among these lines; what is no JSON object is a remark, and passed over."""
    return [json.loads(line) for line in lines if line.startswith("{")]


def main() -> int:
    found = rows(sys.stdin)
    print(f"\n{'bench':12} {'metric':44} {'value':>14} {'goal':>12}  holds")
    for row in found:
        goal = "" if row.get("goal") is None else row["goal"]
        holds = "" if row.get("goal") is None else ("yes" if row["holds"] else "NO")
        print(f"{row['bench']:12} {row['metric']:44} {row['value']!s:>14} {goal!s:>12}  {holds}")
    return 0 if found and all(row.get("holds", True) for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
