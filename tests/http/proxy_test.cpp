// SPDX-License-Identifier: Apache-2.0
// What an operator may say of proxies.
#include "http/proxy.hpp"

#include "http/errc.hpp"

#include <catch2/catch.hpp>

namespace {

base::Result<http::Proxy>
proxy(const std::string& url, const std::string& user = {}, const std::string& password = {})
{
    return http::make_proxy(url, user, crypto::Secret(password));
}

} // namespace

TEST_CASE("a proxy has an address, and credentials if a user is set", "[http][RFC 7617 2]")
{
    const auto plain = proxy("http://proxy.example:3128");
    REQUIRE(plain);
    CHECK(plain->name() == "proxy.example:3128");
    CHECK(plain->authorization().empty());
    CHECK(proxy("http://[::1]:3128")->name() == "[::1]:3128");
    CHECK(proxy("http://proxy.example")->name() == "proxy.example:80");
    CHECK(
        proxy("http://p:1", "Aladdin", "open sesame")->authorization() ==
        "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"
    );
}

TEST_CASE("what is no proxy, or has unusable credentials, is refused", "[http]")
{
    for (const char* url :
         {"", "proxy.example:3128", "https://proxy.example:3128", "http://p:1/path",
          "http://user:secret@p:1", "unix:/p.sock:/", "http://p:1\r\nX: y"}) {
        CAPTURE(url);
        const auto made = proxy(url);
        REQUIRE_FALSE(made);
        CHECK(made.error().code == http::errc::bad_url);
    }
    CHECK_FALSE(proxy("http://p:1", "a:b", "c"));
    CHECK_FALSE(proxy("http://p:1", "a\n", "c"));
    CHECK_FALSE(proxy("http://p:1", "a", "c\r\nX: y"));
}

TEST_CASE("hosts, domains, addresses and networks are reached without the proxy", "[http]")
{
    const auto list = http::HostList::parse(
        {"ap.example", ".intern.example", "192.0.2.1", "10.0.0.0/8", "2001:db8::/32", "LOCALHOST"}
    );
    REQUIRE(list);
    for (const char* host :
         {"ap.example", "AP.Example", "ap.example.", "a.intern.example", "b.a.intern.example",
          "192.0.2.1", "10.1.2.3", "2001:db8::1", "localhost"}) {
        CAPTURE(host);
        CHECK(list->contains(host));
    }
    for (const char* host :
         {"b.ap.example", "xap.example", "intern.example", "xintern.example", "192.0.2.2",
          "11.0.0.1", "2001:db9::1", "10.0.0.1.example", ""}) {
        CAPTURE(host);
        CHECK_FALSE(list->contains(host));
    }
    CHECK_FALSE(http::HostList().contains("ap.example"));
}

TEST_CASE("a list of hosts that says nothing clear is refused", "[http]")
{
    for (const char* text :
         {"", ".", "*", "*.example", "http://ap.example", "ap.example:443", "10.0.0.0/33",
          "10.0.0.300", "a b"}) {
        CAPTURE(text);
        const auto list = http::HostList::parse({text});
        REQUIRE_FALSE(list);
        CHECK(list.error().detail.find("\"" + std::string(text) + "\"") != std::string::npos);
    }
}
