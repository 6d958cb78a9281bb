"""Every cloud test may ask for a database."""

from tests.databases import connection, database, postgres_server, postgres_url, sqlite_database

__all__ = ["connection", "database", "postgres_server", "postgres_url", "sqlite_database"]
