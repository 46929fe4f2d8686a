// SPDX-License-Identifier: Apache-2.0
// A missing file may be restored. So its message waits until its time to live ends.
#include "msh/payload_error.hpp"

#include "base/errors.hpp"
#include "queue/errc.hpp"

namespace msh {

base::Error payload_error(base::Error error)
{
    const bool lost = error.code == base::errc::not_found || error.code == base::errc::changed;
    if (!lost) return error;
    return base::Error(
        queue::errc::payload_lost, error.detail + "; bring the file back from a backup"
    );
}

} // namespace msh
