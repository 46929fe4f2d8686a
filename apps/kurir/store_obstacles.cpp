// SPDX-License-Identifier: Apache-2.0
#include "kurir/store_obstacles.hpp"

#include "kurir/text.hpp"

namespace kurir {

namespace {

// Returns a member that is an object; an empty object if there is none.
json::object member(const json::object& object, const char* name)
{
    const auto* found = object.if_contains(name);
    return found && found->is_object() ? found->get_object() : json::object();
}

std::string holder(const json::object& obstacle)
{
    return text_of(obstacle, "by") + ", since " + text_of(obstacle, "since");
}

} // namespace

StoreObstacles store_obstacles(const json::object& status)
{
    const auto store = member(status, "store");
    const auto lock = member(store, "lock");
    const auto log = member(store, "log");
    StoreObstacles found;
    if (!lock.empty() || !log.empty()) found.line.clear();
    if (!lock.empty()) {
        found.line = "locked by " + holder(lock);
        found.problems.emplace_back(
            "another program holds a lock on the store. New messages get 503; results and\n"
            "acknowledgements wait.\nEnd that program or its transaction."
        );
    }
    if (!log.empty()) {
        found.line += (found.line.empty() ? "log held by " : "; log held by ") + holder(log);
        if (text_of(log, "own") != "true")
            found.problems.emplace_back(
                "another program keeps an old state of the store open, so its log grows.\n"
                "End that program or its transaction. To copy the store use kurir backup."
            );
    }
    return found;
}

} // namespace kurir
