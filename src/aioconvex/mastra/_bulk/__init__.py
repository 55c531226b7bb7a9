"""Everything of a deployment, to files and back: see `aioconvex.mastra.BulkConvex`."""
