// SPDX-License-Identifier: Apache-2.0
// A client's idle connections, by destination and origin. The connection used last is used next, so
// that surplus connections reach their maximum age.
#pragma once

#include "http/client.hpp"
#include "http/connection.hpp"

#include <map>
#include <vector>

namespace http {

class Pool {
public:
    using To = std::shared_ptr<const Destination>;

    Pool(std::size_t per_origin, base::Duration kept_for)
        : per_origin_(per_origin), kept_for_(kept_for)
    {
    }

    // Returns a connection that appears to be open, or null.
    std::unique_ptr<Connection> take(const To& to, const std::string& origin);
    void put(const To& to, const std::string& origin, std::unique_ptr<Connection> connection);
    void clear() { idle_.clear(); }

private:
    struct Idle {
        std::unique_ptr<Connection> connection;
        Clock::time_point since;
    };
    void drop_old();

    std::size_t per_origin_;
    base::Duration kept_for_;
    // The key keeps its destination alive. Otherwise a new destination at the same memory address
    // would get the connections of the old one.
    std::map<std::pair<To, std::string>, std::vector<Idle>> idle_;
};

} // namespace http
