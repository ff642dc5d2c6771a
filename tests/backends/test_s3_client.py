"""The client of boto3: settings come from where boto3 says, whatever makes it faster."""

import json
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ProfileNotFound

from gitdata.backends.location import Destination, S3Options
from gitdata.backends.s3_client import client

CONFIG = """
[profile one]
region = eu-west-1
endpoint_url = http://127.0.0.1:1
[profile two]
region = eu-north-1
endpoint_url = http://127.0.0.1:2
data_path = {models}
"""


def place(region: str | None = None) -> Destination:
    return Destination.of("s3://bucket/path", region=region)


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").write_text(CONFIG.format(models=tmp_path / "models"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return tmp_path


@pytest.mark.parametrize("environment", [None, "one", "two"])
@pytest.mark.parametrize("option", [None, "one", "two"])
def test_the_profile_that_is_named_is_the_one(
    configured: Path, monkeypatch: pytest.MonkeyPatch, environment: str | None, option: str | None
) -> None:
    if environment:
        monkeypatch.setenv("AWS_PROFILE", environment)
    made = client(place(None if option or environment else "us-west-2"), S3Options(profile=option))
    expected = boto3.Session(profile_name=option).client("s3", region_name="us-west-2")
    meant = option or environment
    region = {"one": "eu-west-1", "two": "eu-north-1", None: "us-west-2"}[meant]
    assert made.meta.region_name == region
    assert made.meta.endpoint_url == expected.meta.endpoint_url or meant is None
    checks = {made.meta.config.request_checksum_calculation, made.meta.config.response_checksum_validation}
    assert checks == ({"when_required"} if meant else {"when_supported"})


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_a_server_named_by_the_environment_is_not_taken_for_aws(
    configured: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:3")
    made = client(place(), S3Options())
    assert made.meta.endpoint_url == "http://127.0.0.1:3" and made.meta.region_name == "us-east-1"
    assert made.meta.config.request_checksum_calculation == "when_required"


def test_a_profile_that_is_missing_is_told(configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProfileNotFound):
        client(place(), S3Options(profile="three"))
    monkeypatch.setenv("AWS_PROFILE", "four")
    with pytest.raises(ProfileNotFound):
        client(place(), S3Options())


def test_it_does_all_that_boto3s_own_does(configured: Path) -> None:
    made = client(place("eu-west-1"), S3Options())
    plain = boto3.client("s3", region_name="eu-west-1")
    assert sorted(made.meta.service_model.operation_names) == sorted(plain.meta.service_model.operation_names)
    assert made.meta.endpoint_url == plain.meta.endpoint_url
    assert made.can_paginate("list_objects_v2") and sorted(made.waiter_names) == sorted(plain.waiter_names)
    for operation in ("PutObject", "GetObject", "HeadObject", "ListObjectsV2", "DeleteObject"):
        ours, theirs = (one.meta.service_model.operation_model(operation) for one in (made, plain))
        assert json.dumps(ours.input_shape.members, default=str) == json.dumps(theirs.input_shape.members, default=str)


def test_models_of_the_persons_own_are_found(configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = configured / "mine/s3/2006-03-01"
    folder.mkdir(parents=True)
    (folder / "waiters-2.json").write_text('{"version": 2, "waiters": {}}')
    monkeypatch.setenv("AWS_DATA_PATH", str(configured / "mine"))
    assert client(place("eu-west-1"), S3Options()).waiter_names == []
