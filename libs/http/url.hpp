// SPDX-License-Identifier: Apache-2.0
// URL of a request: "https://host:port/path?query", "http://…" or "unix:/path/to.sock:/target".
#pragma once

#include "http/errc.hpp"

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace http {

struct Url {
    enum class Kind { https, http, unix_socket };
    Kind kind = Kind::https;
    std::string host; // a name or an address without brackets
    std::uint16_t port = 0;
    std::string socket; // path of the Unix socket
    std::string target; // path and query, still encoded; begins with "/"

    // Returns the value of the Host field: without the scheme's default port, and with brackets
    // around an IPv6 address.
    std::string authority() const;
    std::string origin() const; // requests to the same origin may share connections
};

base::Result<Url> parse_url(std::string_view text); // errc::bad_url

} // namespace http
