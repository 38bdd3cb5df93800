"""The ClickHouse HTTP interface of the embedded engine: requests in, answers out, readers kept to reading."""
