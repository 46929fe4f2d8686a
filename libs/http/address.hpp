// SPDX-License-Identifier: Apache-2.0
// Conversion of IP addresses to text, and lists of addresses and networks from the configuration.
#pragma once

#include "base/errors.hpp"
#include "base/result.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <vector>

namespace http {

std::string to_text(const boost::asio::ip::tcp::endpoint& endpoint); // "127.0.0.1:1", "[::1]:1"

// Returns the network to which the limits per address apply. For IPv6 that is the /64, which is
// what one client gets [RFC 6177]. For IPv4 that is the address itself, also if it comes in the
// IPv4-mapped form (::ffff:192.0.2.1). Examples: "192.0.2.1", "2001:db8:0:1::/64".
std::string client_network(const boost::asio::ip::address& address);

class AddressList {
public:
    // Parses addresses ("127.0.0.1", "::1") and networks ("10.0.0.0/8", "fd00::/8").
    // base::errc::bad_format: a text is neither, a network has bits after its prefix, or a prefix
    // of length 0 would match every address.
    static base::Result<AddressList> parse(const std::vector<std::string>& texts);
    // Compares an IPv4-mapped IPv6 address (::ffff:127.0.0.1) as the IPv4 address.
    bool contains(const boost::asio::ip::address& address) const;

private:
    struct Network {
        std::vector<unsigned char> octets; // 4 or 16
        unsigned bits = 0;
    };
    static base::Result<Network> parse_one(const std::string& text);
    std::vector<Network> networks_;
};

} // namespace http
