// SPDX-License-Identifier: Apache-2.0
#include "http/address.hpp"
#include "http/proxy_protocol.hpp"

#include "preambles.hpp"

#include <catch2/catch.hpp>

using http::read_preamble;

TEST_CASE("a preamble names the client", "[http][PROXY 2.2]")
{
    const std::string tlv = "\x02" + two_octets(4) + "host";
    const auto [octets, client] = GENERATE_COPY(table<std::string, std::string>(
        {{tcp4(), "192.0.2.7:4660"},
         {tcp4(tlv), "192.0.2.7:4660"},
         {preamble('\x21', '\x21', tcp6_addresses + tlv), "[2001:db8::7]:4660"},
         {preamble('\x21', '\x00', ""), ""},
         {preamble('\x21', '\x00', "whatever"), ""},
         {preamble('\x20', '\x00', ""), ""},
         {preamble('\x20', '\x11', tcp4_addresses), ""},
         {preamble('\x20', '\x7f', "whatever"), ""}}
    ));
    const auto read = read_preamble(octets + "\x16\x03\x01 what follows");
    REQUIRE(read);
    CHECK(read->missing == 0);
    CHECK(read->size == octets.size());
    CHECK((read->client ? http::to_text(*read->client) : "") == client);
}

TEST_CASE("a preamble is never asked for more octets than it has", "[http][PROXY 2.2]")
{
    const auto whole = tcp4("\x04" + two_octets(100) + std::string(100, '\0'));
    std::size_t from = 0;
    for (std::size_t steps = 0; from < whole.size(); ++steps) {
        REQUIRE(steps < 10);
        const auto read = read_preamble(whole.substr(0, from));
        REQUIRE(read);
        CHECK_FALSE(read->client);
        REQUIRE(read->missing > 0);
        from += read->missing;
    }
    CHECK(from == whole.size());
    for (std::size_t octets = 0; octets < whole.size(); ++octets) // it may come in any pieces
        CHECK(read_preamble(whole.substr(0, octets))->missing <= whole.size() - octets);
}

TEST_CASE("what is no preamble of version 2 is known at its first octets", "[http][PROXY 2.2]")
{
    const std::string octets = GENERATE(
        "P", "PROXY TCP4 192.0.2.7 198.51.100.1 4660 443\r\n", "GET / HTTP/1.1\r\n", "\x16\x03\x01",
        "\r\nG"
    );
    CAPTURE(octets);
    const auto read = read_preamble(octets);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == http::errc::bad_request);
}

TEST_CASE("a malformed preamble is refused", "[http][PROXY 2.2]")
{
    const std::string octets = GENERATE(
        preamble('\x11', '\x11', tcp4_addresses),               // version 1
        preamble('\x22', '\x11', tcp4_addresses),               // an unknown command
        preamble('\x21', '\x12', tcp4_addresses),               // a datagram
        preamble('\x21', '\x31', std::string(216, 'x')),        // a Unix socket
        preamble('\x21', '\x41', tcp4_addresses),               // an unknown family
        preamble('\x21', '\x11', tcp4_addresses.substr(0, 11)), // addresses cut short
        preamble('\x21', '\x21', tcp6_addresses.substr(0, 35)), //
        preamble('\x21', '\x21', tcp4_addresses), tcp4(std::string(4096, 'x'))
    );
    const auto read = read_preamble(octets);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == http::errc::bad_request);
}

TEST_CASE("the length of a preamble is bounded before its TLVs come", "[http][PROXY 2.2]")
{
    const auto longest = tcp4(std::string(http::max_preamble_length - 28, 'x'));
    CHECK(read_preamble(longest)->missing == 0);
    const auto longer = tcp4(std::string(http::max_preamble_length - 27, 'x'));
    CHECK_FALSE(read_preamble(longer.substr(0, 16)));
}
