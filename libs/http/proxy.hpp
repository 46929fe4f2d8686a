// SPDX-License-Identifier: Apache-2.0
// An outbound HTTP proxy, and the hosts that are reached without it.
#pragma once

#include "base/result.hpp"
#include "crypto/secret.hpp"
#include "http/address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace http {

struct Proxy {
    std::string host; // a name or an address without brackets
    std::uint16_t port = 0;
    std::optional<crypto::Secret> credentials; // for the Basic scheme, in base64 [RFC 7617 2]

    std::string name() const; // "proxy.example:3128", for logs
    // Returns the complete header line with the credentials; empty without credentials.
    std::string authorization() const;
};

// `url`: "http://HOST:PORT". An empty `user` = no credentials. errc::bad_url, also for a user or
// password with a character that is not allowed.
base::Result<Proxy>
make_proxy(const std::string& url, const std::string& user, const crypto::Secret& password);

// Hosts ("ap.example"), domains (".example": every host below it), addresses and networks
// ("10.0.0.0/8"). Addresses and networks match only a URL that contains an address, because no host
// name is looked up for the comparison.
class HostList {
public:
    // base::errc::bad_format: a text is none of these.
    static base::Result<HostList> parse(const std::vector<std::string>& texts);
    bool contains(const std::string& host) const;

private:
    std::vector<std::string> names_; // in lower case; a domain begins with a dot
    AddressList addresses_;
};

} // namespace http
