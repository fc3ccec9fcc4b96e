"""Start and stop the services from a shell; `start` prints the setting by which the tests use what now runs."""

from pathlib import Path

import click

from tests.services import shared


@click.group()
def main() -> None:
    """Throw-away services for the tests."""


def _add(name: str) -> None:
    @main.group(name)
    def service() -> None:
        """Start or stop this service."""

    place = click.option("--dir", "directory", type=click.Path(path_type=Path), required=True)

    @service.command()
    @place
    def start(directory: Path) -> None:
        """Start it in this directory, unless it runs there already."""
        shared.start(name, directory)
        click.echo(f"{shared.variable(name)}={directory.absolute() / name / shared.DESCRIPTION}")

    @service.command()
    @place
    def stop(directory: Path) -> None:
        """Stop it and remove its data."""
        shared.stop(name, directory)


for _name in shared.NAMES:
    _add(_name)


if __name__ == "__main__":
    main()
