// SPDX-License-Identifier: Apache-2.0
#include "http/url.hpp"

#include <catch2/catch.hpp>

using Kind = http::Url::Kind;

TEST_CASE("URLs name a peer, what to ask for, and the Host field", "[http][RFC 3986]")
{
    struct Row {
        const char* text;
        Kind kind;
        const char* host;
        int port;
        const char* target;
        const char* authority;
    };
    const auto row = GENERATE(values<Row>({
        {"https://ap.example/msh", Kind::https, "ap.example", 443, "/msh", "ap.example"},
        {"https://ap.example:8443/msh?a=b%20c", Kind::https, "ap.example", 8443, "/msh?a=b%20c",
         "ap.example:8443"},
        {"http://127.0.0.1:80", Kind::http, "127.0.0.1", 80, "/", "127.0.0.1"},
        {"http://[::1]:81/x#y", Kind::http, "::1", 81, "/x", "[::1]:81"},
        {"https://ap.example?q", Kind::https, "ap.example", 443, "/?q", "ap.example"},
        {"unix:/run/kurir/admin.sock:/v1/x?y", Kind::unix_socket, "", 0, "/v1/x?y", "localhost"},
    }));
    CAPTURE(row.text);
    const auto url = http::parse_url(row.text);
    REQUIRE(url);
    CHECK(url->kind == row.kind);
    CHECK(url->host == row.host);
    CHECK(url->port == row.port);
    CHECK(url->target == row.target);
    CHECK(url->authority() == row.authority);
}

TEST_CASE("what is not a usable URL is refused", "[http]")
{
    const auto* text = GENERATE(
        "", "ap.example/msh", "ftp://ap.example/", "https://", "https:///msh", "https://a b/",
        "https://a/\r\nX: y", "https://user:secret@a/", "https://a:99999/", "https://a:0/",
        "https://a:https://b/", "unix:relative.sock:/x", "https://a/%zz"
    );
    CAPTURE(text);
    const auto url = http::parse_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().code == http::errc::bad_url);
}

TEST_CASE("origins differ by scheme, host and port, not by case", "[http]")
{
    CHECK(
        http::parse_url("https://AP.example/a")->origin() ==
        http::parse_url("https://ap.example:443/b")->origin()
    );
    CHECK(http::parse_url("https://a/")->origin() != http::parse_url("http://a/")->origin());
    CHECK(http::parse_url("https://a/")->origin() != http::parse_url("https://a:444/")->origin());
    CHECK(http::parse_url("unix:/a:/x")->origin() != http::parse_url("unix:/b:/x")->origin());
}
