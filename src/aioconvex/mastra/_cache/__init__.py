"""How the cache is read, where its query is deployed and where it is not."""
