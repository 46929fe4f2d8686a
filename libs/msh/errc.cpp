// SPDX-License-Identifier: Apache-2.0
// Texts of msh's errors.
#include "msh/errc.hpp"

namespace msh {

const char* text(errc code)
{
    switch (code) {
    case errc::not_your_participant:
        return "the client may not submit for this sender";
    case errc::sender_not_served:
        return "the sender is no participant of this access point";
    case errc::stopping:
        return "the service is stopping";
    case errc::busy:
        return "too many at once";
    case errc::no_such_peer:
        return "no peer has this name";
    case errc::bad_form:
        return "the form cannot be read";
    case errc::bad_value:
        return "a value cannot be sent";
    case errc::text_too_large:
        return "uncompressed text over its limit";
    case errc::too_compressible:
        return "a payload compresses by more than peers accept";
    case errc::disk_short:
        return "free space or inodes of the disk of node.data_dir are below the limit";
    case errc::queue_full:
        return "too many messages wait to be sent";
    case errc::clock_in_doubt:
        return "the clock has jumped too far to sign by it";
    case errc::drained:
        return "the operator has no more taken";
    case errc::log_long:
        return "the store's write-ahead log is longer than pressure.log_stop";
    case errc::store_locked:
        return "another process holds a lock on the store";
    case errc::certificate_invalid:
        return "nothing is sent, since a certificate is expired or not yet valid";
    case errc::time_over:
        return "no attempt is left";
    }
    return "unknown error of msh";
}

} // namespace msh
