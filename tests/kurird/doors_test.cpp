// SPDX-License-Identifier: Apache-2.0
// The keys of a door that something stands before: what cannot work is told.
#include "kurird/doors.hpp"

#include "support/authority.hpp"

#include <catch2/catch.hpp>

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
