// SPDX-License-Identifier: Apache-2.0
// Storage and reuse of idle connections.
#include "http/pool.hpp"

namespace http {

void Pool::drop_old()
{
    const auto oldest = Clock::now() - kept_for_;
    for (auto& [origin, kept] : idle_)
        std::erase_if(kept, [&](const Idle& idle) { return idle.since < oldest; });
    std::erase_if(idle_, [](const auto& origin) { return origin.second.empty(); });
}

std::unique_ptr<Connection> Pool::take(const To& to, const std::string& origin)
{
    drop_old();
    const auto found = idle_.find({to, origin});
    if (found == idle_.end()) return nullptr;
    auto& kept = found->second;
    while (!kept.empty()) {
        auto connection = std::move(kept.back().connection);
        kept.pop_back();
        if (connection->quiet()) return connection;
    }
    return nullptr;
}

void Pool::put(const To& to, const std::string& origin, std::unique_ptr<Connection> connection)
{
    drop_old();
    connection->rest();
    if (!connection->quiet()) return;
    auto& kept = idle_[{to, origin}];
    if (kept.size() >= per_origin_) return;
    Idle idle;
    idle.connection = std::move(connection);
    idle.since = Clock::now();
    kept.push_back(std::move(idle));
}

} // namespace http
