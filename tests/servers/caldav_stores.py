"""Thousands of entries put into a CalDAV server's own store, as it would have written them itself.

A PUT each would take minutes, and files that a server has not met yet cost it some milliseconds each at its next look.
"""

from __future__ import annotations

import pickle
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import radicale.config
import radicale.item
import radicale.storage
from dulwich.index import index_entry_from_stat
from dulwich.objects import Blob
from xandikos.store.git import GitStore

_ANY_TIME = (radicale.item.filter.TIMESTAMP_MIN, radicale.item.filter.TIMESTAMP_MAX)


def into_radicale(configuration: radicale.config.Configuration, path: str, contents: Mapping[str, str]) -> None:
    """New entries of the collection at `path`, of one event each, whose UID is their name without ".ics".

    With what Radicale keeps about its entries: what was read in them, and a mark for the sync tokens to come.
    """
    collection: Any = next(iter(radicale.storage.load(configuration).discover(path)))
    items = [_item(collection, name, ics) for name, ics in contents.items()]
    collection._upload_all_nonatomic(items, suffix=".ics")
    folder = Path(collection._filesystem_path)
    history = folder / ".Radicale.cache" / "history"
    history.mkdir(exist_ok=True)
    for name, item in zip(contents, items, strict=True):
        assert (folder / name).exists()
        (history / name).write_bytes(pickle.dumps([item.etag, secrets.token_hex(16)]))


def _item(collection: Any, name: str, ics: str) -> radicale.item.Item:
    uid = name.removesuffix(".ics")
    assert f"\nUID:{uid}\r\n" in ics
    return radicale.item.Item(
        collection=collection, text=ics, uid=uid, name="VCALENDAR", component_name="VEVENT", time_range=_ANY_TIME
    )


def into_xandikos(store: GitStore, contents: Mapping[str, str]) -> None:
    """New entries of a collection, which is a git repository: one commit of them all."""
    repository, folder = store.repo, Path(store.repo.path)
    index = repository.open_index()
    blobs = []
    for name, ics in contents.items():
        (folder / name).write_bytes(ics.encode())
        blob = Blob.from_string(ics.encode())
        index[name.encode()] = index_entry_from_stat((folder / name).lstat(), blob.id)
        blobs.append((blob, None))
    repository.object_store.add_objects(blobs)
    index.write()
    repository.get_worktree().commit(message=b"Many entries", tree=index.commit(repository.object_store))
