"""The index by which people are found: runs of three characters of users.search_text, on both engines.

SQLite keeps it in a table of its own (FTS5, https://sqlite.org/fts5.html#the_trigram_tokenizer) that triggers keep in
step; PostgreSQL in a GIN index (pg_trgm, which any owner of a database may install).
"""

SEARCH_TABLE = "users_search"

# The text is folded already; the tokenizer must not fold it once more by rules of its own.
SQLITE_TABLE = (
    f"CREATE VIRTUAL TABLE {SEARCH_TABLE} USING fts5("
    "search_text, content = 'users', content_rowid = 'user_id', tokenize = 'trigram case_sensitive 1')"
)
SQLITE_FILL = f"INSERT INTO {SEARCH_TABLE} ({SEARCH_TABLE}) VALUES ('rebuild')"
"""Makes the index anew from the people that stand in the database."""

_TAKE_OUT = (
    f"INSERT INTO {SEARCH_TABLE} ({SEARCH_TABLE}, rowid, search_text) VALUES ('delete', OLD.user_id, OLD.search_text)"
)
_PUT_IN = f"INSERT INTO {SEARCH_TABLE} (rowid, search_text) VALUES (NEW.user_id, NEW.search_text)"

SQLITE: list[str] = [
    f"CREATE TRIGGER users_search_insert AFTER INSERT ON users BEGIN {_PUT_IN}; END",
    f"CREATE TRIGGER users_search_delete AFTER DELETE ON users BEGIN {_TAKE_OUT}; END",
    (
        "CREATE TRIGGER users_search_update AFTER UPDATE OF user_id, search_text ON users "
        f"BEGIN {_TAKE_OUT}; {_PUT_IN}; END"
    ),
]

POSTGRESQL: list[str] = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    f"CREATE INDEX {SEARCH_TABLE}_ix ON users USING gin (search_text gin_trgm_ops)",
]
