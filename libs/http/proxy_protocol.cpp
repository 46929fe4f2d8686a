// SPDX-License-Identifier: Apache-2.0
// Parses the binary header: signature, version and command, family, length, addresses, TLVs.
#include "http/proxy_protocol.hpp"

#include <algorithm>

namespace http {

namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t fixed_octets = 16;

base::Error malformed(const char* what)
{
    return base::Error(errc::bad_request, what);
}

unsigned octet(base::BytesView octets, std::size_t at)
{
    return static_cast<unsigned char>(octets[at]);
}

unsigned number(base::BytesView octets, std::size_t at)
{
    return octet(octets, at) * 256 + octet(octets, at + 1);
}

template <class Address> Address address_at(base::BytesView octets, std::size_t at)
{
    typename Address::bytes_type raw{};
    const auto part = octets.substr(at, raw.size());
    std::copy(part.begin(), part.end(), raw.begin());
    return Address(raw);
}

// Returns the source endpoint; empty if `addresses` is too short. The order in `addresses`: source
// address, destination address, source port, destination port.
template <class Address> std::optional<ip::tcp::endpoint> source(base::BytesView addresses)
{
    constexpr std::size_t width = std::tuple_size_v<typename Address::bytes_type>;
    if (addresses.size() < 2 * width + 4) return std::nullopt;
    const auto port = static_cast<std::uint16_t>(number(addresses, 2 * width));
    return ip::tcp::endpoint(address_at<Address>(addresses, 0), port);
}

} // namespace

base::Result<Preamble> read_preamble(base::BytesView input)
{
    const auto known = std::min(input.size(), signature.size());
    if (input.substr(0, known) != signature.substr(0, known))
        return malformed("no PROXY protocol version 2");
    Preamble preamble;
    if (input.size() < fixed_octets) {
        preamble.missing = fixed_octets - input.size();
        return preamble;
    }
    const unsigned version_and_command = octet(input, 12);
    const bool local = version_and_command == 0x20;
    if (!local && version_and_command != 0x21) return malformed("PROXY version or command");
    preamble.size = fixed_octets + number(input, 14);
    if (preamble.size > max_preamble_length) return malformed("PROXY preamble too long");
    if (input.size() < preamble.size) {
        preamble.missing = preamble.size - input.size();
        return preamble;
    }
    // The addresses in a LOCAL preamble have no meaning.
    if (local) return preamble;
    const auto addresses = input.substr(fixed_octets, preamble.size - fixed_octets);
    switch (octet(input, 13)) {
    case 0x00: // unspecified: keep the connection's own address
        return preamble;
    case 0x11:
        preamble.client = source<ip::address_v4>(addresses);
        break;
    case 0x21:
        preamble.client = source<ip::address_v6>(addresses);
        break;
    default:
        return malformed("PROXY address family");
    }
    if (!preamble.client) return malformed("PROXY addresses too short");
    return preamble;
}

} // namespace http
