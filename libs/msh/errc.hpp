// SPDX-License-Identifier: Apache-2.0
// Errors of msh, most of them reasons to refuse a submission.
#pragma once

#include "base/errc.hpp"

namespace msh {

enum class errc {
    not_your_participant = 1, // the client may not submit for the sender named in the document
    sender_not_served,        // the sender is no participant of this access point
    stopping,                 // the service is shutting down: try again later
    busy,                     // too many submissions, pings, repeats or backups: try again later
    no_such_peer,             // no [[peer]] has this name
    bad_form,                 // the form is malformed, or its fields or their order are wrong
    bad_value,                // a value that no message can carry, or that contradicts another
    text_too_large,           // uncompressed text or XML over its own limit
    too_compressible,         // a payload that the peer would take for a gzip bomb
    disk_short,               // too little free space or too few free inodes: try again later
    queue_full,               // too many messages wait to be sent: try again later
    clock_in_doubt,           // the clock jumped too far to sign messages: try again later
    drained,                  // the operator drained this peer or all peers
    log_long,                 // the store's write-ahead log is too long: try again later
    store_locked,             // another process holds the store's lock: try again later
    certificate_invalid,      // a certificate is expired or not yet valid, so nothing is sent
    time_over,                // the time to live or the number of attempts is used up
};
const char* text(errc code);

} // namespace msh

KURIR_ERROR_CODES(msh)
