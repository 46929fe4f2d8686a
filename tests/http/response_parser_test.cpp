// SPDX-License-Identifier: Apache-2.0
// What a client must bear of a server, where a server may refuse the same of a client.
#include "parsing.hpp"

#include <catch2/catch.hpp>

using parsing::Read;

namespace {

Read response(
    std::string_view message, bool to_head = false, bool ends = false, std::size_t step = 100'000
)
{
    return parsing::read(
        *http::response_parser(http::ParserLimits(), to_head), message, step, ends
    );
}

struct Borne {
    std::string octets;
    bool keep_alive; // may the connection be used again?
    std::optional<std::string> x;
};

std::string with(const std::string& fields)
{
    return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 2\r\n\r\nhi";
}

std::string chunked(const std::string& body, const std::string& fields = {})
{
    return "HTTP/1.1 200 OK\r\n" + fields + "Transfer-Encoding: chunked\r\n\r\n" + body;
}

} // namespace

TEST_CASE("a client bears what RFC 9112 asks it to bear, in whatever steps it comes", "[http]")
{
    const auto one = GENERATE(values<Borne>({
        // [RFC 9112 5.2] folded lines
        {with("X: a\r\n b\r\n"), true, "a b"},
        {with("X: a\r\n\t  b\r\n \r\n\tc\r\n"), true, "a b  c"},
        {with("X:\r\n a\r\n"), true, "a"},
        {with("Content-Type: multipart/related;\r\n boundary=b\r\n"), true, {}},
        // [RFC 9112 2.2] line ends, empty lines, white space before the first field
        {"HTTP/1.1 200 OK\nX: a\nContent-Length: 2\n\nhi", true, "a"},
        {"HTTP/1.1 200 OK\r\nX: a\nContent-Length: 2\r\n\nhi", true, "a"},
        {"HTTP/1.1 200 OK\nX: a\r\nContent-Length: 2\n\r\nhi", true, "a"},
        {"\r\n\r\n" + with("X: a\r\n"), true, "a"},
        {"\n" + with("X: a\r\n"), true, "a"},
        {with(" X: a\r\n\t b\r\nX: c\r\n"), false, "c"},
        {with("X: a\rb\r\n"), true, "a b"},
        {with(std::string(
             "X: a\0b\x07"
             "c\r\n",
             10
         )),
         true, "a b c"},
        // [RFC 9112 4] the status line
        {"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", true, {}},
        {"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi", true, {}},
        {"HTTP/1.1  200\tvery \xe9 fine\r\nContent-Length: 2\r\n\r\nhi", true, {}},
        {"HTTP/1.7 200 OK\r\nContent-Length: 2\r\n\r\nhi", true, {}},
        // [RFC 9112 5.1][RFC 9110 5.5] fields
        {with("X : a\r\n"), true, "a"},
        {with("X\t:a\r\n"), true, "a"},
        {with("x:\ta \t\r\n"), true, "a"},
        {with("X:\r\n"), true, ""},
        {with("X: \xc3\xa9\xff\r\n"), true, "\xc3\xa9\xff"},
        {with("no colon\r\nX: a\r\n"), false, "a"},
        {with("no colon\r\n folded\r\nX: a\r\n"), false, "a"},
        {with("a b: c\r\nX: a\r\n"), false, "a"},
        {with(": a\r\nX: a\r\n"), false, "a"},
        // [RFC 9112 6.3] lengths
        {with("Content-Length: 2\r\n"), false, {}},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2, 2,,2\r\n\r\nhi", false, {}},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\nhi", false, {}},
        {chunked("2\r\nhi\r\n0\r\n\r\n", "Content-Length: 5\r\n"), false, {}},
        {chunked("2\r\nhi\r\n0\r\n\r\n", "Content-Length: x\r\nContent-Length: 9\r\n"), false, {}},
        {with("Transfer-Encoding: identity\r\n"), true, {}},
        {chunked("2\r\nhi\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n"), false, {}},
        {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", false, {}},
        {"HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\n\r\n2\r\nhi\r\n0\r\n\r\n", true, {}},
        // [RFC 9112 7.1] chunks
        {chunked("1;a=b;c=\"d;e\"\r\nh\r\n01 ; \xe9\r\ni\r\n000\r\n\r\n"), true, {}},
        {chunked("2  \r\nhi\r\n0  \r\n\r\n"), true, {}},
        {chunked("2\nhi\n0\n\n"), true, {}},
        {chunked("2\r\nhi\r\n0\r\nX: t\r\n folded\r\nno colon\r\n\r\n"), true, {}},
        // [RFC 9112 9.3] the connection
        {with("Connection: CLOSE\r\n"), false, {}},
        {with("Connection: x,\r\n ,Close ,\r\n"), false, {}},
        {with("Connection: keep-alive\r\nConnection: close\r\n"), false, {}},
        {with("Connection: \"odd\" @\r\n"), true, {}},
        {with("Proxy-Connection: close\r\n"), false, {}},
        {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", false, {}},
        {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nhi", true, {}},
    }));
    const auto step = GENERATE(1u, 2u, 3u, 7u, 100'000u);
    CAPTURE(one.octets, step);
    const auto read = response(one.octets, false, false, step);
    CHECK(!read.error);
    CHECK(read.head.status == 200);
    CHECK(read.body == "hi");
    CHECK(read.done);
    CHECK(read.rest == 0);
    CHECK(read.head.keep_alive == one.keep_alive);
    if (one.x) CHECK(read.head.headers.get("X") == one.x);
}

TEST_CASE(
    "the end of an answer is known from its header, or is that of the connection",
    "[http][RFC 9112 6.3]"
)
{
    CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").body == "hi");
    for (const std::string start :
         {"HTTP/1.1 200 OK\r\n\r\nhi", "HTTP/1.0 200 OK\r\n\r\nhi", "HTTP/1.1 200\n\nhi",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhi",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\nContent-Length: 1\r\n\r\nhi",
          "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhi"}) {
        CAPTURE(start);
        const auto open = response(start, false, true);
        CHECK(open.body == "hi");
        CHECK(open.head.until_closed);
        CHECK(open.done);
        CHECK_FALSE(open.head.keep_alive);
    }
    for (const std::string cut :
         {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n",
          "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nX: y\r\n"}) {
        CAPTURE(cut);
        CHECK(response(cut, false, true).error == http::errc::broken_after);
    }
}

TEST_CASE("some answers have no body, whatever their header says", "[http][RFC 9112 6.3]")
{
    const std::string status = GENERATE("100 Continue", "103 Hints", "204 No", "304 Not Modified");
    const std::string length = GENERATE(
        "Content-Length: 2\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: 1, 2\r\n", ""
    );
    const auto read = response("HTTP/1.1 " + status + "\r\n" + length + "\r\n");
    CHECK(!read.error);
    CHECK(read.done);
    CHECK(read.body.empty());
    const auto to_head = response("HTTP/1.1 200 OK\r\n" + length + "\r\n", true);
    CHECK(!to_head.error);
    CHECK(to_head.done);
}

TEST_CASE("a coding that nobody asked for is told, not undone", "[http][RFC 9112 6.1]")
{
    const auto read =
        response("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "2\r\nhi\r\n0\r\n\r\n");
    CHECK(read.head.foreign_codings == "gzip");
    CHECK(read.body == "hi");
    CHECK(read.done);
    CHECK_FALSE(read.head.keep_alive);
}

TEST_CASE("a status that is not known is read, up to 999", "[http][RFC 9110 15]")
{
    for (const int status : {200, 299, 418, 499, 599, 600, 999})
        CHECK(response("HTTP/1.1 " + std::to_string(status) + "\r\n\r\n").head.status == status);
}

TEST_CASE("an answer that is not HTTP, or cannot be framed, is refused", "[http][RFC 9112 6.3]")
{
    const std::string message = GENERATE(
        "SSH-2.0-OpenSSH_9.2\r\n\r\n", "SSH-2.0-OpenSSH_9.2", "<html>\r\n\r\n", "220 ftp ready\r\n",
        "HTTP/1.1 2xx OK\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1200 OK\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1\r\n\r\n", "http/1.1 200 OK\r\n\r\n",
        "\x15\x03\x01\x00\x02\x02\x16",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nContent-Length: 2 2\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nhi\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nhi\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nhi\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2x\r\nhi\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nhi\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\nhi\r\n"
    );
    CAPTURE(message);
    CHECK(response(message).error == http::errc::bad_response);
}

TEST_CASE("lines of an answer without end are given up", "[http]")
{
    const std::string much(20'000, 'x');
    for (const auto& message :
         {"HTTP/1.1 200 OK\r\nX: " + much, "HTTP/1.1 200 OK\r\nX: " + much + "\r\n\r\n",
          std::string(20'000, '\n'), chunked("1;" + much), chunked("1;" + much + "\r\n"),
          chunked("0\r\n" + much), chunked("0\r\nX: " + much.substr(0, 9'000) + "\r\nY: " + much)})
        CHECK(response(message).error == http::errc::too_large);
}
