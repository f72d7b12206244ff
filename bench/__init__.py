"""Muster's benchmarks: a load generator, two peers and the limit, measured side by side in one run.

Law: a wrong answer is an error, never a fast answer. Everything listens on 127.0.0.1.
"""
