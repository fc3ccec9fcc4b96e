"""`python -m gateway` is `dossierpoort`."""

from gateway.cli import main

main()
