// SPDX-License-Identifier: Apache-2.0
// How peers are reached: [send], and what a peer's own table changes.
#include "kurird/destinations.hpp"

#include "support/authority.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>

namespace {

struct Bench {
    support::Authority authority;
    support::TemporaryFolder folder;
    kurird::Config config;
    kurird::TlsContext send_tls;
    std::string mistakes;

    Bench()
    {
        config.send_tls.ca = authority.certificate_file();
        send_tls = http::client_context(config.send_tls).value();
        for (const char* name : {"a", "b"}) {
            kurird::PeerTable peer;
            peer.name = name;
            peer.url = "https://" + peer.name + ".example/as4";
            config.peers.push_back(peer);
        }
    }
    base::Path password(const std::string& text, std::filesystem::perms mode)
    {
        const auto path = folder.path() / "password";
        std::ofstream(path) << text;
        std::filesystem::permissions(path, mode);
        return path;
    }
    http::Destinations load()
    {
        kurird::Findings findings(config);
        auto loaded = kurird::load_destinations(config, send_tls, findings);
        mistakes = findings.text();
        return loaded;
    }
};

constexpr auto own_alone = std::filesystem::perms(0600);

} // namespace

TEST_CASE("peers are reached as [send] says, unless their table says otherwise", "[kurird][TA39]")
{
    Bench bench;
    auto& own = bench.config.peers.at(1);
    own.tls_name = "b.intern.example";
    SECTION("a name alone shares the rest")
    {
        const auto to = bench.load();
        CHECK(bench.mistakes.empty());
        CHECK(to.at("a")->tls == bench.send_tls);
        CHECK(to.at("a")->tls_name.empty());
        CHECK_FALSE(to.at("a")->proxy);
        CHECK(to.at("b")->tls == bench.send_tls);
        CHECK(to.at("b")->tls_name == "b.intern.example");
    }
    SECTION("TLS settings of its own")
    {
        const auto identity = bench.authority.identity("client");
        if (GENERATE(true, false)) own.tls.max_version = "1.2";
        if (GENERATE(true, false)) own.tls.ca = support::Authority("strangers").certificate_file();
        own.tls.key = identity.key_file;
        own.tls.certificate = identity.chain_file;
        const auto to = bench.load();
        CHECK(bench.mistakes.empty());
        CHECK(to.at("a")->tls == bench.send_tls);
        REQUIRE(to.at("b")->tls);
        CHECK(to.at("b")->tls != bench.send_tls);
    }
}

TEST_CASE("the proxy is for all peers but those that go without", "[kurird]")
{
    Bench bench;
    bench.config.proxy.url = "http://proxy.example:3128";
    bench.config.proxy.user = "user";
    bench.config.proxy.password_file = bench.password("secret\n", own_alone);
    auto& other = bench.config.peers.at(1);
    const auto ways = [&] {
        const auto to = bench.load();
        CHECK(bench.mistakes.empty());
        REQUIRE(to.at("a")->proxy);
        CHECK(to.at("a")->proxy->name() == "proxy.example:3128");
        // Base64 of "user:secret", without the line break.
        CHECK(
            to.at("a")->proxy->authorization().find(" dXNlcjpzZWNyZXQ=\r\n") != std::string::npos
        );
        return to;
    };
    SECTION("everybody")
    {
        CHECK(ways().at("b")->proxy->name() == "proxy.example:3128");
    }
    SECTION("by no_proxy")
    {
        bench.config.no_proxy = {".example.org", "b.example"};
        CHECK_FALSE(ways().at("b")->proxy);
    }
    SECTION("by the peer's own word")
    {
        other.proxy.url = "none";
        CHECK_FALSE(ways().at("b")->proxy);
    }
    SECTION("by a proxy of its own, which does not get the other's password")
    {
        other.proxy.url = "http://second.example:8080";
        const auto to = ways();
        REQUIRE(to.at("b")->proxy);
        CHECK(to.at("b")->proxy->name() == "second.example:8080");
        CHECK(to.at("b")->proxy->authorization().empty());
    }
    SECTION("a proxy of its own, although no_proxy names it")
    {
        bench.config.no_proxy = {"b.example"};
        other.proxy.url = "http://second.example:8080";
        CHECK(ways().at("b")->proxy);
    }
}

TEST_CASE("ways that cannot work are told with their reason", "[kurird]")
{
    Bench bench;
    auto& config = bench.config;
    auto& peer = config.peers.at(1);
    std::string expected;
    SECTION("TLS settings without TLS")
    {
        peer.url = "http://b.example/as4";
        (GENERATE(true, false) ? peer.tls_name : peer.tls.ciphers) = "b.intern.example";
        expected = "[[peer]] b: has tls_ settings, but its url is not https";
    }
    SECTION("a key without certificate, though [send] has one")
    {
        const auto identity = bench.authority.identity("client");
        config.send_tls.key = identity.key_file;
        config.send_tls.certificate = identity.chain_file;
        peer.tls.key = identity.key_file;
        expected = "[[peer]] b: ";
    }
    SECTION("versions upside down")
    {
        config.send_tls.min_version = "1.3";
        peer.tls.max_version = "1.2";
        expected = "the least TLS version, 1.3, is above the most, 1.2";
    }
    SECTION("a proxy that is none")
    {
        config.proxy.url = "socks5://proxy.example";
        expected = "[send]: proxy: ";
    }
    SECTION("a peer's proxy that is none")
    {
        peer.proxy.url = "https://proxy.example";
        expected = "[[peer]] b: proxy: ";
    }
    SECTION("a user without password")
    {
        config.proxy = {"http://p:1", "user", {}};
        expected = "[send]: proxy_user and proxy_password_file go together";
    }
    SECTION("a password without user")
    {
        config.proxy = {"http://p:1", {}, bench.password("secret", own_alone)};
        expected = "[send]: proxy_user and proxy_password_file go together";
    }
    SECTION("a user without proxy")
    {
        peer.proxy = {"none", "user", bench.password("secret", own_alone)};
        expected = "[[peer]] b: proxy_user is set, but no proxy";
    }
    SECTION("a password that everybody may read")
    {
        config.proxy = {
            "http://p:1", "user", bench.password("secret", std::filesystem::perms(0644))
        };
        expected = "is open to everybody";
    }
    SECTION("a password that is not there")
    {
        config.proxy = {"http://p:1", "user", bench.folder.path() / "absent"};
        expected = "[send]: proxy_password_file: ";
    }
    SECTION("exceptions from nothing")
    {
        config.no_proxy = {"b.example"};
        expected = "[send]: no_proxy is set, but no proxy";
    }
    SECTION("exceptions that are none")
    {
        config.proxy.url = "http://p:1";
        config.no_proxy = {"*.example"};
        expected = "[send]: no_proxy: ";
    }
    bench.load();
    CAPTURE(bench.mistakes);
    CHECK(bench.mistakes.find(expected) != std::string::npos);
    CHECK(bench.mistakes.find("secret") == std::string::npos);
}

TEST_CASE("the keys of the way out are read, for all and for one peer", "[kurird][TA39]")
{
    const auto config = kurird::parse(
                            R"([node]
party_id = "AP1"
key = "k.pem"
certificate = "c.pem"
[as4]
listen = "127.0.0.1:0"
tls_max_version = "1.2"
tls_groups = "P-256"
tls_resumption = "5m"
[rest]
listen = "127.0.0.1:0"
[send]
proxy = "http://p:1"
proxy_user = "user"
proxy_password_file = "password"
no_proxy = [".example", "10.0.0.0/8"]
[[peer]]
name = "b"
party_id = "AP2"
url = "https://192.0.2.1/as4"
tls_name = "ap.example"
tls_key = "b.key.pem"
tls_min_version = "1.3"
proxy = "none"
)",
                            "/etc/kurir/kurir.toml"
    )
                            .value();
    CHECK(config.as4.files.max_version == "1.2");
    CHECK(config.as4.files.groups == "P-256");
    CHECK(config.as4.files.resumption == std::chrono::minutes(5));
    CHECK(config.proxy.url == "http://p:1");
    CHECK(config.proxy.user == "user");
    CHECK(config.proxy.password_file == "/etc/kurir/password");
    CHECK(config.no_proxy.size() == 2);
    const auto& peer = config.peers.at(0);
    CHECK(peer.tls_name == "ap.example");
    CHECK(peer.tls.key == "/etc/kurir/b.key.pem");
    CHECK(peer.tls.min_version == "1.3");
    CHECK(peer.tls.max_version.empty());
    CHECK(peer.proxy.url == "none");
}
