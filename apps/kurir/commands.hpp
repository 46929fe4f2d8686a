// SPDX-License-Identifier: Apache-2.0
// The operator's commands. Each command gets parsed and checked words, and returns the exit code.
#pragma once

#include "kurir/admin_client.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kurir {

struct Words {
    std::vector<std::string> arguments;
    std::multimap<std::string, std::string, std::less<>> options; // "--limit" and its value

    std::optional<std::string> option(std::string_view name) const;
    // All values of an option that may be repeated, in the order of the command line.
    std::vector<std::string> values(std::string_view name) const;
};

int status(AdminClient& admin, const Words& words); // status.cpp
int peers(AdminClient& admin, const Words& words);  // peers.cpp
int pause(AdminClient& admin, const Words& words);
int drain(AdminClient& admin, const Words& words);
int resume(AdminClient& admin, const Words& words);
int flush(AdminClient& admin, const Words& words);
int queue(AdminClient& admin, const Words& words);   // queue.cpp
int show(AdminClient& admin, const Words& words);    // show.cpp
int send(AdminClient& admin, const Words& words);    // send.cpp
int ping(AdminClient& admin, const Words& words);    // ping.cpp
int backup(AdminClient& admin, const Words& words);  // backup.cpp
int inbox(AdminClient& admin, const Words& words);   // inbox.cpp
int metrics(AdminClient& admin, const Words& words); // metrics.cpp

// Returns the given options of `names` as a query: "?state=queued&limit=10". `names` are without
// dashes.
std::string query_of(const Words& words, const std::vector<std::string>& names);

} // namespace kurir
