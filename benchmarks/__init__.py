"""How fast the ways are that must be fast, each against a named baseline of the same run, on two threads.

`make bench`, or one of them: `python -m benchmarks.load_csv`. Made exports are kept in benchmarks/work.
"""
