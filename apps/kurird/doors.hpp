// SPDX-License-Identifier: Apache-2.0
// What a door needs before it opens: its address, its TLS, and whom it believes before it.
#pragma once

#include "kurird/findings.hpp"
#include "kurird/load.hpp"

namespace kurird {

void check_listen(const std::string& table, const std::string& listen, Findings& findings);
// Plain HTTP for whoever reaches it: a warning unless that is this machine alone.
void check_metrics_door(const Config& config, Findings& findings);
// None = plain, or a mistake.
TlsContext load_door(const std::string& table, const Door& door, Findings& findings);
// None = nothing stands before the door.
Front load_front(const std::string& table, const Door& door, Findings& findings);

base::Result<std::vector<crypto::Certificate>> read_certificates(const base::Path& file);

} // namespace kurird
