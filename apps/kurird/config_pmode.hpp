// SPDX-License-Identifier: Apache-2.0
// The keys of a [[pmode]] table.
#pragma once

#include "kurird/config.hpp"
#include "kurird/config_section.hpp"

namespace kurird {

// MIME allows so many payload parts, with the part before them.
void make_room_for(std::size_t parts, Config& config);

// The words for token references.
extern const std::vector<std::pair<std::string, wss::TokenReference>> token_forms;

// PMode[1].ReceptionAwareness: of [send] or one P-Mode.
void read_retry(Section& section, pmode::Retry& retry);

// Into config.pmodes. What [send] and [receive] say is the default of what a P-Mode may say too.
void read_pmode(Section section, Config& config);

} // namespace kurird
