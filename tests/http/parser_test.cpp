// SPDX-License-Identifier: Apache-2.0
#include "http/parser.hpp"

#include <catch2/catch.hpp>

namespace {

struct Read {
    boost::system::error_code error;
    http::Head head;
    std::string body;
    bool done = false;
    std::size_t rest = 0; // octets behind the message
};

// Gives the message in steps of `step` octets, each time with all that is not consumed, as a
// connection does.
Read read(
    http::MessageParser& parser, std::string_view message, std::size_t step, bool ends = false
)
{
    Read result;
    bool headed = false;
    std::size_t from = 0;
    for (std::size_t to = std::min(step, message.size());;
         to = std::min(to + step, message.size())) {
        while (!parser.done()) {
            const auto input = message.substr(from, to - from);
            if (!headed) {
                const auto taken = parser.header(input);
                if (!taken) {
                    result.error = taken.error().code;
                    return result;
                }
                from += *taken;
                if (*taken == 0) break;
                headed = true;
                result.head = parser.head();
                continue;
            }
            const auto piece = parser.body(input);
            if (!piece) {
                result.error = piece.error().code;
                return result;
            }
            result.body += piece->content;
            from += piece->consumed;
            if (piece->consumed == 0) break;
        }
        if (to == message.size() || parser.done()) break;
    }
    if (ends && !parser.done()) {
        const auto end = parser.end();
        if (!end) result.error = end.error().code;
    }
    result.done = parser.done();
    result.rest = message.size() - from;
    return result;
}

Read request(std::string_view message, std::size_t step = 100'000)
{
    http::ParserLimits limits;
    limits.body_bytes = 100;
    return read(*http::request_parser(limits), message, step);
}

Read response(std::string_view message, bool to_head = false, bool ends = false)
{
    return read(*http::response_parser(http::ParserLimits(), to_head), message, 100'000, ends);
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
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
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
        "\x16\x03\x01\x02\r\n\r\n", "\r\n\r\n", " GET / HTTP/1.1\r\n\r\n"
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

TEST_CASE(
    "the end of an answer is known from its header, or is that of the connection",
    "[http][RFC 9112 6.3]"
)
{
    CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").body == "hi");
    CHECK(response("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n").done);
    CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", true).done);
    const auto open = response("HTTP/1.1 200 OK\r\n\r\nhi", false, true);
    CHECK(open.body == "hi");
    CHECK(open.head.until_closed);
    CHECK(open.done);
    CHECK_FALSE(open.head.keep_alive);
    CHECK(
        response("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", false, true).error ==
        http::errc::broken_after
    );
    CHECK(
        response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", false, true)
            .error == http::errc::broken_after
    );
    CHECK(response("HTTP/1.1 200", false, true).error == http::errc::broken_after);
}

TEST_CASE("an answer that is not HTTP is refused", "[http]")
{
    const auto* message = GENERATE(
        "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 2xx OK\r\n\r\n", "<html>\r\n\r\n", "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhi"
    );
    CHECK(response(message).error == http::errc::bad_response);
}
