// SPDX-License-Identifier: Apache-2.0
// The keys of a door that something stands before: what cannot work is told.
#include "kurird/doors.hpp"

#include "support/authority.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace {

// A door behind a proxy that does TLS, for tests to spoil.
kurird::Door behind_proxy()
{
    kurird::Door door;
    door.listen = "127.0.0.1:0";
    door.tls = false;
    door.files.ca = support::Authority().certificate_file();
    door.proxies = {"127.0.0.1", "10.0.0.0/8"};
    door.client_certificate_header = "Client-Cert";
    return door;
}

struct Read {
    kurird::Front front;
    std::string mistakes;
};

Read read(const kurird::Door& door)
{
    const kurird::Config config;
    kurird::Findings findings(config);
    auto front = kurird::load_front("[as4]", door, findings);
    return {std::move(front), findings.text()};
}

} // namespace

TEST_CASE("a door that nothing stands before believes nobody", "[kurird]")
{
    auto door = behind_proxy();
    door.proxies = {};
    door.client_certificate_header = {};
    const auto result = read(door);
    CHECK(result.mistakes.empty());
    CHECK_FALSE(result.front);
}

TEST_CASE("a door behind a proxy believes the listed addresses", "[kurird]")
{
    auto door = behind_proxy();
    door.proxy_protocol = true;
    const auto result = read(door);
    CHECK(result.mistakes.empty());
    REQUIRE(result.front);
    CHECK(result.front->proxies.contains(boost::asio::ip::make_address("10.1.2.3")));
    CHECK_FALSE(result.front->proxies.contains(boost::asio::ip::make_address("192.0.2.1")));
    CHECK(result.front->certificate_header == "Client-Cert");
    CHECK(result.front->proxy_protocol);
    CHECK(result.front->client == http::ClientCertificate::required);
    CHECK(result.front->issuers);
}

TEST_CASE("keys of a door that make no sense together are told", "[kurird]")
{
    auto door = behind_proxy();
    std::string expected;
    SECTION("a header from anybody")
    {
        door.proxies = {};
        expected = "need proxies";
    }
    SECTION("a preamble from anybody")
    {
        door.proxies = {};
        door.client_certificate_header = {};
        door.proxy_protocol = true;
        expected = "need proxies";
    }
    SECTION("a header within TLS that may be the client's own")
    {
        door.proxy_protocol = true;
        door.tls = true;
        expected = "need tls = false";
    }
    SECTION("proxies of which nothing is asked")
    {
        door.client_certificate_header = {};
        expected = "nothing is asked of them";
    }
    SECTION("proxies that are everybody")
    {
        door.proxies = {"0.0.0.0/0"};
        expected = "[as4]: proxies: ";
    }
    SECTION("a header that is none")
    {
        door.client_certificate_header = "Client Cert";
        expected = "no name of an HTTP header";
    }
    SECTION("a header, and no certificate is wanted")
    {
        door.files.client = http::ClientCertificate::none;
        expected = "tls_client = \"none\"";
    }
    SECTION("a header, and nobody whose certificates are believed")
    {
        door.files.ca.clear();
        expected = "needs tls_ca";
    }
    SECTION("a CA file that is not there")
    {
        door.files.ca = "/nowhere/ca.pem";
        expected = "tls_ca";
    }
    CHECK(read(door).mistakes.find(expected) != std::string::npos);
}

TEST_CASE("shares follow the number of connections, unless they are given", "[kurird]")
{
    const auto parsed = [](const std::string& text) {
        const auto config = kurird::parse(text, "kurir.toml");
        REQUIRE_FALSE(config); // other tables are missing, and told of
        return config.error().detail;
    };
    CHECK(parsed("[as4]\nmax_connections_per_address = 0").find("1 to 65536") != std::string::npos);
    CHECK(parsed("[rest]\nmax_handshakes = 70000").find("1 to 65536") != std::string::npos);

    const auto file = base::Path(KURIR_SOURCE_DIR) / "deploy/kurir.toml";
    auto text = base::read_file(file, 1 << 20).value();
    const auto whole = kurird::parse(text, file).value();
    CHECK(whole.as4.limits.per_address == 64);
    CHECK(whole.as4.limits.per_certificate == 32);
    CHECK(whole.as4.limits.handshakes == 32);
    CHECK(whole.rest.limits.per_address == 112);
    CHECK(whole.rest.limits.per_certificate == 112);
    text.insert(text.find("\n[as4]\n") + 6, "\nmax_connections = 20\nmax_handshakes = 3");
    const auto smaller = kurird::parse(text, file).value();
    CHECK(smaller.as4.limits.per_address == 10);
    CHECK(smaller.as4.limits.per_certificate == 5);
    CHECK(smaller.as4.limits.handshakes == 3);
    CHECK(smaller.rest.limits.per_address == 112);
}

TEST_CASE("a share of more than all connections is told of", "[kurird]")
{
    auto door = behind_proxy();
    door.limits.connections = 10;
    door.limits.per_address = 10;
    door.limits.per_certificate = 11;
    const kurird::Config config;
    kurird::Findings findings(config);
    static_cast<void>(kurird::load_door("[as4]", door, findings));
    const auto& warnings = findings.warnings;
    const auto told = [&](const std::string& key) {
        return std::any_of(warnings.begin(), warnings.end(), [&](const std::string& warning) {
            return warning.find(key) != std::string::npos;
        });
    };
    CHECK_FALSE(told("max_connections_per_address"));
    CHECK(told("[as4] max_connections_per_certificate (11) is more than max_connections (10)"));
}

TEST_CASE("the metrics' door is off, or on this machine, or the operator is warned", "[kurird]")
{
    kurird::Config config;
    config.as4.listen = "127.0.0.1:8443";
    const auto warned = [&](const std::string& listen) {
        config.metrics_listen = listen;
        kurird::Findings findings(config);
        kurird::check_metrics_door(config, findings);
        CHECK(findings.text().empty());
        return !findings.warnings.empty();
    };
    CHECK_FALSE(warned(""));
    CHECK_FALSE(warned("127.0.0.1:9464"));
    CHECK_FALSE(warned("[::1]:0"));
    CHECK(warned("0.0.0.0:9464"));
    CHECK(warned("192.0.2.1:9464"));
    CHECK(warned("[::]:9464"));
}

TEST_CASE("a metrics' door that cannot be opened is a mistake", "[kurird]")
{
    kurird::Config config;
    config.as4.listen = "127.0.0.1:8443";
    for (const char* listen : {"localhost:9464", "9464", "127.0.0.1", "127.0.0.1:8443"}) {
        config.metrics_listen = listen;
        kurird::Findings findings(config);
        kurird::check_metrics_door(config, findings);
        CHECK(findings.text().find("[metrics]: listen") != std::string::npos);
    }
}
