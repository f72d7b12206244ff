"""Large populations: databases are filled through the store, then measured over HTTP side by side with small ones.

`python -m bench.scale` fills what is missing and measures; `python -m bench.scale --help` has the sizes.
"""
