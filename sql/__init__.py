"""The only place with SQL text: schema, views, dictionaries, queries, and their catalogue."""
