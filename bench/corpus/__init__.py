"""A corpus of files in every format, written by the programs and libraries that people write them with."""
