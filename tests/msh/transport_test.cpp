// SPDX-License-Identifier: Apache-2.0
// What carries messages and answers may be odd: a receipt in it counts all the same, and what
// cannot be read is told as what it is.
#include "pair.hpp"

#include "as4/compression.hpp"

using namespace pair;

namespace {

const pmode::Retry slow{.first = 1h, .longest = 1h, .time_to_live = 24h};

base::Bytes gzip(base::BytesView plain)
{
    as4::Deflater deflater;
    base::Bytes packed;
    deflater.update(plain, packed);
    deflater.finish(packed);
    return packed;
}

// The one attempt of a message whose answer `change` has changed on its way.
queue::Message attempted(Pair& pair, const std::function<void(http::ClientResponse&)>& change)
{
    pair.a.network = [&pair, change](HttpBody body) -> asio::awaitable<Sent> {
        auto answer = co_await pair.to_b(std::move(body));
        change(*answer);
        co_return answer;
    };
    const auto id = pair.submit(pair.document())->id;
    REQUIRE(support::run_until(pair.io, [&] { return pair.at_a(id).attempts.size() == 1; }));
    return pair.at_a(id);
}

http::Response posted(Pair& pair, support::ScriptedRequest request)
{
    return support::wait_for<http::Response>(pair.io, pair.b.msh().receive(request));
}

} // namespace

TEST_CASE("a receipt counts whatever carries it", "[msh][AS4 5.1.8]")
{
    using Change = std::function<void(http::ClientResponse&)>;
    const auto change = GENERATE(
        Change([](auto& answer) { answer.headers = {}; }), Change([](auto& answer) {
            answer.headers.set("Content-Type", "application/octet-stream");
        }),
        Change([](auto& answer) { answer.headers.set("Content-Type", "text/html; charset"); }),
        Change([](auto& answer) { answer.body = "\r\n" + answer.body + "\r\n"; }),
        Change([](auto& answer) {
            answer.headers.set("Content-Type", "multipart/related; boundary=other");
            answer.body = "--b\r\n\r\n" + answer.body + "\r\n--b--\r\n";
        }),
        // The coding is claimed, and the body has none.
        Change([](auto& answer) { answer.codings = "Content-Encoding: gzip"; }),
        // The receipt is whole, and its framing is not.
        Change([](auto& answer) { answer.incomplete = base::Error(http::errc::broken_after); }),
        Change([](auto& answer) {
            answer.body = "--b\r\n\r\n" + answer.body;
            answer.incomplete = base::Error(http::errc::timeout_after);
        })
    );
    Pair pair(slow);
    const auto message = attempted(pair, change);
    CHECK(message.summary.state == queue::State::delivered);
    CHECK_FALSE(message.receipt.empty());
}

TEST_CASE(
    "an encoded answer leaves the outcome unknown, and says who must act", "[msh][RFC 9110 8.4]"
)
{
    const std::string coding =
        GENERATE("Content-Encoding: gzip", "Content-Encoding: br", "Transfer-Encoding: gzip");
    Pair pair(slow);
    const auto message = attempted(pair, [&](http::ClientResponse& answer) {
        answer.codings = coding;
        answer.body = gzip(answer.body);
    });
    CHECK(message.summary.state == queue::State::deferred);
    CHECK(message.attempts.at(0).http_status == 200);
    const auto& error = message.attempts.at(0).error;
    CHECK(error.find(coding) != std::string::npos);
    CHECK(error.find("Accept-Encoding: identity") != std::string::npos);
    CHECK(error.find("unknown") != std::string::npos);
    CHECK(error.find("proxy or web server") != std::string::npos);
    CHECK(error.find("XML") == std::string::npos);
}

TEST_CASE("an answer cut short is told as cut short, not as bad XML", "[msh]")
{
    Pair pair(slow);
    const std::string rest = GENERATE("", "<S12:Envelope", " \r\n");
    const auto message = attempted(pair, [&](http::ClientResponse& answer) {
        answer.body = rest.empty() ? answer.body.substr(0, 1000) : rest;
        answer.incomplete = base::Error(http::errc::broken_after, "End of file");
    });
    CHECK(message.summary.state == queue::State::deferred);
    CHECK(message.attempts.at(0).error.find("broke after") != std::string::npos);
}

TEST_CASE("a web page in place of an answer is told as one", "[msh]")
{
    const std::string type = GENERATE("text/html", "application/soap+xml");
    const std::string coding = GENERATE("", "Content-Encoding: gzip"); // claimed only
    Pair pair(slow);
    const auto message = attempted(pair, [&](http::ClientResponse& answer) {
        answer.headers.set("Content-Type", type);
        answer.codings = coding;
        answer.body = "<!DOCTYPE html><html><head><title>Log in</title></head></html>";
    });
    CHECK(message.summary.state == queue::State::deferred);
    const auto& error = message.attempts.at(0).error;
    CHECK(error.find("a web page, title \"Log in\"") != std::string::npos);
    CHECK(error.find("url of the [[peer]]") != std::string::npos);
}

TEST_CASE("a message that does not arrive whole is its sender's to repeat", "[msh]")
{
    Pair pair;
    support::ScriptedRequest request("POST", "/as4");
    request.fields.set("Content-Type", "application/soap+xml");
    request.failure = GENERATE(
        base::Error(http::errc::closed, "after 5 of 500 octets of the body: End of file"),
        base::Error(http::errc::bad_request, "bad chunk"),
        base::Error(http::errc::timeout_before, "request body")
    );
    const auto answer = posted(pair, request);
    CHECK(answer.status == (request.failure->code == http::errc::timeout_before ? 408 : 400));
    CHECK(answer.body.find(request.failure->detail) != std::string::npos);
    CHECK(answer.body.find("Send it again") != std::string::npos);
    CHECK_FALSE(answer.headers.get("Retry-After"));
}

TEST_CASE(
    "a message with a Content-Encoding is 415, one with identity is read", "[msh][RFC 9110 15.5.16]"
)
{
    Pair pair;
    support::ScriptedRequest request("POST", "/as4", "<a/>");
    request.fields.set("Content-Type", "application/soap+xml");
    SECTION("a coding")
    {
        const std::string coding = GENERATE("gzip", "x-gzip", "br, identity", "aes128gcm");
        request.fields.set("Content-Encoding", coding);
        const auto answer = posted(pair, request);
        CHECK(answer.status == 415);
        CHECK(answer.headers.get("Accept-Encoding") == "identity");
        CHECK(answer.body.find(coding.substr(0, coding.find(','))) != std::string::npos);
    }
    SECTION("none")
    {
        request.fields.set("Content-Encoding", GENERATE("identity", "", "Identity, identity"));
        CHECK(posted(pair, request).status == 200); // an ebMS error about <a/>
    }
}
