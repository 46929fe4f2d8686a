// SPDX-License-Identifier: Apache-2.0
// Errors of queue.
#pragma once

#include "base/errc.hpp"

namespace queue {

enum class errc {
    // No such message, or it belongs to none of the caller's participants.
    not_found = 1,
    // The same idempotency key or MessageId came before with other content.
    conflict,
    // The message's state does not allow the request, such as an acknowledgement without a lease.
    wrong_state,
    // A newer Kurir wrote the store. Operator: upgrade the program, not the store.
    newer_schema,
    // The store's files contradict each other. Operator: restore a backup.
    damaged,
    // SQLite failed. The service must stop (design 7).
    failed,
    // The queue is shutting down or too much waits for the writer, or the caller stopped a backup.
    // Nothing was done.
    stopped,
    // Retention removed the payload. Its size and digest are kept.
    gone,
    // Another process holds a lock on kurir.db. Nothing was done. Operator: end that process.
    locked,
    // A file could not be opened, or memory ran out. Nothing was done: try again.
    unavailable,
    // A payload file is missing or changed. Operator: restore it from a backup.
    payload_lost,
};
const char* text(errc code);

} // namespace queue

KURIR_ERROR_CODES(queue)
