// SPDX-License-Identifier: Apache-2.0
// IP addresses as text, and lists of addresses and networks that an operator names.
#pragma once

#include "base/errors.hpp"
#include "base/result.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <vector>

namespace http {

std::string to_text(const boost::asio::ip::tcp::endpoint& endpoint); // "127.0.0.1:1", "[::1]:1"

// The network that limits per address count: an IPv4 address itself, also if an IPv6 socket shows
// it
// (::ffff:192.0.2.1), and the /64 of an IPv6 address, which is what one client gets [RFC 6177].
// "192.0.2.1", "2001:db8:0:1::/64".
std::string client_network(const boost::asio::ip::address& address);

class AddressList {
public:
    // Addresses ("127.0.0.1", "::1") and networks ("10.0.0.0/8", "fd00::/8").
    // base::errc::bad_format: what is neither, a network with bits behind its prefix, and one that
    // is everybody.
    static base::Result<AddressList> parse(const std::vector<std::string>& texts);
    // An IPv4 address that an IPv6 socket shows (::ffff:127.0.0.1) is the IPv4 address.
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
