// SPDX-License-Identifier: Apache-2.0
#include "kurird/store_loss.hpp"

#include "base/errors.hpp"
#include "queue/errc.hpp"

namespace kurird {

std::string_view act_after(const base::Error& loss)
{
    if (loss.code == base::errc::locked)
        return "operator: let one kurird alone have this data folder, then start kurird";
    if (loss.code == queue::errc::damaged)
        return "operator: do what the error says; if it says nothing to do, restore the newest "
               "backup; then start kurird";
    return "operator: look at the disk; kurird goes on from what is stored when it starts again";
}

} // namespace kurird
