// SPDX-License-Identifier: Apache-2.0
// A client's idle connections, by destination and origin. The one used last is used next, so that
// the others grow old.
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

    // A connection that is still open as far as one can see, or null.
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
    // A destination lives as long as its connections, so none is mistaken for another.
    std::map<std::pair<To, std::string>, std::vector<Idle>> idle_;
};

} // namespace http
