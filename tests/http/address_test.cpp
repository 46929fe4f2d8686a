// SPDX-License-Identifier: Apache-2.0
#include "http/address.hpp"

#include <catch2/catch.hpp>

namespace {

bool lists(const std::vector<std::string>& texts, const std::string& address)
{
    const auto list = http::AddressList::parse(texts).value();
    return list.contains(boost::asio::ip::make_address(address));
}

} // namespace

TEST_CASE("a list contains its addresses and what is in its networks", "[http]")
{
    const std::vector<std::string> texts{
        "127.0.0.1", "10.0.0.0/8", "192.0.2.128/25", "::1", "2001:db8::/33"
    };
    for (const char* listed :
         {"127.0.0.1", "10.0.0.0", "10.255.255.255", "192.0.2.128", "192.0.2.255", "::1",
          "2001:db8::1", "2001:db8:7fff::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3"}) {
        CAPTURE(listed);
        CHECK(lists(texts, listed));
    }
    for (const char* other :
         {"127.0.0.2", "9.255.255.255", "11.0.0.0", "192.0.2.127", "::2", "2001:db8:8000::1",
          "::127.0.0.1", "::ffff:11.0.0.1"}) {
        CAPTURE(other);
        CHECK_FALSE(lists(texts, other));
    }
    CHECK_FALSE(lists({}, "127.0.0.1"));
}

TEST_CASE("an IPv4 network never contains an IPv6 address by its first octets", "[http]")
{
    CHECK_FALSE(lists({"32.1.0.0/16"}, "2001:db8::1"));
    CHECK_FALSE(lists({"2001:db8::/32"}, "32.1.13.184"));
}

TEST_CASE("what is no address, no network or everybody is told so", "[http]")
{
    const auto [text, why] = GENERATE(table<std::string, std::string>(
        {{"proxy.example", "no IP address"},
         {"", "no IP address"},
         {"10.0.0.0/33", "1 to 32"},
         {"::/129", "1 to 128"},
         {"10.0.0.0/", "1 to 32"},
         {"10.0.0.0/8x", "1 to 32"},
         {"10.0.0.0/-8", "1 to 32"},
         {"10.0.0.0/255.0.0.0", "1 to 32"},
         {"0.0.0.0/0", "every address"},
         {"::/0", "every address"},
         {"10.0.0.1/8", "behind its prefix"},
         {"2001:db8::1/64", "behind its prefix"}}
    ));
    CAPTURE(text);
    const auto list = http::AddressList::parse({"127.0.0.1", text});
    REQUIRE_FALSE(list);
    CHECK(list.error().code == base::errc::bad_format);
    CHECK(list.error().detail.find("\"" + text + "\"") == 0);
    CHECK(list.error().detail.find(why) != std::string::npos);
}

TEST_CASE("limits count an IPv4 address, and the /64 of an IPv6 address", "[http]")
{
    const auto [address, network] = GENERATE(table<std::string, std::string>(
        {{"192.0.2.7", "192.0.2.7"},
         {"::ffff:192.0.2.7", "192.0.2.7"},
         {"2001:db8:0:1::7", "2001:db8:0:1::/64"},
         {"2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"},
         {"2001:db8:0:2::7", "2001:db8:0:2::/64"},
         {"fe80::1%1", "fe80::/64"},
         {"::1", "::/64"}}
    ));
    CHECK(http::client_network(boost::asio::ip::make_address(address)) == network);
}
