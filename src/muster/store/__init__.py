"""The adapters of the directory's ports: where the data is kept. Today SQLite, through apsw."""
