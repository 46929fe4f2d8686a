// SPDX-License-Identifier: Apache-2.0
// Parses and compares addresses, octet by octet.
#include "http/address.hpp"

#include "base/errors.hpp"

#include <algorithm>
#include <charconv>

namespace http {

namespace {

namespace ip = boost::asio::ip;

std::vector<unsigned char> octets_of(ip::address address)
{
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
    if (address.is_v4()) {
        const auto octets = address.to_v4().to_bytes();
        return {octets.begin(), octets.end()};
    }
    const auto octets = address.to_v6().to_bytes();
    return {octets.begin(), octets.end()};
}

// Returns the octets with all bits after the first `bits` cleared.
std::vector<unsigned char> prefix(std::vector<unsigned char> octets, unsigned bits)
{
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const auto first = static_cast<unsigned>(i) * 8;
        const unsigned kept = bits > first ? std::min(bits - first, 8u) : 0;
        octets[i] = static_cast<unsigned char>(octets[i] & (0xff00u >> kept));
    }
    return octets;
}

} // namespace

std::string to_text(const ip::tcp::endpoint& endpoint)
{
    const auto address = endpoint.address().to_string();
    const auto port = std::to_string(endpoint.port());
    return endpoint.address().is_v4() ? address + ":" + port : "[" + address + "]:" + port;
}

std::string client_network(const ip::address& address)
{
    constexpr unsigned bits = 64;
    const auto octets = octets_of(address);
    if (octets.size() == std::tuple_size_v<ip::address_v4::bytes_type>) {
        ip::address_v4::bytes_type raw{};
        std::copy(octets.begin(), octets.end(), raw.begin());
        return ip::address_v4(raw).to_string();
    }
    ip::address_v6::bytes_type raw{};
    std::ranges::copy(prefix(octets, bits), raw.begin());
    return ip::address_v6(raw).to_string() + "/" + std::to_string(bits);
}

base::Result<AddressList::Network> AddressList::parse_one(const std::string& text)
{
    const auto wrong = [&](const std::string& why) {
        return base::Error(base::errc::bad_format, "\"" + text + "\" " + why);
    };
    const auto slash = std::min(text.find('/'), text.size());
    boost::system::error_code error;
    const auto address = ip::make_address(text.substr(0, slash), error);
    if (error) return wrong("is no IP address or network");
    Network network;
    network.octets = octets_of(address);
    network.bits = static_cast<unsigned>(network.octets.size()) * 8;
    if (slash == text.size()) return network;
    const unsigned max = network.bits;
    const char* const end = text.data() + text.size();
    const auto [stopped, bad] = std::from_chars(text.data() + slash + 1, end, network.bits);
    if (bad != std::errc() || stopped != end || network.bits > max)
        return wrong("has no prefix length of 1 to " + std::to_string(max));
    if (network.bits == 0) return wrong("is every address there is");
    if (prefix(network.octets, network.bits) != network.octets)
        return wrong("has bits behind its prefix");
    return network;
}

base::Result<AddressList> AddressList::parse(const std::vector<std::string>& texts)
{
    AddressList list;
    for (const auto& text : texts) {
        auto network = parse_one(text);
        if (!network) return network.error();
        list.networks_.push_back(std::move(*network));
    }
    return list;
}

bool AddressList::contains(const ip::address& address) const
{
    const auto octets = octets_of(address);
    return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
        return network.octets.size() == octets.size() &&
               prefix(octets, network.bits) == network.octets;
    });
}

} // namespace http
