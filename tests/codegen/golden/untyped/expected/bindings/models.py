# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Documents, ids and other shapes of the deployment's values."""
