# The key with which the platform searches; Meilisearch derives it from its uid.
python - <<'PYTHON'
import meilisearch
from meilisearch.errors import MeilisearchApiError

client = meilisearch.Client("http://meilisearch:7700", "@meilisearch_master_key@")
uid = "@meilisearch_api_key_uid@"
try:
    client.get_key(uid)
except MeilisearchApiError:
    client.create_key(
        dict(
            uid=uid,
            name="Open edX",
            description="Made by edxaws",
            actions=["*"],
            indexes=["tutor_*"],
            expiresAt=None,
        )
    )
PYTHON
