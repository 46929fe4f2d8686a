// SPDX-License-Identifier: Apache-2.0
#include "parsing.hpp"

#include <catch2/catch.hpp>

using parsing::Read;
using parsing::read;

namespace {

Read request(std::string_view message, std::size_t step = 100'000)
{
    http::ParserLimits limits;
    limits.body_bytes = 100;
    return read(*http::request_parser(limits), message, step);
}

} // namespace

TEST_CASE("a request is the same in whatever steps it arrives", "[http][RFC 9112 6]")
{
    const auto message = GENERATE(
        "POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world",
        "POST /a?b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
        "chunked\r\n\r\n5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n",
        "POST /a?b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nB\r\nhello "
        "world\r\n0\r\nTrailer: x\r\n\r\n"
    );
    const auto step = GENERATE(1u, 2u, 3u, 7u, 100'000u);
    const auto result = request(message, step);
    CHECK(!result.error);
    CHECK(result.done);
    CHECK(result.head.method == "POST");
    CHECK(result.head.target == "/a?b");
    CHECK(result.head.headers.get("host") == "x");
    CHECK_FALSE(result.head.headers.get("Trailer"));
    CHECK(result.body == "hello world");
    CHECK(result.rest == 0);
}

TEST_CASE("the end of an empty chunked body may come octet by octet", "[http][RFC 9112 7.1]")
{
    const auto step = GENERATE(1u, 2u, 3u, 4u, 5u);
    const auto result =
        request("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", step);
    CHECK(!result.error);
    CHECK(result.done);
    CHECK(result.body.empty());
}

TEST_CASE("what follows a request is left for the next one", "[http][RFC 9112 9.3.2]")
{
    const auto result =
        request("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiGET / HTTP/1.1\r\n");
    CHECK(result.body == "hi");
    CHECK(result.rest == std::string_view("GET / HTTP/1.1\r\n").size());
}

TEST_CASE("a request that two readers could read differently is refused", "[http][RFC 9112 11.2]")
{
    const std::string message = GENERATE(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: "
        "5\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \"a\", chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\x0b\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x, y\r\n\r\n", "POST / HTTP/1.1\r\nHost: x/y\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: u@x\r\n\r\n", "GET / HTTP/1.1\n\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nX: a\r\n folded\r\n\r\n",
        "POST / HTTP/1.1\r\n Host: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "POST / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n", "POST / HTTP/2.0\r\nHost: x\r\n\r\n",
        "POST  / HTTP/1.1\r\nHost: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
        "chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;\nhello\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
        "\x16\x03\x01\x02\r\n\r\n", "\n\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "\rGET / HTTP/1.1\r\nHost: x\r\n\r\n", " GET / HTTP/1.1\r\n\r\n"
    );
    CAPTURE(message);
    CHECK(request(message).error == http::errc::bad_request);
}

TEST_CASE("a NUL in the header is refused", "[http]")
{
    const std::string message("GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 36);
    CHECK(request(message).error == http::errc::bad_request);
}

TEST_CASE("a header above its limit is refused as soon as that is sure", "[http]")
{
    http::ParserLimits limits;
    limits.header_bytes = 64;
    const auto endless = "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(40, 'x');
    CHECK(read(*http::request_parser(limits), endless, 10).error == http::errc::too_large);
    const auto whole = "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(40, 'x') + "\r\n\r\n";
    CHECK(read(*http::request_parser(limits), whole, 1000).error == http::errc::too_large);
}

TEST_CASE("a body above its limit is refused, announced or not", "[http]")
{
    CHECK(
        request("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\nx").error ==
        http::errc::too_large
    );
    const std::string chunks =
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n32\r\n" +
        std::string(50, 'x') + "\r\n33\r\n" + std::string(51, 'x') + "\r\n0\r\n\r\n";
    CHECK(request(chunks).error == http::errc::too_large);
    CHECK(request(chunks, 1).error == http::errc::too_large);
}

TEST_CASE("empty lines before a request are ignored", "[http][RFC 9112 2.2]")
{
    const auto step = GENERATE(1u, 2u, 3u, 100'000u);
    const auto result = request("\r\n\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n", step);
    CHECK(!result.error);
    CHECK(result.done);
    CHECK(result.head.target == "/a");
    CHECK(result.rest == 0);
}

TEST_CASE("a higher minor version is read as HTTP/1.1", "[http][RFC 9110 2.5]")
{
    const auto result = request("GET /HTTP/1.2 HTTP/1.7\r\nHost: x\r\n\r\n");
    CHECK(!result.error);
    CHECK(result.head.version == 11);
    CHECK(result.head.target == "/HTTP/1.2");
    CHECK(result.head.keep_alive);
}

TEST_CASE(
    "a transfer coding before chunked is told, and the body is framed", "[http][RFC 9112 6.1]"
)
{
    const auto result = request("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, x-a, "
                                "Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
    CHECK(!result.error);
    CHECK(result.head.foreign_codings == "gzip, x-a");
    CHECK(result.body == "hi");
}

TEST_CASE("what is no attack is not refused", "[http]")
{
    const std::string message = GENERATE(
        "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a_b.example:8443\r\n\r\n",
        "GET / HTTP/1.1\r\nhOST: x\r\nX:\r\nY: \xe9\xff\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: ,close,\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "
        "h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nTE: trailers, gzip\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"
    );
    CAPTURE(message);
    CHECK(!request(message).error);
    CHECK(request(message).done);
}
