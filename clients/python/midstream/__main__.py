"""`python -m midstream`."""

from midstream.main import main

main(prog_name="midstream")
