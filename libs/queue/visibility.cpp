// SPDX-License-Identifier: Apache-2.0
#include "queue/visibility.hpp"

#include <algorithm>

namespace queue {

bool Visibility::includes(std::string_view participant) const
{
    return all_ || std::ranges::find(participants_, participant) != participants_.end();
}

} // namespace queue
