"""How much one request may ask for: sizes, depths and counts.

Law: each limit stands here once; the code that enforces it and the document that publishes it read the same
name.
"""

from __future__ import annotations

from typing import Final

# The filter expression (R168).
MAX_FILTER_BYTES: Final = 8192
MAX_FILTER_DEPTH: Final = 40
MAX_FILTER_NODES: Final = 200

# The request body (R272), in bytes; a group may be written with its members.
MAX_BODY_BYTES: Final = 1024 * 1024
MAX_GROUP_BODY_BYTES: Final = 16 * 1024 * 1024
MAX_JSON_DEPTH: Final = 32

# One string, in characters: any, and one of the names that a resource is known by.
MAX_STRING_CHARACTERS: Final = 65_536
MAX_NAME_CHARACTERS: Final = 1024

# A stored resource, in bytes without its members; the values of one multi-valued attribute in it.
MAX_DOCUMENT_BYTES: Final = 1024 * 1024
MAX_VALUES: Final = 1000

# The parts of one write (R231); what all operations of a PATCH may look through, in characters.
MAX_PATCH_OPERATIONS: Final = 1000
MAX_PATCH_CHARACTERS: Final = 4 * 1024 * 1024
MAX_MEMBER_VALUES: Final = 100_000

# How often the filters in the paths of one request, a PATCH or a bulk, may be compared with a member of a group.
MAX_MEMBER_COMPARISONS: Final = 1_000_000

# A bulk request (R255, R259): its operations, and its body in bytes; what its PATCHes may look through beyond what a
# single one may, in characters for each operation.
MAX_BULK_OPERATIONS: Final = 1000
MAX_BULK_BYTES: Final = 8 * 1024 * 1024
MAX_BULK_CHARACTERS_EACH: Final = 16 * 1024

# The page of a query (R178, R181), in resources.
MAX_PAGE: Final = 1000
DEFAULT_PAGE: Final = 100

# How long a cursor is good (R308), in seconds.
CURSOR_SECONDS: Final = 3600
