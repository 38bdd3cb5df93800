"""One thin command a file. Modules here import nothing heavy before `run` is called."""
