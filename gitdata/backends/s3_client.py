"""A client of boto3, made in half the time: every push and fetch makes one."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.loaders import JSONFileLoader, Loader

from gitdata.backends.location import Destination, S3Options

_CONNECTIONS = 16


def client(to: Destination, options: S3Options) -> Any:
    """A client for a place, with credentials and defaults from the AWS configuration. Raises what boto3 raises."""
    core = botocore.session.get_session()
    session = boto3.Session(botocore_session=core, profile_name=options.profile, region_name=to.region)
    core.register_component("data_loader", _Models(core.get_config_variable("data_path")))
    settings: dict[str, Any] = {
        "connect_timeout": 10,
        "read_timeout": 60,
        "max_pool_connections": _CONNECTIONS,
        "retries": {"mode": "standard", "total_max_attempts": 4},
        "user_agent_extra": "git-data",
    }
    if options.addressing:
        settings["s3"] = {"addressing_style": options.addressing}
    if options.anonymous:
        settings["signature_version"] = UNSIGNED
    configured = ConfiguredEndpointProvider(core.full_config, core.get_scoped_config(), "s3")
    endpoint = to.endpoint or configured.provide()  # from AWS_ENDPOINT_URL or the AWS profile
    if endpoint:
        # Servers other than AWS may not know the checksums that boto3 sends since 1.36; ranged
        # reads fail there, too, when they are to be verified.
        settings["request_checksum_calculation"] = "when_required"
        settings["response_checksum_validation"] = "when_required"
    region = session.region_name or ("us-east-1" if endpoint else None)
    return session.client(
        "s3", endpoint_url=to.endpoint, region_name=region, verify=options.ca_bundle, config=Config(**settings)
    )


class _Models(Loader):  # type: ignore[misc]
    """Finds the description of one service only, and reads it faster."""

    def __init__(self, data_path: str | None) -> None:
        more = [os.path.expanduser(path) for path in data_path.split(os.pathsep)] if data_path else None
        super().__init__(extra_search_paths=more, file_loader=_PlainJson())

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - called with its name
        """What is asked only to refuse misspelt names; looking through 400 directories for it takes 20 ms."""
        return ["s3"]


class _PlainJson(JSONFileLoader):  # type: ignore[misc]
    """Reads into plain dictionaries, which keep their order, too, and take half the time."""

    def load_file(self, file_path: str) -> Any:
        """The content of `file_path`, which lacks its ending; None when there is no such file."""
        plain, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
        if plain.is_file():
            return json.loads(plain.read_bytes())
        return json.loads(gzip.decompress(packed.read_bytes())) if packed.is_file() else None
