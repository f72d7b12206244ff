"""The house rules that no linter knows, and the documents held against the program."""
