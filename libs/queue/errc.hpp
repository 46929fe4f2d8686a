// SPDX-License-Identifier: Apache-2.0
// Errors of queue.
#pragma once

#include "base/errc.hpp"

namespace queue {

enum class errc {
    not_found = 1, // no such message, or not one of the caller's participants
    conflict,      // the same idempotency key or MessageId with other content
    wrong_state,  // what was asked does not fit the message's state (acknowledging without a lease)
    newer_schema, // the store was written by a newer Kurir; operator: upgrade the program, not the
                  // store
    damaged,      // the store's files contradict each other; operator: restore from a backup
    failed,       // SQLite refused; the service must stop (design 7)
    stopped,      // the queue is shutting down; nothing was done
    gone,         // the payload was removed by retention; its size and digest are there
    locked,       // another process holds a lock on kurir.db: nothing was done. Operator: end it
    unavailable,  // a file could not be opened, or no memory was left: nothing was done, try again
    payload_lost, // a payload's file is missing or changed; operator: bring it back from a backup
};
const char* text(errc code);

} // namespace queue

KURIR_ERROR_CODES(queue)
