"""The sum of all parts of a test run, from their JUnit files: names of what failed, and one last line with the count.

`python -m tests.summary DIRECTORY` exits 1 when something failed, or when nothing ran at all.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET


@dataclass(slots=True)
class Sum:
    """What the parts came to."""

    tests: int = 0
    skipped: int = 0
    seconds: float = 0.0
    failed: list[str] = field(default_factory=list)

    @property
    def passed(self) -> int:
        return self.tests - self.skipped - len(self.failed)

    def line(self) -> str:
        """The last line of a run."""
        return (
            f"{self.passed} passed, {len(self.failed)} failed, {self.skipped} skipped in {self.seconds:.0f} s of tests"
        )


def read(directory: Path) -> Sum:
    """Add up the JUnit files in this directory; a test that fails and then errs at its end counts once."""
    total = Sum()
    for path in sorted(directory.glob("*.xml")):
        for suite in ET.parse(path).getroot().iter("testsuite"):
            total.seconds += float(suite.get("time", 0))
            cases: dict[str, list[ET.Element]] = {}
            for case in suite.iter("testcase"):
                cases.setdefault(f"{case.get('classname')}::{case.get('name')}", []).append(case)
            for name, found in cases.items():
                parts = {part.tag for case in found for part in case}
                total.tests += 1
                if parts & {"failure", "error"}:
                    total.failed.append(name)
                elif "skipped" in parts:
                    total.skipped += 1
    return total


def main(directory: Path) -> int:
    total = read(directory)
    for name in total.failed:
        print(f"FAILED {name}")
    print(total.line())
    return 1 if total.failed or not total.tests else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
