// SPDX-License-Identifier: Apache-2.0
// Short text of each error, for logs and people.
#include "queue/errc.hpp"

namespace queue {

const char* text(errc code)
{
    switch (code) {
    case errc::not_found:
        return "no such message";
    case errc::conflict:
        return "the same key or MessageId came before with other content";
    case errc::wrong_state:
        return "the message is not in a state that allows this";
    case errc::newer_schema:
        return "the store was written by a newer version";
    case errc::damaged:
        return "the store is damaged";
    case errc::failed:
        return "the store failed";
    case errc::stopped:
        return "the queue takes no more work";
    case errc::gone:
        return "the payload was kept as long as it must be and is gone";
    case errc::locked:
        return "another process holds a lock on the store";
    case errc::unavailable:
        return "the store cannot be used for now";
    case errc::payload_lost:
        return "a payload file is missing or is not what was written";
    }
    return "unknown queue error";
}

} // namespace queue
