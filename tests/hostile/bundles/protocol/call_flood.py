# attack: requests without end
# must: QUOTA_EXCEEDED more requests
from semper_host.api_v1 import Now


def describe(item):
    while True:
        yield Now()
