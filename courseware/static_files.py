"""How static files are named and compressed: by content, so that a browser may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFilesStorage(CompressedManifestStaticFilesStorage):
    """Hashed names, also in the relative imports between our ES modules (which end in a semicolon for it)."""

    support_js_module_import_aggregation = True
