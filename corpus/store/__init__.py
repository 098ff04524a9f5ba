"""The folder of results: parts, manifest, schema, verification."""
