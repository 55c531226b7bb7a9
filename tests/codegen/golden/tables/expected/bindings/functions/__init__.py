# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""One module per Convex module."""
