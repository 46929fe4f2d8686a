# SPDX-License-Identifier: Apache-2.0
"""What a data folder may hold at rest."""
import sqlite3


def left_over(data_dir, payload_files):
    """Large payloads are files, one each; nothing else is left in spool and payloads. What is wrong, or nothing."""
    spool, payloads = (sum(1 for path in (data_dir / folder).rglob("*") if path.is_file()) for folder in ("spool", "payloads"))
    if (spool, payloads) == (0, payload_files):
        return None
    return f"{spool} spool files, {payloads} payload files for {payload_files} messages with a large payload"


def damage(data_dir):
    """What SQLite finds wrong with the store of an access point that is stopped, or nothing."""
    database = sqlite3.connect(f"file:{data_dir / 'kurir.db'}?mode=ro", uri=True)
    try:
        found = [row[0] for row in database.execute("PRAGMA integrity_check")] + [
            f"foreign key: {row}" for row in database.execute("PRAGMA foreign_key_check")]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    finally:
        database.close()
    return None if found == ["ok"] else "; ".join(found)
