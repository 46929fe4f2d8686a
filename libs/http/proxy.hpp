// SPDX-License-Identifier: Apache-2.0
// An outbound HTTP proxy, and which hosts are reached without it.
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
    std::optional<crypto::Secret> credentials; // of the Basic scheme, encoded [RFC 7617 2]

    std::string name() const; // "proxy.example:3128", for logs
    // Whole lines for a request's header: the credentials, if there are any.
    std::string authorization() const;
};

// "http://HOST:PORT". An empty user = no credentials. errc::bad_url.
base::Result<Proxy>
make_proxy(const std::string& url, const std::string& user, const crypto::Secret& password);

// Hosts ("ap.example"), domains (".example": every host below it), addresses and networks
// ("10.0.0.0/8"). An address matches a URL that names an address: no name is looked up for this.
class HostList {
public:
    static base::Result<HostList> parse(const std::vector<std::string>& texts); // bad_format
    bool contains(const std::string& host) const;

private:
    std::vector<std::string> names_; // in lower case; a domain begins with a dot
    AddressList addresses_;
};

} // namespace http
